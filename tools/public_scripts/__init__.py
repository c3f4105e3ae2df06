"""How diffpy does on functions of public repositories; see `__main__`."""
