"""Elements that are put in or left out, and positions in a grid, in Python.

Specialisation reads these like a user's function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as


@read_as(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    if np.ndim(obj) != 0:
        raise NotImplementedError("np.insert at several positions")
    a, after = _row_before(arr, obj, axis, 1)
    new = np.ravel(values) if np.ndim(a) == 1 else values
    if np.ndim(a) > 1:
        new = np.broadcast_to(new, a[:1].shape)
    return np.concatenate((a[:after], new.astype(a.dtype), a[after:]))


@read_as(np.delete)
def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    if np.ndim(obj) != 0:
        raise NotImplementedError("np.delete of several positions")
    a, after = _row_before(arr, obj, axis, 0)
    return np.concatenate((a[:after], a[after + 1 :]))


def _row_before(arr: Any, obj: Any, axis: Any, beyond: Any) -> Any:
    """The array and how many of its rows stand before a position; ``beyond`` may be one more."""
    if axis is not None and axis != 0:
        raise NotImplementedError("np.insert and np.delete along another axis than the first")
    a = np.ravel(arr) if axis is None else np.asarray(arr)
    if not -len(a) <= obj < len(a) + beyond:
        raise IndexError("index is out of bounds")
    return a, obj + len(a) if obj < 0 else obj


@read_as(np.ix_)
def _ix(*args: Any) -> Any:
    found = []
    for axis, sequence in enumerate(args):
        positions = np.asarray(sequence)
        if positions.dtype == bool:
            positions = np.flatnonzero(positions)
        found.append(
            positions.reshape((1,) * axis + (len(positions),) + (1,) * (len(args) - axis - 1))
        )
    return tuple(found)


@read_as(np.argwhere)
def _argwhere(a: Any) -> Any:
    return np.stack(np.nonzero(a), axis=1)


@read_as(np.diag_indices)
def _diag_indices(n: Any, ndim: Any = 2) -> Any:
    return (np.arange(n),) * ndim


@read_as(np.triu_indices)
def _triu_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return np.nonzero(_columns_right_of_diagonal(n, m) >= k)


@read_as(np.tril_indices)
def _tril_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return np.nonzero(_columns_right_of_diagonal(n, m) <= k)


@read_as(np.triu_indices_from)
def _triu_indices_from(arr: Any, k: Any = 0) -> Any:
    return np.triu_indices(arr.shape[0], k, arr.shape[1])


@read_as(np.tril_indices_from)
def _tril_indices_from(arr: Any, k: Any = 0) -> Any:
    return np.tril_indices(arr.shape[0], k, arr.shape[1])


def _columns_right_of_diagonal(n: Any, m: Any) -> Any:
    return np.arange(n if m is None else m)[None, :] - np.arange(n)[:, None]
