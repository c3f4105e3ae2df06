"""Closure: what diffpy writes, diffpy differentiates, in any order of modes.

Six ways to the fifth power have exact derivatives; six ways to iterate a nonlinear map are compared
with differences, order by order, so that no mistake of one order can hide in another.
"""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


def fifth_straight(x):
    y = x * x
    return y * y * x


def fifth_while(x):
    y = 1.0
    i = 0
    while i < 5:
        y = y * x
        i += 1
    return y


def fifth_for(x):
    y = 1
    for _ in range(5):
        y = y * x
    return y


def fifth_recursion(x, n=5):
    return 1.0 if n == 0 else x * fifth_recursion(x, n - 1)


def fifth_exit(x):
    y = x
    for i in range(20):
        if i == 4:
            return y
        y = y * x
    return 0.0


def fifth_store(x):
    a = np.zeros(6)
    a[0] = 1.0
    for i in range(1, 6):
        a[i] = a[i - 1] * x
    return a[5]


def map_straight(x):
    y = math.sin(x) * x + 0.3
    z = math.sin(y) * y + 0.3
    return math.sin(z) * z + 0.3


def map_while(x):
    y = x
    n = 3
    while n > 0:
        y = math.sin(y) * y + 0.3
        n -= 1
    return y


def map_for(x):
    y = x
    for _ in range(3):
        y = math.sin(y) * y + 0.3
    return y


def map_recursion(x, n=3):
    if n == 0:
        return x
    y = map_recursion(x, n - 1)
    return math.sin(y) * y + 0.3


def map_exit(x):
    y = x
    i = 0
    while True:
        if i >= 3:
            break
        i += 1
        if y > 100:
            continue
        y = math.sin(y) * y + 0.3
    return y


def map_store(x):
    a = np.zeros(2)
    a[0] = x
    for _ in range(3):
        a[1] = math.sin(a[0])
        a[0] = a[1] * a[0] + 0.3
    return a[0]


FIFTHS = [fifth_straight, fifth_while, fifth_for, fifth_recursion, fifth_exit, fifth_store]
MAPS = [map_straight, map_while, map_for, map_recursion, map_exit, map_store]
NAMES = {"ids": lambda value: getattr(value, "__name__", None) or str(value)}


def reverse(f: Callable, backend: str) -> Callable:
    return dp.grad(f, backend=backend)


def forward(f: Callable, backend: str) -> Callable:
    def f_dot(x):
        return dp.jvp(f, (x,), (1.0,), backend=backend)[1]

    return f_dot


MODES = {"r": reverse, "f": forward}


def derivative(f: Callable, modes: str, backend: str) -> Callable:
    """`modes` reads like the call: "rf" is the gradient of the jvp."""
    return functools.reduce(lambda g, mode: MODES[mode](g, backend), reversed(modes), f)


def words(orders: tuple[int, ...]) -> list[str]:
    """All sequences of modes of these lengths."""
    return ["".join(word) for k in orders for word in itertools.product("rf", repeat=k)]


def combinations() -> Any:
    """In numba all of second order and the pure reverse and one mixed of third; others slow."""
    rows = []
    for backend, modes in itertools.product(("python", "numba"), words((1, 2, 3))):
        slow = backend == "numba" and len(modes) == 3 and modes not in ("rrr", "frr")
        rows.append(pytest.param(modes, backend, marks=[pytest.mark.slow] if slow else []))
    return pytest.mark.parametrize("modes, backend", rows)


@combinations()
@pytest.mark.parametrize("f", FIFTHS, **NAMES)
def test_fifth_power(f: Callable, modes: str, backend: str) -> None:
    x, order = 1.3, len(modes)
    exact = {1: 5 * x**4, 2: 20 * x**3, 3: 60 * x**2}[order]
    assert derivative(f, modes, backend)(x) == pytest.approx(exact, rel=1e-13)


@combinations()
@pytest.mark.parametrize("f", MAPS, **NAMES)
def test_iterated_map(f: Callable, modes: str, backend: str) -> None:
    found = derivative(f, modes, backend)(0.8)
    lower = derivative(map_straight, "r" * (len(modes) - 1), "python")
    differences.check_gradient(lower, (0.8,), 0, found)


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-13:
        x = 0.5 * (x + a / x)
    return x


