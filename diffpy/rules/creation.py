"""New arrays: filled, counted, made of numbers or copied."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar, type_code
from diffpy.rules import structural
from diffpy.rules.elementwise import as_operand, refuse, static_number
from diffpy.rules.notation import Value, as_value
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.structural import as_kind, convert, read


def dtype_name(dtype: Any, default: str) -> str:
    """NumPy's name of what stands in ``dtype=``."""
    if dtype is None:
        return default
    if isinstance(dtype, Value):
        raise TypeError("dtype must be a type, as np.float64, not a number")
    name = np.dtype(dtype).name
    if np.dtype(dtype).kind not in "biufc":
        raise TypeError(f"dtype={dtype!r} is not numeric")
    return name


def _shape(shape: Any) -> tuple[Any, ...]:
    from diffpy.rules.shaping import as_shape

    return as_shape(shape)


def _check_order(name: str, order: Any) -> None:
    if order not in (None, "C", "K", "A"):
        raise TypeError(f"{name}(…, order={order!r}) is not supported")


# --- filled ----------------------------------------------------------------------------------


def _filled(function: Any, primitive: Primitive) -> None:
    def create(shape: Any, dtype: Any = None, order: Any = "C", **options: Any) -> Value:
        refuse(function.__name__, options)
        _check_order(function.__name__, order)
        result: Value = primitive(*_shape(shape), dtype=dtype_name(dtype, "float64"))
        return result

    define(function)(create)


_filled(np.zeros, structural.zeros)
_filled(np.ones, structural.ones)
_filled(np.empty, structural.empty)
_filled(np.ndarray, structural.empty)


def _full_text(count: int) -> str:
    dims = ", ".join(f"_{i}" for i in range(1, count))
    return f"np.full({dims}, _0)" if count == 2 else f"np.full(({dims}), _0)"


def _full_vjp(g: Value, out: Value, x: Value, *dims: Value) -> Value:
    from diffpy.rules.reductions import sum_all

    result: Value = sum_all(g)
    return result


#: ``full(x, n, m)``: every element is x
_full = Primitive(
    "np.full",
    _full_text,
    lambda kinds: Array(kinds[0].dtype, len(kinds) - 1),
    vjp=(_full_vjp,),
    linear=(0,),
)


@define(np.full)
def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **options: Any) -> Value:
    """An array whose elements are one number, or that an array is broadcast to."""
    refuse("np.full", options)
    _check_order("np.full", order)
    value = as_operand(fill_value)
    name = dtype_name(dtype, value.dtype.name)
    if value.dtype.name != name:
        value = as_kind(value, Scalar(name))
    if value.is_array:
        return structural.copy(structural.broadcast_to(value, *_shape(shape)))
    result: Value = _full(value, *_shape(shape))
    return result


def _like(name: str) -> Primitive:
    return Primitive(
        f"np.{name}",
        f"np.{name}(_0)",
        lambda kinds: kinds[0] if isinstance(kinds[0], Array) else Array(kinds[0].dtype, 0),
        vjp=(None,),
        jvp=(None,),
        reads_storage=False,
    )


_zeros_like, _ones_like, _empty_like = _like("zeros_like"), _like("ones_like"), _like("empty_like")


def _filled_like(function: Any, like: Primitive, filled: Primitive) -> Callable[..., Value]:
    def create(
        a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None
    ) -> Value:
        _check_order(function.__name__, order)
        x = as_operand(a)
        name = dtype_name(dtype, x.dtype.name)
        if shape is None and name == x.dtype.name:
            result: Value = like(x)
        else:
            result = filled(*(x.shape if shape is None else _shape(shape)), dtype=name)
        return result

    define(function)(create)
    return create


zeros_like = _filled_like(np.zeros_like, _zeros_like, structural.zeros)
ones_like = _filled_like(np.ones_like, _ones_like, structural.ones)
empty_like = _filled_like(np.empty_like, _empty_like, structural.empty)


@define(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: Any = True,
    shape: Any = None,
) -> Value:
    x = as_operand(a)
    extents = x.shape if shape is None else shape
    return full(extents, fill_value, dtype_name(dtype, x.dtype.name), order)


