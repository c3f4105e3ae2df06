"""Lists that grow: the operations on a `diffpy.kinds.List`, and what undoes each of them.

A list is storage. Its adjoint is a shadow, a list of as many numbers, which the reverse sweep
changes in mirror image: where the program appends, the reverse pops.

    xs.append(v)        v_bar += xs_bar.pop()
    y = xs.pop()        xs_bar.append(y_bar)
    y = xs[i]           xs_bar[i] += y_bar
    xs[i] = v           v_bar += xs_bar[i]; xs_bar[i] = 0

So a shadow has, wherever the reverse sweep stands, the length that the list had there, every
operation costs what it costs forwards, and no contents are saved. What changes a shadow is again
one of these operations, so that a derivative has a derivative.

Arrays in a list are values: nobody writes into them. In a shadow an array without elements stands
for zeros of whatever shape.
"""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_BOOL, PY_INT, Array, Kind, List, Scalar
from diffpy.rules.notation import Value, as_value
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import (
    as_kind,
    copy,
    dtype_name,
    duplicate,
    empty,
    item_sample,
    nothing,
    or_zeros,
)

_Terms = tuple[Value | None, ...]


def _item(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    assert isinstance(kinds[0], List)
    return kinds[0].item


def _same(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    return kinds[0]


def _zero(shadow: Value) -> Value:
    """An item that is zero. An array without elements stands for zeros of any shape."""
    kind = shadow.kind
    assert isinstance(kind, List)
    if isinstance(kind.item, Array):
        none: Value = empty(*[0] * kind.item.ndim, dtype=kind.dtype)
        return none
    return as_value(shadow.dtype.type(0))


def in_shape_of(derivative: Value, v: Value) -> Value:
    """What was an item of a shadow or of a list of tangents, in the shape of its primal."""
    if not derivative.is_array:
        return derivative
    result: Value = or_zeros(derivative, *v.shape)
    return result


def _array_items(position: int, text: str) -> Any:
    """Arrays of other layouts than a list's are copied: compiled lists have items of one type."""

    def checked(args: tuple[Any, ...], bits: int, **static: Any) -> str | None:
        return text if isinstance(args[position].kind, Array) else None

    return checked


def _called(name: str) -> Any:
    """A text that is a call of the runtime."""
    return lambda count, **static: f"{name}({', '.join(f'_{n}' for n in range(count))})"


def _nothing_for(args: tuple[Value, ...]) -> _Terms:
    return (None,) * len(args)


# --- making lists --------------------------------------------------------------------------------


def _items_text(count: int, item: Scalar | Array) -> str:
    return f"[{', '.join(f'_{n}' for n in range(count))}]"


def _items_compiled(count: int, item: Scalar | Array) -> str:
    one = "contiguous(_{}), " if isinstance(item, Array) else "_{}, "
    items = "".join(one.format(n) for n in range(count))
    return f"list_of({item_sample(List(item))}, ({items}))"


def _undo_new(
    shadow: None, g: Value | None, out: Value, *items: Value, item: Scalar | Array
) -> _Terms:
    if g is None:
        return _nothing_for(items)
    return tuple(in_shape_of(list_get(g, n, inside=True), v) for n, v in enumerate(items))


#: ``new_list(x, y, item=kind)``: ``[x, y]``
new_list = Primitive(
    "new_list",
    _items_text,
    lambda kinds, item: List(item),
    compiled=_items_compiled,
    undo=_undo_new,
    reads_storage=False,
)


def _undo_fill(shadow: None, g: Value | None, out: Value, x: Value, n: Value) -> _Terms:
    # an array is only ever repeated by the compiler itself, for zeros
    return (None if g is None or x.is_array else _sum(g), None)


def _sum(g: Value) -> Value:
    from diffpy.rules.reductions import sum_all

    total: Value = sum_all(list_to_array(g, dtype=g.dtype.name))
    return total


#: ``list_fill(x, n)``: ``[x] * n``
list_fill = Primitive(
    "list_fill",
    "[_0] * _1",
    lambda kinds: List(kinds[0]),
    compiled="list_fill(_0, _1)",
    checked=_array_items(0, "list_fill(contiguous(_0), _1)"),
    undo=_undo_fill,
    reads_storage=False,
)


def _slice_text(count: int, pattern: str, inside: bool = False) -> str:
    number = 1
    parts = []
    for given in pattern:
        parts.append(f"_{number}" if given == "1" else "")
        number += given == "1"
    return f"_0[{':'.join(parts if parts[2] else parts[:2])}]"


def _undo_slice(
    shadow: Value,
    g: Value | None,
    out: Value,
    xs: Value,
    *bounds: Value,
    pattern: str,
    inside: bool = False,
) -> _Terms:
    if g is not None:
        list_add_slice(shadow, g, *bounds, pattern=pattern)
    return _nothing_for((xs, *bounds))


#: ``list_slice(xs, 1, n, pattern="110")``: ``xs[1:n]``, a new list; the pattern says what is given
list_slice = Primitive("list_slice", _slice_text, _same, raises=True, undo=_undo_slice)


def _add_slice_text(count: int, pattern: str) -> str:
    number = 2
    parts = []
    for given in pattern:
        parts.append(f"_{number}" if given == "1" else "None")
        number += given == "1"
    return f"list_add_slice(_0, _1, {', '.join(parts)})"


def _undo_add_slice(
    shadow: Value, g: None, out: None, xs: Value, ys: Value, *bounds: Value, pattern: str
) -> _Terms:
    term = list_slice(shadow, *bounds, pattern=pattern, inside=True)
    return (None, own_items_of(term), *map(_none, bounds))


def _none(bound: Value) -> None:
    return None


#: ``list_add_slice(xs, ys, 1, n, pattern="110")`` adds the items of ``ys`` to those of ``xs[1:n]``
list_add_slice = Primitive(
    "list_add_slice",
    _add_slice_text,
    nothing,
    undo=_undo_add_slice,
    effect=True,
    writes=True,
)


def _undo_copies(shadow: Value, g: Value | None, out: Value, xs: Value) -> _Terms:
    if g is not None:
        list_add_slice(shadow, g, pattern="000")
    return (None,)


#: ``list_copies(xs)``: a list of copies of the arrays
list_copies = Primitive("list_copies", _called("list_copies"), _same, undo=_undo_copies)


def own_items_of(xs: Value) -> Value:
    """A list that nobody else has, with arrays that nobody else has."""
    copies: Value = list_copies(xs) if isinstance(item_kind(xs), Array) else xs
    return copies


def _array_text(count: int, dtype: str) -> str:
    given = "" if dtype == "float64" else f", dtype=np.{dtype_name(dtype)}"
    return f"np.array(_0{given})"


def _undo_to_array(shadow: Value, g: Value | None, out: Value, xs: Value, dtype: str) -> _Terms:
    if g is not None:
        list_add_slice(shadow, from_array(g), pattern="000")
    return (None,)


#: ``np.array(xs)``
list_to_array = Primitive(
    "list_to_array",
    _array_text,
    lambda kinds, dtype: Array(dtype, getattr(kinds[0].item, "ndim", 0) + 1),
    compiled="list_to_array(_0)",
    undo=_undo_to_array,
)


def _infer_from_array(kinds: tuple[Kind, ...], python: bool) -> Kind:
    (array,) = kinds
    assert isinstance(array, Array)
    if array.ndim == 1:
        return List(Scalar(array.dtype, python))
    return List(Array(array.dtype, array.ndim - 1))


def _undo_from_array(shadow: None, g: Value | None, out: Value, a: Value, python: bool) -> _Terms:
    if g is None:
        return (None,)
    if a.ndim == 1:
        return (to_array(g),)
    return (list_rows(g, *a.shape, dtype=g.dtype.name),)


#: ``list(a)`` or ``a.tolist()``
list_from_array = Primitive(
    "list_from_array",
    lambda count, python: "_0.tolist()" if python else "list(_0)",
    _infer_from_array,
    compiled="list_from_array(_0)",
    undo=_undo_from_array,
)


def _undo_rows(
    shadow: Value, g: Value | None, out: Value, xs: Value, *shape: Value, dtype: str
) -> _Terms:
    if g is not None:
        list_add_slice(shadow, from_array(g), pattern="000")
    return _nothing_for((xs, *shape))


#: ``list_rows(xs, n, m)``: `list_to_array` of a shadow, to this shape
list_rows = Primitive(
    "list_rows",
    lambda count, dtype: (
        f"list_rows(_0, ({', '.join(f'_{n}' for n in range(1, count))},), np.{dtype})"
    ),
    lambda kinds, dtype: Array(dtype, len(kinds) - 1),
    undo=_undo_rows,
)

# --- items ---------------------------------------------------------------------------------------


def _undo_get(
    shadow: Value, g: Value | None, out: Value, xs: Value, i: Value, inside: bool = False
) -> _Terms:
    if g is not None:
        (list_add_array if g.is_array else list_add)(shadow, i, g)
    return None, None


#: ``xs[i]``. An item whose index is ``inside`` is read without a check.
list_get = Primitive(
    "list_get",
    lambda count, inside=False: "_0[_1]",
    _item,
    compiled=lambda count, inside=False: "list_at(_0, _1)" if inside else "list_get(_0, _1)",
    undo=_undo_get,
    raises=True,
    fresh=False,
)


def _undo_set(
    shadow: Value, g: None, out: None, xs: Value, i: Value, v: Value, inside: bool = False
) -> _Terms:
    term = list_get(shadow, i, inside=True)
    list_set(shadow, i, _zero(shadow), inside=True)
    return None, None, in_shape_of(term, v)


#: ``list_set(xs, i, v)``: ``xs[i] = v``
list_set = Primitive(
    "list_set",
    lambda count, inside=False: "_0[_1] = _2",
    nothing,
    compiled=lambda count, inside=False: f"list_{'put' if inside else 'set'}(_0, _1, _2)",
    checked=_array_items(2, "list_set(_0, _1, contiguous(_2))"),
    undo=_undo_set,
    effect=True,
    writes=True,
    raises=True,
)


def _undo_add(shadow: Value, g: None, out: None, xs: Value, i: Value, v: Value) -> _Terms:
    return None, None, in_shape_of(list_get(shadow, i, inside=True), v)


#: ``xs[i] += v`` of an index that is inside
list_add = Primitive(
    "list_add",
    "_0[_1] += _2",
    nothing,
    compiled="list_add(_0, _1, _2)",
    undo=_undo_add,
    effect=True,
    writes=True,
)

#: The same for arrays. The sum is a new one, which nobody else has.
list_add_array = Primitive(
    "list_add_array",
    "list_add_array(_0, _1, _2)",
    nothing,
    compiled="list_add_array(_0, _1, contiguous(_2))",
    undo=_undo_add,
    effect=True,
    writes=True,
)

# --- growing and shrinking -----------------------------------------------------------------------


def _undo_append(shadow: Value, g: None, out: None, xs: Value, v: Value) -> _Terms:
    return None, in_shape_of(list_pop(shadow, inside=True), v)


list_append = Primitive(
    "list_append",
    "_0.append(_1)",
    nothing,
    checked=_array_items(1, "_0.append(contiguous(_1))"),
    undo=_undo_append,
    effect=True,
    writes=True,
)


def _undo_pop(
    shadow: Value, g: Value | None, out: Value, xs: Value, *at: Value, inside: bool = False
) -> _Terms:
    bar = _zero(shadow) if g is None else duplicate(g) if g.is_array else g
    if at:
        list_put_back(shadow, *at, bar)
    else:
        list_append(shadow, bar)
    return _nothing_for((xs, *at))


#: ``xs.pop()``, ``xs.pop(i)``
list_pop = Primitive(
    "list_pop",
    lambda count, inside=False: "_0.pop(_1)" if count == 2 else "_0.pop()",
    _item,
    compiled=lambda count, inside=False: "list_take(_0, _1)" if count == 2 else "_0.pop()",
    undo=_undo_pop,
    effect=True,
    writes=True,
    returns=True,
    raises=True,
    fresh=False,
)


def _undo_put_back(
    shadow: Value, g: None, out: None, xs: Value, i: Value, v: Value, inserts: bool = False
) -> _Terms:
    return None, None, in_shape_of(list_pop(shadow, i, inside=True), v)


#: ``list_put_back(xs, i, v)`` makes ``v`` the item that ``xs.pop(i)`` returns. It is ``xs.insert(i,
#: v)`` for an index that is not negative, which the option ``inserts`` says.
list_put_back = Primitive(
    "list_put_back",
    lambda count, inserts=False: "_0.insert(_1, _2)" if inserts else "list_put_back(_0, _1, _2)",
    nothing,
    compiled="list_put_back(_0, _1, _2)",
    checked=_array_items(2, "list_put_back(_0, _1, contiguous(_2))"),
    undo=_undo_put_back,
    effect=True,
    writes=True,
)


def _undo_delete(
    shadow: Value, g: None, out: None, xs: Value, i: Value, inside: bool = False
) -> _Terms:
    list_put_back(shadow, i, _zero(shadow))
    return None, None


#: ``del xs[i]``
remove_at = Primitive(
    "list_delete",
    "del _0[_1]",
    nothing,
    compiled="list_delete(_0, _1)",
    undo=_undo_delete,
    effect=True,
    writes=True,
    raises=True,
)


def _undo_extend(shadow: Value, g: None, out: None, xs: Value, ys: Value) -> _Terms:
    return None, list_cut(shadow, length(ys))


list_extend = Primitive(
    "list_extend",
    "_0.extend(_1)",
    nothing,
    compiled="list_extend(_0, _1)",
    undo=_undo_extend,
    effect=True,
    writes=True,
)


def _undo_cut(shadow: Value, g: Value | None, out: Value, xs: Value, n: Value) -> _Terms:
    list_extend(shadow, list_fill(_zero(shadow), n) if g is None else g)
    return None, None


#: ``list_cut(xs, n)`` takes the last ``n`` items away and returns them as a list.
list_cut = Primitive(
    "list_cut",
    _called("list_cut"),
    _same,
    undo=_undo_cut,
    effect=True,
    writes=True,
    returns=True,
)


def _undo_reverse(shadow: Value, g: None, out: None, xs: Value) -> _Terms:
    reverse_in_place(shadow)
    return (None,)


reverse_in_place = Primitive(
    "list_reverse", "_0.reverse()", nothing, undo=_undo_reverse, effect=True, writes=True
)

# --- what has no derivative ----------------------------------------------------------------------

length = Primitive("length", "len(_0)", lambda kinds: PY_INT)
contains = Primitive("contains", "_1 in _0", lambda kinds: PY_BOOL)
count_of = Primitive(
    "list_count", "_0.count(_1)", lambda kinds: PY_INT, compiled="list_count(_0, _1)"
)
#: The first index of a value; ValueError if it is not in the list.
position_of = Primitive(
    "list_find",
    "_0.index(_1)",
    lambda kinds: PY_INT,
    compiled="list_find(_0, _1)",
    raises=True,
)
#: Where ``xs.insert(i, v)`` puts the item: an index from 0 to the length, whatever ``i`` is.
_insertion_point = Primitive(
    "insertion_point",
    _called("insertion_point"),
    lambda kinds: PY_INT,
    evaluate=lambda i, n: min(i, n) if i >= 0 else max(i + n, 0),
)

# --- as the rest of the compiler calls them ------------------------------------------------------


def item_kind(xs: Value) -> Scalar | Array:
    """The kind of a list's items."""
    assert isinstance(xs.kind, List)
    return xs.kind.item


def _as_item(xs: Value, v: Any) -> Value:
    return as_kind(as_value(v), item_kind(xs))


def get(xs: Value, i: Any, inside: bool = False) -> Value:
    """``xs[i]``; ``inside`` if the index is known to be that of an item."""
    return list_get(xs, i, inside=True) if inside else list_get(xs, i)


def put(xs: Value, i: Any, v: Any) -> None:
    """``xs[i] = v``."""
    list_set(xs, i, _as_item(xs, v))


def append(xs: Value, v: Any) -> None:
    """``xs.append(v)``."""
    list_append(xs, _as_item(xs, v))


def pop(xs: Value, i: Any = None) -> Value:
    """``xs.pop()`` or ``xs.pop(i)``."""
    last = i is None or as_value(i).constant == -1
    return list_pop(xs) if last else list_pop(xs, i)


def insert(xs: Value, i: Any, v: Any) -> None:
    """``xs.insert(i, v)``."""
    at = as_value(i)
    if at.constant != 0:
        at = _insertion_point(at, length(xs))
    list_put_back(xs, at, _as_item(xs, v), inserts=True)


def extend(xs: Value, ys: Value) -> None:
    """``xs.extend(ys)``, also for ``ys`` that is ``xs``."""
    list_extend(xs, ys)


def clear(xs: Value) -> None:
    """``xs.clear()``."""
    list_cut(xs, length(xs))


def copy_list(xs: Value) -> Value:
    """``xs.copy()``."""
    return slice_of(xs, None, None, None)


def slice_of(xs: Value, start: Any, stop: Any, step: Any) -> Value:
    """``xs[start:stop:step]``; None for what is not given."""
    bounds = (start, stop, step)
    pattern = "".join("0" if b is None else "1" for b in bounds)
    given = [as_value(b) for b in bounds if b is not None]
    # nothing but a step of 0 raises
    option = {"inside": True} if step is None or given[-1].constant else {}
    result: Value = list_slice(xs, *given, pattern=pattern, **option)
    return result


def zeros_list(xs: Value, n: Any) -> Value:
    """The shadow or the tangent of a list, zero, of this length."""
    result: Value = list_fill(_zero(xs), n)
    return result


def to_array(xs: Value) -> Value:
    """``np.array(xs)``."""
    result: Value = list_to_array(xs, dtype=xs.dtype.name)
    return result


def from_array(a: Value, python: bool = False) -> Value:
    """``list(a)``, or ``a.tolist()`` with Python's numbers; of a matrix, copies of the rows."""
    result: Value = list_from_array(copy(a) if a.ndim > 1 else a, python=python)
    return result
