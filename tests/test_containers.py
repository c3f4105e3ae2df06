"""Lists, dicts and objects as arguments and results: gradients have the same structure."""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

import diffpy as dp
from diffpy import AliasingError, NonDifferentiableInputError

BACKENDS = pytest.mark.parametrize("backend", ["python", "numba"])


def product(p):
    a, b = p
    return a * b * b


def nested(d):
    return d["a"] * d["b"]["c"] ** 2 + sum(d["l"])


def pairs(xs):
    total = 0.0
    for i in range(len(xs) - 1):
        total += xs[i] * xs[i + 1]
    xs[0] = 7.0
    return total * xs[0]


def rows(m):
    return sum(sum(row) ** 2 for row in m)


@BACKENDS
def test_lists_and_dicts(backend):
    assert dp.grad(product, backend=backend)([2.0, 3.0]) == [9.0, 12.0]
    gradient = dp.grad(nested, backend=backend)({"a": 1.0, "b": {"c": 2.0}, "l": [1.0, 2]})
    assert gradient == {"a": 4.0, "b": {"c": 4.0}, "l": [1.0, 0.0]}
    assert dp.grad(rows, backend=backend)([[1.0, 2.0], [3.0]]) == [[6.0, 6.0], [6.0]]


@BACKENDS
@pytest.mark.parametrize("count", [2, 16, 17, 40])
def test_lists_of_any_length_stay_as_they_are(backend, count):
    xs = [float(i) for i in range(count)]
    gradient = dp.grad(pairs, backend=backend)(xs)
    assert xs == [float(i) for i in range(count)]
    around = [xs[i - 1] if i else 0.0 for i in range(count)]
    expected = [7.0 * (around[i] + (xs[i + 1] if i + 1 < count else 0.0)) for i in range(count)]
    assert gradient == pytest.approx(expected)


@dataclass
class Spring:
    stiffness: float
    ends: list
    name: str = "spring"
    count: int = 3

    def energy(self, x):
        return self.stiffness * x * x + self.ends[0] * self.ends[1]


@dataclass(frozen=True)
class Fixed:
    a: float
    b: float = 2.0


class Model:
    def __init__(self, k):
        self.k = k
        self.u = np.ones(3)
        self.spring = Spring(2.0, [1.0, 3.0])

    def run(self, x):
        self.k = self.k * 2.0
        return self.k * np.sum(self.u * x) + self.spring.energy(x)


def uses_model(model, x):
    return model.run(x) * x


@BACKENDS
def test_objects(backend):
    model = Model(1.5)
    by_model, by_x = dp.grad(uses_model, argnums=(0, 1), backend=backend)(model, 2.0)
    assert type(by_model) is Model and by_model.k == 24.0
    assert by_model.u.tolist() == [12.0, 12.0, 12.0]
    assert by_model.spring == Spring(8.0, [6.0, 2.0], None, 0.0)
    assert by_x == pytest.approx(63.0)
    assert model.k == 1.5 and model.u.tolist() == [1.0, 1.0, 1.0]


@BACKENDS
def test_frozen_and_namespace(backend):
    def area(p):
        return p.a * p.b

    assert dp.grad(area, backend=backend)(Fixed(3.0)) == Fixed(2.0, 3.0)
    assert dp.grad(area, backend=backend)(SimpleNamespace(a=1.0, b=4.0)) == SimpleNamespace(
        a=4.0, b=1.0
    )


def makes(x):
    return [x, x * x, {"cube": x**3}]


def grows(x, n):
    return [x * i for i in range(n)]


@BACKENDS
def test_results(backend):
    value, tangent = dp.jvp(makes, (2.0,), (1.0,), backend=backend)
    assert value == [2.0, 4.0, {"cube": 8.0}] and tangent == [1.0, 4.0, {"cube": 12.0}]
    _, pullback = dp.vjp(makes, 2.0, backend=backend)
    assert pullback([1.0, 0.0, {"cube": 1.0}]) == (13.0,)
    for n in (0, 3, 20):
        value, pullback = dp.vjp(grows, 2.0, n, backend=backend)
        assert value == grows(2.0, n)
        assert pullback([1.0] * n) == (sum(range(n)), 0.0)


