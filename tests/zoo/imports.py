"""import inside of functions."""

from zoo import program


@program((0.6,), always=True)
def module(x):
    import math

    return math.sin(x) * x


@program((0.6,))
def name(x):
    from math import sin

    return sin(x) * x


@program((0.6,))
def renamed(x):
    from math import cos as c
    from math import sin as s

    return s(x) * c(x)


@program((0.6,))
def submodule(x):
    import numpy as np
    import numpy.linalg as la

    return la.norm(np.array([x, 2.0 * x, 1.0]))


@program((0.6,))
def top_of_a_dotted_name(x):
    import numpy.linalg

    return numpy.sin(x) * x


@program((0.6, True), (0.6, False))
def conditional(x, flag):
    if flag:
        from math import sin as f
    else:
        from math import cos as f
    return f(x) * x


@program((0.6, 3), (0.6, 0))
def in_a_loop(x, n):
    for _ in range(n):
        import math

        x = math.sin(x) + x
    return x


@program((0.6,))
def in_a_callee(x):
    def helper(y):
        from zoo.arithmetic import polynomial

        return polynomial(y)

    return helper(x) * x


@program((0.6,))
def relative(x):
    from . import arithmetic
    from .arithmetic import polynomial as p

    return arithmetic.polynomial(x) * p(x)


@program((0.6,))
def never_reached(x):
    if x is None:
        import a_module_that_does_not_exist  # noqa: F401

    return x * x
