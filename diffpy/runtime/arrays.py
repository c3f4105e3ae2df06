"""Array helpers of generated code: NumPy's meaning, in calls that compiled code has too.

Here each is NumPy; `lowering/reductions.py`, `lowering/indexing.py`, `lowering/broadcasting.py` and
`lowering/linalg.py` supply the same names to numba, which lacks most of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any


def unbroadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum `x` over the axes along which an array of `shape` was broadcast to it.

    Returns `x` itself where there are none.

    Examples
    --------
    >>> unbroadcast(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    if x.shape == shape:
        return x
    extra = x.ndim - len(shape)
    stretched = tuple(
        extra + axis
        for axis, extent in enumerate(shape)
        if extra >= 0 and extent == 1 and x.shape[extra + axis] != 1
    )
    axes = tuple(range(extra)) + stretched
    out = np.sum(x, axis=axes, keepdims=True, dtype=x.dtype) if axes else x
    if extra < 0 or out.shape[extra:] != shape:
        raise ValueError("operands could not be broadcast together")
    return out.reshape(shape)


def part_extent(n: int, start: int, stop: int) -> int:
    """How many of `n` elements the slice ``start:stop`` takes.

    >>> part_extent(5, 1, -1), part_extent(2, 3, 9)
    (3, 0)
    """
    return len(range(n)[start:stop])


def joint_extent(n: int, m: int) -> int:
    """What two extents broadcast to.

    >>> joint_extent(1, 3), joint_extent(3, 3)
    (3, 3)
    """
    if n != m and n != 1 and m != 1:
        raise ValueError("operands could not be broadcast together")
    return m if n == 1 else n


def add_at(a: Array, index: Any, values: Any) -> None:
    """``a[index] += values``, adding repeatedly where an element is indexed repeatedly."""
    np.add.at(a, index, values)


def add_to(a: Array, values: Any) -> None:
    """``a += values`` of an array, and values that do not overlap it."""
    a += values


def assign(a: Array, values: Any) -> None:
    """``a[...] = values`` of an array of one dimension at least."""
    a[...] = values


def take(a: Array, index: Any) -> Any:
    """Fancy read ``a[index]``: a fresh array, or a number where every index is an int."""
    found = a[index]
    return found.copy() if isinstance(found, np.ndarray) and found.base is not None else found


def put(a: Array, index: Any, values: Any) -> None:
    """``a[index] = values``; of repeated elements the last wins."""
    a[index] = values


def last_writes(a: Array, index: Any) -> Any:
    """For each element of ``a[index]``, whether a store there is the last to its place.

    Examples
    --------
    >>> last_writes(np.zeros(3), np.array([0, 2, 0]))
    array([False,  True,  True])
    """
    order = np.empty(a.shape, int)  # of its elements only those of the index are touched
    selected = order[index]
    number = np.arange(selected.size).reshape(selected.shape)
    order[index] = number
    return order[index] == number


def sum_axis(a: Array, axis: int) -> Any:
    """``np.sum(a, axis)``."""
    return np.sum(a, axis=axis)


def prod_axis(a: Array, axis: int) -> Any:
    """``np.prod(a, axis)``."""
    return np.prod(a, axis=axis)


def max_axis(a: Array, axis: int) -> Any:
    """``np.max(a, axis)``; nan wins."""
    return np.max(a, axis=axis)


def min_axis(a: Array, axis: int) -> Any:
    """``np.min(a, axis)``; nan wins."""
    return np.min(a, axis=axis)


def max_all(a: Array) -> Any:
    """``np.max(a)``; nan wins."""
    return np.max(a)


def min_all(a: Array) -> Any:
    """``np.min(a)``; nan wins."""
    return np.min(a)


def argmax(a: Array) -> Any:
    """``np.argmax(a)`` into the flattened array; the first nan wins, then the first maximum."""
    return np.argmax(a)


def argmin(a: Array) -> Any:
    """``np.argmin(a)`` into the flattened array; the first nan wins, then the first minimum."""
    return np.argmin(a)


def argmax_axis(a: Array, axis: int) -> Any:
    """``np.argmax(a, axis)``."""
    return np.argmax(a, axis=axis)


def argmin_axis(a: Array, axis: int) -> Any:
    """``np.argmin(a, axis)``."""
    return np.argmin(a, axis=axis)


def matmul(a: Array, b: Array) -> Any:
    """``a @ b``."""
    return np.matmul(a, b)


def outer_add(a_bar: Array, u: Array, v: Array) -> None:
    """``a_bar += np.outer(u, v)`` in place, without the temporary."""
    if a_bar.shape != (u.size, v.size):
        raise ValueError("outer_add: shapes do not match")
    a_bar += u[:, None] * v[None, :]


def transpose(a: Array, perm: tuple[int, ...]) -> Array:
    """``np.transpose(a, perm)``, a view."""
    return np.transpose(a, perm)


def broadcast_to(a: Any, shape: tuple[int, ...]) -> Array:
    """`a`, an array or a number, repeated to `shape`; a fresh array that may be written."""
    return np.array(np.broadcast_to(a, shape), order="C")


def reshape(a: Array, shape: int | tuple[int, ...]) -> Array:
    """``np.reshape(a, shape)``; a copy where `a` is not C-contiguous, a view where it is."""
    return np.ascontiguousarray(a).reshape(shape)


def concatenate(arrays: Sequence[Array], axis: int = 0) -> Array:
    """``np.concatenate(arrays, axis)`` of a tuple of arrays."""
    return np.concatenate(arrays, axis=axis)


def where(c: Any, x: Any, y: Any) -> Any:
    """``np.where(c, x, y)``; a number where all three are."""
    return np.where(c, x, y)[()]


def clip(a: Any, low: Any, high: Any) -> Any:
    """``np.clip(a, low, high)``; either bound may be None."""
    return np.clip(a, low, high)


def zeros_like(x: Any) -> Any:
    """A zero of the type and shape of `x`, an array, a number or a tuple of such."""
    if isinstance(x, tuple):
        zeros = [zeros_like(item) for item in x]
        return type(x)(*zeros) if hasattr(x, "_fields") else tuple(zeros)
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype)
    return type(x)(0)


def full(shape: int | tuple[int, ...], value: Any) -> Array:
    """``np.full(shape, value)``."""
    return np.full(shape, value)


def check_apart(out: Array, values: Array) -> None:
    """Refuse a store between vectors by which NumPy may read what it has just stored.

    NumPy copies element by element where the strides have one sign, so that an element must not be
    read at another step than that at which it is stored.

    Raises
    ------
    RuntimeError
        Naming the way out, a copy.
    """
    first, step = out.__array_interface__["data"][0], out.strides[0]
    other, by = values.__array_interface__["data"][0], values.strides[0]
    if step == by or step * by < 0 or step == 0:
        return
    for k in range(min(len(out), len(values))):
        place, rest = divmod(other + k * by - first, step)
        if rest == 0 and 0 <= place < len(out) and place != k:
            raise RuntimeError(APART)


APART = (
    "a part of an array is stored into another part of it, with another step, and NumPy may read "
    "there what it has just stored: store a copy, as in a[1] = a[:, 2].copy()"
)


def check_apart_where(out: Array, mask: Array, values: Array) -> None:
    """Refuse ``out[mask] = values`` where NumPy may read what it has just stored.

    That is where an element is read in another turn than it is stored in.

    Raises
    ------
    RuntimeError
        Naming the way out, a copy.
    """
    count = len(values)
    chosen = np.nonzero(mask)
    if count < 2 or len(chosen[0]) != count:
        return
    stored = np.full(count, np.int64(out.ctypes.data))
    for axis in range(out.ndim):
        stored += chosen[axis] * out.strides[axis]
    read = np.arange(count) * values.strides[0] + np.int64(values.ctypes.data)
    if min(read[0], read[-1]) > stored.max() or max(read[0], read[-1]) < stored.min():
        return
    order = np.argsort(stored)
    found = order[np.minimum(np.searchsorted(stored[order], read), count - 1)]
    if np.any((stored[found] == read) & (found != np.arange(count))):
        raise RuntimeError(APART_WHERE)


APART_WHERE = (
    "a part of an array is stored by a condition into the same array, and NumPy may read there "
    "what it has just stored: store a copy, as in a[a > 0] = a[:4].copy()"
)


def argsort_rows(a: Array) -> Array:
    """The order that sorts each row of a matrix."""
    return np.argsort(a, axis=1)


def has_cholesky(a: Array) -> bool:
    """Whether `np.linalg.cholesky` finds a matrix positive definite.

    >>> has_cholesky(np.eye(2)), has_cholesky(-np.eye(2))
    (True, False)
    """
    try:
        np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return False
    return True
