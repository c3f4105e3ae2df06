"""What statements mean beyond their values: exceptions, order, what is printed, what is refused.

The values and derivatives of the same statements are in `tests/zoo`.
"""

import contextlib
import functools
import io
import itertools
import math
import warnings
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp
from diffpy.errors import DiffpyError, PerformanceWarning, UnsupportedSyntaxError

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])
Point = namedtuple("Point", "x y")
V = np.array([0.7, -1.2, 2.3])

# --- exceptions -------------------------------------------------------------------------------


def deleted(x):
    y = x * x
    del y
    return y  # noqa: F821


def deleted_in_a_branch(x):
    y = x * x
    if x > 0:
        del y
    return y * x


def deleted_twice(x):
    y = x
    del y
    del y  # noqa: F821
    return x


def deleted_without_being_bound(x):
    del y  # noqa: F821
    y = x
    return y


def declared_only(x):
    y: float
    return y  # noqa: F821


def short_circuit(x):
    if x < 0 and (y := x * x):
        pass
    return y


def import_of_nothing(x):
    import a_module_that_does_not_exist

    return a_module_that_does_not_exist.f(x)


def import_of_no_member(x):
    from math import no_such_function

    return no_such_function(x)


def imported_in_a_branch(x):
    if x < 0:
        from math import sin as f
    return f(x)


def missing_key(x):
    return {"a": x}["b"]


def missing_number(x):
    return {0: x, 1: x * x}[int(x) + 5]


def reduced_nothing(v):
    return functools.reduce(lambda a, b: a * b, v[:0])


def smallest_of_nothing(x):
    return min(()) * x


def keyword_twice(x):
    return math_of(a=x, **{"a": 2.0})


def math_of(**given):
    return given["a"]


def keyword_is_no_text(x):
    return math_of(**{1: x})


def raises_for_positive(x):
    if x > 0:
        complain(x)
    return x


def complain(x):
    raise ValueError("positive")


def raises_in_a_loop(x):
    for i in range(5):
        if i == 3:
            complain(x)
    return x


def format_with_too_few(x):
    text = "{} {}".format(x)  # noqa: F524
    return x * len(text)


def too_many_patterns(x):
    match Point(x, x):
        case Point(a, b, c):
            return a * b * c
    return x


RAISING = [
    (deleted, UnboundLocalError),
    (deleted_in_a_branch, UnboundLocalError),
    (deleted_twice, UnboundLocalError),
    (deleted_without_being_bound, UnboundLocalError),
    (declared_only, UnboundLocalError),
    (short_circuit, UnboundLocalError),
    (import_of_nothing, ModuleNotFoundError),
    (import_of_no_member, ImportError),
    (imported_in_a_branch, UnboundLocalError),
    (missing_key, KeyError),
    (missing_number, KeyError),
    (smallest_of_nothing, ValueError),
    (keyword_twice, TypeError),
    (keyword_is_no_text, TypeError),
    (raises_for_positive, ValueError),
    (raises_in_a_loop, ValueError),
    (format_with_too_few, IndexError),
    (too_many_patterns, TypeError),
]


@BOTH
@pytest.mark.parametrize("f, error", RAISING, ids=lambda f: f.__name__)
def test_raises_as_python(f: Callable, error: type, backend: str) -> None:
    for call in (f, dp.grad(f, backend=backend), dp.value_and_grad(f, backend=backend)):
        with pytest.raises(error) as info:
            call(0.6)
        assert not isinstance(info.value, DiffpyError)


@BOTH
def test_reduce_of_nothing_raises(backend: str) -> None:
    with pytest.raises(TypeError, match="of empty iterable with no initial value"):
        dp.grad(reduced_nothing, backend=backend)(V)


# --- iterators are gone through once ----------------------------------------------------------


def zip_twice(x):
    pairs = zip((x, 2.0), (1.0, x))
    total = 0.0
    for a, b in pairs:
        total += a * b
    for a, b in pairs:
        total += a * b * b
    return total


def map_summed_and_walked(v):
    squares = map(lambda t: t * t, v)
    total = sum(squares)
    for s in squares:
        total += s * s
    return total


def walked_in_each_iteration(v):
    numbered = enumerate(v)
    total = 0.0
    for _ in range(2):
        for i, a in numbered:
            total += a * i
    return total


def handed_on_twice(v):
    def total(items):
        found = 0.0
        for a in items:
            found += a * a
        return found

    squares = map(lambda t: t * 2, v)
    return total(squares) + total(squares)


def captured(v):
    pairs = zip(v, v)

    def total():
        found = 0.0
        for a, b in pairs:
            found += a * b
        return found

    return total() + total()


def chain_twice(v):
    items = itertools.chain(v, v)
    total = 0.0
    for a in items:
        total += a
    for a in items:
        total += a * a
    return total


def product_twice(x):
    pairs = itertools.product((x, 2.0), (1.0, x))
    total = 0.0
    for a, b in pairs:
        total += a * b
    for a, b in pairs:
        total += a * b * b
    return total


