"""Instances and small callables that were made outside of the function."""

import operator

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad


class Vector:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __add__(self, other):
        return Vector(self.a + other.a, self.b + other.b)

    def __mul__(self, k):
        return Vector(self.a * k, self.b * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.a, -self.b)

    def __getitem__(self, i):
        return self.a if i == 0 else self.b

    def __bool__(self):
        return self.a > 0

    def __len__(self):
        return 2

    def __eq__(self, other):
        return self.a == other.a

    def __iter__(self):
        return iter((self.a, self.b))

    def __contains__(self, value):
        return value == self.a

    def power(self, k, p=2.0):
        return self.a * k**p


class Powers:
    def __init__(self, base):
        self.base, self.n = base, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.base**self.n


GRAVITY = Vector(0.5, -9.8)
FIRST, BOTH, A = operator.itemgetter(0), operator.itemgetter(1, 0), operator.attrgetter("a")
POWER, TOTAL = operator.methodcaller("power", 3.0, p=1.5), operator.methodcaller("sum")
SET = {1, 2}


def arithmetic(x):
    v = GRAVITY * x + GRAVITY
    return v.a * v.b + (x * GRAVITY).b + (-GRAVITY)[1] * x + GRAVITY[0] * x * x


def truth(x):
    total = x * x if GRAVITY else x
    total += x * len(GRAVITY) + (x**3 if GRAVITY == Vector(0.5, x) else 0)
    return total + (x**4 if 0.5 in GRAVITY else x) + x * len(SET)


def gone_through(x):
    total = 0.0
    for c in GRAVITY:
        total += c * x * x
    a, b = GRAVITY
    return total + a * x**3 + b * x + sum(GRAVITY) * x + max(GRAVITY) * x


def made_inside(x):
    v = Vector(x, x * x)
    a, b = v
    total = sum(v) + max(v) * a + min(v) * b + sorted(v)[0] + len(list(v)) * x
    return total + sum(map(lambda u: u * u, v)) + np.sum(np.array(list(v)) * np.arange(2))


def getters(x):
    b, a = BOTH((x * x, x))
    best = max([(x, 2.0), (x * x, 1.0)], key=FIRST)[0]
    return FIRST([x, 2.0]) * A(Vector(x * x, 1.0)) + a / b + best + sum(map(FIRST, [(x, 1)]))


def method_callers(x):
    own = operator.methodcaller("power", x)
    return POWER(Vector(x * x, 1.0)) + TOTAL(np.array([x, x * x])) * own(Vector(x, 1.0))


def by_next(x):
    total = 0.0
    for a in Powers(x):
        total += a
    powers = Powers(x)
    next(powers)
    a, b = next(powers, 5.0), next(powers)
    return total + a * b + next(powers, x)


def first_of(x):
    found = next(a * a for a in [x - 5, x, x * x] if a > 0)
    found += next((a for a in [x - 5.0, x - 6.0] if a > 0), x**3)
    numbers = [x, x * x]
    found += next(iter(numbers)) * next(iter(np.array([x, 2.0])))
    numbers[0] = 5.0 * x
    d = {"a": x, "b": x * x}
    return found * numbers[0] + d[next(iter(d))] + next(iter(d.values())) * x


def iter_of(x):
    xs = [x, x * x]
    iterator = iter(xs)
    xs.append(3.0 * x)
    total = 1.0
    for a in iterator:
        total += a * a
    for i, a in enumerate(iter((x, x * x))):
        total += a * i
    return total


def stops(x):
    try:
        return next(a for a in [x - 5.0, x - 6.0] if a > 0)
    except StopIteration:
        return x * x * x


def of_numpy(x):
    """`np.mgrid` is an instance too, of a class in Python."""
    i, j = np.mgrid[0:2, 0:3]
    return np.sum(x**i * j) * x


PROGRAMS = [
    of_numpy,
    arithmetic,
    truth,
    gone_through,
    made_inside,
    getters,
    method_callers,
    by_next,
    first_of,
    iter_of,
    stops,
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


def twice(x):
    it = iter((x, x * x))
    return next(it) * next(it)


def rest(x):
    it = iter([x, x * x, 2.0])
    total = next(it)
    for b in it:
        total = total * b + 1
    return total


def nested(x):
    it = iter((x, x * x, 2.0))
    total = 1.0
    for a in it:
        total += a
        for b in it:
            total *= b
    return total


def in_a_loop(x):
    it, total = iter([x, x * x]), 0.0
    for _ in range(2):
        total += next(it)
    return total


def by_two(x):
    it = iter([x, x * x, 2.0, x])
    return sum(a * b for a, b in zip(it, it))


@pytest.mark.parametrize("function", [twice, rest, nested, in_a_loop, by_two])
def test_an_iterator_that_has_come_somewhere_is_refused(function):
    with pytest.raises(DiffpyError, match="gone through|consumed"):
        grad(function, backend="python")(1.7)


def test_next_of_a_list_raises_as_python_does():
    def function(x):
        return next([x, 2.0])

    with pytest.raises(TypeError, match="is not an iterator"):
        grad(function, backend="python")(1.7)
