"""Python's numbers and NumPy's: what an operation means depends on whose operands it has."""

import math
from collections.abc import Callable

import differences
import numpy as np
import pytest

import diffpy as dp
from diffpy.runtime.checked import BINARY, ROUNDING, UNARY

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


def assert_right(f: Callable, args: tuple, backend: str) -> None:
    """The value is Python's, the derivative that of differences, in both modes."""
    found, gradient = dp.value_and_grad(f, backend=backend)(*args)
    differences.check_value(f, args, found)
    differences.check_gradient(f, args, 0, gradient)
    tangents = tuple(differences.zero_tangent(arg) for arg in args)
    _, out_dot = dp.jvp(f, args, (np.ones_like(args[0]), *tangents[1:]), backend=backend)
    differences.assert_close(out_dot, np.sum(gradient), differences.AMONG_DERIVATIVES["double"])


# --- bools ------------------------------------------------------------------------------------


def accumulated(x, k):
    t = k[0]
    for v in k:
        t += v
    return x / (1.5 + t)


SUMS_OF_BOOLS = [
    accumulated,
    lambda x, k: x / (1.5 + (k[0] + k[1])),
    lambda x, k: x / (1.5 + (k[0] + (x > 0))),
    lambda x, k: x / (1.5 + ((x > 0) + k[0] + True)),
    lambda x, k: x / (1.5 + (np.isfinite(x) + np.isfinite(x))),
    lambda x, k: x / (1.5 + (np.isclose(x, x) + np.isclose(x, 0.0))),
    lambda x, k: x / (1.5 + (np.any(k) + k.all() + k.any())),
    lambda x, k: x / (1.5 + np.add(x > 0, x > 0)),
    lambda x, k: x / (1.5 + (np.array([True, True])[0] + np.array([True, True])[1])),
    lambda x, k: x / (1.5 + ~(k[0] * k[1])),
    lambda x, k: x / (1.5 + (k[0] + k[1]) * 3 + (k[0] + 1)),
    lambda x, k: x / (1.5 + ((k[0] | k[1]) + (k[0] & k[1]) + (k[0] ^ k[1]) + ~k[1])),
    lambda x, k: x / (1.5 + (k[0] // k[0] + k[0] ** k[0] + k[0] % k[0] + (k[0] < k[1]))),
    lambda x, k: x / (1.5 + (bool(k[0]) + bool(k[1]))),
    lambda x, k: x / (1.5 + (float(k[0]) + float(x > 0) + int(k[0]))),
    lambda x, k: x / (1.5 + ((2 in [2, 3]) + (k[0] in [True]))),
    lambda x, k: x / (1.5 + ((not k[0]) + (not k[1]) + isinstance(x, float))),
    lambda x, k: x / (1.5 + ((0 < x < 9) + (0 < x < 5))),
    lambda x, k: x / (1.5 + ((0 < np.sin(x) < 9) + (0 < np.cos(x) + 2 < 9))),
    lambda x, k: x / (1.5 + (((1.0, k[0]) == (1.0, True)) + ([k[0]] == [True]))),
    lambda x, k: x / (1.5 + (any([k[0], k[1]]) + all([k[0]]) + any(v for v in k))),
    lambda x, k: x / (1.5 + (sum(k) + sum([v for v in k]) + sum(bool(v) for v in k))),
    lambda x, k: x * ~(x > 1) + x * ~(x > 9),
    lambda x, k: x * ~((x > 1) | (x > 9)) + x * ~bool(k[0]),
    lambda x, k: x * -(x > 1) + (x > 1) // True + abs(x > 1) + ((x > 1) << 2),
    lambda x, k: x * k[0] ** x + 2.0 ** k[0],
]


@BOTH
@pytest.mark.parametrize("f", SUMS_OF_BOOLS)
def test_bools(f, backend):
    assert_right(f, (1.7, np.array([True, True])), backend)
    assert_right(f, (1.7, np.array([True, False])), backend)


@BOTH
def test_bools_of_two_kinds_are_not_added(backend):
    def f(x, k):
        return x * (((x > 0) and k[0]) + ((x > 1) and k[1]))

    with pytest.raises(dp.DiffpyError, match="Python's on some ways, NumPy's on others"):
        dp.grad(f, backend=backend)(1.7, np.array([True, True]))


# --- powers -----------------------------------------------------------------------------------

POWERS = [
    lambda x, a, n: x**True + x ** (x > 1) + (x > 1) ** 2 + True**x,
    lambda x, a, n: x * n[0] ** 2 + x * n[0] ** n[1] + 2 ** n[1] * x + n[0] ** x,
    lambda x, a, n: x / np.float64(n[0] - n[0]) ** -1 + x / np.float64(n[0] - n[0]) ** -2,
    lambda x, a, n: x / np.sum((n * 0.0) ** -1) + x / np.power(n[0] * 0.0, -1),
    lambda x, a, n: x * a[0] ** -1 + x * a[1] ** -3 + np.sum(x * a**-2 + x * a**-a),
    lambda x, a, n: x * np.float32(2.0) ** -1 + x ** -np.int64(2) + np.sum(x ** -np.arange(3)),
    lambda x, a, n: x * np.sum(n**2) + np.sum(x * n ** np.arange(2)) + np.sum(n * 1.0) ** -x,
]


@BOTH
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@pytest.mark.parametrize("f", POWERS)
def test_powers(f, dtype, backend):
    with np.errstate(divide="ignore"):
        assert_right(f, (1.7, np.array([2.0, 5.0]), np.array([3, 2], dtype)), backend)


@BOTH
@pytest.mark.parametrize("dtype", ["int64", "int32", "bool"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, n: x * n[0] ** -1,
        lambda x, n: x * np.sum(n**-1),
        lambda x, n: x * np.power(n[0], -2),
        lambda x, n: x * np.sum(2 ** -(n * 1)),
    ],
)
def test_integers_of_numpy_have_no_negative_powers(f, dtype, backend):
    with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
        dp.grad(f, backend=backend)(1.7, np.array([1, 2], dtype))


@BOTH
def test_a_handler_sees_that(backend):
    def f(x, n):
        try:
            return x * n[0] ** n[1]
        except ValueError:
            return x * x

    assert dp.grad(f, backend=backend)(1.5, np.array([2, -1])) == 3.0
    assert dp.grad(f, backend=backend)(1.5, np.array([2, 3])) == 8.0


@BOTH
@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, n: x * np.sqrt(n[0]) + x * np.exp(n[1]) + x * np.sin(n[0]),
        lambda x, n: x * np.hypot(n[0], n[1]) + x * (np.exp(n[0]) * 2) + x * np.tanh(n[1]),
        lambda x, n: x * np.sqrt(x > 1) + x * np.exp(x > 9),
        lambda x, n: x * float(np.log1p(n[1])) + x * (np.exp(n[0]) * np.float32(0.1)),
    ],
)
def test_half_precision(f, dtype, backend):
    for n in ([1, 0], [7, 3], [9, 5]):
        assert_right(f, (np.float64(1.7), np.array(n).astype(dtype)), backend)


