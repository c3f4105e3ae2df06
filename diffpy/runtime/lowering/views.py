"""Views by reshaping, for compiled code: whatever NumPy shows in another shape without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload
from numpy.lib.stride_tricks import as_strided

from .. import arrays, views
from .reductions import build, tuple_text

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}


@njit(**_OPTIONS)
def _find_strides(a: Any, shape: Any, found: Any) -> bool:
    """Fill in the strides of a view in this shape; False if there is none.

    NumPy's own rule: extents of `a` and of the view are grouped so that their products agree, and
    the axes of a group must lie in each other.
    """
    extents = np.empty(a.ndim, np.int64)
    strides = np.empty(a.ndim, np.int64)
    count = 0
    for k in range(a.ndim):
        if a.shape[k] != 1:
            extents[count], strides[count] = a.shape[k], a.strides[k]
            count += 1
    new, old = 0, 0
    while new < len(shape) and old < count:
        new_end, old_end = new + 1, old + 1
        product, wanted = shape[new], extents[old]
        while product != wanted:
            if product < wanted:
                product *= shape[new_end]
                new_end += 1
            else:
                wanted *= extents[old_end]
                old_end += 1
        for k in range(old, old_end - 1):
            if strides[k] != extents[k + 1] * strides[k + 1]:
                return False
        found[new_end - 1] = strides[old_end - 1]
        for k in range(new_end - 1, new, -1):
            found[k - 1] = found[k] * shape[k]
        new, old = new_end, old_end
    for k in range(new, len(shape)):
        found[k] = found[new - 1] if new else a.itemsize
    return True


@njit(**_OPTIONS)
def _fill_in(a: Any, shape: Any) -> None:
    """Replace the extent -1 of a shape, and check that the shape fits."""
    known, free = 1, -1
    for k in range(len(shape)):
        if shape[k] == -1 and free < 0:
            free = k
        elif shape[k] < 0:
            raise ValueError("can only specify one unknown dimension")
        else:
            known *= shape[k]
    if free >= 0:
        if known == 0 or a.size % known:
            raise ValueError("cannot reshape array into that shape")
        shape[free] = a.size // known
    elif known != a.size:
        raise ValueError("cannot reshape array into that shape")


def _with_strides(a: Any, shape: Any, result: str, failure: str) -> Any:
    """A function of an array and a shape that finds the strides of the view first."""
    if not isinstance(a, types.Array) or not isinstance(shape, types.BaseTuple):
        return None
    n = len(shape)
    lines = [
        "def with_strides(a, shape):",
        f"    extents, strides = np.empty({n}, np.int64), np.empty({n}, np.int64)",
        *(f"    extents[{k}] = shape[{k}]" for k in range(n)),
        "    fill_in(a, extents)",
        "    if a.size == 0 or not find_strides(a, extents, strides):",
        f"        {failure}",
        f"    return {result}",
    ]
    namespace = {
        "fill_in": _fill_in,
        "find_strides": _find_strides,
        "as_strided": as_strided,
        "reshape": arrays.reshape,
    }
    return build("\n".join(lines), "with_strides", **namespace)


@overload(views.reshapes_in_place, jit_options=_OPTIONS, strict=False)
def overload_reshapes_in_place(a: Any, shape: Any) -> Any:
    return _with_strides(a, shape, "True", "return False")


@overload(views.reshape_view, jit_options=_OPTIONS, strict=False)
def overload_reshape_view(a: Any, shape: Any) -> Any:
    if isinstance(a, types.Array) and a.layout == "C":
        return lambda a, shape: arrays.reshape(a, shape)
    n = len(shape) if isinstance(shape, types.BaseTuple) else 0
    extents, strides = (
        tuple_text([f"{name}[{k}]" for k in range(n)]) if n else "()"
        for name in ("extents", "strides")
    )
    failure = (
        "raise ValueError('an array is reshaped in place, and its adjoint cannot be: "
        "pass np.ascontiguousarray(...) instead of an array in another order')"
    )
    return _with_strides(a, shape, f"as_strided(a, {extents}, {strides})", failure)


@overload(views.is_contiguous, jit_options=_OPTIONS, strict=False)
def overload_is_contiguous(a: Any) -> Any:
    if not isinstance(a, types.Array):
        return None
    if a.layout == "C":
        return lambda a: True

    def is_contiguous(a: Any) -> bool:
        expected = a.itemsize
        for k in range(a.ndim - 1, -1, -1):
            if a.shape[k] != 1 and a.strides[k] != expected:
                return a.size == 0
            expected *= a.shape[k]
        return True

    return is_contiguous
