"""Primitives that move values without computing with them: reads, stores, tape slots, shapes.

An index is a *pattern*, known while compiling, and the operands that fill it:

    ======  =================================  ========
    "i"     an integer                         1 operand
    "a"     an integer or boolean array        1 operand
    "s110"  a slice; which of start, stop and  as many
            step are given                     as ones
    "n"     None (a new axis)
    "e"     ...
    ======  =================================  ========

so that ``x[i, 1:, None]`` is ``index(x, i, 1, pattern=("i", "s100", "n"))``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diffpy.kinds import (
    PY_FLOAT,
    PY_INT,
    Array,
    Kind,
    List,
    Opaque,
    Scalar,
    Tape,
    adjoint_kind,
    sample,
    type_code,
)
from diffpy.rules.extents import indexed, number
from diffpy.rules.notation import Scatter, Value, as_value
from diffpy.rules.registry import Primitive

Pattern = tuple[str, ...]


def encode_index(key: Any) -> tuple[Pattern, tuple[Value, ...]]:
    """Split an index of Values, ints, slices, None and Ellipsis into pattern and operands."""
    pattern: list[str] = []
    operands: list[Value] = []
    for item in key if isinstance(key, tuple) else (key,):
        if item is None:
            pattern.append("n")
        elif item is Ellipsis:
            pattern.append("e")
        elif isinstance(item, slice):
            parts = (item.start, item.stop, item.step)
            pattern.append("s" + "".join("0" if part is None else "1" for part in parts))
            operands += [as_value(part) for part in parts if part is not None]
        else:
            value = _array_of(item) if isinstance(item, list) else as_value(item)
            pattern.append("a" if value.is_array else "i")
            operands.append(value)
    return tuple(pattern), tuple(operands)


def _array_of(items: list[Any]) -> Value:
    """The array that a list in an index stands for."""
    from diffpy.rules.creation import array

    return array(tuple(items)) if items else array((), dtype=int)


def is_fancy(pattern: Pattern) -> bool:
    return "a" in pattern


def index_text(pattern: Pattern, first: int) -> str:
    """The text between the brackets; operands are numbered from ``first``."""
    number = first
    items = []
    for code in pattern:
        if code in ("n", "e"):
            items.append("None" if code == "n" else "...")
        elif code[0] == "s":
            parts = []
            for given in code[1:]:
                parts.append(f"_{number}" if given == "1" else "")
                number += given == "1"
            items.append(":".join(parts if parts[2] else parts[:2]))
        else:
            items.append(f"_{number}")
            number += 1
    return ", ".join(items) or "()"


def key_text(pattern: Pattern, first: int) -> str:
    """The index as a tuple that can be passed: ``(slice(_1, None), _2)``."""
    number = first
    items = []
    for code in pattern:
        if code[0] == "s":
            parts = []
            for given in code[1:]:
                parts.append(f"_{number}" if given == "1" else "None")
                number += given == "1"
            items.append(f"slice({', '.join(parts if code[3] == '1' else parts[:2])})")
        else:
            items.append({"n": "None", "e": "..."}.get(code, f"_{number}"))
            number += code not in ("n", "e")
    return f"({', '.join(items)},)" if items else "()"


def _sample_index(kinds: tuple[Kind, ...], pattern: Pattern) -> tuple[Any, ...]:
    remaining = list(kinds)
    key: list[Any] = []
    for code in pattern:
        if code in ("n", "e"):
            key.append(None if code == "n" else Ellipsis)
        elif code[0] == "s":
            del remaining[: code.count("1")]
            key.append(slice(None))
        else:
            kind = remaining.pop(0)
            key.append(sample(kind) != 0 if type_code(kind) == "b" else sample(kind) * 0)
    return tuple(key)


def _infer_index(kinds: tuple[Kind, ...], pattern: Pattern) -> Kind:
    array, *operands = kinds
    assert isinstance(array, Array)
    result = sample(array)[_sample_index(tuple(operands), pattern)]
    if isinstance(result, np.ndarray):
        return Array(array.dtype, result.ndim)
    return Scalar(array.dtype, False)


def _rank(kinds: tuple[Kind, ...], pattern: Pattern) -> int:
    """The number of dimensions of an array's part."""
    part = _infer_index(kinds, pattern)
    return part.ndim if isinstance(part, Array) else 0


