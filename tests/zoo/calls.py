"""Calls to user functions: keywords, defaults, tuples, functions as arguments, other modules."""

import math

import numba
import numpy as np

from zoo import arithmetic, program
from zoo.arithmetic import polynomial

VECTOR = np.array([0.7, -1.2, 2.3, 0.4])


def square(x):
    return x * x


def scale(x, factor=2.0, shift=0.5):
    return x * factor + shift


def only_keyword(x, *, factor=2.0):
    return math.sin(x) * factor


def both(x, y):
    return x * y, x + y


def damped(x, n):
    for _ in range(n):
        x = math.sin(x) * 0.9
    return x


def clipped(x, limit):
    if x > limit:
        return limit
    return x * x


def nothing(x):
    x * x  # noqa: B018


def weigh(a, w):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * w
    return total


def ramp(x, n):
    a = np.zeros(n)
    for i in range(n):
        a[i] = x * i
    return a


def same(a):
    return a


def integer_or_float(x, n):
    if n == 0:
        return 1
    return x * n


@numba.njit
def compiled(x, y):
    return x * y + math.sin(x)


@program((1.2,), always=True)
def one_helper(x):
    return square(x) + x


@program((1.2, 0.4), argnums=(0, 1))
def helper_three_times(x, y):
    return square(x) * square(y) + square(x * y)


@program((0.6,), always=True)
def nested_calls(x):
    return square(math.sin(square(x) + damped(x, 2)))


@program((0.6,))
def keywords(x):
    return scale(x) * scale(x, shift=x) + scale(shift=1.0, x=x, factor=x)


@program((0.6, 0.4), argnums=(0, 1))
def keyword_only(x, y):
    return only_keyword(x) + only_keyword(y, factor=x)


@program((0.6,), (0.6, 0.3), (0.6, 0.3, 4))
def own_defaults(x, y=1.5, n=2):
    return damped(x * y, n) * x


@program((0.6, 0.3), argnums=(0, 1))
def two_results(x, y):
    p, s = both(x, y)
    q, r = both(p, s)
    return q / r


@program((0.6, 0.3), argnums=(0, 1))
def one_of_two_results(x, y):
    return both(x, y)[0] * both(y, x)[1]


@program((0.6, 0), (0.6, 1), (0.6, 4))
def helper_in_loop(x, n):
    y = x
    for i in range(n):
        y = y * 0.5 + damped(y + x, i)
    return y


@program((0.6, 2.0), (3.6, 2.0), argnums=(0, 1))
def helper_with_early_return(x, y):
    return clipped(x, y) * clipped(x * 0.3, y) + x


@program((0.6,))
def unused_result(x):
    square(x)
    y = nothing(x)  # noqa: F841
    return x * x


@program((0.6, 3))
def function_argument(x, n):
    return apply(square, x, n) + apply(math.sin, x, n)


def apply(f, x, n):
    for _ in range(n):
        x = f(x) + 0.1
    return x


@program((0.6,))
def lambda_argument(x):
    return apply(lambda y: y * y * 0.5, x, 2) + apply(lambda y: y + x, x, 2)


@program((square, 0.6), (math.sin, 0.6), (polynomial, 0.6), argnums=1)
def given_function(f, x):
    return f(x) * f(x + 1)


@program((0.6,))
def composition(x):
    return compose(square, math.exp, x) + compose(math.exp, square, x)


def compose(f, g, x):
    return f(g(x))


@program((0.6,))
def other_module(x):
    return polynomial(x) * arithmetic.repeated_use(x)


@program((0.6, 0.3), argnums=(0, 1))
def compiled_helper(x, y):
    return compiled(x, y) * compiled(y, x)


@program((VECTOR, 0.3), (VECTOR[:0], 0.3), argnums=(0, 1))
def array_helper(a, w):
    return weigh(a, w) * weigh(a, w * w) + w


@program((0.3, 0), (0.3, 1), (0.3, 4))
def array_result(x, n):
    a = ramp(x, n)
    b = ramp(x * x, n + 1)
    return np.sum(a * a) + b[-1]


@program((VECTOR,))
def returned_argument(a):
    b = same(a)
    c = same(b)
    return np.sum(b * c * a)


@program((0.6, 0), (0.6, 3))
def helper_of_two_kinds(x, n):
    return integer_or_float(x, n) * x


@program((VECTOR, 0), (VECTOR, 3))
def one_element(a, i):
    return element(a, i) * element(a, i - 1)


def element(a, i):
    return a[i]


@program((1.3,), always=True)
def sphere_of_sphere(x):
    return math.exp(square(x) * 0.5) ** 2


@program((0.6, 0.3), argnums=(0, 1))
def argument_is_rebound(x, y):
    z = rebind(x, y)
    return z * x * y


def rebind(x, y):
    x = x * y
    y = x + y
    return x * y


@program((0.6, True), (0.6, False))
def function_chosen_by_flag(x, flag):
    if flag:
        return apply(square, x, 1)
    return apply(math.cos, x, 2)
