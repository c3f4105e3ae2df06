"""What a function reads from outside is what is there at the call, not at an earlier one."""

import collections
import functools
import math
import types
from unittest.mock import patch

import differences
import numpy as np
import pytest

from diffpy import grad
from diffpy.versions import VersionTable


class Gain:
    k = 2.0

    def __init__(self, k=None):
        if k is not None:
            self.k = k

    def step(self, x):
        return self.k * x * x

    @classmethod
    def made(cls, x):
        return cls.k * x

    @staticmethod
    def cubed(x):
        return x**3

    @property
    def double(self):
        return 2.0 * self.k

    def __call__(self, x):
        return self.k * x

    def __mul__(self, x):
        return self.k * x

    def __len__(self):
        return 3

    def __enter__(self):
        return 2.0

    def __exit__(self, *_):
        return None


class Twice(Gain):
    def step(self, x):
        return 2.0 * super().step(x)


class Pair(collections.namedtuple("Pair", "a b")):
    def product(self):
        return self.a * self.b


def scaled(x, k=2.0):
    return k * x


def method():
    step = Gain(2.0).step

    def function(x):
        return step(x)

    def other():
        nonlocal step
        step = Gain(3.0).step

    return function, [other]


def class_method():
    made = Gain.made

    def function(x):
        return made(x)

    def other():
        nonlocal made
        made = type("Other", (Gain,), {"k": 7.0}).made

    return function, [other]


def special_methods():
    cls = type("Own", (Gain,), {})
    gain = cls(2.0)

    def function(x):
        with gain as k:
            return gain(x) + (gain * x) ** 2 + k * x * len(gain) + gain.double * x

    def setter(name, member):
        return lambda: setattr(cls, name, member)

    return function, [
        setter("__call__", lambda self, x: x**3),
        setter("__mul__", lambda self, x: x / self.k),
        setter("__len__", lambda self: 5),
        setter("__enter__", lambda self: 9.0),
        setter("double", property(lambda self: self.k**3)),
        lambda: setattr(gain, "k", 4.0),
        lambda: delattr(gain, "k"),
    ]


def inherited():
    base = type("Base", (Gain,), {"step": lambda self, x: x})

    class Derived(base):
        def step(self, x):
            return super().step(x) * x

    def function(x):
        return Derived().step(x)

    return function, [lambda: setattr(base, "step", lambda self, x: x**4)]


def namedtuple_method():
    cls = type("Own", (Pair,), {"product": lambda self: self.a * self.b})

    def function(x):
        return cls(x, x).product()

    return function, [lambda: setattr(cls, "product", lambda self: self.a**3)]


def defaults():
    def own(x, k=2.0):
        return k * x

    def by_name(x, *, k=2.0):
        return k * x * x

    def function(x):
        return own(x) + by_name(x)

    def positional():
        own.__defaults__ = (5.0,)

    def keywords():
        by_name.__kwdefaults__ = {"k": 7.0}

    return function, [positional, keywords]


def code():
    def own(x):
        return x

    def function(x):
        return own(x)

    def other():
        own.__code__ = (lambda x: x**4).__code__

    return function, [other]


def containers():
    numbers, table = [1.0, 2.0], {"a": 2.0, "f": math.sin}

    def function(x):
        return sum(numbers) * x + table["f"](x) * table["a"] + len(numbers) * x * x

    return function, [
        lambda: numbers.append(5.0),
        lambda: numbers.pop(0),
        lambda: table.update(f=math.cos),
        lambda: table.update(a=4),
    ]


def module():
    own = types.ModuleType("own")
    own.c, own.f = 2.0, math.sin

    def function(x):
        return own.f(x) * own.c

    return function, [
        lambda: setattr(own, "c", 4.0),
        lambda: setattr(own, "f", lambda x: x**3),
        lambda: setattr(own, "c", 3),
    ]


def arrays():
    weights = np.array([1.0, 2.0])

    def function(x):
        return np.sum(weights) * x

    def matrix():
        nonlocal weights
        weights = np.ones((2, 3))

    def integers():
        nonlocal weights
        weights = np.array([3, 4])

    return function, [lambda: weights.__setitem__(0, 9.0), matrix, integers]


def partial():
    held = functools.partial(scaled, k=3.0)

    def function(x):
        return held(x)

    def other():
        nonlocal held
        held = functools.partial(scaled, k=9.0)

    return function, [other]


PROGRAMS = [
    method,
    class_method,
    special_methods,
    inherited,
    namedtuple_method,
    defaults,
    code,
    containers,
    module,
    arrays,
    partial,
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("make", PROGRAMS)
def test_what_is_there_at_the_call_counts(make, backend):
    function, changes = make()
    gradient = grad(function, backend=backend)
    differences.check_gradient(function, (1.3,), 0, gradient(1.3))
    for change in changes:
        change()
        differences.check_gradient(function, (1.3,), 0, gradient(1.3))


def at(x):
    i = np.array([0, 1, 1])
    a = np.ones(2)
    np.add.at(a, i, x)
    np.multiply.at(a, i, x)
    return np.sum(a * a)


def of_a_class(x):
    return Gain.made(x) + Twice.cubed(x)


@pytest.mark.parametrize("function", [at, of_a_class, class_method()[0], method()[0]])
def test_methods_that_are_looked_up_anew_are_no_reason_to_generate_again(function):
    gradient = grad(function, backend="python")
    gradient(1.3)
    with patch.object(VersionTable, "_made", side_effect=AssertionError):
        gradient(1.4)
