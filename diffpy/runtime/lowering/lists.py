"""Lists in compiled code: numba's own, which grow as fast as memory can be had.

They are made of LLVM instructions where a program uses them item by item, so that nothing needs to
be compiled for them; what runs over a whole list is written in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed, impl_ret_new_ref
from numba.core.typing.templates import signature
from numba.cpython.listobj import ListInstance
from numba.extending import lower_builtin, overload, type_callable
from numba.np import numpy_support

from .. import lists
from ..tape import pop_i8, push_i8, slot_of
from .checked import message

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}

_OUTSIDE = message(lambda: [0][1:][0])[0]
_OUTSIDE_SET = message(lambda: [0].__setitem__(1, 0))[0]
_EMPTY = message(lambda: [0][1:].pop())[0]
_OUTSIDE_POP = message(lambda: [0].pop(1))[0]
_OUTSIDE_DELETE = message(lambda: [0].__delitem__(1))[0]


# --- making lists --------------------------------------------------------------------------------


@type_callable(lists.list_of)
def type_list_of(context: Any) -> Any:
    """Type ``list_of``: a list of items like the sample, whatever the items are."""

    def typer(sample: Any, items: Any) -> Any:
        if not isinstance(items, types.BaseTuple):
            return None
        if isinstance(sample, types.NumberClass):
            return signature(types.List(sample.instance_type), sample, items)
        if isinstance(sample, types.Array):
            return signature(types.List(sample), sample, items)
        return None

    return typer


@lower_builtin(lists.list_of, types.Any, types.BaseTuple)
def lower_list_of(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """The items one by one."""
    items = cgutils.unpack_tuple(builder, args[1])
    size = context.get_constant(types.intp, len(items))
    made = ListInstance.allocate(context, builder, sig.return_type, size)
    made.size = size
    for n, (item, kind) in enumerate(zip(items, sig.args[1], strict=True)):
        item = context.cast(builder, item, kind, sig.return_type.dtype)
        made.inititem(context.get_constant(types.intp, n), item, incref=True)
    return impl_ret_new_ref(context, builder, sig.return_type, made.value)


@overload(lists.contiguous)
def overload_contiguous(x: Any) -> Any:
    """A copy of what is not of the layout that new arrays have."""
    if x.layout == "C" and x.mutable and x.aligned:

        def same(x: Any) -> Any:
            return x

        return same

    def copied(x: Any) -> Any:
        return x.copy()

    return copied


@overload(lists.list_fill)
def overload_list_fill(x: Any, n: Any) -> Any:
    """``[x] * n``, of whose type numba knows that it may grow."""

    def fill(x: Any, n: Any) -> Any:
        return [x for _ in range(n)]

    return fill


# --- items ---------------------------------------------------------------------------------------


def _declare_item(
    function: Callable[..., Any], outside: str | None, values: int, result: bool = False
) -> Callable[[Any], Any]:
    """Decorator: this emits an access to one item, with ``outside`` for an index of none."""

    @type_callable(function)
    def type_access(context: Any) -> Any:
        def typer(xs: Any, i: Any, *given: Any) -> Any:
            if not isinstance(xs, types.List) or len(given) != values:
                return None
            kind = xs.dtype if result else types.none
            return signature(kind, xs, types.intp, *(xs.dtype for _ in given))

        return {0: lambda xs, i: typer(xs, i), 1: lambda xs, i, x: typer(xs, i, x)}[values]

    def register(access: Any) -> Any:
        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            xs = ListInstance(context, builder, sig.args[0], args[0])
            i = xs.fix_index(args[1])
            if outside is not None:
                xs.guard_index(i, outside)
            made = access(builder, xs, i, *args[2:])
            if result:
                return impl_ret_borrowed(context, builder, sig.return_type, made)
            return context.get_dummy_value()

        lower_builtin(function, types.List, types.intp, *[types.Any] * values)(lower)
        return access

    return register


@_declare_item(lists.list_get, _OUTSIDE, 0, result=True)
@_declare_item(lists.list_at, None, 0, result=True)
def read_item(builder: Any, xs: Any, i: Any) -> Any:
    return xs.getitem(i)


@_declare_item(lists.list_set, _OUTSIDE_SET, 1)
@_declare_item(lists.list_put, None, 1)
def write_item(builder: Any, xs: Any, i: Any, x: Any) -> None:
    xs.setitem(i, x, incref=True)


@_declare_item(lists.list_add, None, 1)
def add_to_item(builder: Any, xs: Any, i: Any, x: Any) -> None:
    xs.setitem(i, _sum(builder, xs, xs.getitem(i), x), incref=True)


def _sum(builder: Any, xs: Any, x: Any, y: Any) -> Any:
    if not isinstance(xs.dtype, types.Complex):
        return builder.fadd(x, y)
    context = xs._context
    first, second = (context.make_complex(builder, xs.dtype, value=z) for z in (x, y))
    total = context.make_complex(builder, xs.dtype)
    total.real = builder.fadd(first.real, second.real)
    total.imag = builder.fadd(first.imag, second.imag)
    return total._getvalue()


# --- items of shadows that are arrays ------------------------------------------------------------


@overload(lists.list_add_array)
def overload_list_add_array(xs: Any, i: Any, x: Any) -> Any:
    """A new array, as others may hold the old one."""

    def add(xs: Any, i: Any, x: Any) -> None:
        old = lists.list_at(xs, i)
        if old.size == 0:
            lists.list_put(xs, i, x.copy())
        elif x.size != 0:
            lists.list_put(xs, i, old + x)

    return add


@overload(lists.list_copies)
def overload_list_copies(xs: Any) -> Any:
    """Array by array."""

    def copies(xs: Any) -> Any:
        return [x.copy() for x in xs]

    return copies


@overload(lists.item_part)
def overload_item_part(xs: Any, i: Any, where: Any, shape: Any) -> Any:
    """An item without elements has the zero of its type."""
    zero = numpy_support.as_dtype(xs.dtype.dtype).type(0)
    if _is_element(xs, where):

        def element(xs: Any, i: Any, where: Any, shape: Any) -> Any:
            x = lists.list_at(xs, i)
            return x[where] if x.size != 0 else zero

        return element

    def part(xs: Any, i: Any, where: Any, shape: Any) -> Any:
        x = lists.list_at(xs, i)
        if x.size == 0:
            return np.zeros(shape, x.dtype)[where].copy()
        return x[where].copy()

    return part


@overload(lists.item_put)
def overload_item_put(xs: Any, i: Any, value: Any, where: Any, shape: Any) -> Any:
    """The item gets its elements first."""

    def put(xs: Any, i: Any, value: Any, where: Any, shape: Any) -> None:
        x = _with_elements(xs, i, shape)
        if x.size != 0:
            x[where] = value

    return put


@overload(lists.item_add)
def overload_item_add(xs: Any, i: Any, value: Any, where: Any, shape: Any) -> Any:
    """The item gets its elements first."""

    def add(xs: Any, i: Any, value: Any, where: Any, shape: Any) -> None:
        x = _with_elements(xs, i, shape)
        if x.size != 0:
            x[where] += value

    return add


@overload(lists.item_take)
def overload_item_take(xs: Any, i: Any, where: Any, shape: Any) -> Any:
    """The part, and zeros in its place."""

    def take(xs: Any, i: Any, where: Any, shape: Any) -> Any:
        x = lists.list_at(xs, i)
        part = lists.item_part(xs, i, where, shape)
        if x.size != 0:
            x[where] = 0
        return part

    return take


@njit(**_OPTIONS)
def _with_elements(xs: Any, i: Any, shape: Any) -> Any:
    """An item of a shadow or of a list of tangents that can be written into."""
    x = lists.list_at(xs, i)
    if x.size == 0:
        x = np.zeros(shape, x.dtype)
        lists.list_put(xs, i, x)
    return x


def _is_element(xs: Any, where: Any) -> bool:
    numbers = all(isinstance(place, types.Integer) for place in where)
    return numbers and len(where) == xs.dtype.ndim


@overload(lists.or_zeros)
def overload_or_zeros(x: Any, shape: Any) -> Any:
    """``x`` itself in most cases."""

    def choose(x: Any, shape: Any) -> Any:
        if x.size == 0:
            return np.zeros(shape, x.dtype)
        return x

    return choose


@overload(lists.list_rows)
def overload_list_rows(xs: Any, shape: Any, dtype: Any) -> Any:
    """Row by row."""
    kind = numpy_support.as_dtype(xs.dtype.dtype)

    def rows(xs: Any, shape: Any, dtype: Any) -> Any:
        made = np.zeros(shape, kind)
        for n in range(len(xs)):
            row = lists.list_at(xs, n)
            if row.size != 0:
                made[n] = row
        return made

    return rows


@overload(lists.push_list)
def overload_push_list(tape: Any, xs: Any, sample: Any) -> Any:
    """The arrays, then how many they are."""
    push, _ = _slot(sample)

    def push_all(tape: Any, xs: Any, sample: Any) -> None:
        for n in range(len(xs)):
            push(tape, lists.list_at(xs, n))
        push_i8(tape, len(xs))

    return push_all


@overload(lists.pop_list)
def overload_pop_list(tape: Any, sample: Any) -> Any:
    """The arrays come last first."""
    _, pop = _slot(sample)

    def pop_all(tape: Any, sample: Any) -> Any:
        xs = [pop(tape) for _ in range(pop_i8(tape))]
        xs.reverse()
        return xs

    return pop_all


def _slot(sample: Any) -> Any:
    return slot_of(numpy_support.as_dtype(sample.dtype), sample.ndim)


# --- whole lists ---------------------------------------------------------------------------------


@overload(lists.list_take)
def overload_list_take(xs: Any, i: Any) -> Any:
    """``xs.pop(i)``.

    numba's own leaves an array behind the end of the list, which it drops a second time when
    something else is put there (so does its ``del`` of a slice).
    """
    if not isinstance(xs.dtype, types.Array):

        def pop(xs: Any, i: Any) -> Any:
            return xs.pop(i)

        return pop

    def take(xs: Any, i: Any) -> Any:
        last = len(xs) - 1
        at = i + len(xs) if i < 0 else i
        if last < 0:
            raise IndexError(_EMPTY)
        if at < 0 or at > last:
            raise IndexError(_OUTSIDE_POP)
        x = lists.list_at(xs, at)
        for n in range(at, last):
            lists.list_put(xs, n, lists.list_at(xs, n + 1))
        xs.pop()
        return x

    return take


@overload(lists.list_delete)
def overload_list_delete(xs: Any, i: Any) -> Any:
    """``del xs[i]``."""

    def delete(xs: Any, i: Any) -> None:
        at = i + len(xs) if i < 0 else i
        if at < 0 or at >= len(xs):
            raise IndexError(_OUTSIDE_DELETE)
        lists.list_take(xs, at)

    return delete


@overload(lists.list_put_back)
def overload_list_put_back(xs: Any, i: Any, x: Any) -> Any:
    """An index from the end that was is one from the beginning."""

    def put_back(xs: Any, i: Any, x: Any) -> None:
        xs.insert(i if i >= 0 else len(xs) + 1 + i, x)

    return put_back


@overload(lists.list_extend)
def overload_list_extend(xs: Any, ys: Any) -> Any:
    """Both may be the same list: numba's own would read items that have been moved."""

    def extend(xs: Any, ys: Any) -> None:
        for n in range(len(ys)):
            xs.append(lists.list_at(ys, n))

    return extend


