"""Reductions and scans: sum, max, mean, var, cumsum and their like.

The primitives reduce everything (``sum_all``) or one axis of an array of two or more dimensions
(``sum_axis``, with a static ``axis`` counted from the front). Tuples of axes, ``keepdims``, means
and variances are compositions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import (
    NP_BOOL,
    PY_BOOL,
    PY_INT,
    Array,
    Kind,
    Scalar,
    is_bool,
    is_integer,
    type_code,
)
from diffpy.rules import operators
from diffpy.rules.elementwise import (
    absolute_square,
    as_operand,
    isclose,
    isnan,
    numpy_number,
    python_max,
    refuse,
    sqrt,
    static_number,
)
from diffpy.rules.notation import Value, as_value
from diffpy.rules.operators import equal, select
from diffpy.rules.registry import Primitive, define, element_kind, kind_by_example
from diffpy.rules.structural import as_kind, check_extents, convert, dim, read

# --- axes ------------------------------------------------------------------------------------


def normal_axis(axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    number = static_number("axis", axis)
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise TypeError(f"axis must be an integer, not {number!r}")
    if not -ndim <= number < ndim:
        raise TypeError(f"axis {number} is out of bounds for an array of {ndim} dimensions")
    return int(number) % ndim


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front, ascending; None means all."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    normal = sorted(normal_axis(a, ndim) for a in axes)
    if len(set(normal)) < len(normal):
        raise TypeError(f"duplicate value in axis={axis}")
    return tuple(normal)


def expand(x: Value, axis: int) -> Value:
    """``x`` with a new axis of extent 1 there."""
    return read(x, (slice(None),) * axis + (None,))


def at_last_axis(x: Value, *key: Any) -> Value:
    """``x[..., key]``; numba makes an array without dimensions of a number read with ``...``."""
    axes = x.ndim - sum(1 for item in key if item is not None)
    return read(x, (*(slice(None),) * axes, *key))


def _expand_to_broadcast(g: Value, axis: int) -> Value:
    """``g`` so that it broadcasts along the axis that was reduced."""
    return g if axis == 0 else expand(g, axis)


def size(x: Value) -> Value:
    """The number of elements."""
    return dim(x, axis=0) if x.ndim == 1 else _size(x)


_size = Primitive("size", "_0.size", lambda kinds: PY_INT, vjp=(None,), cost=0, reads_storage=False)


# --- primitives ------------------------------------------------------------------------------


def _axis_kind(function: Callable[..., Any]) -> Callable[..., Kind]:
    by_example = kind_by_example(function)

    def infer(kinds: tuple[Kind, ...], axis: int) -> Kind:
        assert isinstance(kinds[0], Array) and kinds[0].ndim > 1
        return by_example(kinds, axis=axis)

    return infer


def _reduction(
    name: str,
    function: Callable[..., Any],
    vjp: Any = None,
    jvp: Any = None,
    compiled: str | None = None,
    **facts: Any,
) -> tuple[Primitive, Primitive]:
    """The primitives that reduce everything and one axis; rules get ``axis=None`` for the first."""
    over_all = Primitive(
        f"np.{name}",
        f"np.{name}(_0)",
        kind_by_example(function),
        compiled=compiled,
        vjp=(vjp,),
        jvp=None if jvp is None else (jvp,),
        **facts,
    )
    over_axis = Primitive(
        f"np.{name} over an axis",
        lambda count, axis: f"np.{name}(_0, axis={axis})",
        _axis_kind(function),
        compiled=lambda count, axis: f"{name}_axis(_0, {axis})",
        vjp=(vjp,),
        jvp=None if jvp is None else (jvp,),
        extents=lambda x, axis: x[:axis] + x[axis + 1 :],
        **facts,
    )
    return over_all, over_axis


def _sum_vjp(g: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    return g if axis is None else _expand_to_broadcast(g, axis)


sum_all, sum_axis = _reduction("sum", np.sum, vjp=_sum_vjp, linear=(0,), broadcasts=True)


def _sum(x: Value, axis: int | None) -> Value:
    result: Value = sum_all(x) if axis is None else sum_axis(x, axis=axis)
    return result


def _winners(out: Value, x: Value, axis: int | None) -> tuple[Value, Value]:
    """Where the extreme is reached, and how often: ties share the derivative."""
    hits = equal(x, out if axis is None else _expand_to_broadcast(out, axis))
    return hits, _sum(as_kind(hits, x.kind), axis)


def _extreme_vjp(g: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    hits, count = _winners(out, x, axis)
    share = g / count
    return select(hits, share if axis is None else _expand_to_broadcast(share, axis), 0.0)


def _extreme_jvp(t: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    hits, count = _winners(out, x, axis)
    return _sum(select(hits, t, 0.0), axis) / count


max_all, max_axis = _reduction("max", np.max, _extreme_vjp, _extreme_jvp, "max_all(_0)")
min_all, min_axis = _reduction("min", np.min, _extreme_vjp, _extreme_jvp, "min_all(_0)")
any_all, any_axis = _reduction("any", np.any)
all_all, all_axis = _reduction("all", np.all)


#: ``linear_recurrence(a, b)``: r[i] = a[i] * r[i-1] + b[i] along the last axis, from r[-1] = 0
linear_recurrence: Primitive = Primitive(
    "linear recurrence",
    "linear_recurrence(_0, _1)",
    lambda kinds: Array(np.result_type(kinds[0].dtype, kinds[1].dtype).name, kinds[0].ndim),
    vjp=(
        lambda g, out, a, b: _recurrence_adjoint(g, a) * _delayed(out),
        lambda g, out, a, b: _recurrence_adjoint(g, a),
    ),
    jvp=(lambda t, out, a, b: linear_recurrence(a, t * _delayed(out)), None),
    linear=(1,),
    cost=4,
)


def _delayed(x: Value, first: float = 0.0) -> Value:
    """``x`` moved by one along the last axis, with ``first`` in front."""
    from diffpy.rules.shaping import concatenate

    start = at_last_axis(x, slice(None, 1)) * 0.0 if first == 0.0 else _ones_column(x)
    return concatenate((start, at_last_axis(x, slice(None, -1))), axis=x.ndim - 1)


def _ones_column(x: Value) -> Value:
    from diffpy.rules.creation import ones_like

    return ones_like(at_last_axis(x, slice(None, 1)))


def _reversed(x: Value) -> Value:
    return at_last_axis(x, slice(None, None, -1))


def _recurrence_adjoint(g: Value, a: Value) -> Value:
    """The recurrence backwards: l[i] = g[i] + a[i+1] * l[i+1]."""
    from diffpy.rules.shaping import concatenate

    following = concatenate(
        (at_last_axis(a, slice(1, None)), at_last_axis(a, slice(None, 1))), axis=a.ndim - 1
    )
    # The coefficient that wraps around meets the zero that the recurrence starts from.
    return _reversed(linear_recurrence(_reversed(following), _reversed(g)))


def _product_terms(x: Value) -> tuple[Value, Value]:
    """Products of the elements before and after each element, along the last axis."""
    ahead = _delayed(_running_product(x), 1.0)
    behind = _reversed(_delayed(_running_product(_reversed(x)), 1.0))
    return ahead, behind


def _running_product(x: Value) -> Value:
    """``np.cumprod`` along the last axis."""
    if x.ndim == 1:
        result: Value = _cumprod(x)
        return result
    from diffpy.rules.shaping import reshape

    return reshape(_cumprod_axis(x, axis=x.ndim - 1), x.shape)


def _prod_others(x: Value, axis: int | None) -> Value:
    """The product of the other elements, which is right where elements are zero."""
    from diffpy.rules.shaping import moveaxis, reshape

    if axis is None:
        flat = x if x.ndim == 1 else reshape(x, (-1,))
        ahead, behind = _product_terms(flat)
        return ahead * behind if x.ndim == 1 else reshape(ahead * behind, x.shape)
    ahead, behind = _product_terms(moveaxis(x, axis, -1))
    return moveaxis(ahead * behind, -1, axis)


def _prod_vjp(g: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    return _sum_vjp(g, out, x, axis) * _prod_others(x, axis)


def _prod_jvp(t: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    return _sum(t * _prod_others(x, axis), axis)


prod_all, prod_axis = _reduction("prod", np.prod, vjp=_prod_vjp, jvp=_prod_jvp)


# --- what the names mean ---------------------------------------------------------------------


def _reduce(
    name: str,
    over_all: Primitive,
    over_axis: Primitive,
    a: Any,
    axis: Any,
    keepdims: Any,
    options: dict[str, Any],
) -> Value:
    refuse(name, options)
    x = as_operand(a)
    if not x.is_array:
        if axis is not None and axis not in (0, -1, ()):
            raise TypeError(f"axis {axis} is out of bounds for a number")
        return numpy_number(x)
    if x.ndim == 0:
        return read(x, ())
    axes = normal_axes(axis, x.ndim)
    if len(axes) == x.ndim:
        result = over_all(x)
        return _full_rank(result, x.ndim) if keepdims else result
    for number in reversed(axes):
        x = over_axis(x, axis=number)
    if keepdims:
        for number in axes:
            x = expand(x, number)
    return x


def _of_dtype(a: Any, dtype: Any) -> Value:
    """The operand, converted to the dtype that a reduction is asked to compute in."""
    from diffpy.rules.creation import astype

    x = as_operand(a)
    return x if dtype is None else astype(x, dtype, copy=False)


def _full_rank(x: Value, ndim: int) -> Value:
    from diffpy.rules.creation import full

    return full((1,) * ndim, x)


def _is_number(x: Any) -> bool:
    return not as_operand(x).is_array


def _count(x: Value, axis: Any) -> Value:
    """How many elements a reduction over these axes takes together."""
    axes = normal_axes(axis, x.ndim)
    if len(axes) == x.ndim:
        return size(x)
    count = dim(x, axis=axes[0])
    for number in axes[1:]:
        count = count * dim(x, axis=number)
    return count


@define(np.sum, method="sum")
def numpy_sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    **options: Any,
) -> Value:
    x = _of_dtype(a, dtype)
    return _reduce("np.sum", sum_all, sum_axis, x, axis, keepdims, {"out": out, **options})


@define(sum)
def python_sum(iterable: Any, start: Any = 0) -> Value:
    """The items of an array, along its first axis; small integers stay as small as they are."""
    items = as_operand(iterable)
    if items.ndim == 0:
        raise TypeError("iteration over a 0-d array")
    if is_bool(items.kind) and as_value(start).kind == NP_BOOL:
        raise TypeError("the sum of bools is `or` from an np.bool_ on: write np.any(k)")
    total = numpy_sum(items, axis=0)
    if is_integer(items.kind):
        of_items = operators.add.infer((element_kind(items.kind), as_value(start).kind))
        dtype = of_items.dtype  # type: ignore[union-attr]
        total = as_kind(total, Array(dtype, total.ndim) if total.is_array else Scalar(dtype))
    return total if isinstance(start, int) and start == 0 else total + start


@define(np.prod, method="prod")
def numpy_prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    **options: Any,
) -> Value:
    x = _of_dtype(a, dtype)
    return _reduce("np.prod", prod_all, prod_axis, x, axis, keepdims, {"out": out, **options})


@define(np.max, np.amax, method="max")
def amax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **options: Any) -> Value:
    return _reduce("np.max", max_all, max_axis, a, axis, keepdims, {"out": out, **options})


@define(np.min, np.amin, method="min")
def amin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **options: Any) -> Value:
    return _reduce("np.min", min_all, min_axis, a, axis, keepdims, {"out": out, **options})


def _as_bool(x: Value) -> Value:
    return x if is_bool(x.kind) else operators.not_equal(x, 0)


@define(np.any, method="any")
def numpy_any(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **options: Any
) -> Value:
    x = _as_bool(as_operand(a))
    return _reduce("np.any", any_all, any_axis, x, axis, keepdims, {"out": out, **options})


@define(np.all, method="all")
def numpy_all(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **options: Any
) -> Value:
    x = _as_bool(as_operand(a))
    return _reduce("np.all", all_all, all_axis, x, axis, keepdims, {"out": out, **options})


@define(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Value:
    """Whether all numbers are equal within tolerances; a bool of Python's, as NumPy says."""
    close = isclose(a, b, rtol, atol, equal_nan)
    return convert(numpy_all(close), kind=PY_BOOL)


