"""Choosing elements by position: take, sort, searchsorted and their like.

Positions are integers and carry no derivative; what is chosen by them is a read or a gather.
"""

from __future__ import annotations

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
from diffpy.rules.reductions import mean, normal_axis
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.shaping import ravel
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


def _vector(name: str, a: Any, axis: Any) -> Value:
    x = as_operand(a)
    if axis is None:
        x = ravel(x)
    if x.ndim != 1:
        raise TypeError(f"{name} of more than one dimension is not supported: loop over the rows")
    return x


@define(np.argsort, method="argsort")
def argsort(a: Any, axis: Any = -1, kind: Any = None, **options: Any) -> Value:
    """The order that sorts a vector."""
    refuse("np.argsort", options)
    result: Value = _argsort(_vector("np.argsort", a, axis))
    return result


@define(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, **options: Any) -> Value:
    """A vector in ascending order."""
    refuse("np.sort", options)
    x = _vector("np.sort", a, axis)
    return read(x, argsort(x))


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
def median(a: Any, axis: Any = None, **options: Any) -> Value:
    """The middle of the sorted elements, the mean of two where there are two."""
    refuse("np.median", options)
    x = as_operand(a)
    if axis is not None and x.ndim > 1:
        raise TypeError("np.median along an axis is not supported: loop over the rows")
    ordered = sort(ravel(x))
    count = dim(ordered, axis=0)
    low, high = read(ordered, (count - 1) // 2), read(ordered, count // 2)
    last = read(ordered, count - 1)  # a NaN comes last
    return where(isnan(last), last, mean((low, high)))


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