@define(np.eye)
def eye(
    N: Any, M: Any = None, k: Any = 0, dtype: Any = None, order: Any = "C", **options: Any
) -> Value:
    refuse("np.eye", options)
    _check_order("np.eye", order)
    result: Value = _eye(N, N if M is None else M, k)
    return astype(result, dtype_name(dtype, "float64"), copy=False)


_eye = Primitive(
    "np.eye",
    "np.eye(_0, _1, _2)",
    lambda kinds: Array("float64", 2),
    vjp=(None, None, None),
    reads_storage=False,
)


@define(np.identity)
def identity(n: Any, dtype: Any = None) -> Value:
    return eye(n, dtype=dtype)


# --- counted ---------------------------------------------------------------------------------


def _counting(x: Value) -> Value:
    """0, 1, 2, … in the shape of the 1-D array ``x``."""
    return arange(structural.dim(x, axis=0))


def _sum(x: Value) -> Value:
    from diffpy.rules.reductions import sum_all

    result: Value = sum_all(x)
    return result


#: ``arange(start, stop, step)``; ``stop`` decides the length only
_arange = Primitive(
    "np.arange",
    lambda count: "np.arange(_1)" if count == 2 else "np.arange(_0, _1, _2)",
    kind_by_example(lambda start, stop, step: np.arange(start, stop, step)),
    vjp=(
        lambda g, out, start, stop, step: _sum(g),
        None,
        lambda g, out, start, stop, step: _sum(g * _counting(out)),
    ),
    jvp=(
        lambda t, out, start, stop, step: t * ones_like(out),
        None,
        lambda t, out, start, stop, step: t * _counting(out),
    ),
    reads_storage=False,
)
_arange_stop = Primitive(
    "np.arange to a stop",
    "np.arange(_0)",
    kind_by_example(np.arange),
    vjp=(None,),
    jvp=(None,),
    reads_storage=False,
)


@define(np.arange)
def arange(
    start: Any, stop: Any = None, step: Any = None, dtype: Any = None, **options: Any
) -> Value:
    """Numbers at equal steps, without the stop."""
    refuse("np.arange", options)
    if stop is None and step is None:
        result: Value = _arange_stop(start)
    else:
        start, stop = (0, start) if stop is None else (start, stop)
        result = _arange(start, stop, 1 if step is None else step)
    return astype(result, dtype_name(dtype, result.dtype.name), copy=False)


#: ``linspace(start, stop, num)`` of floats, ends included
_linspace: Primitive = Primitive(
    "np.linspace",
    "np.linspace(_0, _1, _2)",
    lambda kinds: Array(np.result_type(kinds[0].dtype, kinds[1].dtype, "float64").name, 1),
    vjp=(
        lambda g, out, start, stop, num: _sum(g * _linspace(1.0, 0.0, num)),
        lambda g, out, start, stop, num: _sum(g * _linspace(0.0, 1.0, num)),
        None,
    ),
    jvp=(
        lambda t, out, start, stop, num: t * _linspace(1.0, 0.0, num),
        lambda t, out, start, stop, num: t * _linspace(0.0, 1.0, num),
        None,
    ),
)


@define(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    retstep: Any = False,
    dtype: Any = None,
    **options: Any,
) -> Any:
    """Numbers at equal distances between two ends."""
    refuse("np.linspace", options)
    first, last = as_value(start), as_value(stop)
    if first.is_array or last.is_array:
        raise TypeError("np.linspace between arrays is not supported: write a + (b - a) * t")
    intervals: Any = as_value(num) - 1 if endpoint else as_value(num)
    if endpoint:
        result: Value = _linspace(first, last, num)
    else:
        result = first + arange(num) * ((last - first) / intervals)
    result = astype(result, dtype_name(dtype, result.dtype.name), copy=False)
    return (result, (last - first) / intervals) if retstep else result


@define(np.logspace)
def logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0) -> Value:
    exponents = linspace(start, stop, num, endpoint)
    result: Value = as_value(base) ** exponents
    return result


