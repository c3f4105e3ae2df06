"""Checked scalar operations that need more than a few instructions, as overloads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload

from .. import checked
from ..checked import mul_i8, neg_i8
from ..special import FLOAT_RESULT, ldexp
from .checked import INT_OVERFLOW, is_python_int, is_real, message

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_INLINE: Any = {**_OPTIONS, "forceinline": True}

_INT_FLOORDIV = message(lambda: 1 // int("0"))[0]
_INT_MOD = message(lambda: 1 % int("0"))[0]
_FLOAT_FLOORDIV = message(lambda: 1.0 // float("0"))[0]
_FLOAT_MOD = message(lambda: 1.0 % float("0"))[0]
_ZERO_POWER = message(lambda: float("0") ** -1.0)[0]
_HUGE_CODE, _HUGE_TEXT = message(lambda: float("1e300") ** 2.0)
_COMPLEX_RESULT = (
    "a negative number to a fractional power is complex in Python, a float in compiled code; "
    "make the base complex, or take the power of its absolute value"
)


@overload(checked.floordiv, jit_options=_INLINE)
def overload_floordiv(a: Any, b: Any) -> Any:
    """Quotient rounded down."""
    if is_python_int(a) and is_python_int(b):

        def floordiv_int(a: Any, b: Any) -> Any:
            if b == 0:
                raise ZeroDivisionError(_INT_FLOORDIV)
            if b == -1:
                return neg_i8(a)
            return np.int64(a) // np.int64(b)

        return floordiv_int
    if is_real(a) and is_real(b):

        def floordiv_float(a: Any, b: Any) -> Any:
            # CPython's float_divmod, step by step: the same bits, signed zeros included.
            x, y = np.float64(a), np.float64(b)
            if y == 0.0:
                raise ZeroDivisionError(_FLOAT_FLOORDIV)
            rest = np.fmod(x, y)
            quotient = (x - rest) / y
            if rest != 0.0 and (y < 0.0) != (rest < 0.0):
                quotient -= 1.0
            if quotient == 0.0:
                return math.copysign(0.0, x / y)
            whole = np.floor(quotient)
            return whole + 1.0 if quotient - whole > 0.5 else whole

        return floordiv_float
    return None


@overload(checked.mod, jit_options=_INLINE)
def overload_mod(a: Any, b: Any) -> Any:
    """Remainder with the sign of the divisor."""
    if is_python_int(a) and is_python_int(b):

        def mod_int(a: Any, b: Any) -> Any:
            if b == 0:
                raise ZeroDivisionError(_INT_MOD)
            if b == -1:  # the hardware traps on the most negative int
                return np.int64(0)
            return np.int64(a) % np.int64(b)

        return mod_int
    if is_real(a) and is_real(b):

        def mod_float(a: Any, b: Any) -> Any:
            x, y = np.float64(a), np.float64(b)
            if y == 0.0:
                raise ZeroDivisionError(_FLOAT_MOD)
            rest = np.fmod(x, y)
            if rest == 0.0:
                return math.copysign(0.0, y)
            return rest + y if (y < 0.0) != (rest < 0.0) else rest

        return mod_float
    return None


def _explain_power(a: float, b: float) -> float:
    """What to do about a power of floats that is not finite."""
    raise NotImplementedError


@overload(_explain_power, jit_options=_OPTIONS)
def overload_explain_power(a: Any, b: Any) -> Any:
    """Raise what CPython raises, or give the infinity or nan that is right."""

    def explain(a: Any, b: Any) -> Any:
        if np.isfinite(a) and np.isfinite(b):
            if a == 0.0:
                raise ZeroDivisionError(_ZERO_POWER)
            if a < 0.0 and np.floor(b) != b:
                raise ValueError(_COMPLEX_RESULT)
            raise OverflowError(_HUGE_CODE, _HUGE_TEXT)
        return math.pow(a, b)

    return explain


@overload(checked.power, prefer_literal=True, jit_options=_INLINE)
def overload_power(a: Any, b: Any) -> Any:
    """``a ** b`` by the types of the operands."""
    exponent = b.literal_value if isinstance(b, types.IntegerLiteral) else None
    if is_python_int(a) and is_python_int(b):
        return _square if exponent == 2 else _power_int
    if is_real(a) and is_real(b):
        if exponent is not None and 1 <= abs(exponent) <= 16:
            return _unrolled(exponent)
        return _power_float
    if all(is_real(kind) or isinstance(kind, types.Complex) for kind in (a, b)):
        return _power_complex
    return None


def _square(a: Any, b: Any) -> Any:
    return mul_i8(a, a)


def _power_int(a: Any, b: Any) -> Any:
    if b < 0:
        if a == 0:
            raise ZeroDivisionError(_ZERO_POWER)
        raise ValueError(FLOAT_RESULT)
    result, base, left = 1, int(a), int(b)
    while left > 0:
        if left & 1:
            result = mul_i8(result, base)
        left >>= 1
        if left > 0:
            base = mul_i8(base, base)
    return result


def _unrolled(exponent: int) -> Any:
    """A power by a small constant as multiplications, within one or two ulp of libm's `pow`."""
    steps = [bit == "1" for bit in bin(abs(exponent))[3:]]
    lines = ["def power_constant(a, b):", "    x = np.float64(a)"]
    # Inverting first keeps the intermediate powers from overflowing where the result does not.
    lines.append("    base = 1.0 / x" if exponent < 0 else "    base = x")
    lines.append("    y = base")
    for odd in steps:
        lines.append("    y = y * y * base" if odd else "    y = y * y")
    lines.append("    return y if np.isfinite(y) else explain_power(x, np.float64(b))")
    namespace: dict[str, Any] = {"np": np, "explain_power": _explain_power}
    exec("\n".join(lines), namespace)
    return namespace["power_constant"]


