"""Reductions along an axis for compiled code.

Every reduction runs on the flat C-ordered buffer seen as (outer, n, inner): one loop nest serves
all ranks and axes, its inner loop is contiguous, and numba compiles it once per dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload
from numba.np import numpy_support

from .. import arrays

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
# Reassociation lets sums use several SIMD accumulators, which is faster and more accurate.
_SUM_OPTIONS = {**_OPTIONS, "fastmath": {"reassoc", "contract"}}


def build(text: str, name: str, **namespace: Any) -> Any:
    """The function `name` of a generated text, for implementations that depend on the rank."""
    scope = {"np": np, **namespace}
    exec(compile(text, f"<diffpy {name}>", "exec"), scope)
    return scope[name]


def tuple_text(items: list[str]) -> str:
    """Source of a tuple."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


@njit(**_SUM_OPTIONS)
def _sum_flat(flat: Any, outer: int, n: int, inner: int, out: Any) -> None:
    if inner == 1:
        for o in range(outer):
            total = out[o]
            for k in range(n):
                total += flat[o * n + k]
            out[o] = total
        return
    for o in range(outer):
        for k in range(n):
            start, target = (o * n + k) * inner, o * inner
            for i in range(inner):
                out[target + i] += flat[start + i]


@njit(**_OPTIONS)
def _prod_flat(flat: Any, outer: int, n: int, inner: int, out: Any) -> None:
    for o in range(outer):
        for k in range(n):
            start, target = (o * n + k) * inner, o * inner
            for i in range(inner):
                out[target + i] *= flat[start + i]


def _extremum_loops(better: str) -> tuple[Any, Any]:
    """Value and argument reductions; ``x != x`` picks the first nan and keeps it."""
    text = f"""
def values(flat, outer, n, inner, out):
    for o in range(outer):
        for i in range(inner):
            out[o * inner + i] = flat[o * n * inner + i]
        for k in range(1, n):
            start, target = (o * n + k) * inner, o * inner
            for i in range(inner):
                x, y = flat[start + i], out[target + i]
                out[target + i] = x if x {better} y or x != x else y

def positions(flat, outer, n, inner, out):
    for o in range(outer):
        for i in range(inner):
            at = 0
            y = flat[o * n * inner + i]
            for k in range(1, n):
                x = flat[(o * n + k) * inner + i]
                if y == y and (x {better} y or x != x):
                    at, y = k, x
            out[o * inner + i] = at
"""
    values, positions = build(text, "values"), build(text, "positions")
    return njit(**_OPTIONS)(values), njit(**_OPTIONS)(positions)


_max_flat, _argmax_flat = _extremum_loops(">")
_min_flat, _argmin_flat = _extremum_loops("<")


def sum_dtype(dtype: Any) -> Any:
    """The dtype of NumPy's sum and product: small integers and bools widen."""
    return numpy_support.from_dtype(np.sum(np.empty(0, numpy_support.as_dtype(dtype))).dtype)


def _register_axis(
    function: Callable[..., Any], loop: Any, start: str, dtype: Any, empty: str
) -> None:
    """Overload a reduction along one axis.

    `start` is the initial value, `dtype` maps the array's dtype to the result's, `empty` is the
    message for an axis of length 0, if that is an error.
    """

    @overload(function, jit_options=_OPTIONS, strict=False)
    def overload_axis(a: Any, axis: Any) -> Any:
        if not isinstance(a, types.Array) or a.ndim == 0:
            return None
        n = a.ndim
        shape = tuple_text([f"a.shape[{k}] if k > {k} else a.shape[{k + 1}]" for k in range(n - 1)])
        inner = " * ".join(["1"] + [f"(a.shape[{k}] if k < {k} else 1)" for k in range(n)])
        outer = " * ".join(["1"] + [f"(a.shape[{k}] if k > {k} else 1)" for k in range(n)])
        text = f"""
def reduce_axis(a, axis):
    k = axis + {n} if axis < 0 else axis
    if k < 0 or k >= {n}:
        raise ValueError("axis is out of bounds for array of dimension {n}")
    outer, n, inner = {outer}, a.shape[k], {inner}
    {f'if n == 0: raise ValueError("{empty}")' if empty else ""}
    out = np.full(outer * inner, {start}, dtype)
    loop(np.ravel(a), outer, n, inner, out)
    return {"out[0]" if n == 1 else f"out.reshape({shape})"}
"""
        result = numpy_support.as_dtype(dtype(a.dtype))
        return build(text, "reduce_axis", dtype=result, loop=loop)


