"""Programs that carelessly generated derivatives were seen to get silently wrong.

From shared/numba-facts.md, sections 1, 4 and 8: what compiled code does differently from Python,
and what a tape, a seed or a reversed loop does differently from the chain rule. Where the primal
raises, its derivative raises the same.
"""

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])
MODES = pytest.mark.parametrize("mode", ["reverse", "forward"])
A = np.array([1.0, 2.0, 3.0])


def slope(f: Callable, mode: str, backend: str, x: float, *rest: Any) -> float:
    """The derivative of `f(x, *rest)` by x."""
    if mode == "reverse":
        return dp.grad(f, backend=backend)(x, *rest)
    tangents = (1.0, *(np.zeros(arg.shape) if isinstance(arg, np.ndarray) else 0.0 for arg in rest))
    return dp.jvp(f, (x, *rest), tangents, backend=backend)[1]


# --- shapes and dtypes -----------------------------------------------------------------------


def product_sum(a, b):
    return np.sum(a * b + b)


@BOTH
@pytest.mark.parametrize("one_first", [True, False])
def test_extent_of_one_is_broadcast(one_first: bool, backend: str) -> None:
    one, many = np.array([5.0]), A
    a, b = (one, many) if one_first else (many, one)
    a_bar, b_bar = dp.grad(product_sum, argnums=(0, 1), backend=backend)(a, b)
    np.testing.assert_array_equal(a_bar, [6.0] if one_first else [5.0, 5.0, 5.0])
    np.testing.assert_array_equal(b_bar, [6.0, 6.0, 6.0] if one_first else [9.0])


@BOTH
def test_extent_of_one_after_many(backend: str) -> None:
    df = dp.grad(product_sum, argnums=(0, 1), backend=backend)
    df(A, A)
    np.testing.assert_array_equal(df(A, np.array([5.0]))[1], [9.0])
    np.testing.assert_array_equal(df(A, A)[1], A + 1)


def tenth(a):
    return a * 0.1


