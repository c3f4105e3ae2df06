"""Derivatives known exactly: from the Swift AutoDiff tests and from DeZero's steps.

Where Swift has what Python has not, each row stands for it in the ways in which Python says it: an
enum with a payload is a tag and a value, a tuple or one of two dataclasses that `match` tells
apart, a labelled statement is a loop that is left or an exception.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import diffpy as dp

FACTS: list[Any] = []


def facts(row: str, *rows: tuple) -> Callable[[Callable], Callable]:
    """Adds a function with rows of (args, gradient by the float args) or (…, gradient, value)."""

    def add(function: Callable) -> Callable:
        for k, (args, *expected) in enumerate(rows):
            FACTS.append(
                pytest.param(
                    function,
                    args,
                    *expected,
                    *[None] * (2 - len(expected)),
                    id=f"{row}-{function.__name__}-{k}",
                )
            )
        return function

    return add


@facts("1", ((4.0,), 8.0), ((-10.0,), 2.0))
def conditional(x):
    return x * x if x > 0 else x + x


@facts("3", ((4.0,), 8.0), ((-10.0,), 2.0), ((-1337.0,), 0.0))
def dead_overwrites(x):
    y = x
    if x > 0:
        y *= x
    elif x == -1337:
        y = x
        y = x
        y = 0
    else:
        y = x + y
    return y


@facts("5", ((3.0,), 6.0, 9.0))
def labelled_if(x):
    outer = x
    while True:
        if outer > 0:
            outer = outer * x
            break
        outer = 0.0
        break
    return outer


class Left(Exception):
    """Leaves a labelled statement."""


@facts("5", ((3.0,), 6.0, 9.0))
def labelled_if_by_exception(x):
    outer = x
    try:
        if outer > 0:
            outer = outer * x
            raise Left
        outer = 0.0
    except Left:
        pass
    return outer


@facts("7", ((4.0, 5.0), (0.0, 10.0)), ((-3.0, -2.0), (-6.0, 0.0)))
def guard(x, y):
    if not x > 0:
        return x**2
    return y**2


@facts(
    "9",
    ((4.0, 5.0), (0.0, 10.0)),
    ((-1337.0, 5.0), (5.0, -1337.0)),
    ((-1337.0, -5.0), (-2674.0, 0.0)),
    ((-3.0, 2.0), (2.0, -3.0)),
)
def nested_guard(x, y):
    z = y
    if not x > 0:
        if y > 0:
            z *= x
        elif x == -1337:
            z = x
            z *= z
        else:
            z = 0.0
        return z
    return z * y


@facts("11", ((2.0,), 4.0), ((-3.0,), -6.0))
def empty_if(x):
    if x > 0:
        pass
    return x**2


@facts("13", ((11.0,), 23.0), ((4.0,), 8.0), ((-10.0,), 20.0))
def three_ways(x):
    if x > 10:
        return x**2 + x
    if x > 0:
        return x**2
    else:
        return -(x**2)


@facts(
    "15",
    ((4.0, 20.0), (40.0, 8.0)),
    ((4.0, 21.0), (0.0, -1.0)),
    ((4.0, 5.0), (1.0, 1.0)),
    ((-3.0, -2.0), (0.0, -1.0)),
)
def falls_through(x, y):
    if x > 0:
        if y > 10:
            z = x * y
            if z > 100:
                return x + z
            elif y == 20:
                return z + z
        else:
            return x + y
    return -y


@facts("17", ((1.0,), 0.0), ((2.0,), 1.0), ((3.0,), 5.0), ((4.0,), 26.0), ((5.0,), 154.0))
def factorial(x):
    if x == 1:
        return 1.0
    return x * factorial(x - 1)


@facts("19", ((10.0, 3), 300.0), ((-10.0, 2), -20.0), ((100.0, 1), 1.0))
def product(x, n):
    if n == 1:
        return x
    return x * product(x, n - 1)


@facts(
    "21",
    (("a", 4.0), 2.0, 8.0),
    (("b", 10.0), 2.0, 20.0),
    (("a", -10.0), 2.0, -20.0),
    (("b", -1337.0), 2.0, -2674.0),
)
def asked_twice(tag, x):
    if tag == "a":
        y = x
    else:
        y = 0.0
    if tag == "b":
        z = x
    else:
        z = y
    return x + z


@facts(
    "21",
    (("a", 4.0), 2.0, 8.0),
    (("b", 10.0), 2.0, 20.0),
    (("a", -10.0), 2.0, -20.0),
    (("b", -1337.0), 2.0, -2674.0),
)
def matched_twice(tag, payload):
    pair = (tag, payload)
    y = 0.0
    match pair:
        case ("a", x):
            y = x
        case ("b", x):
            y = 0.0
    match pair:
        case ("a", x):
            z = y
        case ("b", x):
            z = x
    return x + z


@dataclass
class A:
    x: float


@dataclass
class B:
    x: float


@facts(
    "21",
    ((4.0, True), 2.0, 8.0),
    ((10.0, False), 2.0, 20.0),
    ((-10.0, True), 2.0, -20.0),
    ((-1337.0, False), 2.0, -2674.0),
)
def one_of_two_classes(x, first):
    held = A(x) if first else B(x)
    match held:
        case A(x):
            y = x
        case B():
            y = 0.0
    match held:
        case A():
            z = y
        case B(x):
            z = x
    return held.x + z


@facts("23", ((None, 2.0), 2.0), ((10.0, 2.0), (2.0, 10.0)))
def none_or_number(k, x):
    if k is None:
        return x + x
    return x * k


def check_power(row: str, *expected: tuple) -> Callable[[Callable], Callable]:
    """Facts of one number."""
    return facts(row, *(((x,), gradient, value) for x, value, gradient in expected))


@check_power("25", (2.0, 8.0, 12.0), (3.0, 27.0, 27.0))
def for_loop(x):
    r = x
    for _ in range(2):
        r *= x
    return r


@check_power("25", (2.0, 8.0, 12.0), (3.0, 27.0, 27.0))
def while_loop(x):
    r = x
    i = 0
    while i < 2:
        r *= x
        i += 1
    return r


@check_power("25", (2.0, 8.0, 12.0), (3.0, 27.0, 27.0))
def do_while_loop(x):
    r = x
    i = 0
    while True:
        r *= x
        i += 1
        if not i < 2:
            break
    return r


@check_power("27", (2.0, 128.0, 448.0), (3.0, 2187.0, 5103.0))
def do_while_in_do_while(x):
    r = x
    i = 0
    while True:
        t = x
        j = 0
        while True:
            t *= x
            j += 1
            if not j < 2:
                break
        r *= t
        i += 1
        if not i < 2:
            break
    return r


@check_power("27", (2.0, 128.0, 448.0), (3.0, 2187.0, 5103.0))
def while_in_do_while(x):
    r = x
    i = 0
    while True:
        t = x
        j = 0
        while j < 2:
            t *= x
            j += 1
        r *= t
        i += 1
        if not i < 2:
            break
    return r


@check_power("27", (2.0, 128.0, 448.0), (3.0, 2187.0, 5103.0))
def for_in_do_while(x):
    r = x
    i = 0
    while True:
        t = x
        for _ in range(2):
            t *= x
        r *= t
        i += 1
        if not i < 2:
            break
    return r


@check_power("29", (2.0, 64.0, 192.0), (3.0, 729.0, 1458.0))
def continues(x):
    r = x
    for i in range(1, 10):
        if i % 2 == 0:
            continue
        r *= x
    return r


@facts("33", ((3.0, True), 6.0), ((3.0, False), 2.0))
def boolean(x, b):
    if b and b or b:
        return x * x
    return 2 * x


def negative_raises(x):
    if x < 0:
        raise ValueError("negative")
    return x * x


@facts("35", ((2.0,), 4.0), ((-2.0,), 2.0))
def caught(x):
    try:
        return negative_raises(x)
    except ValueError:
        return x + x


@facts("35", ((2.0,), 4.0), ((-2.0,), 2.0))
def caught_and_joined(x):
    try:
        y = negative_raises(x)
    except ValueError:
        y = 2 * x
    return y


@facts("37", ((np.array([1.0, 2.0, 3.0]),), np.ones(3)))
def loop_sum(a):
    total = 0.0
    for v in a:
        total += v
    return total


@facts("37", ((np.array([3.0, 4.0, 5.0]),), np.array([20.0, 15.0, 12.0])))
def loop_product(a):
    p = 1.0
    for i in range(len(a)):
        p *= a[i]
    return p


@facts("39", ((None, 3.0), 6.0))
def coalesce(x, y):
    return x if x is not None else y**2


@facts("39", ((-1.0, 3.0), (0.0, 6.0)), ((2.0, 3.0), (1.0, 0.0)))
def coalesce_what_is_computed(x, y):
    found = positive(x)
    return found if found is not None else y**2


def positive(x):
    if x > 0:
        return x
    return None


@facts("41", ((3.0, 4.0), (8.0, 6.0)))
def sum_of_ternaries(x, y):
    pair = (x * y if x > 0 else y, x * y if y > 0 else x)
    return pair[0] + pair[1]


@facts("41", ((3.0, 4.0), (8.0, 6.0)))
def sum_of_a_list_of_ternaries(x, y):
    pair = [x * y if x > 0 else y, x * y if y > 0 else x]
    total = 0.0
    for product in pair:
        total += product
    return total


@facts("43", ((3.0,), 108.0))
def fourth_power(x):
    a = x
    a = a * x
    a = a * x
    a = a * x
    return a


@facts("45", ((3.0, 4.0), (4.0, 3.0)))
def swapped(x, y):
    t = (x, y)
    t = (t[1], t[0])
    a, b = t
    a, b = b, a
    return a * b


@facts("47", ((np.array([1.0, 2.0, 3.0]),), np.array([2.0, 4.0, 6.0])))
def map_square(a):
    b = np.zeros(len(a))
    for i in range(len(a)):
        b[i] = a[i] * a[i]
    return np.sum(b)


@facts("47", ((np.array([1.0, 2.0, 3.0, 4.0, 5.0]),), np.array([120.0, 60.0, 40.0, 30.0, 24.0])))
def reduce_product(a):
    return reduce(lambda u, v: u * v, 1.0, a)


def reduce(f, start, a):
    for v in a:
        start = f(start, v)
    return start


@facts("47", ((np.array([1.0, 2.0, 3.0]),), np.array([2.0, 4.0, 6.0])))
def sum_of_map(a):
    return sum(map(square, a))


@facts("47", ((np.array([1.0, 2.0, 3.0]),), np.array([2.0, 4.0, 6.0])))
def sum_of_comprehension(a):
    return sum([v * v for v in a])


@facts("47", ((np.array([1.0, 2.0, 3.0, 4.0, 5.0]),), np.array([120.0, 60.0, 40.0, 30.0, 24.0])))
def functools_reduce(a):
    return functools.reduce(lambda u, v: u * v, a, 1.0)


@facts("dezero", ((0.5,), 2 * math.exp(0.5)))  # 3.2974425
def square_exp_square(x):
    return square(math.exp(square(x)))


def square(x):
    return x * x


@facts("dezero", ((1.0, 1.0), (0.04, 0.04)))
def matyas(x, y):
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


@facts("dezero", ((1.0, 1.0), (-5376.0, 8064.0)))
def goldstein_price(x, y):
    return (1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)) * (
        30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    )


@facts("dezero", ((0.0, 2.0), (-2.0, 400.0)))
def rosenbrock(x, y):
    return 100 * (y - x**2) ** 2 + (x - 1) ** 2


@facts("dezero", ((2.0,), 24.0, 8.0))
def quartic(x):
    return x**4 - 2 * x**2


@facts("dezero", ((2.0,), 100.0))
def cube_of_gradient(x):
    return dp.grad(square)(x) ** 3 + x**2


def float_argnums(args: tuple) -> tuple[int, ...]:
    """The arguments that have a gradient."""
    return tuple(k for k, arg in enumerate(args) if isinstance(arg, float | np.ndarray))


def expect(gradient: Any) -> tuple:
    return gradient if isinstance(gradient, tuple) else (gradient,)


BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


@BOTH
@pytest.mark.parametrize("function, args, gradient, value", FACTS)
def test_fact_in_reverse(
    function: Callable, args: tuple, gradient: Any, value: float | None, backend: str
) -> None:
    df = dp.value_and_grad(function, argnums=float_argnums(args), backend=backend)
    found_value, found = df(*args)
    assert found_value == pytest.approx(function(*args) if value is None else value, rel=1e-12)
    for one, exact in zip(found, expect(gradient), strict=True):
        np.testing.assert_allclose(one, exact, rtol=1e-8, atol=1e-13)


@BOTH
@pytest.mark.parametrize("function, args, gradient, value", FACTS)
def test_fact_forward(
    function: Callable, args: tuple, gradient: Any, value: float | None, backend: str
) -> None:
    for k, exact in zip(float_argnums(args), expect(gradient), strict=True):
        for unit, component in zip(np.eye(np.size(exact)), np.ravel(exact), strict=True):
            tangents = [zero_like(arg) for arg in args]
            tangents[k] = unit if isinstance(args[k], np.ndarray) else 1.0
            _, out_dot = dp.jvp(function, args, tuple(tangents), backend=backend)
            np.testing.assert_allclose(out_dot, component, rtol=1e-8, atol=1e-13)


def zero_like(arg: Any) -> Any:
    if isinstance(arg, np.ndarray):
        return np.zeros(len(arg))
    return None if arg is None or isinstance(arg, str) else 0.0


# --- row 51: forward, with value and tangent -------------------------------------------------


def sum_times_minus(x, y):
    return (x + y) * -y


def ratio(x, y):
    return x / y


def ratio_of_square(x, y):
    s = x + y
    return s * s / x + y


@BOTH
@pytest.mark.parametrize(
    "function, args, value, tangent",
    [
        (sum_times_minus, (4.0, 5.0), -45.0, -19.0),
        (ratio, (10.0, 5.0), 2.0, -0.2),
        (ratio_of_square, (4.0, 5.0), 25.25, 4.9375),
    ],
)
def test_row_51(
    function: Callable, args: tuple, value: float, tangent: float, backend: str
) -> None:
    found = dp.jvp(function, args, (1.0, 1.0), backend=backend)
    assert found == pytest.approx((value, tangent), rel=1e-14)


# --- row 47 and 41 with a seed of ones, DeZero's descents and higher derivatives --------------


def squares(a):
    return a * a


def mapped(a):
    return np.array(list(map(square, a)))


def both_products(x, y):
    return np.array([x * y if x > 0 else y, x * y if y > 0 else x])


def list_of_both_products(x, y):
    return [x * y if x > 0 else y, x * y if y > 0 else x]


@BOTH
@pytest.mark.parametrize("function", [squares, mapped])
def test_row_47_with_a_seed_of_ones(function: Callable, backend: str) -> None:
    _, pullback = dp.vjp(function, np.array([1.0, 2.0, 3.0]), backend=backend)
    np.testing.assert_allclose(pullback(np.ones(3))[0], [2.0, 4.0, 6.0])


@BOTH
def test_row_41_with_a_seed_of_ones(backend: str) -> None:
    _, pullback = dp.vjp(both_products, 3.0, 4.0, backend=backend)
    assert pullback(np.ones(2)) == (8.0, 6.0)


@BOTH
def test_row_41_returns_a_list(backend: str) -> None:
    out, pullback = dp.vjp(list_of_both_products, 3.0, 4.0, backend=backend)
    assert out == [12.0, 12.0]
    assert pullback([1.0, 1.0]) == (8.0, 6.0)


@BOTH
def test_rosenbrock_descent(backend: str) -> None:
    slope = dp.grad(rosenbrock, argnums=(0, 1), backend=backend)
    x, y = 0.0, 2.0
    for _ in range(1000):
        x_bar, y_bar = slope(x, y)
        x, y = x - 0.001 * x_bar, y - 0.001 * y_bar
    assert (x, y) == pytest.approx((0.68371186, 0.46595268), abs=1e-8)


@BOTH
def test_quartic_twice(backend: str) -> None:
    assert dp.grad(dp.grad(quartic), backend=backend)(2.0) == pytest.approx(44.0, rel=1e-14)


@BOTH
@pytest.mark.parametrize(
    "order, exact",
    list(enumerate([0.41997434, -0.63970001, 0.62162668, 0.66509104, -5.5568936], 1)),
)
@pytest.mark.parametrize("function", [np.tanh, math.tanh], ids=["np", "math"])
def test_tanh_derivatives(function: Callable, order: int, exact: float, backend: str) -> None:
    def f(x):
        return function(x)

    df = functools.reduce(lambda g, _: dp.grad(g, backend=backend), range(order), f)
    assert df(1.0) == pytest.approx(exact, abs=1e-7)