# --- what math raises -------------------------------------------------------------------------

NUMBERS = [0.0, -0.0, 0.5, -0.5, 2.0, -2.5, -3.0, 170.0, 172.0, 1500.0, -1500.0, 1e-320, 1e308]
NUMBERS += [np.inf, -np.inf, np.nan]
PAIRS = [(x, y) for x in NUMBERS for y in NUMBERS]
WHOLE = [-1, 0, 5, 10]
MATH = [
    *(
        (getattr(math, name), [(x,) for x in NUMBERS])
        for name in UNARY + ROUNDING
        if name in dir(math)
    ),
    *((getattr(math, name), PAIRS) for name in BINARY),
    (math.log, [(x, y) for x, y in PAIRS if y > 0 and y != np.inf]),
    (lambda x: math.modf(x)[0] + 2 * math.modf(x)[1], [(x,) for x in NUMBERS[:-3]]),
    (round, [(x,) for x in NUMBERS]),
    (math.ldexp, [(x, n) for x in NUMBERS for n in (0, 5, 1000, 5000, -5000, 10**12, -(10**12))]),
    (math.factorial, [(n,) for n in WHOLE]),
    (math.isqrt, [(n,) for n in WHOLE]),
    (math.comb, [(n, k) for n in WHOLE for k in WHOLE]),
]
TOO_LARGE = "does not fit into 64 bits"


def uncaught(function):
    return lambda x, *args: x * function(*args)


def caught(function):
    def f(x, *args):
        try:
            return x * function(*args)
        except ValueError:
            return x * 2000.0
        except OverflowError:
            return x * 3000.0

    return f


def outcome(f: Callable, *args):
    """What a function returns, or the class of what it raises."""
    try:
        return f(*args)
    except (ValueError, OverflowError) as error:
        return None if TOO_LARGE in str(error) else type(error)


@BOTH
@pytest.mark.parametrize("wrapped", [uncaught, caught])
@pytest.mark.parametrize("function, points", MATH, ids=lambda f: getattr(f, "__name__", ""))
def test_math_raises_what_it_raises(function, points, wrapped, backend):
    f = wrapped(function)
    derivative = dp.value_and_grad(f, backend=backend)
    for args in points:
        found, expected = outcome(derivative, 1.5, *args), outcome(f, 1.5, *args)
        if isinstance(found, tuple):
            np.testing.assert_allclose(found[0], expected, rtol=1e-9)
        elif found is not None:  # an int of more than 64 bits
            assert found is expected, args


