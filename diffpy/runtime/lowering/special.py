"""What `special` means in compiled code."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload
from numba.np import numpy_support

from .. import special
from ..checked import mul_i8
from .broadcasting import is_scalar, result_dtype
from .reductions import build, sum_dtype, tuple_text

_LARGEST_HALF = 65504.0
_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}

_digamma = njit(**_OPTIONS)(special.digamma_number)
_polygamma = njit(**_OPTIONS)(special.polygamma_number)


@overload(special.digamma, jit_options=_OPTIONS, strict=False)
def overload_digamma(x: Any) -> Any:
    """One number, or each element of an array."""
    if is_scalar(x):
        return lambda x: _digamma(x)
    if not isinstance(x, types.Array):
        return None

    def each(x: Any) -> Any:
        out = np.empty(x.shape, np.float64)
        for place in np.ndindex(x.shape):
            out[place] = _digamma(x[place])
        return out

    return each


@overload(special.polygamma, jit_options=_OPTIONS, strict=False)
def overload_polygamma(n: Any, x: Any) -> Any:
    """One number, or each element of an array."""
    if is_scalar(x):
        return lambda n, x: _polygamma(n, x)
    if not isinstance(x, types.Array):
        return None

    def each(n: Any, x: Any) -> Any:
        out = np.empty(x.shape, np.float64)
        for place in np.ndindex(x.shape):
            out[place] = _polygamma(n, x[place])
        return out

    return each


@overload(special.heaviside, jit_options=_OPTIONS, strict=False)
def overload_heaviside(x: Any, half: Any) -> Any:
    """By comparisons; nan stays nan."""
    dtype = result_dtype(x, half)
    if dtype.kind != "f":
        dtype = np.dtype("float64")
    zero, one = dtype.type(0), dtype.type(1)
    if is_scalar(x) and is_scalar(half):
        return lambda x, half: zero if x < 0 else one if x > 0 else one * half + x

    def each(x: Any, half: Any) -> Any:
        return np.where(x < 0, zero, np.where(x > 0, one, half + x))

    return each


@overload(special.half, jit_options=_OPTIONS, strict=False)
def overload_half(x: Any) -> Any:
    """numba has no numbers of half precision: a float that is one."""

    def rounded(x: Any) -> Any:
        v = np.float64(x)
        if not np.isfinite(v) or v == 0.0:
            return v
        bits = max(math.frexp(v)[1], -13) - 11  # 11 bits, fewer below the smallest normal number
        r = math.ldexp(np.rint(math.ldexp(v, -bits)), bits)
        return r if abs(r) <= _LARGEST_HALF else math.copysign(np.inf, v)

    return rounded


#: every number to an exponent beyond this is 0 or infinite
_EXPONENTS = 5000


@overload(special.ldexp, jit_options=_OPTIONS, strict=False)
def overload_ldexp(x: Any, n: Any) -> Any:
    """numba keeps 32 bits of the exponent."""
    return lambda x, n: np.ldexp(x, np.minimum(np.maximum(n, -_EXPONENTS), _EXPONENTS))


@overload(special.natural, jit_options=_OPTIONS)
def overload_natural(n: Any) -> Any:
    """One test, or one for each exponent."""
    if is_scalar(n):

        def one(n: Any) -> Any:
            if n < 0:
                raise ValueError(special.NEGATIVE_POWER)
            return n

        return one

    def each(n: Any) -> Any:
        for exponent in n.flat:
            if exponent < 0:
                raise ValueError(special.NEGATIVE_POWER)
        return n

    return each


@overload(special.linear_recurrence, jit_options=_OPTIONS, strict=False)
def overload_linear_recurrence(a: Any, b: Any) -> Any:
    """On flat buffers: the last axis is contiguous there."""
    dtype = result_dtype(a, b)

    zero = dtype.type(0)

    def recurrence(a: Any, b: Any) -> Any:
        if a.shape != b.shape:
            raise ValueError("linear_recurrence: shapes differ")
        out = np.empty(b.size, dtype)
        flat_a, flat_b = np.ravel(a), np.ravel(b)
        n = b.shape[-1]
        for start in range(0, b.size, max(n, 1)):
            last = zero
            for i in range(start, start + n):
                if i > start:
                    last = flat_a[i] * last
                else:
                    last = zero
                last = last + flat_b[i]
                out[i] = last
        return out.reshape(b.shape)

    return recurrence


def _register_along(function: Callable[..., Any], step: str, start: str, dtype: Any) -> None:
    """Overload a scan along an axis: `step` combines the running value ``r`` with ``x``."""

    @overload(function, jit_options=_OPTIONS, strict=False)
    def overload_along(a: Any, axis: Any) -> Any:
        if not isinstance(a, types.Array):
            return None
        n = a.ndim
        inner = " * ".join(["1"] + [f"(a.shape[{k}] if k < {k} else 1)" for k in range(n)])
        outer = " * ".join(["1"] + [f"(a.shape[{k}] if k > {k} else 1)" for k in range(n)])
        shape = tuple_text([f"a.shape[{k}]" for k in range(n)])
        text = f"""
