"""The only modules that reach a network or the time."""
