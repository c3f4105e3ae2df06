"""Nested functions, lambdas, captured numbers and arrays, bound methods."""

import math

import numpy as np

from zoo import program, register

FACTOR = 1.5
COUNT = 3
WEIGHTS = np.array([0.5, -0.3, 0.8])
VECTOR = np.array([0.7, -1.2, 2.3])
PAIR = (0.4, 1.7)


@program((0.6,), always=True)
def nested_function(x):
    def inner(y):
        return x * y + math.sin(y)

    return inner(x * x) + inner(2.0)


@program((0.6, 0.3), argnums=(0, 1))
def nested_lambda(x, y):
    f = lambda z: x * z - y  # noqa: E731
    return f(y) * f(x)


@program((0.6,))
def late_binding(x):
    k = x

    def inner(y):
        return k * y

    k = x * x
    return inner(x)


@program((0.6, 0), (0.6, 3), always=True)
def closure_in_loop(x, n):
    y = x
    for i in range(n):

        def step(z):
            return z * 0.5 + x * i  # noqa: B023

        y = step(y) * y + 0.2
    return y


@program((0.6,))
def two_levels(x):
    def outer(y):
        def inner(z):
            return x * y * z

        return inner(y) + inner(x)

    return outer(x * x)


@program((0.6,))
def default_captures(x):
    k = x * x
    f = lambda y, k=k: y * k  # noqa: E731
    k = 100.0
    return f(x) + f(x, 3.0) + k * x


@program((0.6, 0.3), argnums=(0, 1))
def returned_closure(x, y):
    return multiplier(x)(y) * multiplier(y * y)(x)


def multiplier(k):
    def multiply(z):
        return k * z + k

    return multiply


@program((0.6,))
def passed_closure(x):
    def inner(y):
        return y * x

    return twice(inner, x) + twice(lambda z: z + x * x, 1.0)


def twice(f, x):
    return f(f(x))


@program((0.6,))
def global_number(x):
    return x**COUNT * FACTOR + PAIR[0] * x * PAIR[1]


@program((VECTOR,))
def global_array(a):
    total = 0.0
    for i in range(len(WEIGHTS)):
        total += WEIGHTS[i] * a[i] ** 2
    return total * np.sum(WEIGHTS * a)


@program((0.6,))
def functions_in_tuple(x):
    y = x
    for f in (math.sin, math.cos, lambda z: z * x):
        y = f(y) + y
    return y


@program((0.6, "sin"), (0.6, "cos"))
def chosen_function(x, name):
    f = math.sin if name == "sin" else math.cos
    return f(x) * f(x * x)


@program((0.6, 4), (0.6, 0))
def closure_over_loop_state(x, n):
    def force(y):
        return -x * math.sin(y)

    y, v = 0.3, 0.0
    for _ in range(n):
        v = v + 0.2 * force(y)
        y = y + 0.2 * v
    return y * v + x


def capturing(factor, weights, count):
    """A function that captures a number, an array and a count."""

    def captured(x):
        y = x
        for i in range(count):
            y = y * factor + weights[i] * x * x
        return y

    return captured


class Spring:
    """A bound method reads numbers of its object."""

    def __init__(self, stiffness: float, steps: int) -> None:
        self.stiffness = stiffness
        self.steps = steps

    def energy(self, x):
        return 0.5 * self.stiffness * x * x

    def swing(self, x):
        v = 0.0
        for _ in range(self.steps):
            v = v - 0.1 * self.stiffness * x
            x = x + 0.1 * v
        return self.energy(x) + v * v


register("closures.captured", capturing(0.5, WEIGHTS, 3), (0.6,), (-1.2,), always=True)
register("closures.a_lambda", lambda x, y: x * y + x, (0.6, 0.3), argnums=(0, 1))
register("closures.bound_method", Spring(2.0, 3).energy, (0.6,))
register("closures.bound_method_calls", Spring(2.0, 3).swing, (0.6,))
