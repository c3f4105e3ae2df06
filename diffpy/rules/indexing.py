"""Choosing elements by position: take, sort, searchsorted and their like.

Positions are integers and carry no derivative; what is chosen by them is a read or a gather.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import Array
from diffpy.rules.elementwise import (
    as_operand,
    clip,
    isnan,
    maximum,
    minimum,
    python_max,
    python_min,
    refuse,
    where,
)
from diffpy.rules.notation import Value, as_value
from diffpy.rules.reductions import expand, normal_axis
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.shaping import moveaxis, ravel, reshape
from diffpy.rules.structural import check_extents, dim, read


@define(np.take, method="take")
def take(a: Any, indices: Any, axis: Any = None, **options: Any) -> Value:
    """Elements at positions along an axis."""
    refuse("np.take", options)
    x, positions = as_operand(a), as_operand(indices)
    if axis is None:
        return read(ravel(x), positions)
    number = normal_axis(axis, x.ndim)
    return read(x, (*(slice(None),) * number, positions))


def _inactive(name: str, function: Callable[..., Any], count: int = 1) -> Primitive:
    """A function that returns positions or counts."""
    operands = ", ".join(f"_{i}" for i in range(count))
    return Primitive(
        f"np.{name}",
        f"np.{name}({operands})",
        kind_by_example(function),
        vjp=(None,) * count,
        jvp=(None,) * count,
        cost=100,
    )


_argsort = _inactive("argsort", np.argsort)
_searchsorted = _inactive("searchsorted", np.searchsorted, 2)
_flatnonzero = Primitive(
    "np.flatnonzero",
    "np.flatnonzero(_0)",
    lambda kinds: Array("int64", 1),
    vjp=(None,),
    jvp=(None,),
)


_argsort_rows = Primitive(
    "np.argsort of rows",
    "argsort_rows(_0)",
    lambda kinds: Array("int64", 2),
    vjp=(None,),
    jvp=(None,),
    cost=100,
)


def _by_rows(x: Value, axis: int) -> tuple[Value, Callable[[Value], Value]]:
    """The vectors along an axis as rows of a matrix, and how such a matrix becomes an array."""
    moved = moveaxis(x, axis, -1)
    extents = [as_value(dim(moved, axis=k)) for k in range(x.ndim)]
    rows = math.prod(extents[:-1], start=as_value(1))

    def back(matrix: Value) -> Value:
        return moveaxis(reshape(matrix, extents), -1, axis)

    return reshape(moved, (rows, extents[-1])), back


@define(np.argsort, method="argsort")
def argsort(a: Any, axis: Any = -1, kind: Any = None, **options: Any) -> Value:
    """The order that sorts, along an axis."""
    refuse("np.argsort", options)
    x = as_operand(a) if axis is not None else ravel(a)
    if x.ndim < 2:
        result: Value = _argsort(x)
        return result
    rows, back = _by_rows(x, normal_axis(-1 if axis is None else axis, x.ndim))
    return back(_argsort_rows(rows))


@define(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, **options: Any) -> Value:
    """In ascending order along an axis."""
    refuse("np.sort", options)
    x = as_operand(a) if axis is not None else ravel(a)
    if x.ndim < 2:
        return read(x, argsort(x))
    rows, back = _by_rows(x, normal_axis(axis, x.ndim))
    return back(_along_rows(rows, _argsort_rows(rows)))


@define(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Value:
    """Of each vector along an axis the elements at positions of its own."""
    x, positions = as_operand(arr), as_operand(indices)
    if axis is None:
        return read(ravel(x), positions)
    if x.ndim != positions.ndim:
        raise TypeError("`indices` and `arr` must have the same number of dimensions")
    number = normal_axis(axis, x.ndim)
    for k in range(x.ndim):
        if k != number:
            check_extents(dim(x, axis=k), dim(positions, axis=k), message=_BROADCAST)
    rows, _ = _by_rows(x, number)
    own, back = _by_rows(positions, number)
    return back(_along_rows(rows, own))


_BROADCAST = "np.take_along_axis of arrays that are broadcast is not supported"


def _along_rows(rows: Value, places: Value) -> Value:
    from diffpy.rules.creation import arange

    return read(rows, (expand(arange(dim(rows, axis=0)), 1), places))


@define(np.searchsorted)
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Value:
    """Where elements belong in a sorted vector."""
    refuse("np.searchsorted", {"sorter": sorter})
    if side != "left":
        raise TypeError("np.searchsorted(…, side='right') is not supported")
    result: Value = _searchsorted(as_operand(a), as_operand(v))
    return result


@define(np.flatnonzero)
def flatnonzero(a: Any) -> Value:
    """The positions of elements other than zero, in the flattened array."""
    result: Value = _flatnonzero(as_operand(a))
    return result


@define(np.nonzero, method="nonzero")
def nonzero(a: Any) -> tuple[Value, ...]:
    """The positions of elements other than zero, one array for each axis."""
    x = as_operand(a)
    if x.ndim == 0:
        raise TypeError(
            "np.nonzero of a number is not supported: write np.nonzero(np.atleast_1d(a))"
        )
    before, found = flatnonzero(x), []
    for axis in range(x.ndim - 1, 0, -1):
        extent = as_value(dim(x, axis=axis))
        found.append(before % extent)
        before = before // extent
    return (before, *reversed(found))


@define(np.compress)
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Value:
    """Elements where the condition holds."""
    refuse("np.compress", {"out": out})
    return take(a, flatnonzero(condition), axis)


@define(np.median)
def median(a: Any, axis: Any = None, *, keepdims: Any = False, **options: Any) -> Value:
    """The middle of the sorted elements, the mean of two where there are two."""
    refuse("np.median", options)
    x = as_operand(a)
    if isinstance(axis, tuple | list):
        raise TypeError("np.median along several axes is not supported")
    number = 0 if axis is None else normal_axis(axis, x.ndim)
    ordered = sort(ravel(x)) if axis is None else sort(x, number)
    count = dim(ordered, axis=number)
    low, high = take(ordered, (count - 1) // 2, number), take(ordered, count // 2, number)
    last = take(ordered, count - 1, number)  # a NaN comes last
    found = where(isnan(last), last, (low + high) / 2)
    if not keepdims:
        return found
    return expand(found, number) if axis is not None else reshape(found, (1,) * x.ndim)


@define(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Value:
    """Linear interpolation between given points, constant outside of them."""
    refuse("np.interp", {"left": left, "right": right, "period": period})
    at, points, values = as_operand(x), as_operand(xp), as_operand(fp)
    if points.ndim != 1 or values.ndim != 1:
        raise TypeError("np.interp: xp and fp must be of one dimension")
    check_extents(
        dim(points, axis=0),
        dim(values, axis=0),
        message="fp and xp are not of the same length.",
    )
    last = as_value(dim(points, axis=0)) - 1
    place = _searchsorted(points, at)
    if place.is_array:
        place = maximum(minimum(place, last), 1)
    else:
        place = python_max(python_min(place, last), 1)
    x0, x1 = read(points, place - 1), read(points, place)
    y0, y1 = read(values, place - 1), read(values, place)
    inside = clip(at, read(points, 0), read(points, last))
    return y0 + (y1 - y0) * ((inside - x0) / (x1 - x0))