def scan(a, axis):
    k = axis + {n} if axis < 0 else axis
    outer, n, inner = {outer}, a.shape[k], {inner}
    flat = np.ravel(a)
    out = np.empty(outer * n * inner, dtype)
    for o in range(outer):
        for i in range(inner):
            r = start
            for j in range(n):
                x = flat[(o * n + j) * inner + i]
                r = {step}
                out[(o * n + j) * inner + i] = r
    return out.reshape({shape})
"""
        result = numpy_support.as_dtype(dtype(a.dtype))
        return build(text, "scan", dtype=result, start=result.type(int(start)))


_register_along(special.cumsum_axis, "r + x", "0", sum_dtype)
_register_along(special.cumprod_axis, "r * x", "1", sum_dtype)


def _register_truth(function: Callable[..., Any], step: str, start: str) -> None:
    @overload(function, jit_options=_OPTIONS, strict=False)
    def overload_truth(a: Any, axis: Any) -> Any:
        if not isinstance(a, types.Array):
            return None
        n = a.ndim
        shape = tuple_text([f"a.shape[{k}] if k > {k} else a.shape[{k + 1}]" for k in range(n - 1)])
        inner = " * ".join(["1"] + [f"(a.shape[{k}] if k < {k} else 1)" for k in range(n)])
        outer = " * ".join(["1"] + [f"(a.shape[{k}] if k > {k} else 1)" for k in range(n)])
        text = f"""
def truth(a, axis):
    k = axis + {n} if axis < 0 else axis
    outer, n, inner = {outer}, a.shape[k], {inner}
    flat = np.ravel(a)
    out = np.full(outer * inner, {start}, np.bool_)
    for o in range(outer):
        for j in range(n):
            for i in range(inner):
                if {step} flat[(o * n + j) * inner + i]:
                    out[o * inner + i] = not {start}
    return {"out[0]" if n == 1 else f"out.reshape({shape})"}
"""
        return build(text, "truth")


_register_truth(special.any_axis, "", "False")
_register_truth(special.all_axis, "not", "True")


@overload(special.math_factorial, jit_options=_OPTIONS, strict=False)
def overload_factorial(n: Any) -> Any:
    """Up to 20!, the last that fits 64 bits."""

    def factorial(n: Any) -> Any:
        if n < 0:
            raise ValueError("factorial() not defined for negative values")
        result = 1
        for k in range(2, n + 1):
            result = mul_i8(result, k)
        return result

    return factorial


@overload(special.math_isqrt, jit_options=_OPTIONS, strict=False)
def overload_isqrt(n: Any) -> Any:
    """From the floating-point root, which is off by one at most."""

    def isqrt(n: Any) -> Any:
        if n < 0:
            raise ValueError("isqrt() argument must be nonnegative")
        root: Any = min(np.int64(np.sqrt(np.float64(n))), 3037000499)  # whose square still fits
        if root * root > n:
            root -= 1
        elif root < 3037000499 and (root + 1) * (root + 1) <= n:
            root += 1
        return root

    return isqrt


@overload(special.math_comb, jit_options=_OPTIONS, strict=False)
def overload_comb(n: Any, k: Any) -> Any:
    """Exact as long as the products fit 64 bits."""

    def comb(n: Any, k: Any) -> Any:
        if n < 0:
            raise ValueError("n must be a non-negative integer")
        if k < 0:
            raise ValueError("k must be a non-negative integer")
        result = 1 if k <= n else 0
        for i in range(min(k, n - k)):
            result = mul_i8(result, n - i) // (i + 1)
        return result

    return comb
