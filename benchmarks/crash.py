def run(*args): pass