@overload(lists.list_cut)
def overload_list_cut(xs: Any, n: Any) -> Any:
    """The tail as a new list."""

    def cut(xs: Any, n: Any) -> Any:
        kept = len(xs) - n
        tail = xs[kept:]
        for _ in range(n):
            xs.pop()
        return tail

    return cut


@overload(lists.list_add_slice)
def overload_list_add_slice(xs: Any, ys: Any, start: Any, stop: Any, step: Any) -> Any:
    """Item by item; a bound that is not given is None in the type, too."""
    add_item = lists.list_add_array if isinstance(xs.dtype, types.Array) else lists.list_add
    if all(isinstance(bound, types.NoneType) for bound in (start, stop, step)):

        def add_all(xs: Any, ys: Any, start: Any, stop: Any, step: Any) -> None:
            for n in range(len(ys)):
                add_item(xs, n, lists.list_at(ys, n))

        return add_all

    def add(xs: Any, ys: Any, start: Any, stop: Any, step: Any) -> None:
        first, _, stride = slice(start, stop, step).indices(len(xs))
        for n in range(len(ys)):
            add_item(xs, first + n * stride, lists.list_at(ys, n))

    return add


@overload(lists.list_to_array)
def overload_list_to_array(xs: Any) -> Any:
    """``np.array`` of a list that may be empty."""
    if isinstance(xs.dtype, types.Array):
        return _stacking(xs)
    dtype = numpy_support.as_dtype(xs.dtype)

    def to_array(xs: Any) -> Any:
        made = np.empty(len(xs), dtype)
        for n in range(len(xs)):
            made[n] = lists.list_at(xs, n)
        return made

    return to_array