@define(np.meshgrid)
def meshgrid(
    *xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy"
) -> tuple[Value, ...]:
    """Grids of the coordinates on the axes."""
    axes = [as_operand(x) for x in xi]
    if any(x.ndim != 1 for x in axes):
        raise TypeError("np.meshgrid takes 1-D arrays")
    order = list(range(len(axes)))
    if indexing == "xy" and len(axes) > 1:
        order[0], order[1] = 1, 0
    shape = [None] * len(axes)
    placed = []
    for x, place in zip(axes, order):
        shape[place] = structural.dim(x, axis=0)
        key = tuple(slice(None) if i == place else None for i in range(len(axes)))
        placed.append(read(x, key))
    if sparse:
        return tuple(placed)
    return tuple(structural.copy(structural.broadcast_to(x, *shape)) for x in placed)


def mgrid(key: Any) -> Value:
    """``np.mgrid[key]``: the grids of ranges, in one array."""
    from diffpy.rules.shaping import stack

    parts = key if isinstance(key, tuple) else (key,)
    ranges = []
    for part in parts:
        if not isinstance(part, slice) or part.stop is None:
            raise TypeError("np.mgrid takes slices that end")
        step = 1 if part.step is None else part.step
        if as_value(step).dtype.kind == "c":
            raise TypeError("np.mgrid with a number of points is not supported: use np.linspace")
        ranges.append(arange(0 if part.start is None else part.start, part.stop, step))
    if not isinstance(key, tuple):
        return ranges[0]
    result: Value = stack(meshgrid(*ranges, indexing="ij"))
    return result


# --- made of numbers -------------------------------------------------------------------------


def _nested(shape: tuple[int, ...], first: int = 0) -> str:
    """The text of nested tuples of operands."""
    if not shape:
        return f"_{first}"
    width = int(np.prod(shape[1:], dtype=int))
    items = ", ".join(_nested(shape[1:], first + i * width) for i in range(shape[0]))
    return f"({items}{',' if shape[0] == 1 else ''})"


@cache
def array_of(shape: tuple[int, ...]) -> Primitive:
    """``np.array`` of nested tuples of numbers of one dtype."""
    places = list(np.ndindex(shape))

    def vjp(number: int) -> Any:
        return lambda g, out, *items: read(g, places[number])

    def jvp(number: int) -> Any:
        def rule(t: Value, out: Value, *items: Value) -> Value:
            zero = as_kind(as_value(0.0), t.kind)
            terms = [t if i == number else zero for i in range(len(items))]
            return primitive(*terms)

        return rule

    text = f"np.array({_nested(shape)})"
    primitive = Primitive(
        "np.array",
        text,
        lambda kinds: Array(kinds[0].dtype, len(shape)),
        vjp=tuple(vjp(i) for i in range(len(places))),
        jvp=tuple(jvp(i) for i in range(len(places))),
    )
    return primitive


def _static_shape(items: Any) -> tuple[int, ...] | None:
    """The shape of nested tuples of numbers; None if there are arrays among them."""
    if not isinstance(items, tuple | list):
        return None if as_value(items).is_array else ()
    shapes = [_static_shape(item) for item in items]
    if any(shape is None for shape in shapes):
        return None
    if not shapes:
        return (0,)
    if any(shape != shapes[0] for shape in shapes):
        raise TypeError("np.array: rows of different lengths")
    first = shapes[0]
    assert first is not None
    return (len(shapes), *first)


def _leaves(items: Any) -> list[Any]:
    if not isinstance(items, tuple | list):
        return [items]
    return [leaf for item in items for leaf in _leaves(item)]


def _common_dtype(values: list[Value]) -> str:
    """NumPy's dtype for these; all are elements here, so a Python number counts fully."""
    return np.result_type(*(v.dtype for v in values)).name