@pytest.mark.parametrize(
    "f, arg",
    [
        (zip_twice, 0.6),
        (product_twice, 0.6),
        (map_summed_and_walked, V),
        (walked_in_each_iteration, V),
        (handed_on_twice, V),
        (captured, V),
        (chain_twice, V),
    ],
)
def test_an_iterator_is_empty_the_second_time(f: Callable, arg: Any) -> None:
    with pytest.raises(UnsupportedSyntaxError):
        dp.grad(f)(arg)


# --- refused ----------------------------------------------------------------------------------


def deletes_an_attribute(p):
    del p.x
    return p.y


def rest_of_a_mapping(x):
    match {"a": x, "b": 2.0}:
        case {"a": a, **rest}:
            return a * rest["b"]
    return x


def unpacks_an_array(v):
    return math.hypot(*v)


def default_is_written(x, seen=[]):  # noqa: B006
    seen.append(x)
    return x * len(seen)


def calls_default_is_written(x):
    return default_is_written(x)


@pytest.mark.parametrize(
    "f, arg",
    [
        (deletes_an_attribute, Point(0.6, 0.3)),
        (rest_of_a_mapping, 0.6),
        (unpacks_an_array, V),
        (calls_default_is_written, 0.6),
    ],
)
def test_is_refused(f: Callable, arg: Any) -> None:
    with pytest.raises(UnsupportedSyntaxError) as info:
        dp.grad(f)(arg)
    assert info.value.place is not None and "^" in str(info.value)


def test_an_error_in_a_case_shows_the_users_line() -> None:
    def f(x, n):
        match n:
            case 0:
                return x
            case [a, b]:
                return undefined_name(a, b)  # noqa: F821
        return x

    with pytest.raises(NameError) as info:
        dp.grad(f)(0.6, (1, 2))
    assert "return undefined_name(a, b)" in str(info.value)


# --- what is printed --------------------------------------------------------------------------


def talks(x, v):
    y = x * x
    print(f"x is {x:.3f} and {y}", x, "n", sep=" | ")
    print("tuple", (x, 2), Point(x, 1), f"{v} {v!r}", f"{1 + 1}")
    print("{:>8.2f}|{n}".format(x, n=3), "a{b}", f"{{{x}}}", end="!\n")  # noqa: UP032
    print(f"{x!s:>10}", f"{'text':>5}", str(x) + " s", True, None)
    return y * np.sum(v)


def printed(call: Callable, *args: Any) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call(*args)
    return out.getvalue()


@pytest.mark.parametrize("transform", [dp.grad, dp.value_and_grad])
def test_formatted_numbers_are_printed_once(transform: Callable) -> None:
    args = (1.5, np.array([1.0, 2.0]))
    assert printed(transform(talks, backend="python"), *args) == printed(talks, *args)


def test_numba_leaves_formatted_printing_to_python() -> None:
    args = (1.5, np.array([1.0, 2.0]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert printed(dp.grad(talks, backend="auto"), *args) == printed(talks, *args)
    assert [w.category for w in caught] == [PerformanceWarning]


# --- lists and dicts from outside ---------------------------------------------------------------

RATES = {"slow": 0.5, "fast": 2.0}


def by_rates(x):
    total = 0.0
    for name, rate in RATES.items():
        total += rate * x ** len(name)
    return total * RATES.get("slow", x) * (1 + ("extra" in RATES))


@pytest.fixture
def rates() -> Any:
    yield RATES
    RATES.clear()
    RATES.update(slow=0.5, fast=2.0)


@BOTH
def test_a_dict_from_outside_may_change(rates: dict, backend: str) -> None:
    df = dp.grad(by_rates, backend=backend)
    for now in (
        {"slow": 0.5, "fast": 2.0},
        {"slow": 3.0, "fast": 2.0},
        {"slow": 3.0, "fast": 2.0, "extra": 0.1},
        {"fast": 2.0},
        {"fast": 2.0, "slow": 1.0},
    ):
        rates.clear()
        rates.update(now)
        differences.check_gradient(by_rates, (0.6,), 0, df(0.6))


# --- parts that are equal in Python and those that are not ------------------------------------


def a_list_is_no_tuple(x):
    return x if (1, 2) == [1, 2] else x * x


def one_is_not_true(x, n):
    return x if n is True else x * x


def an_array_is_no_sequence(v):
    match v:
        case [a, b, c]:
            return a * b * c
        case _:
            return np.sum(v * v)


def stable_order(x):
    first, second, third = sorted(((1, x), (0, x * x), (1, x**3)), key=lambda p: p[0])
    return first[1] + 2 * second[1] + 3 * third[1]


@BOTH
@pytest.mark.parametrize(
    "f, args",
    [
        (a_list_is_no_tuple, (0.6,)),
        (one_is_not_true, (0.6, 1)),
        (one_is_not_true, (0.6, True)),
        (an_array_is_no_sequence, (V,)),
        (stable_order, (0.6,)),
    ],
)
def test_values(f: Callable, args: tuple, backend: str) -> None:
    value, gradient = dp.value_and_grad(f, backend=backend)(*args)
    differences.check_value(f, args, value)
    differences.check_gradient(f, args, 0, gradient)
