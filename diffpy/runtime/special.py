"""Functions that derivatives need and that NumPy or numba lack.

`lowering/special.py` gives each a compiled meaning.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any

#: B(2k) / (2k)! of the Bernoulli numbers, k = 1 …, for the asymptotic series of polygamma
BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
)


#: what an int to a negative power raises where its kind is int, in every backend
FLOAT_RESULT = (
    "an int to a negative power is a float in Python, an int in compiled code; "
    "make the base a float"
)


def digamma_number(x: float) -> float:
    """The derivative of ``lgamma``; nan at 0, -1, -2, …

    Reflection for negative numbers, recurrence up to 10, then the asymptotic series
    (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18).
    """
    x = float(x)
    result = 0.0
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        result = -math.pi / math.tan(math.pi * (x - math.floor(x)))
        x = 1.0 - x
    while x < 10.0:
        result -= 1.0 / x
        x += 1.0
    inverse = 1.0 / (x * x)
    power = inverse
    series = 0.0
    for k in range(len(BERNOULLI)):
        series += BERNOULLI[k] / (2 * k + 2) * power
        power *= inverse
    return result + math.log(x) - 0.5 / x - series


def polygamma_number(n: int, x: float) -> float:
    """The ``n``-th derivative of digamma, n >= 1, by recurrence and asymptotic series.

    Abramowitz and Stegun 6.4.6 and 6.4.11; nan at 0, -1, -2, …
    """
    x = float(x)
    if x <= 0.0 and x == math.floor(x):
        return math.nan
    sign = -1.0 if n % 2 == 0 else 1.0
    factorial = 1.0  # (n - 1)!
    for k in range(2, n):
        factorial *= k
    shifted = 0.0
    while x < 15.0 + n:
        shifted += x ** (-n - 1.0)
        x += 1.0
    total = factorial * x ** (-1.0 * n) + 0.5 * factorial * n * x ** (-n - 1.0)
    # B(2k) (2k + n - 1)! / (2k)! x**(-2k - n)
    term = factorial * n * (n + 1) / 2.0 * x ** (-n - 2.0)
    for k in range(len(BERNOULLI)):
        total += BERNOULLI[k] * term
        m = 2 * k + 2
        term *= (m + n) * (m + n + 1.0) / ((m + 1.0) * (m + 2.0)) / (x * x)
    return sign * (total + factorial * n * shifted)


def digamma(x: Any) -> Any:
    """The derivative of ``lgamma``, element by element; NumPy's numbers."""
    if isinstance(x, np.ndarray):
        return np.array([digamma_number(v) for v in x.ravel()]).reshape(x.shape)
    return np.float64(digamma_number(x))


def polygamma(n: int, x: Any) -> Any:
    """The ``n``-th derivative of `digamma`, element by element."""
    if isinstance(x, np.ndarray):
        return np.array([polygamma_number(n, v) for v in x.ravel()]).reshape(x.shape)
    return np.float64(polygamma_number(n, x))


def int_power(a: int, b: int) -> int:
    """``a ** b`` of ints where the result was taken to be an int.

    Raises
    ------
    ValueError
        For a negative exponent, with which it is a float in Python.
    """
    if b < 0 and a != 0:
        raise ValueError(FLOAT_RESULT)
    return a**b


#: what NumPy raises for them
NEGATIVE_POWER = "Integers to negative integer powers are not allowed."


def natural(n: Any) -> Any:
    """The exponents ``n`` of NumPy's integers as they are; ValueError if one is negative."""
    if np.any(np.less(n, 0)):
        raise ValueError(NEGATIVE_POWER)
    return n


def real_power(a: float, b: float) -> float:
    """``a ** b`` of floats where the result was taken to be a float.

    Raises
    ------
    ValueError
        For a negative number to a fractional power, which is complex in Python.
    """
    result = a**b
    if isinstance(result, complex):
        raise ValueError(
            "a negative number to a fractional power is complex: make the base complex, "
            "or take the power of its absolute value"
        )
    return result


def half(x: Any) -> Any:
    """A number rounded to half precision."""
    with np.errstate(over="ignore"):
        return np.float16(x)


def ldexp(x: Any, n: Any) -> Any:
    """``np.ldexp``, of exponents of 64 bits too."""
    return np.ldexp(x, n)


def heaviside(x: Any, half: Any) -> Any:
    """``np.heaviside``."""
    return np.heaviside(x, half)


def linear_recurrence(a: Array, b: Array) -> Array:
    """``r[i] = a[i] * r[i-1] + b[i]`` along the last axis, starting from ``r[-1] = 0``.

    Derivatives of running products are such recurrences, which, unlike quotients of products, are
    right where elements are zero.

    Examples
    --------
    >>> linear_recurrence(np.array([9.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]))
    array([1., 2., 7.])
    """
    out = np.empty(b.shape, np.result_type(a, b))
    if out.shape[-1]:
        out[..., 0] = b[..., 0]
    for i in range(1, out.shape[-1]):
        out[..., i] = a[..., i] * out[..., i - 1] + b[..., i]
    return out


def any_axis(a: Array, axis: int) -> Array:
    """``np.any(a, axis)``."""
    return np.any(a, axis=axis)


def all_axis(a: Array, axis: int) -> Array:
    """``np.all(a, axis)``."""
    return np.all(a, axis=axis)


def cumsum_axis(a: Array, axis: int) -> Array:
    """``np.cumsum(a, axis)``."""
    return np.cumsum(a, axis=axis)


def cumprod_axis(a: Array, axis: int) -> Array:
    """``np.cumprod(a, axis)``."""
    return np.cumprod(a, axis=axis)


def math_factorial(n: int) -> int:
    """``math.factorial``."""
    return math.factorial(n)


def math_isqrt(n: int) -> int:
    """``math.isqrt``."""
    return math.isqrt(n)


def math_comb(n: int, k: int) -> int:
    """``math.comb``."""
    return math.comb(n, k)
