def run(*args):
    pass
