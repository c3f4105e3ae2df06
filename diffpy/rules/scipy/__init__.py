"""What SciPy's functions mean.

The files mirror SciPy's namespaces; each is loaded by the registry once the program has imported
its namespace. `arrays` says what SciPy's own Python is written with, so that functions such as
`scipy.optimize.rosen` are read like a user's.
"""