def _index_text(count: int, pattern: Pattern) -> str:
    return f"_0[{index_text(pattern, 1)}]"


def _index_compiled(count: int, pattern: Pattern) -> str:
    if is_fancy(pattern):
        return f"take(_0, {key_text(pattern, 1)})"
    return _index_text(count, pattern)


def nothing(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    return PY_INT  # effects have no result


index = Primitive(
    "index",
    _index_text,
    _infer_index,
    compiled=_index_compiled,
    vjp=(lambda g, out, x, *items, pattern: Scatter(g, items, pattern),),
    linear=(0,),
    fresh=False,
    view=True,
    mirrored=True,
    scatters=True,
    extents=lambda *operands, pattern, **options: indexed(operands, pattern),
)

#: An index with arrays in it: a new array, where ``index`` makes a view.
gather = replace(index, name="gather", fresh=True, view=False, mirrored=False, extents=None)


def _store_text(count: int, pattern: Pattern) -> str:
    return f"_0[{index_text(pattern, 2)}] = _1"


def _store_compiled(count: int, pattern: Pattern) -> str:
    if is_fancy(pattern):
        return f"put(_0, {key_text(pattern, 2)}, _1)"
    return _store_text(count, pattern)


def _store_checked(args: tuple[Any, ...], bits: int, pattern: Pattern) -> str | None:
    """A store to a part is a call: numba compiles the loops of a statement each time."""
    array, value, *items = (a.kind for a in args)
    rank = _rank((array, *items), pattern)
    if isinstance(value, Array) and value.ndim > rank:  # its first extents are 1
        return f"put(_0, {key_text(pattern, 2)}, _1)"
    return None if is_fancy(pattern) or rank == 0 else f"assign({_part(pattern)}, _1)"


def _part(pattern: Pattern) -> str:
    """The text of the view that a basic index stands for."""
    return "_0" if pattern == ("e",) else f"_0[{index_text(pattern, 2)}]"


#: ``store(a, value, *items, pattern=…)``: ``a[items] = value``
store = Primitive(
    "store",
    _store_text,
    nothing,
    compiled=_store_compiled,
    checked=_store_checked,
    effect=True,
    writes=True,
)


def _accumulate_checked(args: tuple[Any, ...], bits: int, pattern: Pattern) -> str | None:
    """As a store; of a number it may be one to an element."""
    array, value, *items = (a.kind for a in args)
    if is_fancy(pattern) or not (isinstance(value, Array) or _rank((array, *items), pattern)):
        return None
    return f"add_to({_part(pattern)}, _1)"


#: ``accumulate(a, value, *items, pattern=…)``: ``a[items] += value``, repeated indices all counted
accumulate = Primitive(
    "accumulate",
    lambda count, pattern: (
        f"add_at(_0, {key_text(pattern, 2)}, _1)"
        if is_fancy(pattern)
        else f"_0[{index_text(pattern, 2)}] += _1"
        if pattern != ("e",)
        else "_0 += _1"
    ),
    nothing,
    checked=_accumulate_checked,
    effect=True,
    writes=True,
)

#: The extent of an axis.
dim = Primitive(
    "dim",
    lambda count, axis: f"_0.shape[{axis}]",
    lambda kinds, axis: PY_INT,
    cost=0,
    reads_storage=False,
)


def push_code(kind: Kind) -> str:
    """The tape slot of a kind: f8, i8, b1, f8_2d, …; a list is saved as an array."""
    assert not isinstance(kind, Tape | Opaque)
    code = np.dtype(kind.dtype)
    name = f"{code.kind}{code.itemsize}"
    match kind:
        case Array(ndim=ndim):
            return f"{name}_{ndim}d"
        case List():  # of arrays: see `_push_text`
            return f"{name}_{getattr(kind.item, 'ndim', 1)}d"
        case _:
            return name


def _push_text(count: int, slot: Kind) -> str:
    if holds_arrays(slot):
        return f"push_list(_0, _1, {item_sample(slot)})"
    return f"push_{push_code(slot)}(_0, _1)"


def _push_compiled(count: int, slot: Kind) -> str:
    if isinstance(slot, List) and not holds_arrays(slot):
        return f"push_{push_code(slot)}(_0, list_to_array(_1))"
    return _push_text(count, slot)


def _pop_text(count: int, slot: Kind) -> str:
    if holds_arrays(slot):
        return f"pop_list(_0, {item_sample(slot)})"
    text = f"pop_{push_code(slot)}(_0)"
    if not isinstance(slot, List):
        return text
    return f"{text}.tolist()" if getattr(slot.item, "python", False) else f"list({text})"


def _pop_compiled(count: int, slot: Kind) -> str:
    text = _pop_text(count, slot)
    if isinstance(slot, List) and not holds_arrays(slot):
        return f"list_from_array(pop_{push_code(slot)}(_0))"
    return text


def holds_arrays(kind: Kind) -> bool:
    return isinstance(kind, List) and isinstance(kind.item, Array)


def item_sample(kind: Kind) -> str:
    """The text of something that tells compiled code the type of a list's items."""
    assert isinstance(kind, List)
    dtype = f"np.{dtype_name(kind.dtype)}"
    if isinstance(kind.item, Scalar):
        return dtype
    return f"np.empty(({'0, ' * kind.item.ndim}), {dtype})"


#: ``push(tape, x, slot=kind)`` and ``pop(tape, slot=kind)``: a slot has a kind, the push converts
push = Primitive(
    "push",
    _push_text,
    nothing,
    compiled=_push_compiled,
    effect=True,
)
pop = Primitive(
    "pop",
    _pop_text,
    lambda kinds, slot: slot,
    compiled=_pop_compiled,
    effect=True,
    returns=True,
)


def _convert_text(count: int, kind: Kind) -> str:
    assert isinstance(kind, Array | Scalar)
    if isinstance(kind, Array):
        return f"_0.astype(np.{dtype_name(kind.dtype)})"
    if kind.python:
        return f"{kind}(_0)"
    return f"np.{dtype_name(kind.dtype)}(_0)"


def _convert_compiled(count: int, kind: Kind) -> str:
    """numba's ``float`` takes no bools."""
    return "np.float64(_0)" if kind == PY_FLOAT else _convert_text(count, kind)


def dtype_name(dtype: str) -> str:
    return "bool_" if dtype == "bool" else dtype


def _convert_value(value: Any, kind: Kind) -> Any:
    assert isinstance(kind, Scalar)
    converted = np.dtype(kind.dtype).type(value)
    return converted.item() if kind.python else converted


def _convert_check(args: tuple[Any, ...], bits: int, kind: Kind) -> str | None:
    """``int(x)`` raises for an infinity, for NaN, and in compiled code beyond 64 bits."""
    return "int_f8(_0)" if kind == PY_INT and type_code(args[0].kind) == "f" else None


def _convert_term(g: Value, out: Value, x: Value, kind: Kind) -> Value:
    return as_kind(g, adjoint_kind(x.kind))


#: Change of dtype or of Python number to NumPy scalar; a new array.
convert = Primitive(
    "convert",
    _convert_text,
    lambda kinds, kind: kind,
    compiled=_convert_compiled,
    checked=_convert_check,
    evaluate=_convert_value,
    vjp=(_convert_term,),
    jvp=(lambda t, out, x, kind: as_kind(t, adjoint_kind(kind)),),
    cost=0,
    extents=lambda x, kind: x,
)


def as_kind(x: Value, kind: Kind) -> Value:
    """``x`` converted to the kind's dtype where it has another; real part of complex for real."""
    assert not isinstance(kind, Tape | Opaque) and not isinstance(x.kind, Tape | Opaque)
    if x.kind.dtype == kind.dtype:
        return x
    if type_code(x.kind) == "c" and type_code(kind) == "f":
        from diffpy.rules.elementwise import real

        return as_kind(real(x), kind)
    if isinstance(x.kind, Array):
        return convert(x, kind=Array(kind.dtype, x.kind.ndim))
    python = isinstance(kind, Scalar) and kind.python
    return convert(x, kind=Scalar(kind.dtype, python))


def read(x: Value, key: Any) -> Value:
    """``x[key]``."""
    pattern, operands = encode_index(key)
    return read_at(x, operands, pattern)


def read_at(x: Value, operands: tuple[Value, ...], pattern: Pattern) -> Value:
    """``x[key]`` of a key that is split into pattern and operands."""
    if pattern == ("e",):
        return x
    primitive = gather if is_fancy(pattern) else index
    result: Value = primitive(x, *operands, pattern=pattern)
    return result


def _dims_text(count: int) -> str:
    return "(" + ", ".join(f"_{i}" for i in range(count)) + ("," if count == 1 else "") + ")"


def _creation(name: str) -> Primitive:
    """``zeros(n, m, dtype="float64")``; rank 0 makes a 0-d array."""

    def text(count: int, dtype: str) -> str:
        shape = "_0" if count == 1 else _dims_text(count)
        default = "" if dtype == "float64" else f", dtype=np.{dtype_name(dtype)}"
        return f"np.{name}({shape}{default})"

    return Primitive(
        name,
        text,
        lambda kinds, dtype: Array(dtype, len(kinds)),
        reads_storage=False,
        cost=0,
        extents=lambda *counts, dtype: tuple(map(number, counts)),
    )


zeros = _creation("zeros")
empty = _creation("empty")
ones = _creation("ones")


def _tape_text(count: int, item: Scalar) -> str:
    """Python's ints have any size: Python keeps them as they are."""
    if item == PY_INT:
        return f"np.empty({'_0' if count == 1 else _dims_text(count)}, dtype=object)"
    return str(empty.text(count, item.dtype))  # type: ignore[operator]


def _scratch_text(count: int, item: Scalar) -> str:
    return f"scratch({'_0' if count == 1 else _dims_text(count)}, np.{dtype_name(item.dtype)})"


#: ``tape_array(n, m, item=kind)``: an indexed tape; compiled code has memory of earlier ones for it
tape_array = Primitive(
    "tape",
    _tape_text,
    lambda kinds, item: Array(item.dtype, len(kinds)),
    compiled=_scratch_text,
    reads_storage=False,
    cost=0,
    extents=lambda *counts, item: tuple(map(number, counts)),
)

copy = Primitive(
    "copy",
    "_0.copy()",
    lambda kinds: kinds[0],
    vjp=(lambda g, out, x: g,),
    linear=(0,),
    extents=lambda x: x,
)

#: a copy that stays one, as a list needs it for itself (see `diffpy.transform.part_items`)
duplicate = replace(copy, name="duplicate")

#: the array itself where its elements lie in the order of C, otherwise a copy
contiguous = Primitive(
    "contiguous",
    "np.ascontiguousarray(_0)",
    lambda kinds: kinds[0],
    vjp=(lambda g, out, x: g,),
    linear=(0,),
    fresh=False,
    view=True,
    cost=0,
    extents=lambda x: x,
)


def _shape_after_first(count: int) -> str:
    return "(" + ", ".join(f"_{i}" for i in range(1, count)) + ("," if count == 2 else "") + ")"


#: ``or_zeros(x, n, m)``: zeros of this shape for an array without elements, otherwise ``x``
or_zeros = Primitive(
    "or_zeros",
    lambda count: f"or_zeros(_0, {_shape_after_first(count)})",
    lambda kinds: kinds[0],
    compiled=lambda count: f"or_zeros(contiguous(_0), {_shape_after_first(count)})",
    vjp=(lambda g, out, x, *shape: g,),
    linear=(0,),
    fresh=False,
    view=True,
)

#: ``unbroadcast(x, n, m)``: sum over the axes that broadcasting stretched, to exactly this shape
unbroadcast = Primitive(
    "unbroadcast",
    lambda count: f"unbroadcast(_0, {_shape_after_first(count)})",
    lambda kinds: Array(kinds[0].dtype, len(kinds) - 1),
    vjp=(lambda g, out, x, *shape: g,),  # g broadcasts to x
    linear=(0,),
    fresh=False,
    view=True,
    broadcasts=True,
    extents=lambda x, *counts: tuple(map(number, counts)),
)

#: ``broadcast_to(x, n, m)``: a read-only view
broadcast_to = Primitive(
    "broadcast_to",
    lambda count: f"np.broadcast_to(_0, {_shape_after_first(count)})",
    lambda kinds: Array(kinds[0].dtype, len(kinds) - 1),
    compiled=lambda count: f"broadcast_to(_0, {_shape_after_first(count)})",
    vjp=(lambda g, out, x, *shape: unbroadcast_like(g, x),),
    linear=(0,),
    fresh=False,
    view=True,
    extents=lambda x, *counts: tuple(map(number, counts)),
)


def unbroadcast_like(g: Value, x: Value) -> Value:
    """Sum ``g`` over what broadcasting added to ``x``; a scalar ``x`` gets the whole sum."""
    if not g.is_array or g is x:
        return g
    if not x.is_array:
        from diffpy.rules.reductions import sum_all

        return sum_all(g)
    if g.ndim < x.ndim:  # a store left away extents of 1 in front
        g = read(g, (*(None,) * (x.ndim - g.ndim), Ellipsis))
    return unbroadcast(g, *x.shape)


#: How often a loop over ``range(…)`` with these arguments runs.
trip_count = Primitive(
    "trip_count",
    lambda count: f"len(range({', '.join(f'_{i}' for i in range(count))}))",
    lambda kinds: PY_INT,
    evaluate=lambda *bounds: len(range(*bounds)),
)

#: ``last_writes(a, *items, pattern=…)``: for each element of ``a[items]``, whether a store there
#: is the last to its place
last_writes = Primitive(
    "last_writes",
    lambda count, pattern: f"last_writes(_0, {key_text(pattern, 1)})",
    lambda kinds, pattern: Array("bool", _rank(kinds, pattern)),
    reads_storage=False,
)

#: Raise an exception with a message; what follows in its block never runs.
throw = Primitive(
    "throw",
    lambda count, error, message: f"raise {error}({message!r})",
    nothing,
    effect=True,
)
#: ``check_bound(flag, name="y")`` raises UnboundLocalError if the flag is False.
check_bound = Primitive(
    "check_bound",
    lambda count, name: f"check_bound(_0, {name!r})",
    nothing,
    effect=True,
)
#: of numbers that are Python's on some ways and NumPy's on others: ``check_divisor(y)`` raises
#: RuntimeError for 0, ``check_power(x ** y, x, y)`` where finite operands give no finite power
check_divisor = Primitive("check_divisor", "check_divisor(_0)", nothing, effect=True)
check_power = Primitive("check_power", "check_power(_0, _1, _2)", nothing, effect=True)
#: ``check_apart(out, values)`` raises where NumPy might read what it has just stored
check_apart = Primitive("check_apart", "check_apart(_0, _1)", nothing, effect=True)

#: ``check_apart_where(out, mask, values)``: the same of ``out[mask] = values``
check_apart_where = Primitive(
    "check_apart_where", "check_apart_where(_0, _1, _2)", nothing, effect=True
)
#: ``check_extents(m, n, message="…")`` raises ValueError if the extents of two axes differ. A rule
#: that takes an operation apart emits it where the parts would accept what the whole does not.
check_extents = Primitive(
    "check_extents",
    lambda count, message: f"check_extents(_0, _1, {message!r})",
    nothing,
    effect=True,
)
