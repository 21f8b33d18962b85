"""The parts of ``./dev``: one concern a module, Python standard library only."""
