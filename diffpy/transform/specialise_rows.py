"""Lists in lists, of which only the running program knows how many there are.

In a program that is read with pools (`specialise_pools`) a list that becomes an item of another
one, or an attribute of an instance, is a *row*: a stretch of one list of the program that holds the
items of all rows, one after the other, with room for more at the end of each.

    grid = [[0.0] * n for _ in range(n)]       row_start, row_count, row_room, row_items
    grid[i][j] += x                            place = row_start[grid[i]] + j
                                               row_items[place] = row_items[place] + x

A row is its place in the first three lists. Two names for it are two equal integers, so each sees
what the other changes. A row without room left moves to the end.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from diffpy.kinds import PY_INT, Array, List, Scalar, type_code
from diffpy.rules import containers
from diffpy.rules.consumers import arrays_of, extended
from diffpy.rules.notation import Value, as_value
from diffpy.transform.ir import Atom, Block, Call, Const, Instr, Statement, Var, walk
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_layouts import RowsMeet, holds_scopes, unify
from diffpy.transform.specialise_objects import (
    ITEMS,
    is_growing,
    is_list,
    is_object,
    items_of,
    state_of,
)
from diffpy.transform.specialise_pools import PoolChanged, Pools, is_handle
from diffpy.transform.values import (
    NONE,
    SLICE,
    UNION,
    Abstract,
    Composite,
    CompositeLayout,
    GrowingForm,
    HandleForm,
    Layout,
    MaybeForm,
    RowForm,
    Static,
    TupleForm,
    atoms_of,
    is_tuple,
    kinds_of,
    layout_of,
    refill,
    tuple_of,
)


class Rows(Pools):
    """How rows are made, read and changed."""

    # --- making ---

    def nested_in(self, value: Abstract) -> Abstract:
        """A value as an item of a list: lists in it are rows from here on."""
        if not isinstance(value, Composite):
            return value
        if self._is_a_list(value):
            if not self.program.pooled:
                self.program.makes_instances = True
                return value
            return self.to_row(value)
        if isinstance(value.form, TupleForm):
            return Composite(value.form, tuple(map(self.nested_in, value.items)))
        return value

    def _is_a_list(self, value: Abstract) -> bool:
        if is_object(value):
            return self._class_of(value) is list
        return is_list(value)

    def to_row(self, value: Abstract) -> Composite:
        known = self.row_of(value)
        if known is not None:
            return known
        held = self.seen(value)
        if not is_growing(held):
            held = tuple_of(*map(self.nested_in, items_of(held)), cls=list)
            if items_of(held):
                grown = self.grown(held)
                if not is_growing(grown):
                    raise self.unsupported(
                        "a list in a list has items of several kinds, or such as cannot be kept",
                        "only the running program knows how many such lists there are",
                        "numbers, arrays, instances and tuples of these",
                    )
                held = grown
        row = self._new_row(held)
        if is_object(value):
            self.change(value, row)
        return row

    def row_of(self, value: Abstract) -> Composite | None:
        """The row that a list is, if it is one."""
        if is_object(value) and self._class_of(value) is list:
            found = state_of(value).lookup(ITEMS) or NONE
            if isinstance(found, Composite) and isinstance(found.form, MaybeForm):
                found = self._certain(value, found, ITEMS)  # made on one of the ways that led here
            value = found
        if isinstance(value, Composite) and isinstance(value.form, RowForm):
            return value
        return None

    def _new_row(self, items: Abstract) -> Composite:
        form = RowForm(self._root(_family(items_layout(items))))
        self.program.pools.setdefault(form, {})
        columns = self._columns_of_rows(form)
        start, count = self._laid_down(form, items)
        place = containers.length(columns[0])
        for column, number in zip(columns, (start, count, count)):
            containers.append(column, number)
        return Composite(form, (place.atom,))

    def _laid_down(self, form: RowForm, items: Abstract) -> tuple[Value, Value]:
        """Add items behind those of all rows; where they start, and how many they are."""
        layout = items_layout(items)
        if layout is None:
            return as_value(0), as_value(0)
        known = self._item_layout(form, layout)
        items = self.coerce(items, CompositeLayout(GrowingForm(known), _lists_for(known)))
        data = self._data(form)
        given = [Value(item) for item in items_of(items) if isinstance(item, Var)]
        start, count = containers.length(data[0]), containers.length(given[0])
        for one, more in zip(data, given):
            containers.extend(one, more)
        return start, count

    def _root(self, family: str) -> str:
        while family in self.program.families:
            family = self.program.families[family]
        return family

    def _columns_of_rows(self, form: RowForm) -> tuple[Value, Value, Value]:
        start, count, room = (
            self._pool(form, name, PY_INT)[0] for name in ("%start", "%count", "%room")
        )
        return start, count, room

    def _item_layout(self, form: RowForm, wanted: Layout) -> Layout:
        """The layout of the items of rows; that there are others is noted."""
        fields = self.program.pools[form]
        known = fields.get(ITEMS)
        kinds = list(kinds_of(wanted))
        if (
            not kinds
            or holds_scopes(wanted)
            or not all(isinstance(k, Scalar | Array) for k in kinds)
        ):
            raise self.unsupported(
                "a list in a list has items that cannot be kept in lists",
                "only the running program knows how many such lists there are",
                "numbers, arrays, instances and tuples of these",
            )
        if known is None:
            fields[ITEMS] = wanted
            self.program.pools_changed = True
            return wanted
        try:
            layout = unify(known, wanted, "")
        except TypeError as error:
            raise self.error(str(error)) from None
        if layout != known:
            fields[ITEMS] = layout
            raise PoolChanged
        return known

    def _data(self, form: RowForm) -> list[Value]:
        layout = self.program.pools[form].get(ITEMS)
        return [] if layout is None else self._pool(form, ITEMS, layout)

    def as_row(self, value: Abstract, layout: CompositeLayout) -> Abstract:
        row = self.to_row(value)
        if row.form != layout.form:
            assert isinstance(row.form, RowForm) and isinstance(layout.form, RowForm)
            raise RowsMeet(row.form.family, layout.form.family)
        return row

    # --- single items ---

    def _start_and_count(self, row: Composite) -> tuple[Value, Value]:
        assert isinstance(row.form, RowForm)
        starts, counts, _ = self._columns_of_rows(row.form)
        place = _place(row)
        start = containers.get(starts, place, inside=True)
        return start, containers.get(counts, place, inside=True)

    def _item_place(self, row: Composite, key: Abstract, message: str) -> Value:
        """Where an item stands among those of all rows."""
        start, count = self._start_and_count(row)
        self._position(key)
        position = self._wrapped(key, count.atom)
        below = self.truth(self.apply(operator.lt, position, _ZERO))
        self.choose(below, lambda: self._no_item(message), lambda: NONE)
        beyond = self.truth(self.apply(operator.ge, position, count.atom))
        self.choose(beyond, lambda: self._no_item(message), lambda: NONE)
        return Value(self._as_atom(self.apply(operator.add, start.atom, position)))

    def _no_item(self, message: str) -> NoReturn:
        self.throw("IndexError", message)

    def _read(self, row: Composite, place: Value) -> Abstract:
        assert isinstance(row.form, RowForm)
        layout = self.program.pools[row.form].get(ITEMS)
        if layout is None:
            self._no_item("list index out of range")
        atoms = [containers.get(one, place, inside=True).atom for one in self._data(row.form)]
        return refill(layout, iter(atoms))

    def _write(self, row: Composite, place: Value, value: Abstract) -> None:
        assert isinstance(row.form, RowForm)
        value = self.coerce(value, self._item_layout(row.form, layout_of(value)))
        for one, atom in zip(self._data(row.form), atoms_of(value)):
            containers.list_set(one, place, Value(atom), inside=True)

    # --- whole rows ---

    def _copied_row(self, row: Composite) -> Abstract:
        """The items of a row as a list of their own."""
        assert isinstance(row.form, RowForm)
        layout = self.program.pools[row.form].get(ITEMS)
        if layout is None:
            return tuple_of(cls=list)
        start, count = self._start_and_count(row)
        stop = start + count
        parts = (containers.slice_of(one, start, stop, None) for one in self._data(row.form))
        return Composite(GrowingForm(layout), tuple(part.atom for part in parts))

    def _replace_row(self, row: Composite, items: Abstract) -> None:
        """Let a row have other items, which stand behind those of all."""
        assert isinstance(row.form, RowForm)
        start, count = self._laid_down(row.form, items)
        columns = self._columns_of_rows(row.form)
        for column, number in zip(columns, (start, count, count)):
            containers.list_set(column, _place(row), number, inside=True)

    def _append(self, row: Composite, value: Abstract) -> None:
        assert isinstance(row.form, RowForm)
        layout = self._item_layout(row.form, layout_of(value))
        starts, counts, rooms = self._columns_of_rows(row.form)
        place, data = _place(row), self._data(row.form)
        start, count = self._start_and_count(row)
        room = containers.get(rooms, place, inside=True)

        def move() -> Abstract:
            free = count + 4
            containers.list_set(starts, place, containers.length(data[0]), inside=True)
            containers.list_set(rooms, place, count + free, inside=True)
            for one, kind in zip(data, kinds_of(layout)):
                containers.extend(one, containers.slice_of(one, start, start + count, None))
                containers.extend(one, containers.list_fill(Value(self.dummy_atom(kind)), free))
            return NONE

        full = self._as_test(self.apply(operator.eq, count.atom, room.atom))
        self.choose(full, move, lambda: NONE)
        start = containers.get(starts, place, inside=True)
        self._write(row, start + count, value)
        containers.list_set(counts, place, count + 1, inside=True)

    def _pop_row(self, row: Composite) -> Abstract:
        assert isinstance(row.form, RowForm)
        _, counts, _ = self._columns_of_rows(row.form)
        start, count = self._start_and_count(row)
        empty = self._as_test(self.apply(operator.eq, count.atom, _ZERO))
        self.choose(empty, lambda: self._no_item("pop from empty list"), lambda: NONE)
        last = count - 1
        containers.list_set(counts, _place(row), last, inside=True)
        return self._read(row, start + last)

    # --- what the rest sees ---

    def seen(self, value: Abstract) -> Abstract:
        row = self.row_of(value)
        return super().seen(value) if row is None else self._copied_row(row)

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        if isinstance(value, Composite) and isinstance(value.form, TupleForm):
            if value.form.cls is list and self._nests(value):
                value = Composite(value.form, tuple(map(self.nested_in, value.items)))
        return super().owned(value, label)

    def _nests(self, value: Abstract) -> bool:
        return isinstance(value, Composite) and any(
            self._is_a_list(v) or (is_tuple(v) and self._nests(v)) for v in value.items
        )

    def assign_name(self, name: str, value: Abstract) -> None:
        """A name for a row is one for rows: a loop carries it, whichever list it is."""
        if self.program.pooled and isinstance(value, Composite) and self._is_a_list(value):
            before = self.env.get(name)
            options = before.items if _is_union(before) else (before,)  # type: ignore[union-attr]
            if any(isinstance(o, Composite) and isinstance(o.form, RowForm) for o in options):
                value = self.to_row(value)
        super().assign_name(name, value)

    def change_items(self, owner: Abstract, items: list[Abstract]) -> None:
        items = list(map(self.nested_in, items))
        self._refuse_itself(owner)
        super().change_items(owner, items)

    def _each_list(self, owner: Abstract, action: Callable[..., Any], value: Abstract) -> None:
        value = self.nested_in(value)
        self._refuse_itself(owner)
        super()._each_list(owner, action, value)

    def _refuse_itself(self, owner: Abstract) -> None:
        if self.row_of(owner) is not None:
            raise self.unsupported("a list becomes an item of itself here")

    def hold(self, owner: Abstract, name: str, value: Abstract) -> None:
        super().hold(owner, name, self.nested_in(value) if is_handle(owner) else value)

    def store_at_key(self, owner: Abstract, key: Abstract, value: Abstract) -> None:
        super().store_at_key(owner, key, self.nested_in(value))

    def _absent_item(self, owner: Abstract, key: Abstract) -> Abstract:
        value = super()._absent_item(owner, key)
        return self.row_of(value) or value

    def repeated_list(self, value: Abstract, count: Atom) -> Abstract:
        if self.program.pooled and self._nests(value) and not is_growing(value):
            value = tuple_of(*map(self.nested_in, items_of(value)), cls=list)
        elif self._nests(value):
            self.program.makes_instances = True
        return super().repeated_list(value, count)

    def length(self, value: Abstract) -> Atom:
        row = self.row_of(value)
        if row is None:
            return super().length(value)
        return self._as_atom(self._start_and_count(row)[1].atom)

    def truth(self, value: Abstract) -> bool | Atom:
        if self.row_of(value) is None:
            return super().truth(value)
        return self._as_test(self.apply(operator.ne, self.length(value), _ZERO))

    def item(self, value: Abstract, position: Atom) -> Abstract:
        row = self.row_of(value)
        if row is None:
            return super().item(value, position)
        start, count = self._start_and_count(row)
        beyond = self.truth(self.apply(operator.ge, position, count.atom))
        self.choose(beyond, lambda: self._no_item("list index out of range"), lambda: NONE)
        return self._read(row, start + Value(position))

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        row = self.row_of(container)
        if row is None or (isinstance(key, Composite) and key.form == SLICE):
            return super().subscript(container, key)
        return self._read(row, self._item_place(row, key, "list index out of range"))

    def store_in(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        row = self.row_of(array)
        if row is None:
            super().store_in(array, key, value, target)
        elif isinstance(key, Composite) and key.form == SLICE:
            raise self.unsupported("a part of a list is replaced here", "", "an array")
        else:
            place = self._item_place(row, key, "list assignment index out of range")
            self._write(row, place, self.nested_in(self.owned(value)))

    def delete_item(self, owner: Abstract, key: Abstract) -> None:
        row = self.row_of(owner)
        if row is None:
            super().delete_item(owner, key)
        else:
            self._by_copy(row, lambda copied: super(Rows, self).delete_item(copied, key))

    def _by_copy(self, row: Composite, action: Callable[[Abstract], Any]) -> Any:
        """Change a row as a list of its own would change."""
        copied = self.new_object(list)
        self.change(copied, self._copied_row(row))
        result = action(copied)
        self._replace_row(row, self.seen(copied))
        return result

    def list_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        row = self.row_of(owner)
        if row is None:
            return super().list_method(name, owner, arguments, keywords)
        match name, arguments:
            case "append", [value]:
                self._append(row, self.nested_in(self.owned(value)))
                return NONE
            case "pop", []:
                return self._pop_row(row)
            case "extend", [items]:
                same = self.row_of(items) is not None
                self.call_source(extended, row, self.seen(items) if same else items)
                return NONE
            case "copy", []:
                return self._copied_row(row)
        act = partial(super().list_method, name)
        found: Abstract = self._by_copy(row, lambda copied: act(copied, arguments, keywords))
        return found

    def updated(self, function: Any, old: Abstract, value: Abstract, target: Any) -> Abstract:
        row = self.row_of(old)
        if row is None:
            return super().updated(function, old, value, target)
        if function is operator.add:
            self.list_method("extend", old, [value], {})
        else:
            self._replace_row(row, self._binary(function, old, value))
        return old

    def iterate(self, node: Any, iterable: Abstract) -> None:
        rows = [row for value in _parts(iterable) if (row := self.row_of(value)) is not None]
        counts = [self.length(row) for row in rows]
        emitted = self.builder.emitted()
        first = len(emitted)
        super().iterate(node, iterable)
        loop = Block(tuple(emitted[first:]))
        for row, count in zip(rows, counts):
            if self.env.dead:
                return
            if not any(self._may_resize(s, row) for s in walk(loop)):
                continue
            if self.catching:
                raise self.unsupported(
                    "a list may grow or shrink in a loop over it, inside of `try`",
                    "how often the loop runs would change with it",
                    "loop over a copy: for x in list(xs)",
                )
            changed = self._as_test(self.apply(operator.ne, self.length(row), count))
            self.choose(changed, self._throw_changed, lambda: NONE)

    def _may_resize(self, s: Statement, row: Composite) -> bool:
        assert isinstance(row.form, RowForm)
        _, counts, _ = self._columns_of_rows(row.form)
        called = isinstance(s, Call) and counts.atom in s.args
        return called or (
            isinstance(s, Instr) and s.primitive is containers.list_set and s.args[0] is counts.atom
        )

    def _throw_changed(self) -> NoReturn:
        self.throw("RuntimeError", "a list grew or shrank in a loop over it")

    def to_rule(self, value: Abstract, name: str) -> Any:
        held = self.seen(value)
        if is_growing(held) and isinstance(items_layout(held), CompositeLayout):
            element = items_layout(held)
            assert isinstance(element, CompositeLayout)
            if isinstance(element.form, RowForm):
                return super().to_rule(self.call_source(arrays_of, held), name)
        return super().to_rule(value, name)

    def _class_of(self, value: Abstract) -> type:
        if isinstance(value, Composite) and isinstance(value.form, RowForm):
            return list
        return super()._class_of(value)

    def _identical(self, left: Abstract, right: Abstract, function: Any = operator.eq) -> Abstract:
        one, other = self.row_of(left), self.row_of(right)
        if one is not None and other is not None and one.form == other.form:
            return self.apply(function, one.items[0], other.items[0])
        if (one is not None or other is not None) and not _from_outside(left, right):
            if not any(isinstance(v, Composite) and v.form == UNION for v in (left, right)):
                return TRUE if function is operator.ne else FALSE
        return super()._identical(left, right, function)


_ZERO = Const(0, PY_INT)


def _from_outside(*values: Abstract) -> bool:
    return any(isinstance(v, Static) and isinstance(v.value, list) for v in values)


def _is_union(value: Abstract) -> bool:
    return isinstance(value, Composite) and value.form == UNION


def _place(row: Composite) -> Value:
    return Value(row.items[0])


def items_layout(held: Abstract) -> Layout | None:
    """The layout of a list's items; None if it has none."""
    assert isinstance(held, Composite)
    return held.form.element if isinstance(held.form, GrowingForm) else None


def _lists_for(layout: Layout) -> tuple[List, ...]:
    return tuple(List(kind) for kind in kinds_of(layout) if isinstance(kind, Scalar | Array))


def _family(layout: Layout | None) -> str:
    """Rows with items of one family stand in one list."""
    match layout:
        case None:
            return "empty"
        case Scalar() | Array():
            return type_code(layout) + str(getattr(layout, "ndim", ""))
        case CompositeLayout(form=RowForm(family=family)):
            return f"rows of {family}"
        case CompositeLayout(form=HandleForm(cls=cls)):
            return cls.__qualname__
        case CompositeLayout(form=TupleForm(), items=items):
            return f"({', '.join(map(_family, items))})"
    return "mixed"


def _parts(value: Abstract) -> list[Abstract]:
    """What an iterable goes through."""
    if isinstance(value, Composite) and not is_tuple(value):
        return [value, *(part for item in value.items for part in _parts(item))]
    return []
