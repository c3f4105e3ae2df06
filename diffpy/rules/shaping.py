"""Moving elements without computing: transposes, reshapes, joins, flips.

Three primitives (a permutation of axes, a reshape, a join) and the triangles; the rest is said with
them and with slices.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.kinds import Array, Kind, Scalar
from diffpy.rules import structural
from diffpy.rules.elementwise import (
    as_operand,
    python_max,
    python_min,
    refuse,
    static_number,
)
from diffpy.rules.extents import asked
from diffpy.rules.notation import Scatter, Value, as_value
from diffpy.rules.operators import equal, select
from diffpy.rules.reductions import expand, normal_axes, normal_axis, sum_all
from diffpy.rules.registry import Primitive, define
from diffpy.rules.structural import convert, dim, read


def _ndim(kind: Kind) -> int:
    return kind.ndim if isinstance(kind, Array) else 0


def as_array(x: Any) -> Value:
    """The operand as an array; a number becomes one without dimensions."""
    value = as_operand(x)
    if value.is_array:
        return value
    from diffpy.rules.creation import array

    return array(value)


# --- axes in another order -------------------------------------------------------------------


def _inverse(perm: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(perm.index(axis) for axis in range(len(perm)))


permute: Primitive = Primitive(
    "transpose",
    lambda count, perm: "_0.T" if perm == (1, 0) else f"np.transpose(_0, {perm})",
    lambda kinds, perm: kinds[0],
    compiled=lambda count, perm: "_0.T" if perm == (1, 0) else f"transpose(_0, {perm})",
    vjp=(lambda g, out, x, perm: permute(g, perm=_inverse(perm)),),
    linear=(0,),
    fresh=False,
    view=True,
    mirrored=True,
    cost=0,
    extents=lambda x, perm: tuple(x[axis] for axis in perm),
)


@define(np.transpose)
def transpose(a: Any, axes: Any = None) -> Value:
    """The axes in another order; reversed if none is given."""
    x = as_operand(a)
    perm = tuple(reversed(range(x.ndim)))
    if axes is not None:
        perm = tuple(normal_axis(axis, x.ndim) for axis in axes)
        if sorted(perm) != list(range(x.ndim)):
            raise TypeError(f"transpose: {tuple(axes)} is no order of {x.ndim} axes")
    if perm == tuple(range(x.ndim)):
        return x
    return permute(x, perm=perm)


@define(method="transpose")
def transpose_method(a: Any, *axes: Any) -> Value:
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)):
        return transpose(a, axes[0])
    return transpose(a, axes or None)


@define(np.swapaxes, method="swapaxes")
def swapaxes(a: Any, axis1: Any, axis2: Any) -> Value:
    x = as_operand(a)
    perm = list(range(x.ndim))
    first, second = normal_axis(axis1, x.ndim), normal_axis(axis2, x.ndim)
    perm[first], perm[second] = second, first
    return transpose(x, perm)


@define(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Value:
    x = as_operand(a)
    sources = [normal_axis(s, x.ndim) for s in _as_tuple(source)]
    destinations = [normal_axis(d, x.ndim) for d in _as_tuple(destination)]
    if len(sources) != len(destinations):
        raise TypeError("moveaxis: source and destination have different lengths")
    perm = [axis for axis in range(x.ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources)):
        perm.insert(place, axis)
    return transpose(x, perm)


@define(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Value:
    x = as_operand(a)
    number, before = normal_axis(axis, x.ndim), static_number("start", start)
    before = before + x.ndim if before < 0 else before
    perm = list(range(x.ndim))
    perm.remove(number)
    perm.insert(before - (number < before), number)
    return transpose(x, perm)


@define(np.matrix_transpose if hasattr(np, "matrix_transpose") else object())
def matrix_transpose(x: Any) -> Value:
    return swapaxes(x, -1, -2)


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, tuple | list) else (x,)


# --- shapes ----------------------------------------------------------------------------------


def _reshape_text(count: int) -> str:
    dims = ", ".join(f"_{i}" for i in range(1, count))
    return f"_0.reshape({dims or '()'})"


def _reshape_compiled(count: int) -> str:
    dims = ", ".join(f"_{i}" for i in range(1, count))
    return f"reshape(_0, ({dims}{',' if count == 2 else ''}))"


#: ``reshape(x, n, m)``; one extent may be -1
_reshape: Primitive = Primitive(
    "reshape",
    _reshape_text,
    lambda kinds: Array(kinds[0].dtype, len(kinds) - 1),
    compiled=_reshape_compiled,
    vjp=(lambda g, out, x, *dims: _reshape(g, *x.shape),),
    linear=(0,),
    fresh=False,
    view=True,
    cost=0,
    extents=lambda x, *dims: tuple(map(asked, dims)),
)
#: ``_flat(x, -1)``: a view where the elements lie in the order of C, and only there
_flat = replace(_reshape, name="ravel")


def as_shape(shape: Any) -> tuple[Any, ...]:
    """Extents from an integer or a tuple of integers."""
    extents = _as_tuple(shape)
    for extent in extents:
        if as_value(extent).dtype.kind not in "iu":
            raise TypeError(f"an extent must be an integer, not {extent}")
    return extents


@define(np.reshape)
def reshape(a: Any, shape: Any, order: Any = "C", **options: Any) -> Value:
    """The same elements in another shape."""
    refuse("np.reshape", options)
    if order != "C":
        raise TypeError(f"reshape(…, order={order!r}) is not supported")
    return _reshape(as_array(a), *as_shape(shape))


@define(method="reshape")
def reshape_method(a: Any, *shape: Any, order: Any = "C") -> Value:
    return reshape(a, shape[0] if len(shape) == 1 else shape, order)


@define(np.ravel, method="ravel")
def ravel(a: Any, order: Any = "C") -> Value:
    """One dimension; shares memory with ``a`` where it can."""
    x = as_array(a)
    if order != "C":
        raise TypeError(f"ravel(…, order={order!r}) is not supported")
    result: Value = x if x.ndim == 1 else _flat(x, -1)
    return result


@define(method="flatten")
def flatten(a: Any, order: Any = "C") -> Value:
    """One dimension, a copy."""
    return structural.copy(ravel(a, order))


@define(method="item")
def item(a: Any, *index: Any) -> Value:
    """An element as a Python number: the only one, or that of an index."""
    x = as_array(a)
    if not index and x.ndim:
        picked = reshape(x, 1)[0]
    elif len(index) == 1 and not isinstance(index[0], tuple):
        picked = reshape(x, -1)[index[0]]
    else:
        picked = x[index[0] if len(index) == 1 else index]
    if picked.is_array:
        raise TypeError(f"item takes no index, one, or {x.ndim}")
    name = {"f": "float64", "c": "complex128", "b": "bool"}.get(x.dtype.kind, "int64")
    if x.dtype.itemsize > np.dtype(name).itemsize:  # a longdouble stays what it is
        return picked
    python = Scalar(name, True)
    return picked if picked.kind == python else convert(picked, kind=python)


@define(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Value:
    x = as_array(a)
    axes = _as_tuple(axis)
    for number in normal_axes(axes, x.ndim + len(axes)):
        x = expand(x, number)
    return x


@define(np.squeeze, method="squeeze")
def squeeze(a: Any, axis: Any = None) -> Value:
    """Without the named axes, whose extents must be 1."""
    x = as_operand(a)
    if axis is None:
        raise UnsupportedSyntaxError(
            "`squeeze` does not say which axes",
            why="the number of dimensions must not depend on the extents",
            fix="name them: a.squeeze(axis=0)",
        )
    axes = normal_axes(axis, x.ndim)
    # The reshape fails where an extent is not 1; indexing with 0 would drop elements silently.
    kept = (dim(x, axis=i) for i in range(x.ndim) if i not in axes)
    return _reshape(x, *kept)


@define(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: Any = False) -> Value:
    extents, x = as_shape(shape), as_operand(array)
    if not x.is_array or x.ndim == 0:
        from diffpy.rules.creation import full

        return full(extents, read(x, ()) if x.is_array else x)
    result: Value = structural.broadcast_to(x, *extents)
    return result


def _common_shape(arrays: list[Value]) -> tuple[Any, ...]:
    ndim = max(x.ndim for x in arrays)
    extents = []
    for axis in range(ndim):
        candidates = [
            dim(x, axis=axis - ndim + x.ndim) for x in arrays if axis - ndim + x.ndim >= 0
        ]
        extent = candidates[0]
        for other in candidates[1:]:  # extents are equal or 1; 0 wins over 1
            extent = _broadcast_extent(extent, other)
        extents.append(extent)
    return tuple(extents)


def _broadcast_extent(first: Value, second: Value) -> Value:
    """The extent that two axes broadcast to."""
    return select(equal(first, 1), second, first)


@define(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: Any = False) -> tuple[Value, ...]:
    arrays = [as_array(a) for a in args]
    shape = _common_shape(arrays)
    return tuple(broadcast_to(x, shape) for x in arrays)


@define(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    results = tuple(_at_least(as_array(a), 1) for a in arys)
    return results[0] if len(results) == 1 else results


@define(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    results = tuple(_at_least(as_array(a), 2) for a in arys)
    return results[0] if len(results) == 1 else results


@define(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    results = []
    for a in arys:
        x = _at_least(as_array(a), 2)
        results.append(expand(x, 2) if x.ndim == 2 else x)
    return results[0] if len(results) == 1 else tuple(results)


def _at_least(x: Value, ndim: int) -> Value:
    if x.ndim == 0:
        return _reshape(x, *(1,) * ndim)
    while x.ndim < ndim:
        x = expand(x, 0)
    return x


# --- joining ---------------------------------------------------------------------------------


def _part(g: Value, parts: tuple[Value, ...], number: int, axis: int) -> Value:
    """The piece of ``g`` that a join took from the part of that number."""
    start: Any = 0
    for part in parts[:number]:
        start = start + dim(part, axis=axis)
    front = (slice(None),) * axis
    last = number == len(parts) - 1
    stop = None if last else start + dim(parts[number], axis=axis)
    return read(g, (*front, slice(start if number else None, stop)))


@cache
def joining(count: int) -> Primitive:
    """``np.concatenate`` of that many arrays; static ``axis``."""

    def vjp(number: int) -> Any:
        return lambda g, out, *parts, axis: _part(g, parts, number, axis)

    def jvp(number: int) -> Any:
        def rule(t: Value, out: Value, *parts: Value, axis: int) -> Value:
            terms = [t if i == number else _zeros_like(p) for i, p in enumerate(parts)]
            return joining(count)(*terms, axis=axis)

        return rule

    operands = ", ".join(f"_{i}" for i in range(count)) + ("," if count == 1 else "")
    return Primitive(
        "np.concatenate",
        lambda count, axis: f"np.concatenate(({operands}), axis={axis})",
        lambda kinds, axis: Array(np.result_type(*(k.dtype for k in kinds)).name, _ndim(kinds[0])),
        compiled=lambda count, axis: f"concatenate(({operands}), {axis})",
        vjp=tuple(vjp(i) for i in range(count)),
        jvp=tuple(jvp(i) for i in range(count)),
    )


def _zeros_like(x: Value) -> Value:
    from diffpy.rules.creation import zeros_like

    return zeros_like(x)


def _sequence(name: str, arrays: Any) -> list[Value]:
    if isinstance(arrays, Value):
        raise TypeError(f"{name} takes a tuple of arrays; for the rows of one array write reshape")
    values = [as_array(a) for a in arrays]
    if not values:
        raise TypeError(f"{name} needs at least one array")
    return values


@define(np.concatenate)
def concatenate(arrays: Any, axis: Any = 0, **options: Any) -> Value:
    """Arrays joined along an axis that they have."""
    refuse("np.concatenate", options)
    parts = _sequence("np.concatenate", arrays)
    if axis is None:
        parts, axis = [ravel(p) for p in parts], 0
    ndim = parts[0].ndim
    if ndim == 0:
        raise TypeError("np.concatenate of numbers: write np.array((x, y))")
    if any(p.ndim != ndim for p in parts):
        raise TypeError("np.concatenate: all arrays must have the same number of dimensions")
    return joining(len(parts))(*parts, axis=normal_axis(axis, ndim))


@define(np.stack)
def stack(arrays: Any, axis: Any = 0, **options: Any) -> Value:
    """Arrays of one shape joined along a new axis."""
    refuse("np.stack", options)
    parts = _sequence("np.stack", arrays)
    number = normal_axis(axis, parts[0].ndim + 1)
    if parts[0].ndim == 0:
        from diffpy.rules.creation import array

        return array(tuple(arrays))
    return concatenate([expand(p, number) for p in parts], number)


@define(np.hstack)
def hstack(tup: Any, **options: Any) -> Value:
    refuse("np.hstack", options)
    parts = [_at_least(p, 1) for p in _sequence("np.hstack", tup)]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


@define(np.vstack)
def vstack(tup: Any, **options: Any) -> Value:
    refuse("np.vstack", options)
    return concatenate([_at_least(p, 2) for p in _sequence("np.vstack", tup)], 0)


@define(np.dstack)
def dstack(tup: Any) -> Value:
    return concatenate([atleast_3d(p) for p in _sequence("np.dstack", tup)], 2)


@define(np.column_stack)
def column_stack(tup: Any) -> Value:
    columns = []
    for part in _sequence("np.column_stack", tup):
        part = _at_least(part, 1)
        columns.append(expand(part, 1) if part.ndim == 1 else part)
    return concatenate(columns, 1)


@define(np.block)
def block(arrays: Any) -> Value:
    """Nested lists of blocks: the innermost are joined along the last axis, and so outwards."""
    depth, rank = _nesting(arrays)
    return _joined_blocks(arrays, depth, max(depth, rank))


def _nesting(arrays: Any) -> tuple[int, int]:
    """How deep lists are nested, and the largest number of dimensions in them."""
    if not isinstance(arrays, list | tuple):
        return 0, as_operand(arrays).ndim
    inner = [_nesting(item) for item in arrays]
    if not inner or len({depth for depth, _ in inner}) > 1:
        raise TypeError("np.block takes lists of blocks, nested equally deep")
    return inner[0][0] + 1, max(rank for _, rank in inner)


def _joined_blocks(arrays: Any, depth: int, rank: int) -> Value:
    if depth == 0:
        return with_leading_axes(as_array(arrays), rank)
    return concatenate([_joined_blocks(item, depth - 1, rank) for item in arrays], axis=-depth)


def with_leading_axes(x: Value, ndim: int) -> Value:
    """Axes of length 1 in front, up to ``ndim`` dimensions."""
    return reshape(x, (1,) * (ndim - x.ndim) + x.shape) if x.ndim < ndim else x


# --- what an array is --------------------------------------------------------------------------


@define(np.shape)
def shape(a: Any) -> tuple[Any, ...]:
    return as_operand(a).shape


@define(np.ndim)
def ndim(a: Any) -> int:
    return as_operand(a).ndim


@define(np.isscalar)
def isscalar(element: Any) -> bool:
    """Whether it is a number or a string, rather than an array or a sequence."""
    if isinstance(element, Value):
        return not element.is_array
    return bool(np.isscalar(element))


@define(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Value:
    if axis is None:
        return concatenate((_at_least(ravel(arr), 1), ravel(values)), 0)
    return concatenate((arr, values), axis)


# --- splitting -------------------------------------------------------------------------------


def _split_points(indices_or_sections: Any) -> Any:
    if isinstance(indices_or_sections, Value) and indices_or_sections.is_array:
        raise TypeError("split points must be a tuple of integers, not an array")
    if isinstance(indices_or_sections, tuple | list):
        return tuple(indices_or_sections)
    return int(static_number("the number of sections", indices_or_sections))


@define(np.split, np.array_split)
def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Value]:
    """Consecutive pieces along an axis; sections of equal length, or the first ones longer."""
    x = as_array(ary)
    number = normal_axis(axis, x.ndim)
    points = _split_points(indices_or_sections)
    front = (slice(None),) * number
    if isinstance(points, tuple):
        bounds: list[Any] = [None, *points, None]
    else:
        extent = dim(x, axis=number)
        each, longer = extent // points, extent % points
        bounds = [each * i + python_min(longer, i) for i in range(points + 1)]
    return [read(x, (*front, slice(a, b))) for a, b in pairwise(bounds)]


@define(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    x = as_array(ary)
    return split(x, indices_or_sections, 0 if x.ndim == 1 else 1)


@define(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    return split(ary, indices_or_sections, 0)


@define(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    return split(ary, indices_or_sections, 2)


# --- repeating -------------------------------------------------------------------------------


@define(np.repeat, method="repeat")
def repeat(a: Any, repeats: Any, axis: Any = None) -> Value:
    """Each element that many times (the same number for all)."""
    if isinstance(repeats, tuple | list) or as_value(repeats).is_array:
        raise TypeError("np.repeat with a number for each element is not supported")
    x = as_array(a)
    if axis is None:
        x, axis = ravel(x), 0
    number = normal_axis(axis, x.ndim)
    shape = list(x.shape)
    stretched = expand(x, number + 1)
    wide = structural.broadcast_to(stretched, *shape[: number + 1], repeats, *shape[number + 1 :])
    joined = as_value(shape[number]) * repeats
    copied = structural.copy(wide)
    return reshape(copied, (*shape[:number], joined, *shape[number + 1 :]))


@define(np.tile)
def tile(A: Any, reps: Any) -> Value:
    """The whole array that many times along each axis."""
    x, counts = as_array(A), list(_as_tuple(reps))
    x = _at_least(x, max(1, len(counts)))
    counts = [1] * (x.ndim - len(counts)) + counts
    shape = x.shape
    key: list[Any] = []
    wide: list[Any] = []
    joined: list[Any] = []
    for extent, count in zip(shape, counts):
        key += [None, slice(None)]
        wide += [count, extent]
        joined.append(as_value(extent) * count)
    repeated = structural.broadcast_to(read(x, tuple(key)), *wide)
    return reshape(structural.copy(repeated), tuple(joined))


# --- turning ---------------------------------------------------------------------------------


@define(np.flip)
def flip(m: Any, axis: Any = None) -> Value:
    x = as_array(m)
    axes = normal_axes(axis, x.ndim)
    return read(x, tuple(slice(None, None, -1 if i in axes else None) for i in range(x.ndim)))


@define(np.fliplr)
def fliplr(m: Any) -> Value:
    return flip(m, 1)


@define(np.flipud)
def flipud(m: Any) -> Value:
    return flip(m, 0)


@define(np.rot90)
def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Value:
    """Turned by quarters from the first axis towards the second."""
    x = as_array(m)
    first, second = (normal_axis(axis, x.ndim) for axis in axes)
    turns = static_number("k", k) % 4
    if turns == 0:
        return x
    if turns == 2:
        return flip(x, (first, second))
    if turns == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second)


@define(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Value:
    """Elements moved along an axis, those that leave coming in on the other side."""
    x = as_array(a)
    if axis is None:
        return reshape(_roll_axis(ravel(x), shift, 0), x.shape)
    shifts, axes = _as_tuple(shift), _as_tuple(axis)
    if len(shifts) == 1:
        shifts = shifts * len(axes)
    for count, number in zip(shifts, axes):
        x = _roll_axis(x, count, normal_axis(number, x.ndim))
    return x


def _roll_axis(x: Value, shift: Any, axis: int) -> Value:
    extent = dim(x, axis=axis)
    front = (slice(None),) * axis
    start = extent - as_value(shift) % python_max(extent, 1)
    tail, head = read(x, (*front, slice(start, None))), read(x, (*front, slice(None, start)))
    return concatenate((tail, head), axis)


# --- triangles and diagonals -----------------------------------------------------------------


def _triangle(name: str) -> Primitive:
    triangle = Primitive(
        f"np.{name}",
        f"np.{name}(_0, _1)",
        lambda kinds: kinds[0],
        vjp=(lambda g, out, x, k: triangle(g, k),),
        linear=(0,),
    )
    return triangle


_tril = _triangle("tril")
_triu = _triangle("triu")


@define(np.tril)
def tril(m: Any, k: Any = 0) -> Value:
    result: Value = _tril(as_array(m), k)
    return result


@define(np.triu)
def triu(m: Any, k: Any = 0) -> Value:
    result: Value = _triu(as_array(m), k)
    return result


def _diagonal_vjp(g: Value, out: Value, x: Value, k: Value) -> Scatter:
    """The adjoint goes to the places that the diagonal was read from."""
    from diffpy.rules.creation import arange

    count = arange(dim(out, axis=0))
    rows = count + python_max(-k, 0)
    columns = count + python_max(k, 0)
    return Scatter(g, (rows, columns), ("a", "a"))


#: ``np.diag`` of a matrix and of a vector
_diagonal = Primitive(
    "np.diag of a matrix",
    "np.diag(_0, _1)",
    lambda kinds: Array(kinds[0].dtype, 1),
    vjp=(_diagonal_vjp,),
    linear=(0,),
    fresh=False,
    view=True,
    scatters=True,
)
_diagonal_matrix = Primitive(
    "np.diag of a vector",
    "np.diag(_0, _1)",
    lambda kinds: Array(kinds[0].dtype, 2),
    vjp=(lambda g, out, x, k: _diagonal(g, k),),
    linear=(0,),
)


@define(np.diag)
def diag(v: Any, k: Any = 0) -> Value:
    """The diagonal of a matrix, or the matrix with this diagonal."""
    x = as_array(v)
    if x.ndim not in (1, 2):
        raise TypeError("np.diag takes a vector or a matrix")
    result: Value = _diagonal_matrix(x, k) if x.ndim == 1 else _diagonal(x, k)
    return result


@define(np.diagonal, method="diagonal")
def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Value:
    x = as_array(a)
    if x.ndim != 2:
        raise TypeError("np.diagonal of more than two dimensions is not supported")
    first, second = normal_axis(axis1, 2), normal_axis(axis2, 2)
    return diag(x if (first, second) == (0, 1) else transpose(x), offset)


@define(np.trace, method="trace")
def trace(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, **options: Any) -> Value:
    refuse("np.trace", options)
    result: Value = sum_all(diagonal(a, offset, axis1, axis2))
    return result
