"""Tuples and namedtuples: built, unpacked, swapped, indexed, passed and returned."""

import math
from typing import NamedTuple

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3])


class Point(NamedTuple):
    """Two floats."""

    x: float
    y: float


class Particle(NamedTuple):
    """Nested, with an int and an array."""

    position: Point
    mass: float
    charge: int
    velocity: np.ndarray


@program((0.6, 0.3), argnums=(0, 1))
def swap(x, y):
    a, b = x * x, y
    a, b = b, a
    return a / b


@program((0.6, 0.3, 1.4, 0), (0.6, 0.3, 1.4, 1), (0.6, 0.3, 1.4, 5), argnums=(0, 1, 2), always=True)
def rotate(x, y, z, n):
    for _ in range(n):
        x, y, z = y, z, math.sin(x) + y * z * 0.3
    return x * y + z


@program((0.6, 0.3), argnums=(0, 1))
def nested_unpacking(x, y):
    (a, b), c = (x * y, x), y * y
    a, (b, c) = b, (c, a)
    return a * b * b - c


@program((0.6, 0.3), argnums=(0, 1))
def indexing(x, y):
    t = (x * y, x, y, 3)
    return t[0] * t[-2] + t[1] * t[3]


@program((0.6, 0.3), argnums=(0, 1))
def concatenation(x, y):
    t = (x, y) + (x * y,)
    u = t[1:] + t[:1]
    return u[0] * u[2] - u[1] * len(u)


@program(((0.6, 0.3),))
def tuple_argument(t):
    return t[0] * t[1] ** 2


@program((((0.6, 2), (0.3, VECTOR)),))
def nested_argument(t):
    (x, n), (y, a) = t
    return x**n * y + np.sum(a * y)


@program((Point(0.6, 0.3), 2.0), argnums=(0, 1), always=True)
def named(p, k):
    return p.x * p.y * k + p[0]


@program((Particle(Point(0.6, 0.3), 2.0, -1, VECTOR),))
def nested_named(particle):
    p = particle.position
    kinetic = 0.5 * particle.mass * np.sum(particle.velocity**2)
    return kinetic + particle.charge * p.x * p.y


@program((0.6, 0.3, 4), (0.6, 0.3, 0), argnums=(0, 1))
def named_state(x, y, n):
    p = Point(x, y)
    for _ in range(n):
        p = Point(p.x + 0.1 * p.y, y=p.y - 0.1 * math.sin(p.x))
    return p.x * p.y


@program((0.6, 0.3, 4), (0.6, 0.3, 0), argnums=(0, 1))
def tuple_state(x, v, n):
    state = (x, v)
    for _ in range(n):
        state = (state[0] + 0.1 * state[1], state[1] - 0.1 * state[0] ** 3)
    a, b = state
    return a * b


@program((0.6, 0.3), argnums=(0, 1))
def tuple_of_tuples(x, y):
    matrix = ((x, y), (x * y, 1.0))
    return matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]


@program((0.6, VECTOR), argnums=(0, 1))
def tuple_of_kinds(x, a):
    t = (x, a, 2, None)
    return np.sum(t[1] * t[0]) * t[2]


@program((0.6, 0.3), argnums=(0, 1))
def multiple_targets(x, y):
    a = b = x * y
    a = a * a
    c, d = e = (a, b)
    return c * d + e[0]


@program((0.6, 0.3), argnums=(0, 1))
def returned_in_branches(x, y):
    a, b = ordered(x, y)
    c, d = ordered(y, x)
    return a / b + c * d


def ordered(x, y):
    if x < y:
        return x, y
    return y, x


@program((0.6, 0.3), argnums=(0, 1))
def tuple_result(x, y):
    return x * y, x + y * y


@program((0.6, VECTOR), argnums=(0, 1))
def nested_result(x, a):
    return (x * x, a * x), np.sum(a)


@program((0.6, 0.3), argnums=(0, 1))
def named_result(x, y):
    return Point(y * y, math.sin(x) * y)


@program((0.6, 0.3), (-0.6, 0.3), argnums=(0, 1))
def conditional_tuple(x, y):
    a, b = (x, y) if x > 0 else (y, x * x)
    return a * a * b


@program((0.6, 2), (0.6, 0))
def pairs_in_loop(x, n):
    total = 0.0
    for a, b in ((x, 1.0), (x * x, 2.0), (3.0, x)):
        for _ in range(n):
            total = total * a + b
    return total + x