def _stacking(xs: Any) -> Any:
    dtype, none = numpy_support.as_dtype(xs.dtype.dtype), (0,) * xs.dtype.ndim
    ragged = message(lambda: np.array([np.zeros(1), np.zeros(2)]))[0].split(". ")[0]

    def stack(xs: Any) -> Any:
        if len(xs) == 0:
            return np.empty((0, *none), dtype)
        first = lists.list_at(xs, 0)
        made = np.empty((len(xs), *first.shape), dtype)
        for n in range(len(xs)):
            row = lists.list_at(xs, n)
            if row.shape != first.shape:
                raise ValueError(ragged)
            made[n] = row
        return made

    return stack


@overload(lists.list_from_array)
def overload_list_from_array(a: Any) -> Any:
    """The elements in order, or the rows."""
    if a.ndim > 1:

        def rows(a: Any) -> Any:
            return [lists.contiguous(a[n]) for n in range(len(a))]

        return rows

    def from_array(a: Any) -> Any:
        return [x for x in a]  # noqa: C416  numba makes no list(a) of arrays

    return from_array


@overload(lists.list_count)
def overload_list_count(xs: Any, x: Any) -> Any:
    """How many items equal the value."""

    def count(xs: Any, x: Any) -> Any:
        found = 0
        for n in range(len(xs)):
            found += lists.list_at(xs, n) == x
        return found

    return count


@overload(lists.list_find)
def overload_list_find(xs: Any, x: Any) -> Any:
    """The first item that equals the value."""

    def find(xs: Any, x: Any) -> Any:
        for n in range(len(xs)):
            if lists.list_at(xs, n) == x:
                return n
        raise ValueError("x is not in list")

    return find


@overload(lists.insertion_point)
def overload_insertion_point(i: Any, n: Any) -> Any:
    """Clamped to the list."""

    def point(i: Any, n: Any) -> Any:
        return min(i, n) if i >= 0 else max(i + n, 0)

    return point