def _same(dtype: Any) -> Any:
    return dtype


def _position(dtype: Any) -> Any:
    return types.intp


_NO_IDENTITY = "zero-size array to reduction operation {} which has no identity"
_NO_POSITION = "attempt to get {} of an empty sequence"
_register_axis(arrays.sum_axis, _sum_flat, "0", sum_dtype, "")
_register_axis(arrays.prod_axis, _prod_flat, "1", sum_dtype, "")
for _function, _arg_function, _all_function, _arg_all, _loop, _arg_loop, _word, _arg_word in (
    (arrays.max_axis, arrays.argmax_axis, arrays.max_all, arrays.argmax,
     _max_flat, _argmax_flat, "maximum", "argmax"),
    (arrays.min_axis, arrays.argmin_axis, arrays.min_all, arrays.argmin,
     _min_flat, _argmin_flat, "minimum", "argmin"),
):  # fmt: skip
    _register_axis(_function, _loop, "0", _same, _NO_IDENTITY.format(_word))
    _register_axis(_arg_function, _arg_loop, "0", _position, _NO_POSITION.format(_arg_word))

    def _register_all(function: Any, loop: Any, empty: str, dtype: Any) -> None:
        @overload(function, jit_options=_OPTIONS, strict=False)
        def overload_all(a: Any) -> Any:
            if not isinstance(a, types.Array):
                return None
            result = numpy_support.as_dtype(dtype(a.dtype))

            def reduce_all(a: Any) -> Any:
                if a.size == 0:
                    raise ValueError(empty)
                out = np.zeros(1, result)
                loop(np.ravel(a), 1, a.size, 1, out)
                return out[0]

            return reduce_all

    _register_all(_all_function, _loop, _NO_IDENTITY.format(_word), _same)
    _register_all(_arg_all, _arg_loop, _NO_POSITION.format(_arg_word), _position)


@overload(arrays.unbroadcast, jit_options=_OPTIONS, strict=False)
def overload_unbroadcast(x: Any, shape: Any) -> Any:
    """Reduce axis after axis on the flat buffer."""
    if not isinstance(x, types.Array) or not isinstance(shape, types.BaseTuple):
        return None
    n, m = x.ndim, len(shape)
    if m > n:
        return None
    if n == 0:
        return lambda x, shape: x
    extra = n - m
    same = " and ".join(f"x.shape[{k}] == shape[{k}]" for k in range(m)) if extra == 0 else ""
    lines = ["def unbroadcast(x, shape):"]
    if same:
        lines += [f"    if {same}:", "        return x"]
    for k in range(m):
        lines += [
            f"    if shape[{k}] != x.shape[{extra + k}] and shape[{k}] != 1:",
            "        raise ValueError('operands could not be broadcast together')",
        ]
    lines += ["    flat = np.ravel(x)"]
    for k in range(n):
        # The axes before k are reduced already, those after are whole.
        before = " * ".join(["1"] + [f"shape[{j - extra}]" for j in range(extra, k)])
        after = " * ".join(["1"] + [f"x.shape[{j}]" for j in range(k + 1, n)])
        test = "True" if k < extra else f"shape[{k - extra}] != x.shape[{k}]"
        lines += [
            f"    if {test}:",
            f"        part{k} = np.zeros(({before}) * ({after}), x.dtype)",
            f"        loop(flat, {before}, x.shape[{k}], {after}, part{k})",
            f"        flat = part{k}",
        ]
    if m == 0:
        lines += ["    out = np.zeros((), x.dtype)", "    out[()] = flat[0]", "    return out"]
    else:
        lines += [f"    return flat.reshape({tuple_text([f'shape[{k}]' for k in range(m)])})"]
    return build("\n".join(lines), "unbroadcast", loop=_sum_flat)
