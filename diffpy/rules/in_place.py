"""NumPy's functions that write into an argument, as the stores that they are.

Specialisation reads these like a user's function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as


@read_as(np.copyto)
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = None) -> None:
    if where is None:
        dst[...] = src
    else:
        dst[...] = np.where(where, src, dst)


@read_as(np.putmask)
def _putmask(a: Any, mask: Any, values: Any) -> None:
    if np.ndim(values) == 0:
        a[...] = np.where(mask, values, a)
    else:
        flat = np.ravel(values)
        repeated = flat[np.arange(a.size) % flat.size]
        a[...] = np.where(mask, repeated.reshape(a.shape), a)


@read_as(np.put)
def _put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    if mode != "raise":
        raise NotImplementedError("np.put with another mode than 'raise'")
    if np.ndim(a) == 1:
        a[ind] = v
    elif np.ndim(a) == 2:
        a[ind // a.shape[1], ind % a.shape[1]] = v
    else:
        raise NotImplementedError("np.put into an array of more than two dimensions")


@read_as(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: Any = False) -> None:
    if np.ndim(a) != 2 or wrap:
        raise NotImplementedError("np.fill_diagonal of more than two dimensions, or with wrap")
    places = np.arange(min(a.shape[0], a.shape[1]))
    a[places, places] = val


def _fill(a: Any, value: Any) -> None:
    a[...] = value


def _sort(a: Any, axis: Any = -1, kind: Any = None) -> None:
    a[...] = np.sort(a, axis)


def selection(where: Any, out: Any) -> Any:
    """The elements of an output array that ``where=`` selects."""
    return np.broadcast_to(np.asarray(where), out.shape)


def selected(a: Any, where: Any, out: Any) -> Any:
    """Of an operand what belongs to these elements."""
    return np.broadcast_to(np.asarray(a), out.shape)[selection(where, out)]


#: methods of arrays
METHODS = {"fill": _fill, "sort": _sort, "put": _put}


def update_each(function: Any, a: Any, indices: Any, b: Any) -> None:
    """``function.at(a, indices, b)`` for integers that may name a place twice."""
    for k in range(len(indices)):
        if np.ndim(b) == 0:
            a[indices[k]] = function(a[indices[k]], b)
        else:
            a[indices[k]] = function(a[indices[k]], b[k])