def _power_float(a: Any, b: Any) -> Any:
    z: Any
    x, y = np.float64(a), np.float64(b)
    # A constant exponent folds these tests away.
    if y == 2.0:
        z = x * x
    elif y == 0.5:
        z = np.sqrt(x) + 0.0  # (-0.0) ** 0.5 is 0.0
    else:
        z = math.pow(x, y)
    return z if np.isfinite(z) else _explain_power(x, y)


def _power_complex(a: Any, b: Any) -> Any:
    x, y = complex(a), complex(b)
    if x == 0 and (y.real < 0 or y.imag != 0):
        raise ZeroDivisionError(_ZERO_POWER)
    return x**y


@overload(checked.check_divisor, jit_options=_INLINE)
def overload_check_divisor(y: Any) -> Any:
    """One comparison."""

    def check(y: Any) -> Any:
        if y == 0:
            raise RuntimeError(checked.DIVISION_BY_ZERO)

    return check


@overload(checked.check_power, jit_options=_INLINE)
def overload_check_power(power: Any, x: Any, y: Any) -> Any:
    """One test of the result."""

    def check(power: Any, x: Any, y: Any) -> Any:
        if not np.isfinite(power) and np.isfinite(x) and np.isfinite(y):
            raise RuntimeError(checked.NO_FINITE_POWER)

    return check


@overload(checked.math_log, jit_options=_INLINE)
def overload_log(x: Any, base: Any = None) -> Any:
    """Natural logarithm, or the quotient of two, as CPython computes it."""
    if not is_real(x):
        return None
    if base is None or isinstance(base, (types.NoneType, types.Omitted)):

        def log_natural(x: Any, base: Any = None) -> Any:
            return _log(np.float64(x))

        return log_natural
    if not is_real(base):
        return None

    def log_base(x: Any, base: Any = None) -> Any:
        numerator, denominator = _log(np.float64(x)), _log(np.float64(base))
        if denominator == 0.0:
            raise ZeroDivisionError(_LOG_BASE)
        return numerator / denominator

    return log_base


