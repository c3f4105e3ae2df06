"""What the runtime's functions mean inside numba nopython code.

Importing a module of this package registers its functions; only
:func:`diffpy.runtime.register_overloads` does so.
"""