@BOTH
@pytest.mark.parametrize("modes", words((1, 2)))
def test_newton_square_root(modes: str, backend: str) -> None:
    exact = {1: 0.5 * 3.0**-0.5, 2: -0.25 * 3.0**-1.5}[len(modes)]
    assert derivative(newton_sqrt, modes, backend)(3.0) == pytest.approx(exact, rel=1e-6)


# --- a derivative inside a differentiated function -------------------------------------------


def cost(x, a):
    return 0.25 * x**4 - a * x


def minimum(a):
    x = 1.0
    for _ in range(8):
        x = x - dp.grad(cost)(x, a) / dp.grad(dp.grad(cost))(x, a)
    return x


def descend(rate):
    x = 1.5
    n = 0
    while n < 5:
        x = x - rate * dp.grad(cost)(x, 2.0)
        n += 1
    return cost(x, 2.0)


@BOTH
def test_implicit_minimum(backend: str) -> None:
    found = dp.grad(minimum, backend=backend)(2.0)
    assert found == pytest.approx(2.0 ** (-2 / 3) / 3, rel=1e-10)


@BOTH
def test_learning_rate(backend: str) -> None:
    differences.check_gradient(descend, (0.02,), 0, dp.grad(descend, backend=backend)(0.02))


@dp.grad
def decorated_slope(x):
    return x**3


def uses_decorated(x):
    return decorated_slope(x) * x


def uses_value_and_grad(x):
    value, slope = dp.value_and_grad(map_for)(x)
    return value * slope


def uses_jvp(x):
    value, slope = dp.jvp(map_while, (x,), (x,))
    return value * slope


def uses_two(x):
    return dp.grad(map_while)(x) * dp.grad(fifth_while)(x * 0.5)


def recurses(x, n=2):
    if n == 0:
        return x
    return dp.grad(map_straight)(recurses(x, n - 1)) * x


@BOTH
def test_decorated_gradient_inside(backend: str) -> None:
    assert dp.grad(uses_decorated, backend=backend)(2.0) == pytest.approx(9 * 2.0**2)


@BOTH
@pytest.mark.parametrize("f", [uses_value_and_grad, uses_jvp, uses_two, recurses], **NAMES)
def test_derivative_inside(f: Callable, backend: str) -> None:
    differences.check_gradient(f, (0.8,), 0, dp.grad(f, backend=backend)(0.8))
    _, out_dot = dp.jvp(f, (0.8,), (1.0,), backend=backend)
    differences.check_tangent(f, (0.8,), (1.0,), out_dot)


# --- tapes of several levels do not disturb one another ---------------------------------------


@BOTH
def test_pullback_survives_other_gradients(backend: str) -> None:
    _, pullback = dp.vjp(map_while, 0.8, backend=backend)
    first = pullback(1.0)
    dp.grad(dp.grad(map_while), backend=backend)(0.1)
    dp.vjp(map_while, 2.1, backend=backend)
    assert pullback(1.0) == first
    assert pullback(2.0)[0] == pytest.approx(2 * first[0], rel=1e-14)


def matrix_map(a):
    b = a.copy()
    for i in range(1, len(a)):
        b[i] = math.sin(b[i - 1]) * b[i] + a[0]
    return np.sum(b * b)


@BOTH
def test_hessian_of_stores_is_symmetric(backend: str) -> None:
    a, df = np.array([0.4, -0.7, 1.1]), dp.grad(matrix_map)
    rows = [dp.jvp(df, (a,), (unit,), backend=backend)[1] for unit in np.eye(3)]
    np.testing.assert_allclose(np.array(rows), np.array(rows).T, rtol=1e-12, atol=1e-14)


@BOTH
def test_gradients_of_all_orders_in_turn(backend: str) -> None:
    f, x = fifth_while, 1.3
    slopes = [derivative(f, "r" * order, backend) for order in (1, 2, 3)]
    for _ in range(2):
        found = [slope(x) for slope in slopes]
        assert found == pytest.approx([5 * x**4, 20 * x**3, 60 * x**2], rel=1e-13)