@define(np.array)
def array(object: Any, dtype: Any = None, **options: Any) -> Value:
    """A new array from numbers, nested tuples of them, or an array."""
    ndmin = static_number("ndmin", options.pop("ndmin", 0))
    order = options.pop("order", None)
    copied = options.pop("copy", True)
    options.pop("subok", None)
    refuse("np.array", options)
    _check_order("np.array", order)
    if isinstance(object, tuple | list):
        result = _array_of_sequence(object, dtype)
    else:
        value = as_value(object)
        name = dtype_name(dtype, value.dtype.name)
        if not value.is_array:
            result = array_of(())(as_kind(value, Scalar(name)))
        elif name != value.dtype.name:
            result = as_kind(value, Array(name, value.ndim))
        else:
            result = structural.copy(value) if copied else value
    if result.ndim < ndmin:
        from diffpy.rules.reductions import expand

        for _ in range(ndmin - result.ndim):
            result = expand(result, 0)
    return result


def _array_of_sequence(items: Any, dtype: Any) -> Value:
    shape = _static_shape(items)
    if shape is None:
        from diffpy.rules.shaping import as_array, stack

        rows = tuple(as_array(item) for item in items)
        if any(r.ndim != rows[0].ndim for r in rows):
            raise TypeError("np.array: rows of different dimensions")
        result = _stack_numbers(rows) if rows[0].ndim == 0 else stack(rows)
        return astype(result, dtype_name(dtype, result.dtype.name), copy=False)
    values = [as_value(leaf) for leaf in _leaves(items)]
    if not values:
        return structural.zeros(*shape, dtype=dtype_name(dtype, "float64"))
    name = dtype_name(dtype, _common_dtype(values))
    return array_of(shape)(*(_as_element(v, name) for v in values))


def _as_element(x: Value, name: str) -> Value:
    return as_kind(x, Scalar(name, python=_is_python_dtype(name)))


def _is_python_dtype(name: str) -> bool:
    return name in ("float64", "int64", "complex128", "bool")


def _stack_numbers(rows: tuple[Value, ...]) -> Value:
    return array(tuple(read(r, ()) for r in rows))


@define(np.asarray, np.asanyarray, np.asarray_chkfinite)
def asarray(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Value:
    """An array as it is; anything else as np.array."""
    refuse("np.asarray", options)
    if order not in (None, "K", "A", "C"):
        raise TypeError(f"np.asarray(…, order={order!r}) is not supported: layouts are not kept")
    if isinstance(a, Value) and a.is_array:
        found = astype(a, dtype_name(dtype, a.dtype.name), copy=False)
        return structural.contiguous(found) if order == "C" and found is a and a.ndim else found
    return array(a, dtype)


@define(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None, **options: Any) -> Value:
    """Elements in the order of C, of at least one dimension."""
    refuse("np.ascontiguousarray", options)
    found = asarray(a, dtype, order="C")
    return found if found.ndim else read(found, (None,))


@define(np.asfortranarray)
def asfortranarray(a: Any) -> Value:
    raise TypeError("np.asfortranarray is not supported: layouts are not kept")


@define(np.copy, method="copy")
def copy(a: Any, order: Any = "K", subok: Any = False) -> Value:
    """A copy."""
    x = as_operand(a)
    result: Value = structural.copy(x) if x.is_array else array(x)
    return result


@define(np.astype if hasattr(np, "astype") else object(), method="astype")
def astype(a: Any, dtype: Any, copy: Any = True, **options: Any) -> Value:
    """Elements converted to another dtype; always a new array unless ``copy=False``."""
    for name in ("order", "casting", "subok", "device"):
        options.pop(name, None)
    refuse("astype", options)
    x = as_operand(a)
    name = dtype_name(dtype, "float64")
    if x.dtype.name == name:
        return structural.copy(x) if copy and x.is_array else x
    if type_code(x.kind) == "c" and np.dtype(name).kind == "f":
        return as_kind(x, Scalar(name))
    kind: Kind = Array(name, x.ndim) if x.is_array else Scalar(name, False)
    result: Value = convert(x, kind=kind)
    return result


@define(np.broadcast_shapes)
def broadcast_shapes(*shapes: Any) -> Any:
    raise TypeError("np.broadcast_shapes is not supported: use the shape of a result")