@BOTH
def test_single_precision_stays_single(backend: str) -> None:
    a = A.astype(np.float32)
    out, pullback = dp.vjp(tenth, a, backend=backend)
    (a_bar,) = pullback(np.ones(3, dtype=np.float32))
    assert (out.dtype, a_bar.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(out, a * 0.1)


@BOTH
def test_single_precision_tangent_stays_single(backend: str) -> None:
    a = A.astype(np.float32)
    out, out_dot = dp.jvp(tenth, (a,), (np.ones(3, dtype=np.float32),), backend=backend)
    assert (out.dtype, out_dot.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(out, a * 0.1)


# --- integers --------------------------------------------------------------------------------


def many_times_three(x, n):
    k = 1
    for _ in range(n):
        k = k * 3
    return x * k


def float_power_of_two(x, n):
    return x * 2**n


@BOTH
@MODES
def test_large_integers_never_wrap(mode: str, backend: str) -> None:
    try:
        found = slope(many_times_three, mode, backend, 2.0, 45)
    except OverflowError:
        return
    assert found == pytest.approx(3.0**45, rel=1e-12)


@BOTH
@MODES
@pytest.mark.parametrize("n", [-1, -3, 0, 5])
def test_integer_to_a_negative_power_is_a_float(n: int, mode: str, backend: str) -> None:
    assert slope(float_power_of_two, mode, backend, 1.5, n) == 2.0**n


def float_power_and_integer(x, n):
    power = 2**n
    return x * power + x * (1 - power)


@BOTH
@MODES
def test_a_power_that_is_an_integer_refuses_a_negative_exponent(mode: str, backend: str) -> None:
    assert slope(float_power_and_integer, mode, backend, 1.5, 3) == 1.0
    with pytest.raises(ValueError, match="make the base a float"):
        slope(float_power_and_integer, mode, backend, 1.5, -3)


@BOTH
@MODES
def test_power_beyond_int64_never_wraps(mode: str, backend: str) -> None:
    try:
        found = slope(float_power_of_two, mode, backend, 1.5, 70)
    except OverflowError:
        return
    assert found == 2.0**70


def floor_and_remainder(x, n, m):
    return x * (n // m) + x * x * (n % m)


@BOTH
@MODES
@pytest.mark.parametrize("n, m", [(7, 2), (-7, 2), (7, -2), (-7, -2)])
def test_integer_division_of_negatives(n: int, m: int, mode: str, backend: str) -> None:
    assert slope(floor_and_remainder, mode, backend, 1.5, n, m) == n // m + 3.0 * (n % m)


# --- what raises in Python raises in its derivative -------------------------------------------


def element(x, a, i):
    return x * a[i]


def sum_too_far(x, a):
    total = 0.0
    for i in range(len(a) + 1):
        total += x * a[i]
    return total


def store_too_far(x, a):
    b = np.zeros(3)
    for i in range(4):
        b[i] = x * i
    return np.sum(b)


def integer_division(x, n):
    return x * (7 // n)


def integer_remainder(x, n):
    return x * (7 % n)


def true_division(x, n):
    return x / n


def float_division(x, y):
    return x * x / y


def float_floor_division(x, y):
    return x * (3.0 // y)


def square_root(x, y):
    return x * math.sqrt(y)


def logarithm(x, y):
    return x * math.log(y)


def arc_sine(x, y):
    return x * math.asin(y)


def exponential(x, y):
    return x * math.exp(y)


def float_power(x, y):
    return x * y**400


def zero_to_minus_one(x, y):
    return x * y**-1.0


def unbound_after_branch(x, n):
    if n > 0:
        y = x * x
    return y * x


def unbound_after_loop(x, n):
    for i in range(n):
        y = x * i
    return y * x


def unbound_loop_variable(x, n):
    for i in range(n):
        pass
    return x * i


def negative_extent(x, n):
    return x * np.sum(np.ones(n))


def zero_step(x, n):
    for _ in range(0, 5, n):
        x = x * x
    return x


def unequal_extents(x, a):
    return np.sum(x * a * np.ones(2))


def too_many_to_unpack(x, a):
    u, v = a
    return x * u * v


RAISING = [
    (element, (A, 3), IndexError),
    (element, (A, -4), IndexError),
    (element, (A[:0], 0), IndexError),
    (sum_too_far, (A,), IndexError),
    (store_too_far, (A,), IndexError),
    (integer_division, (0,), ZeroDivisionError),
    (integer_remainder, (0,), ZeroDivisionError),
    (true_division, (0,), ZeroDivisionError),
    (float_division, (0.0,), ZeroDivisionError),
    (float_floor_division, (0.0,), ZeroDivisionError),
    (square_root, (-1.0,), ValueError),
    (logarithm, (0.0,), ValueError),
    (logarithm, (-1.0,), ValueError),
    (arc_sine, (1.5,), ValueError),
    (exponential, (1000.0,), OverflowError),
    (float_power, (10.0,), OverflowError),
    (zero_to_minus_one, (0.0,), ZeroDivisionError),
    (unbound_after_branch, (0,), UnboundLocalError),
    (unbound_after_loop, (0,), UnboundLocalError),
    (unbound_loop_variable, (0,), UnboundLocalError),
    (negative_extent, (-3,), ValueError),
    (zero_step, (0,), ValueError),
    (unequal_extents, (A,), ValueError),
    (too_many_to_unpack, (A,), ValueError),
]
IDS = [f"{f.__name__}-{k}" for k, (f, _, _) in enumerate(RAISING)]


@pytest.mark.parametrize("f, rest, error", RAISING, ids=IDS)
def test_primal_raises(f: Callable, rest: tuple, error: type[Exception]) -> None:
    with pytest.raises(error):
        f(1.5, *rest)


@BOTH
@MODES
@pytest.mark.parametrize("f, rest, error", RAISING, ids=IDS)
def test_derivative_raises_too(
    f: Callable, rest: tuple, error: type[Exception], mode: str, backend: str
) -> None:
    with pytest.raises(error):
        slope(f, mode, backend, 1.5, *rest)


@BOTH
def test_gradient_works_after_it_raised(backend: str) -> None:
    df = dp.grad(element, backend=backend)
    with pytest.raises(IndexError):
        df(1.5, A, 3)
    assert df(1.5, A, 2) == 3.0


def while_raises(x, a, n):
    i = 0
    while i < n:
        x = x * a[i]
        i += 1
    return x


@BOTH
def test_tape_is_clean_after_it_raised(backend: str) -> None:
    df = dp.grad(while_raises, backend=backend)
    with pytest.raises(IndexError):
        df(1.5, A, 9)
    assert df(1.5, A, 3) == 6.0
    assert dp.grad(lambda x: df(x, A, 3) * x, backend=backend)(1.0) == 6.0


def complex_power(x, y):
    return x * (-y) ** 0.5


@BOTH
@MODES
def test_power_that_turns_complex_is_no_number(mode: str, backend: str) -> None:
    with pytest.raises((TypeError, ValueError, ArithmeticError, NotImplementedError)):
        slope(complex_power, mode, backend, 1.5, 8.0)


def numpy_division(x, y):
    w = np.float64(1.0) / y
    return x * x if w > 10 else x


@BOTH
@MODES
def test_numpy_scalar_divides_by_zero(mode: str, backend: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert slope(numpy_division, mode, backend, 1.5, np.float64(0.0)) == 3.0


# --- ranges and kinds ------------------------------------------------------------------------


def negative_range(x, n):
    y = x
    for _ in range(n):
        y = y * x
    return y


def product_from_integer(x, n):
    r = 1
    while n > 0:
        r = r * x
        n -= 1
    return r


def integer_saved_before_float(x, n):
    k = 1
    total = 0.0
    while n > 0:
        total = total + k * x
        k = k * 0.5 * x
        n -= 1
    return total


@BOTH
@MODES
@pytest.mark.parametrize("n", [-3, 0])
def test_range_of_a_negative_number_is_empty(n: int, mode: str, backend: str) -> None:
    assert slope(negative_range, mode, backend, 1.5, n) == 1.0


@BOTH
@MODES
@pytest.mark.parametrize("n", [1, 2, 5])
def test_local_goes_from_integer_to_float(n: int, mode: str, backend: str) -> None:
    assert slope(product_from_integer, mode, backend, 1.5, n) == pytest.approx(n * 1.5 ** (n - 1))


@BOTH
@MODES
@pytest.mark.parametrize("n", [1, 2, 5])
def test_integer_is_saved_before_it_becomes_a_float(n: int, mode: str, backend: str) -> None:
    exact = sum((k + 1) * 0.5**k * 1.5**k for k in range(n))
    assert slope(integer_saved_before_float, mode, backend, 1.5, n) == pytest.approx(exact)


# --- tapes, seeds, orders --------------------------------------------------------------------


def power_by_while(x, n):
    y = x
    while n > 1:
        y = y * x
        n -= 1
    return y


@BOTH
@pytest.mark.parametrize("order", [2, 3])
def test_levels_do_not_share_a_tape(order: int, backend: str) -> None:
    df = functools.reduce(lambda g, _: dp.grad(g, backend=backend), range(order), power_by_while)
    exact = {2: 12 * 1.1**2, 3: 24 * 1.1}[order]
    assert df(1.1, 4) == pytest.approx(exact, rel=1e-13)


def itself(a):
    return a


def twice_added(a):
    return a + a


def used_in_two(a):
    b = a * 2.0
    return b + a


@BOTH
@pytest.mark.parametrize("f, factor", [(itself, 1), (twice_added, 2), (used_in_two, 3)])
def test_seed_is_not_written(f: Callable, factor: int, backend: str) -> None:
    seed = np.array([1.0, 10.0, 100.0])
    out, pullback = dp.vjp(f, A.copy(), backend=backend)
    (a_bar,) = pullback(seed)
    np.testing.assert_array_equal(seed, [1.0, 10.0, 100.0])
    np.testing.assert_array_equal(a_bar, factor * seed)
    assert not np.shares_memory(a_bar, seed)


def both_arguments(a, b):
    return np.sum(a + b)


@BOTH
def test_gradients_are_separate_arrays(backend: str) -> None:
    a_bar, b_bar = dp.grad(both_arguments, argnums=(0, 1), backend=backend)(A, A)
    a_bar[:] = 7.0
    np.testing.assert_array_equal(b_bar, np.ones(3))


def shifted(v, c):
    a = v.copy()
    b = np.zeros(3)
    for i in range(3):
        b[i] = a[i + 1]
        a[i] = c[i]
    return np.sum(a) + np.sum(b)


def shifted_other_way(v, c):
    a = v.copy()
    b = np.zeros(4)
    for i in range(1, 4):
        a[i] = c[i - 1]
        b[i] = a[i - 1] * a[i]
    return np.sum(b) + np.sum(a)


@BOTH
def test_antidependent_loop_is_reversed(backend: str) -> None:
    v, c = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 6.0, 7.0])
    v_bar, c_bar = dp.grad(shifted, argnums=(0, 1), backend=backend)(v, c)
    np.testing.assert_array_equal(v_bar, [0.0, 1.0, 1.0, 2.0])
    np.testing.assert_array_equal(c_bar, [1.0, 1.0, 1.0])


@BOTH
def test_flow_dependent_loop_is_reversed(backend: str) -> None:
    v, c = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 6.0, 7.0])
    v_bar, c_bar = dp.grad(shifted_other_way, argnums=(0, 1), backend=backend)(v, c)
    np.testing.assert_array_equal(v_bar, [6.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(c_bar, [8.0, 13.0, 7.0])


def rows_of_squares(x):
    total = 0.0
    for i in range(3):
        t = x * i
        t = t * t
        total += t
    return total


@BOTH
@MODES
def test_body_variable_is_new_in_each_iteration(mode: str, backend: str) -> None:
    assert slope(rows_of_squares, mode, backend, 1.5) == 15.0


def integer_gradient(n):
    return n * n


@BOTH
def test_gradient_of_an_integer_is_refused(backend: str) -> None:
    with pytest.raises(TypeError, match=r"3\.0"):
        dp.grad(integer_gradient, backend=backend)(3)


@BOTH
def test_gradient_of_an_array_result_is_refused(backend: str) -> None:
    with pytest.raises(TypeError, match="one number"):
        dp.grad(tenth, backend=backend)(A)


# --- one object under several names, and when an element is read --------------------------------


def one_list_for_two_targets(x):
    a = b = [x]
    a[0] = x * x
    return b[0]


def one_dict_for_two_targets(x):
    a = b = {"k": x}
    a["k"] = x * x
    return b["k"]


def one_array_for_two_targets(x):
    a = b = np.zeros(2)
    a[0] = x * x
    return b[0]


def one_list_by_walrus(x):
    b = (a := [x])
    a[0] = x * x
    return b[0]


def one_list_by_walrus_and_argument(x):
    def extend(values):
        values.append(x * x - x)

    extend(a := [x])
    return sum(a)


def one_list_by_default(x):
    d = {}
    values = d.setdefault("k", [0.0])
    values.append(x * x)
    return sum(d["k"])


def one_object_twice_in_a_list(x):
    rows = [[0.0] * 3] * 2
    rows[0][1] = x * x
    return rows[1][1]


@BOTH
@MODES
@pytest.mark.parametrize(
    "f",
    [
        one_list_for_two_targets,
        one_dict_for_two_targets,
        one_array_for_two_targets,
        one_list_by_walrus,
        one_list_by_walrus_and_argument,
        one_list_by_default,
        one_object_twice_in_a_list,
    ],
)
def test_every_name_sees_the_change(f: Callable, mode: str, backend: str) -> None:
    assert f(1.5) == 2.25
    assert slope(f, mode, backend, 1.5) == 3.0


def list_changed_while_it_is_added_to(x):
    values = [x]

    def double():
        values[0] = values[0] * 2
        return x * x

    values[0] += double()
    return values[0]


def dict_changed_while_it_is_added_to(x):
    values = {"k": x}

    def double():
        values["k"] = values["k"] * 2
        return x * x

    values["k"] += double()
    return values["k"]


def attribute_changed_while_it_is_added_to(x):
    held = Held(x)

    def double():
        held.value = held.value * 2
        return x * x

    held.value += double()
    return held.value


class Held:
    def __init__(self, value):
        self.value = value


def name_changed_while_it_is_added_to(x):
    value = x

    def double():
        nonlocal value
        value = value * 2
        return x * x

    value += double()
    return value


def array_changed_while_it_is_added_to(x):
    values = np.array([x, x])

    def double():
        values[0] = values[0] * 2
        return x * x

    values[0] += double()
    return values[0]


@BOTH
@MODES
@pytest.mark.parametrize(
    "f",
    [
        list_changed_while_it_is_added_to,
        dict_changed_while_it_is_added_to,
        attribute_changed_while_it_is_added_to,
        name_changed_while_it_is_added_to,
    ],
)
def test_what_is_added_to_is_read_before(f: Callable, mode: str, backend: str) -> None:
    assert f(1.5) == 3.75
    assert slope(f, mode, backend, 1.5) == 4.0


@BOTH
@MODES
def test_an_element_that_changes_while_it_is_added_to_is_refused(mode: str, backend: str) -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="stores into its array"):
        slope(array_changed_while_it_is_added_to, mode, backend, 1.5)


# --- which object it is -------------------------------------------------------------------------

HELD = Held(3.0)


def weight_of_pair(one, other):
    return 1.0 if one is other else 3.0


def told_apart_in_a_callee(x):
    a, b = Held(x), Held(x)
    return weight_of_pair(a, a) * x + weight_of_pair(a, b) * x * x


def told_apart_after_recursion(x):
    return at_depth(Held(x), 2) * x * x


def at_depth(held, n, first=None):
    first = held if first is None else first
    return weight_of_pair(held, first) if n == 0 else at_depth(held, n - 1, first)


def told_apart_after_a_branch(x):
    a, b = Held(x), Held(2.0)
    c = a if x > 1 else b
    return x * x if c is a else x


def told_apart_after_a_search(x):
    several = [Held(x), Held(2.0 * x)]
    best = several[0]
    for held in several:
        if held.value > best.value:
            best = held
    return x * x if best is several[1] else x


@BOTH
@MODES
@pytest.mark.parametrize(
    "f, expected",
    [
        (told_apart_in_a_callee, 10.0),
        (told_apart_after_recursion, 3.0),
        (told_apart_after_a_branch, 3.0),
        (told_apart_after_a_search, 3.0),
    ],
)
def test_an_object_is_itself(f: Callable, expected: float, mode: str, backend: str) -> None:
    assert slope(f, mode, backend, 1.5) == expected


def is_same(a, b):
    return a.value if a is b else 2.0 * a.value


def is_not_same(a, b):
    return a.value if a is not b else 2.0 * a.value


def equals_without_eq(a, b):
    return a.value if a == b else 2.0 * a.value


def is_held(a, b):
    return a.value if a is HELD else 2.0 * b.value


def equals_held(a, b):
    return a.value if a == HELD else 2.0 * b.value


def is_among(a, b):
    return a.value if HELD in [a, b] else 2.0 * b.value


@BOTH
@pytest.mark.parametrize("f", [is_same, is_not_same, equals_without_eq])
def test_one_object_for_two_arguments_is_refused_if_that_matters(f: Callable, backend: str) -> None:
    one, other = Held(3.0), Held(3.0)
    df = dp.value_and_grad(f, backend=backend)
    assert df(one, other)[0] == f(one, other)
    with pytest.raises(dp.AliasingError, match="compares them"):
        df(one, one)


@pytest.mark.parametrize("f", [is_held, equals_held, is_among])
def test_an_argument_is_not_compared_with_an_object_from_outside(f: Callable) -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="with one from outside"):
        dp.grad(f, backend="python")(HELD, Held(1.0))


def doubles_what_may_be_held(a):
    a.value = a.value * 2
    return a.value * HELD.value


def test_a_changed_argument_that_is_read_from_outside_is_refused() -> None:
    with pytest.raises(dp.AliasingError):
        dp.grad(doubles_what_may_be_held, backend="python")(HELD)
