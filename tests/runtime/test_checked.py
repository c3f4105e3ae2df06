"""Compiled scalar arithmetic against CPython, over the values where they part."""

import math
import random

import numba
import numpy as np
import pytest

from diffpy.runtime import checked, register_overloads

register_overloads()

FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 3.5, 1e300, -1e300, 1e-300, 5e-324, 710.0, -745.2,
    171.7, math.inf, -math.inf, math.nan, 2.0**53 + 2, 1e19, -1e19, 2.0**63, -(2.0**63),
]  # fmt: skip
INTS = [0, 1, -1, 2, 3, -3, 7, -7, 10, 62, 63, 64, 2**31, 2**62, 2**63 - 1, -(2**63)]
BOTH = FLOATS + INTS
INT64 = range(-(2**63), 2**63)


def compiled(function, arity):
    """A dispatcher that calls `function`."""
    arguments = ", ".join("xyz"[:arity])
    scope = {"f": function}
    exec(f"def call({arguments}):\n    return f({arguments})", scope)
    return numba.njit(error_model="numpy", boundscheck=True)(scope["call"])


def outcome(call, args):
    """The result, or the exception's class and arguments."""
    try:
        result = call(*args)
    except Exception as error:
        return type(error), error.args
    if isinstance(result, complex):
        return ValueError, None  # compiled code explains instead of changing type
    if isinstance(result, int) and result not in INT64:
        return OverflowError, None
    return result


def agree(function, arguments, compiled=compiled):
    """Compiled equals CPython on all of `arguments`, errors and signs of zeros included."""
    calls = {}
    for args in arguments:
        call = calls.setdefault(len(args), compiled(function, len(args)))
        expected, got = outcome(function, args), outcome(call, args)
        if isinstance(expected, tuple):
            if (
                isinstance(got, tuple)
                and expected[0] is OverflowError
                and expected[1] == ("complex exponentiation",)
            ):
                continue
            if isinstance(got, tuple) and expected[1] is None:
                got = (got[0], None)
            assert got == expected, args
        elif isinstance(expected, float) and math.isnan(expected):
            assert math.isnan(got), args
        else:
            assert type(got) is type(expected), args
            assert got == pytest.approx(expected, rel=1e-14, abs=0), args
            assert math.copysign(1, got) == math.copysign(1, expected), args


@pytest.mark.parametrize("name", checked.MATH)
def test_math(name):
    binary = name in checked.BINARY
    agree(checked.MATH[name], [(x, y) for x in FLOATS for y in FLOATS] if binary
          else [(x,) for x in BOTH])  # fmt: skip


def test_log():
    agree(checked.math_log, [(x,) for x in BOTH] + [(x, y) for x in FLOATS for y in FLOATS])


@pytest.mark.parametrize("name", ["div", "floordiv", "mod", "power"])
def test_operators(name):
    ints = [(x, y) for x in INTS for y in INTS if name != "power" or 0 <= y <= 100]
    agree(getattr(checked, name), [(x, y) for x in FLOATS for y in BOTH] + ints
          + [(x, y) for x in INTS for y in FLOATS] + [(True, False), (True, True)])  # fmt: skip


@pytest.mark.parametrize("exponent", [-16, -3, -2, -1, 0, 1, 2, 3, 5, 16, 17])
def test_constant_powers(exponent):
    scope = {"power": checked.power}
    exec(f"def constant_power(x):\n    return power(x, {exponent})", scope)
    agree(scope["constant_power"], [(x,) for x in (BOTH if exponent >= 0 else FLOATS)],
          lambda function, arity: numba.njit(function, error_model="numpy"))  # fmt: skip


def test_int_to_a_negative_power_explains():
    with pytest.raises(ValueError, match="make the base a float"):
        compiled(checked.power, 2)(2, -1)
    with pytest.raises(ZeroDivisionError):
        compiled(checked.power, 2)(0, -1)


@pytest.mark.parametrize("name", ["add_i8", "sub_i8", "mul_i8", "lshift_i8"])
def test_integers(name):
    agree(getattr(checked, name), [(x, y) for x in INTS for y in INTS
                                   if name != "lshift_i8" or y < 100])  # fmt: skip


@pytest.mark.parametrize("name", ["neg_i8", "abs_i8"])
def test_signs(name):
    agree(getattr(checked, name), [(x,) for x in INTS])


@pytest.mark.parametrize("name", ["int_f8", "round_f8"])
def test_conversions(name):
    agree(getattr(checked, name), [(x,) for x in [*BOTH, 1.5, 2.5, -1.5, -0.5]])


def test_round_to_digits():
    rng = random.Random(1)
    near_ties = [(round(rng.uniform(-100, 100), k), k - 1) for k in range(1, 10)
                 for _ in range(300)]  # fmt: skip
    known = [*FLOATS, 1.115, 2.675, 1.005, 2.5, -2.675, 1234.5678, 12345678.0]
    whole = [*INTS, 15, 25, -15, -25, 150, 250]
    agree(checked.round_ndigits, near_ties + [(x, n) for x in known for n in range(-3, 25)]
          + [(x, n) for x in whole for n in range(-20, 3)])  # fmt: skip


def test_complex_division():
    call = compiled(checked.div, 2)
    assert call(1 + 2j, 2.0) == (1 + 2j) / 2.0
    with pytest.raises(ZeroDivisionError):
        call(1j, 0)


def test_unbound_names():
    def read(flag):
        checked.check_bound(flag, "spam")
        return 1

    scope = {"check_bound": checked.check_bound}
    exec("def read(flag):\n    check_bound(flag, 'spam')\n    return 1", scope)
    for call in (read, numba.njit(scope["read"])):
        assert call(True) == 1
        with pytest.raises(UnboundLocalError, match="local variable 'spam'"):
            call(False)


def test_numpy_integers_are_not_python_ints():
    with pytest.raises(numba.TypingError):
        compiled(checked.add_i8, 2)(np.uint64(1), np.uint64(2))