_LOG_DOMAIN = message(lambda: math.log(-1.0))[0]
_LOG_BASE = message(lambda: math.log(2.0, 1.0))[0]


def _log(x: float) -> float:
    """Checked natural logarithm."""
    return math.log(x)


@overload(_log, jit_options=_INLINE)
def overload_checked_log(x: Any) -> Any:
    """One comparison that is false for nan, which passes through."""

    def log(x: Any) -> Any:
        if x <= 0.0:
            raise ValueError(_LOG_DOMAIN)
        return math.log(x)

    return log


_RANGE = message(lambda: math.ldexp(1.0, 5000))[0]


@overload(checked.math_ldexp, jit_options=_INLINE)
def overload_math_ldexp(x: Any, n: Any) -> Any:
    """An infinity that was none before is too large."""
    if not (is_real(x) and is_python_int(n)):
        return None

    def scaled(x: Any, n: Any) -> Any:
        y = ldexp(np.float64(x), n)
        if np.isinf(y) and not np.isinf(x):
            raise OverflowError(_RANGE)
        return y

    return scaled


if "remainder" in checked.MATH:

    @overload(checked.MATH["remainder"], jit_options=_INLINE)
    def overload_remainder(x: Any, y: Any) -> Any:
        """IEEE remainder: the quotient rounds to the nearest, halves to even."""
        if not (is_real(x) and is_real(y)):
            return None

        def remainder(x: Any, y: Any) -> Any:
            a, b = np.float64(x), np.float64(y)
            if np.isnan(a) or np.isnan(b):
                return a + b
            if np.isinf(a) or b == 0.0:
                raise ValueError("math domain error")
            if np.isinf(b):
                return a
            # CPython's m_remainder: exact, as fmod is.
            size, step = abs(a), abs(b)
            m = np.fmod(size, step)
            c = step - m
            if m < c:
                r = m
            elif m > c:
                r = -c
            else:
                r = m - 2.0 * np.fmod(0.5 * (size - m), step)
            return math.copysign(1.0, a) * r

        return remainder


@overload(checked.round_ndigits, jit_options=_OPTIONS)
def overload_round_ndigits(x: Any, n: Any) -> Any:
    """``round(x, n)``: correctly rounded, as CPython does it through decimal digits."""
    if not is_python_int(n):
        return None
    if is_python_int(x):
        return _round_int
    return _round_float if is_real(x) else None


def _round_int(x: Any, n: Any) -> Any:
    whole = np.int64(x)
    if n >= 0:
        return whole
    if n < -18:
        if n == -19 and (whole > 5 * 10**18 or whole < -5 * 10**18):
            raise OverflowError(INT_OVERFLOW)
        return np.int64(0)
    unit = np.int64(10) ** np.int64(-n)
    units, rest = int(whole // unit), int(whole % unit)
    if rest > unit - rest or (rest == unit - rest and units % 2 == 1):
        units += 1
    return mul_i8(units, int(unit))


def _round_float(x: Any, n: Any) -> Any:
    if not np.isfinite(x) or x == 0.0 or (n >= 0 and abs(x) >= 4503599627370496.0):
        return np.float64(x)
    if n < 0 or n > 22:
        return round(x, n)
    unit = 1.0
    for _ in range(n):
        unit *= 10.0  # exact up to 10**22
    scaled = x * unit
    if abs(scaled) >= 4503599627370496.0:
        return np.float64(x)
    # The rounding error of the product (Dekker) decides what looks like a tie.
    split_x, split_u = 134217729.0 * x, 134217729.0 * unit
    x_high, u_high = split_x - (split_x - x), split_u - (split_u - unit)
    x_low, u_low = x - x_high, unit - u_high
    error = ((x_high * u_high - scaled) + x_high * u_low + x_low * u_high) + x_low * u_low
    nearest = np.rint(scaled)
    gap = scaled - nearest
    if gap == 0.5 and error > 0.0:
        nearest += 1.0
    elif gap == -0.5 and error < 0.0:
        nearest -= 1.0
    return math.copysign(nearest / unit, x)