# --- numbers that are Python's on some ways ---------------------------------------------------


def total(a, n):
    s = 0.0
    for i in range(n):
        s += a[i]
    return s


def quotient(x, y):
    return x / y


def with_handler(a, n):
    above = [v for v in a if v > 3.0 * n]
    try:
        return sum(above) / len(above)
    except ZeroDivisionError:
        return a[0]


def rebound(a, n):
    s, t = np.float64(2.0), a[0]
    for _ in range(n):
        t += 1 / (s - 1)
        s = 2.0
    return t


UNSETTLED = [
    lambda a, n: total(a, n) / n,
    lambda a, n: 1.0 / total(a, n) + a[0],
    lambda a, n: quotient(total(a, n), n),
    lambda a, n: total(a, n) // n + a[0],
    lambda a, n: total(a, n) % n + a[0],
    lambda a, n: divmod(total(a, n), n)[1] + a[0],
    lambda a, n: 3.0 / (2.0 * total(a, n) + 1.0 - 1.0),
    lambda a, n: total(a, n) ** -n + total(a, n) ** -1,
    lambda a, n: 1.0 / max(0.0, total(a, n)) + a[0],
    lambda a, n: 1.0 / (a[1] if n else 0.0) + a[0],
    lambda a, n: sum([v for v in a if v > 3.0 * n] if n < 2 else []) / (2 - n) + a[0],
]


@BOTH
@pytest.mark.parametrize("f", UNSETTLED)
def test_divisions_of_numbers_of_either_kind(f, backend):
    a = np.array([2.0, 5.0])
    good = 1 if f is UNSETTLED[-1] else 2
    assert_right(f, (a, good), backend)
    with pytest.raises((RuntimeError, ZeroDivisionError)) as raised:
        dp.grad(f, backend=backend)(a, 2 - good if f is not UNSETTLED[-1] else 2)
    assert raised.type is ZeroDivisionError or "Python's on some ways" in str(raised.value)


@BOTH
def test_handlers_do_not_take_that_for_pythons(backend):
    a = np.array([2.0, 5.0])
    assert_right(with_handler, (a, 1), backend)
    with pytest.raises(RuntimeError, match="a division by zero of numbers that are Python's on"):
        dp.grad(with_handler, backend=backend)(a, 9)


@BOTH
def test_numbers_that_are_numpys_divide_as_numpy(backend):
    def f(a, n):
        s = np.float64(0.0)
        for i in range(n):
            s += a[i]
        return a[0] / s + 1.0 / s

    def g(a, n):
        return a[0] / total(a, n) + np.sum(a / total(a, n))

    with np.errstate(divide="ignore"):
        for h in (f, g):
            assert dp.value_and_grad(h, backend=backend)(np.array([2.0, 5.0]), 0)[0] == np.inf
            derivative = dp.grad(h, backend=backend)
            derivative(np.array([2.0, 5.0]), 2)
            assert "check_" not in derivative.source
    assert_right(rebound, (np.array([2.0, 5.0]), 2), backend)


# --- sums of small integers, and nan in lists -------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "bool"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, k: x * float(sum(k)),
        lambda x, k: x * float(sum(k, 1)),
        lambda x, k: x * float(sum(k, 0.5)),
        lambda x, k: x * float(sum(k, np.int64(0))),
        lambda x, k: x * float(np.sum(k)) + x * np.sum(sum(np.stack([k, k]))),
    ],
)
def test_sums_of_small_integers(f, dtype, backend):
    with np.errstate(over="ignore"):
        assert_right(f, (1.5, np.array([100, 100]).astype(dtype)), backend)


@BOTH
@pytest.mark.parametrize(
    "f",
    [
        lambda x, v: x * (v in [v]) + x * (v in (1.0, v)) + x,
        lambda x, v: x * ((v, 1) == (v, 1)) + x * ([v] == [v]) + x * ((v, 1.0) < (v, 2.0)),
        lambda x, v: x * (v * 2.0 in [v * 2.0]) + x * (v == v) + x * (np.nan in [np.nan]) + x,
    ],
)
@pytest.mark.parametrize("v", [1.5, np.nan])
def test_items_are_compared_by_identity_first(f, v, backend):
    value, gradient = dp.value_and_grad(f, backend=backend)(1.5, v)
    assert value == f(1.5, v) and gradient == f(1.0, v)