def changes(a, b):
    a[0] = 2.0 * a[0]
    return a[0] * b[0]


def reads(a, b):
    return a[0] * b[1]


def appends_in_callee(a, b):
    def put(values):
        values.append(1.0)

    put(a)
    return a[0] * b[-1]


@BACKENDS
def test_shared_arguments(backend):
    one = [1.0, 2.0]
    assert dp.grad(reads, argnums=(0, 1), backend=backend)(one, one) == ([2.0, 0.0], [0.0, 1.0])
    assert dp.grad(changes, argnums=(0, 1), backend=backend)([1.0], [3.0]) == ([6.0], [2.0])
    for function in (changes, appends_in_callee):
        with pytest.raises(AliasingError):
            dp.grad(function, backend=backend)(one, one)
    assert one == [1.0, 2.0]


def writes(u, v):
    v[0] = u[1] * v[1]
    return np.sum(u * v)


@BACKENDS
def test_overlapping_arrays(backend):
    u = np.arange(1.0, 6.0)
    df = dp.grad(writes, argnums=(0, 1), backend=backend)
    for first, second in ((u, u), (u[1:], u[:-1])):
        with pytest.raises(AliasingError):
            df(first, second)
    apart = df(u[::2], u[1::2].copy().repeat(2)[:3])
    assert apart[0].shape == (3,) and u.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


@dataclass
class Cyclic:
    me: object = field(default=None)
    x: float = 1.0


def test_what_contains_itself_is_refused():
    one = Cyclic()
    one.me = one
    with pytest.raises(NonDifferentiableInputError):
        dp.grad(lambda c: c.x * c.x)(one)


@BACKENDS
def test_tangents_are_checked(backend):
    with pytest.raises(NonDifferentiableInputError, match="must be a list of 2"):
        dp.jvp(product, ([1.0, 2.0],), ((1.0, 2.0),), backend=backend)
    with pytest.raises(NonDifferentiableInputError, match="must be a dict of 3"):
        dp.jvp(nested, ({"a": 1.0, "b": {"c": 2.0}, "l": [1.0]},), ({},), backend=backend)


class Dense:
    def __init__(self, weight, act=None):
        self.weight, self.act = weight, act

    def __call__(self, x):
        y = self.weight * x
        return y if self.act is None else self.act(y)


def stacked(layers, x):
    for layer in layers:
        x = layer(x)
    return x


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_objects_that_can_be_called_are_objects(backend):
    """Their gradient was None, as that of a function is."""
    df = dp.grad(stacked, backend=backend)
    first, second = df([Dense(2.0), Dense(3.0, math.sin)], 0.5)
    assert first.weight == pytest.approx(math.cos(3.0) * 3.0 * 0.5)
    assert second.weight == pytest.approx(math.cos(3.0) * 1.0)
    assert dp.grad(lambda x, f: f(x), backend=backend)(3.0, Dense(4.0)) == 4.0


def _key_in_a_loop(x):
    found = {}
    for i in range(3):
        found["last"] = x * i
    return found["last"]


def _key_on_some_ways(x):
    found = {"z": 1.0}
    if x > 1:
        found["a"] = x * x
    return sum(found.values())


def _key_asked_for(x):
    found = {}
    for _ in range(3):
        for k in ("a", "b"):
            found[k] = 0.9 * found.get(k, 0.0) + x
    return found["a"]


@pytest.mark.parametrize("f", [_key_in_a_loop, _key_on_some_ways, _key_asked_for])
def test_keys_that_come_on_some_ways_are_refused(f):
    with pytest.raises(dp.DiffpyError, match="other keys on other ways"):
        dp.grad(f)(1.3)
