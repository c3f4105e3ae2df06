"""Parts of arrays in lists: read, written and undone in time that does not depend on the rest.

    y = xs[k][i]         xs_bar[k][i] += y_bar
    xs[k][i] = v         v_bar += xs_bar[k][i]; xs_bar[k][i] = 0

An array of a shadow that has no elements stands for zeros (see `diffpy.rules.containers`). It gets
its elements when something is added to some of them, and needs its extents for that.

What writes like this into an array must be the only one to refer to it. In the program that is the
work of `diffpy.transform.part_items`; a shadow has its arrays for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffpy.kinds import PY_INT, Array, Kind, List, type_code
from diffpy.rules.notation import Value
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import (
    Pattern,
    index,
    index_text,
    key_text,
    nothing,
    unbroadcast_like,
)

_Terms = tuple[Value | None, ...]


#: stands in a pattern where one index ends and the next begins: ``a[i][j]``
THEN = "]["


def is_basic(pattern: Pattern, kinds: Sequence[Kind]) -> bool:
    """Whether an index with operands of these kinds has integers and slices only."""
    return {code[0] for code in pattern} <= {"i", "s"} and "b" not in map(type_code, kinds)


def places_of(pattern: Pattern) -> int:
    """The number of operands of an index."""
    return sum(1 if code == "i" else code.count("1") for code in pattern)


def _joined(pattern: Pattern) -> Pattern:
    return tuple(code for code in pattern if code != THEN)


def _item(xs: Kind) -> Array:
    assert isinstance(xs, List) and isinstance(xs.item, Array)
    return xs.item


def _part(kinds: tuple[Kind, ...], pattern: Pattern, **static: Any) -> Kind:
    item = _item(kinds[0])
    places = kinds[2 : 2 + places_of(pattern)]
    result = index.infer((item, *places), pattern=_joined(pattern))
    return Array(item.dtype, result.ndim) if isinstance(result, Array) else result


def full(pattern: Pattern, ndim: int) -> Pattern:
    """The basic index with a slice for each axis that it does not name."""
    return (*pattern, *["s000"] * (ndim - len(_joined(pattern))))


def _is_array(pattern: Pattern) -> bool:
    """Whether a full index stands for more than an element."""
    return any(code[0] == "s" for code in pattern)


def extents_of_item(xs: Value, k: Value) -> list[Value]:
    """``xs[k].shape``."""
    return [item_extent(xs, k, axis=axis) for axis in range(_item(xs.kind).ndim)]


def _at(pattern: Pattern, first: int, item: str) -> str:
    ends = [n for n, code in enumerate(pattern) if code == THEN]
    for start, end in zip([-1, *ends], [*ends, None], strict=True):
        step = pattern[start + 1 : end]
        item += f"[{index_text(step, first)}]"
        first += places_of(step)
    return item


def _call(name: str, first: int) -> Any:
    """The text of a call that gets the index and the shape of the item, each as a tuple."""

    def text(count: int, pattern: Pattern, inside: bool = False) -> str:
        shape = "".join(f"_{n}, " for n in range(first + places_of(pattern), count))
        operands = ", ".join(f"_{n}" for n in range(first))
        return (
            f"{name}({operands}, {key_text(_joined(pattern), first)}, ({shape.removesuffix(' ')}))"
        )

    return text


#: ``item_extent(xs, k, axis=0)``: ``xs[k].shape[0]``
item_extent = Primitive(
    "item_extent",
    lambda count, axis: f"_0[_1].shape[{axis}]",
    lambda kinds, axis: PY_INT,
    compiled=lambda count, axis: f"list_at(_0, _1).shape[{axis}]",
)


def _undo_part(
    shadow: Value,
    g: Value | None,
    out: Value,
    xs: Value,
    k: Value,
    *places: Value,
    pattern: Pattern,
    inside: bool = False,
) -> _Terms:
    if g is not None:
        _add_to_shadow(shadow, g, xs, k, places, pattern)
    return (None,) * (2 + len(places))


def _add_to_shadow(
    shadow: Value, g: Value, xs: Value, k: Value, places: tuple[Value, ...], pattern: Pattern
) -> None:
    """Give a part of an item of the shadow what was read of the item."""
    where = places[: places_of(pattern)]
    add_part(shadow, k, g, *where, *extents_of_item(xs, k), pattern=pattern)


def _part_text(count: int, pattern: Pattern, inside: bool = False, item: str = "_0[_1]") -> str:
    if inside:
        return str(_call("item_part", 2)(count, pattern))
    return _at(pattern, 2, item) + (".copy()" if _is_array(pattern) else "")


#: ``part_of(xs, k, i, j, pattern=…)``: a copy of ``xs[k][i, j]``, for a full index. ``inside`` for
#: a list of tangents, where the extents of the item follow.
part_of = Primitive(
    "part_of",
    _part_text,
    _part,
    compiled=lambda count, **static: _part_text(count, item="list_get(_0, _1)", **static),
    undo=_undo_part,
    raises=True,
)


def _undo_put(
    shadow: Value,
    g: None,
    out: None,
    xs: Value,
    k: Value,
    v: Value,
    *places: Value,
    pattern: Pattern,
    inside: bool = False,
) -> _Terms:
    where = places[: places_of(pattern)]
    extents = extents_of_item(xs, k) if _is_array(pattern) else []
    term = unbroadcast_like(take_part(shadow, k, *where, *extents, pattern=pattern), v)
    return (None, None, term, *(None for _ in places))


def _put_text(count: int, pattern: Pattern, inside: bool = False, item: str = "_0[_1]") -> str:
    if inside:
        return str(_call("item_put", 3)(count, pattern))
    return f"{_at(pattern, 3, item)} = _2"


def _put_checked(args: tuple[Any, ...], bits: int, pattern: Pattern, **static: Any) -> str | None:
    """A store to a row is a call, as `diffpy.rules.structural.store` is."""
    if static or not _is_array(pattern):
        return None
    value = args[2].kind
    rank = sum(code[0] == "s" for code in pattern)
    if isinstance(value, Array) and value.ndim > rank:  # its first extents are 1
        return f"put(list_get(_0, _1), {key_text(_joined(pattern), 3)}, _2)"
    return f"assign({_at(pattern, 3, 'list_get(_0, _1)')}, _2)"


#: ``put_part(xs, k, v, i, j, pattern=…)``: ``xs[k][i, j] = v``. ``inside`` as in `part_of`.
put_part = Primitive(
    "put_part",
    _put_text,
    nothing,
    compiled=lambda count, **static: _put_text(count, item="list_get(_0, _1)", **static),
    checked=_put_checked,
    undo=_undo_put,
    effect=True,
    writes=True,
    raises=True,
)


def _undo_add(
    shadow: Value,
    g: None,
    out: None,
    xs: Value,
    k: Value,
    v: Value,
    *places: Value,
    pattern: Pattern,
) -> _Terms:
    term = part_of(shadow, k, *places, pattern=pattern, inside=True)
    return (None, None, unbroadcast_like(term, v), *(None for _ in places))


#: ``add_part(xs, k, v, i, j, n, m, pattern=…)``: ``xs[k][i, j] += v`` in a shadow, of an item with
#: the extents ``n, m``
add_part = Primitive(
    "add_part", _call("item_add", 3), nothing, undo=_undo_add, effect=True, writes=True
)


def _undo_take(
    shadow: Value,
    g: Value | None,
    out: Value,
    xs: Value,
    k: Value,
    *places: Value,
    pattern: Pattern,
) -> _Terms:
    # what becomes of a part later has nothing to do with what it was
    take_part(shadow, k, *places, pattern=pattern)
    if g is not None:
        _add_to_shadow(shadow, g, xs, k, places, pattern)
    return (None,) * (2 + len(places))


#: ``take_part(xs, k, i, j, pattern=…)`` of a shadow: the part, which is zero afterwards. If it is
#: an array, the extents of the item follow.
take_part = Primitive(
    "take_part",
    _call("item_take", 2),
    _part,
    undo=_undo_take,
    effect=True,
    writes=True,
    returns=True,
)

#: what writes into arrays of a list and leaves them in their places
PART_WRITES = {put_part, add_part, take_part}
