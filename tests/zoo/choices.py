"""Functions that are chosen while the program runs."""

import math

import numpy as np

from zoo import program


def square(x):
    return x * x


def cube(x):
    return x**3


@program((0.6,), (-0.6,), always=True)
def conditional_definition(x):
    if x > 0:

        def f(y):
            return y * y * x

    else:

        def f(y):
            return y - x

    return f(2.0) * x


@program((0.6,), (-0.6,))
def conditional_lambda(x):
    f = (lambda y: y * y) if x > 0 else (lambda y: y * x)
    return f(x + 1.0)


@program((0.6,), (-0.6,))
def chosen_between_globals(x):
    f = square if x > 0 else cube
    return f(x) * f(2.0 * x)


@program((0.6,), (-0.6,))
def chosen_between_library_functions(x):
    f = math.sin if x > 0 else math.cos
    return f(x) * x


@program((0.6, 0), (0.6, 1), (0.6, 2), (0.6, -1))
def indexed_tuple(x, i):
    functions = (square, cube, math.sin)
    return functions[i](x) * x


@program((0.6, 5), (0.6, 0))
def indexed_in_loop(x, n):
    functions = (square, math.sin)
    for i in range(n):
        x = functions[i % 2](x) + 0.1
    return x


@program((0.6,), (-0.6,))
def passed_on(x):
    def apply(f, y):
        return f(f(y))

    return apply(square if x > 0 else cube, x)


@program((0.6, 4), (0.6, 0))
def switches_in_loop(x, n):
    f = square
    for i in range(n):
        x = f(x) + 0.5
        f = cube if i % 2 == 0 else square
    return x


@program((0.6, np.array([0.7, -1.2])), argnums=(0, 1))
def switches_on_data(x, v):
    total = 0.0
    for a in v:
        f = square if a > 0 else cube
        total += f(a) * x
    return total


@program((0.6,), (-0.6,))
def closures_over_different_names(x):
    def make(k):
        return lambda y: y * k

    f = make(x) if x > 0 else make(x * x)
    return f(2.0) * x


@program((0.6, 0.3), (-0.6, 0.3), argnums=(0, 1))
def or_of_functions(x, y):
    f = None
    if x > 0:
        f = square
    g = f or cube
    return g(y) * x