@define(np.mean, method="mean")
def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    **options: Any,
) -> Value:
    refuse("np.mean", {"out": out, **options})
    x = _of_dtype(a, dtype)
    if not x.is_array:
        return numpy_number(x) / 1
    return numpy_sum(x, axis, keepdims=keepdims) / _count(x, axis)


@define(np.var, method="var")
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    **options: Any,
) -> Value:
    refuse("np.var", {"out": out, **options})
    x = _of_dtype(a, dtype)
    if not x.is_array:
        raise TypeError("the variance of one number: pass an array")
    deviation = x - mean(x, axis, keepdims=True) if x.ndim > 1 else x - mean(x)
    count = _count(x, axis)
    if static_or_value(ddof) != 0:
        count = python_max(count - as_value(ddof), 0)
    return numpy_sum(absolute_square(deviation), axis, keepdims=keepdims) / count


def static_or_value(x: Any) -> Any:
    """The number where it is known while compiling, else the Value (which equals nothing)."""
    if isinstance(x, Value):
        return x if x.constant is None else x.constant
    return x


@define(np.std, method="std")
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    **options: Any,
) -> Value:
    refuse("np.std", {"out": out, **options})
    return sqrt(var(a, axis, dtype, ddof=ddof, keepdims=keepdims))


@define(np.ptp)
def ptp(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.ptp", options)
    return amax(a, axis, keepdims=keepdims) - amin(a, axis, keepdims=keepdims)


@define(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, keepdims: Any = False
) -> Any:
    x = as_operand(a)
    if weights is None:
        result = mean(x, axis, keepdims=keepdims)
        total = as_kind(as_value(_count(x, axis)), result.kind) if returned else None
    else:
        w = as_operand(weights)
        if w.ndim != x.ndim:
            if axis is None or isinstance(axis, tuple) or w.ndim != 1:
                raise TypeError("np.average: weights must have the shape of a, or be 1-D")
            while w.ndim < x.ndim - normal_axis(axis, x.ndim):
                w = expand(w, w.ndim)
            w = w * ones_of(x)
        else:
            for k in range(x.ndim):
                check_extents(
                    dim(x, axis=k),
                    dim(w, axis=k),
                    message="Axis must be specified when shapes of a and weights differ.",
                )
        total = numpy_sum(w, axis, keepdims=keepdims)
        result = numpy_sum(x * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def ones_of(x: Value) -> Value:
    from diffpy.rules.creation import ones_like

    return ones_like(x)


@define(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Value:
    return numpy_sum(_as_bool(as_operand(a)), axis, keepdims=keepdims)


def _nan_as(a: Any, number: float) -> Value:
    x = as_operand(a)
    return select(isnan(x), number, x) if type_code(x.kind) == "f" else x


@define(np.nansum)
def nansum(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nansum", options)
    return numpy_sum(_nan_as(a, 0.0), axis, keepdims=keepdims)


@define(np.nanprod)
def nanprod(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanprod", options)
    return numpy_prod(_nan_as(a, 1.0), axis, keepdims=keepdims)


def _count_numbers(x: Value, axis: Any, keepdims: Any) -> Value:
    count = count_nonzero(operators.equal(x, x), axis, keepdims=keepdims)  # nan is not nan
    return as_kind(count, Scalar(x.dtype.name)) if type_code(x.kind) == "f" else count


@define(np.nanmean)
def nanmean(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanmean", options)
    x = as_operand(a)
    return nansum(x, axis, keepdims) / _count_numbers(x, axis, keepdims)


@define(np.nanvar)
def nanvar(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanvar", options)
    x = as_operand(a)
    deviation = select(isnan(x), 0.0, x - nanmean(x, axis, keepdims=True))
    squares = numpy_sum(deviation * deviation, axis, keepdims=keepdims)
    return squares / (_count_numbers(x, axis, keepdims) - ddof)


@define(np.nanstd)
def nanstd(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanstd", options)
    return sqrt(nanvar(a, axis, ddof, keepdims))


@define(np.nanmax)
def nanmax(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanmax", options)
    return amax(_nan_as(a, -np.inf), axis, keepdims=keepdims)


@define(np.nanmin)
def nanmin(a: Any, axis: Any = None, keepdims: Any = False, **options: Any) -> Value:
    refuse("np.nanmin", options)
    return amin(_nan_as(a, np.inf), axis, keepdims=keepdims)


# --- positions -------------------------------------------------------------------------------


def _position(name: str, function: Callable[..., Any]) -> Callable[..., Value]:
    over_all = Primitive(
        f"np.{name}",
        f"np.{name}(_0)",
        kind_by_example(function),
        compiled=f"{name}(_0)",
        vjp=(None,),
    )
    over_axis = Primitive(
        f"np.{name} over an axis",
        lambda count, axis: f"np.{name}(_0, axis={axis})",
        _axis_kind(function),
        compiled=lambda count, axis: f"{name}_axis(_0, {axis})",
        vjp=(None,),
    )

    def position(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Value:
        refuse(f"np.{name}", {"out": out, "keepdims": keepdims or None})
        x = as_operand(a)
        if axis is None or x.ndim == 1:
            result: Value = over_all(x)
            return result
        return over_axis(x, axis=normal_axis(axis, x.ndim))

    define(function, method=name)(position)
    return position


argmax = _position("argmax", np.argmax)
argmin = _position("argmin", np.argmin)


# --- scans -----------------------------------------------------------------------------------


def _scan(name: str, function: Callable[..., Any], **rules: Any) -> tuple[Primitive, Primitive]:
    flat = Primitive(f"np.{name}", f"np.{name}(_0)", kind_by_example(function), **rules)
    along = Primitive(
        f"np.{name} along an axis",
        lambda count, axis: f"np.{name}(_0, axis={axis})",
        _axis_kind(function),
        compiled=lambda count, axis: f"{name}_axis(_0, {axis})",
        **rules,
    )
    return flat, along


def _flip(x: Value, axis: int | None) -> Value:
    return read(x, (slice(None),) * (axis or 0) + (slice(None, None, -1),))


def _cumsum_along(x: Value, axis: int | None) -> Value:
    result: Value = _cumsum(x) if axis is None else _cumsum_axis(x, axis=axis)
    return result


def _cumsum_vjp(g: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    return _flip(_cumsum_along(_flip(g, axis), axis), axis)


_cumsum, _cumsum_axis = _scan("cumsum", np.cumsum, vjp=(_cumsum_vjp,), linear=(0,))


def _to_last(x: Value, axis: int | None) -> Value:
    from diffpy.rules.shaping import moveaxis

    return x if axis is None or axis == x.ndim - 1 else moveaxis(x, axis, -1)


def _from_last(x: Value, axis: int | None) -> Value:
    from diffpy.rules.shaping import moveaxis

    return x if axis is None or axis == x.ndim - 1 else moveaxis(x, -1, axis)


def _cumprod_vjp(g: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    coefficients = _to_last(x, axis)
    adjoint = _recurrence_adjoint(_to_last(g, axis), coefficients)
    return _from_last(adjoint * _delayed(_to_last(out, axis), 1.0), axis)


def _cumprod_jvp(t: Value, out: Value, x: Value, axis: int | None = None) -> Value:
    before = _delayed(_to_last(out, axis), 1.0)
    return _from_last(linear_recurrence(_to_last(x, axis), _to_last(t, axis) * before), axis)


_cumprod, _cumprod_axis = _scan("cumprod", np.cumprod, vjp=(_cumprod_vjp,), jvp=(_cumprod_jvp,))


def _scan_definition(name: str, flat: Primitive, along: Primitive) -> Callable[..., Value]:
    def scan(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Value:
        from diffpy.rules.shaping import reshape

        refuse(f"np.{name}", {"dtype": dtype, "out": out})
        x = as_operand(a)
        if x.ndim == 1:
            if axis is not None:
                normal_axis(axis, 1)
            result: Value = flat(x)
            return result
        if axis is None:
            return flat(reshape(x, (-1,)))
        return along(x, axis=normal_axis(axis, x.ndim))

    return scan


cumsum = define(np.cumsum, method="cumsum")(_scan_definition("cumsum", _cumsum, _cumsum_axis))
cumprod = define(np.cumprod, method="cumprod")(_scan_definition("cumprod", _cumprod, _cumprod_axis))


@define(np.diff)
def diff(a: Any, n: Any = 1, axis: Any = -1, **options: Any) -> Value:
    """Differences of neighbours along an axis, ``n`` times."""
    refuse("np.diff", options)
    x = as_operand(a)
    front = (slice(None),) * normal_axis(axis, x.ndim)
    for _ in range(static_number("n", n)):
        x = read(x, (*front, slice(1, None))) - read(x, (*front, slice(None, -1)))
    return x


@define(getattr(np, "trapezoid", None) or getattr(np, "trapz"))  # noqa: B009 - NumPy 1
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Value:
    """The integral by the trapezoidal rule."""
    values = as_operand(y)
    number = normal_axis(axis, values.ndim)
    front = (slice(None),) * number
    widths: Any = dx
    if x is not None:
        points = as_operand(x)
        widths = diff(points) if points.ndim == 1 else diff(points, axis=number)
        if points.ndim == 1:
            for _ in range(number + 1, values.ndim):
                widths = expand(widths, widths.ndim)
    pairs = read(values, (*front, slice(1, None))) + read(values, (*front, slice(None, -1)))
    return numpy_sum(widths * pairs / 2.0, axis=number)
