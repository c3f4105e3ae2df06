"""Lists: elements, stores and methods.

A list whose length is known while compiling is flattened into its items, and so are its changes:

    xs = [x]               xs_0 = x
    xs.append(2 * x)       xs_1 = 2 * x
    xs[i] = 0.0            xs_0 = 0.0 if i == 0 else xs_0; …

One that grows in a loop is a list of the program from the loop on; if its elements are tuples of
numbers, a list for each of the numbers:

    for i in range(n):
        xs.append((i, x))      xs_0.append(i); xs_1.append(x)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import gast
import numpy as np

from diffpy.kinds import PY_BOOL, PY_INT, Array, List, Scalar, is_integer
from diffpy.rules import containers
from diffpy.rules.consumers import collected, extended, repeated
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of
from diffpy.rules.sorting import sorted_by
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_generators import is_generator
from diffpy.transform.specialise_iterators import iterators_in
from diffpy.transform.specialise_layouts import growing_layout, unify
from diffpy.transform.specialise_objects import (
    Objects,
    is_growing,
    is_list,
    is_object,
    items_of,
    state_of,
)
from diffpy.transform.values import (
    NONE,
    SLICE,
    UNION,
    Abstract,
    Composite,
    CompositeLayout,
    GrowingForm,
    NumbersForm,
    Static,
    TupleForm,
    atoms_of,
    describe_kind,
    is_array,
    is_dict,
    is_none,
    is_tuple,
    layout_of,
    refill,
    tuple_of,
)

#: a longer list, and one that is indexed with a variable, is a list of the program if it can be
_LONGEST_FLAT = 32
_LONGEST_INDEXED = 6


class Lists(Objects):
    """How lists are read and changed."""

    def items(self, owner: Abstract) -> list[Abstract]:
        """The items of a list whose length is known."""
        return list(items_of(self.seen(owner)))

    def change_items(self, owner: Abstract, items: list[Abstract]) -> None:
        if len(items) != len(self.items(owner)):
            self.resized(owner)
        held: Abstract = tuple_of(*items, cls=list)
        self.change(owner, self.grown(held) if len(items) > _LONGEST_FLAT else held)

    def resized(self, owner: Abstract) -> None:
        state_of(owner).resizes += 1
        state_of(owner).changed = True

    def grown(self, held: Abstract) -> Abstract:
        """What a list holds, as a list of the program, if its elements are alike."""
        if is_growing(held):
            return held
        layout = growing_layout([layout_of(item) for item in items_of(held)])
        return held if layout is None else self.coerce(held, layout)

    def grow(self, owner: Abstract) -> Abstract:
        """Make a list one of the program if that can be; what it holds then."""
        held = self.seen(owner)
        found = self.grown(held)
        if found is not held and is_object(owner):
            self.change(owner, found)
        return found

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        found = super().owned(value, label)
        if found is not value and is_object(found):
            held = self.seen(found)
            if is_list(held) and not is_growing(held) and len(items_of(held)) > _LONGEST_FLAT:
                self.grow(found)
        elif isinstance(value, Composite) and isinstance(value.form, NumbersForm):
            numbers = containers.from_array(Value(value.items[0]), value.form.item.python)
            found = self.new_object(list, label)
            self.change(found, Composite(GrowingForm(value.form.item), (numbers.atom,)))
        elif is_growing(value):
            found = self.new_object(list, label)
            self.change(found, value)
        return found

    def exported(self, value: Abstract) -> Abstract:
        held = self.seen(value)
        if not is_growing(held):
            return super().exported(value)
        assert isinstance(held, Composite) and isinstance(held.form, GrowingForm)
        if isinstance(held.form.element, Scalar):
            array = containers.to_array(Value(items_of(held)[0]))
            return Composite(NumbersForm(held.form.element), (array.atom,))
        raise self.unsupported(
            "a list of tuples is returned whose length is not known while compiling",
            "",
            "return an array: np.array(…)",
        )

    # --- methods ---

    def list_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if name == "extend" and len(arguments) == 1:
            return self._extend(owner, arguments[0])
        if name in ("index", "count") and not is_growing(self.seen(owner)):
            place = tuple_of(*self.items(owner))
            return super()._call_tuple_method(name, place, arguments, keywords)
        if name == "copy" and not arguments:
            held = self.seen(owner)
            return self._copied(held) if is_growing(held) else held
        if name == "sort" and not arguments:
            return self._sort(owner, **keywords)
        if is_growing(self.seen(owner)):
            return self._growing_method(name, owner, arguments)
        return self._flat_method(name, owner, arguments)

    def _flat_method(self, name: str, owner: Abstract, arguments: list[Abstract]) -> Abstract:
        items = self.items(owner)
        match name, arguments:
            case "append", [value]:
                self.change_items(owner, [*items, self.owned(value)])
                return NONE
            case "insert", [Const() as place, value]:
                items.insert(operator.index(place.value), self.owned(value))
                self.change_items(owner, items)
                return NONE
            case "insert", [_, value] if not items:
                self.change_items(owner, [self.owned(value)])
                return NONE
            case "pop", []:
                return self._pop(owner, items, -1)
            case "pop", [Const() as place]:
                return self._pop(owner, items, operator.index(place.value))
            case "clear", []:
                self.change_items(owner, [])
                return NONE
            case "reverse", []:
                self.change_items(owner, items[::-1])
                return NONE
            case (("pop" | "insert" | "remove"), [Var() | Const(), *_]) if is_growing(
                self.grow(owner)
            ):
                return self._growing_method(name, owner, arguments)
        raise self.unsupported(f"the method `{name}` of this list is not supported yet")

    def _pop(self, owner: Abstract, items: list[Abstract], position: int) -> Abstract:
        if not items:
            self.throw("IndexError", "pop from empty list")
        if not -len(items) <= position < len(items):
            self.throw("IndexError", "pop index out of range")
        found = items.pop(position)
        self.change_items(owner, items)
        return found

    def _growing_method(self, name: str, owner: Abstract, arguments: list[Abstract]) -> Abstract:
        if name not in ("index", "count"):
            self.resized(owner)
        match name, arguments:
            case "append", [value]:
                self._each_list(owner, containers.append, value)
                return NONE
            case "insert", [place, value]:
                self._each_list(owner, partial(self._insert, place), value)
                return NONE
            case "pop", [*place] if len(place) < 2:
                return self._taken(owner, place)
            case "clear", []:
                for one in self._lists(owner):
                    containers.clear(one)
                return NONE
            case "reverse", []:
                for one in self._lists(owner):
                    containers.reverse_in_place(one)
                return NONE
            case "remove", [value] if _is_of_numbers(self.seen(owner)):
                (numbers,) = self._lists(owner)
                place = containers.position_of(numbers, self.to_rule(value, name))
                containers.remove_at(numbers, place)
                return NONE
            case (("index" | "count"), [value]) if _is_of_numbers(self.seen(owner)):
                (numbers,) = self._lists(owner)
                ask = containers.position_of if name == "index" else containers.count_of
                return self.from_rule(ask(numbers, self.to_rule(value, name)), name)
        raise self.unsupported(f"the method `{name}` of this list is not supported yet")

    def _insert(self, place: Abstract, numbers: Value, value: Value) -> None:
        containers.insert(numbers, self.to_rule(place, "insert"), value)

    def _lists(self, owner: Abstract) -> list[Value]:
        """The program's lists that a growing list consists of."""
        return [Value(atom) for atom in items_of(self.seen(owner)) if isinstance(atom, Var)]

    def _each_list(self, owner: Abstract, action: Callable[..., Any], value: Abstract) -> None:
        """Do something to each list with its part of an element; the list is widened to hold it."""
        state_of(owner).changed = True
        held = self.seen(owner)
        assert isinstance(held, Composite) and isinstance(held.form, GrowingForm)
        element = held.form.element
        if layout_of(value) != element:
            wider = growing_layout([element, layout_of(value)])
            if wider is None:
                raise self.unsupported(
                    f"{describe_kind(value):an} goes into a list of other elements",
                    "the elements of a list that grows are of one kind",
                    "a list for each kind",
                )
            assert isinstance(wider.form, GrowingForm)
            if wider != layout_of(held):
                self.change(owner, self.coerce(held, wider))
            value = self.coerce(value, wider.form.element)
        for one, atom in zip(self._lists(owner), atoms_of(value)):
            action(one, Value(atom))

    def _taken(self, owner: Abstract, place: list[Abstract]) -> Abstract:
        held = self.seen(owner)
        assert isinstance(held, Composite) and isinstance(held.form, GrowingForm)
        given = [self.to_rule(p, "pop") for p in place]
        taken = [containers.pop(one, *given).atom for one in self._lists(owner)]
        return refill(held.form.element, iter(taken))

    def _copied(self, held: Abstract) -> Composite:
        assert isinstance(held, Composite)
        copies = (containers.copy_list(Value(a)).atom for a in held.items if isinstance(a, Var))
        return Composite(held.form, tuple(copies))

    def _extend(self, owner: Abstract, values: Abstract) -> Abstract:
        given = self.seen(self.once(values))
        count = None if is_generator(given) or is_growing(given) else self._known_length(given)
        if count is not None and not self._others(given):
            for k in range(count):
                item = self.item(given, Const(k, PY_INT))
                self.list_method("append", owner, [item], {})
            return NONE
        held = self.seen(owner)
        if is_growing(held) and is_growing(given) and layout_of(held) == layout_of(given):
            self.resized(owner)
            for one, other in zip(self._lists(owner), items_of(given)):
                assert isinstance(other, Var)
                containers.extend(one, Value(other))
            return NONE
        self.call_source(extended, owner, given)
        return NONE

    def _sort(
        self,
        owner: Abstract,
        key: Abstract = NONE,
        reverse: Abstract = Const(False, PY_BOOL),  # noqa: B008
    ) -> Abstract:
        held = self.grow(owner)
        if not is_growing(held):
            if len(items_of(held)) < 2:
                return NONE
            raise self.unsupported(
                "a list is sorted here whose elements are of several kinds, or none",
                "",
                "a list of numbers, or of tuples of numbers",
            )
        if not is_none(key) or not _is_of_numbers(held) or not isinstance(reverse, Const):
            ordered = self.seen(self.call_source(sorted_by, owner, key, reverse))
            if not is_growing(ordered):
                ordered = self.coerce(ordered, layout_of(held))
            self.change(owner, ordered)
            return NONE
        (numbers,) = items_of(held)
        assert isinstance(numbers, Var) and isinstance(numbers.kind, List)
        assert isinstance(numbers.kind.item, Scalar)
        in_order = containers.from_array(
            self._sorted_array(Value(numbers)), numbers.kind.item.python
        )
        if reverse.value:
            containers.reverse_in_place(in_order)
        assert isinstance(held, Composite)
        self.change(owner, Composite(held.form, (in_order.atom,)))
        return NONE

    def _sorted_array(self, numbers: Value) -> Value:
        meaning = definition_of(np.sort)
        assert meaning is not None
        found: Value = meaning(containers.to_array(numbers))
        return found

    def delete_item(self, owner: Abstract, key: Abstract) -> None:
        held = self.seen(owner)
        if is_dict(held):
            self._dict_method("pop", owner, [key], {})
        elif is_growing(held):
            self.resized(owner)
            position = self._position(key)
            for one in self._lists(owner):
                containers.remove_at(one, position)
        elif is_list(held) and isinstance(key, Const):
            items = self.items(owner)
            place = operator.index(key.value)
            if not -len(items) <= place < len(items):
                self.throw("IndexError", "list assignment index out of range")
            self._pop(owner, items, place)
        elif is_list(held) and isinstance(key, Composite) and key.form == SLICE:
            items = self.items(owner)
            del items[slice(*map(self._slice_part, key.items))]
            self.change_items(owner, items)
        else:
            raise self.unsupported(
                f"an item of {describe_kind(owner):an} is deleted here",
                "which one must be known while compiling",
                "make a new one without it",
            )

    def visit_List(self, node: Any) -> Abstract:
        if not any(isinstance(element, gast.Starred) for element in node.elts):
            return super().visit_List(node)
        made = self.owned(tuple_of(cls=list))
        for element in node.elts:
            if isinstance(element, gast.Starred):
                self.list_method("extend", made, [self.evaluate(element.value)], {})
            else:
                self.list_method("append", made, [self.evaluate(element)], {})
        return self.seen(made)

    # --- lists that become arrays ---

    def visit_Call(self, node: Any) -> Abstract:
        rows = self.definition.with_array_rows(node)
        if rows is not None:
            function = self.evaluate(node.func)
            if isinstance(function, Static) and function.value in (np.array, np.asarray):
                node = rows
        return super().visit_Call(node)

    # --- elements ---

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        held = self.seen(container)
        if is_list(held) and isinstance(key, Var) and not is_growing(held):
            if len(items_of(held)) > _LONGEST_INDEXED and is_object(container):
                held = self.grow(container)
        if not is_growing(held):
            return super().subscript(container, key)
        if isinstance(key, Composite) and key.form == SLICE:
            bounds = [self.to_rule(part, "slice") for part in key.items]
            return self._mapped(held, lambda one: containers.slice_of(one, *bounds))
        position = self._position(key)
        return self._element(held, lambda one: containers.get(one, position))

    def _position(self, key: Abstract) -> Any:
        if not isinstance(key, Var | Const) or not is_integer(key.kind):
            raise self.error(f"a list cannot be indexed with {describe_kind(key):an}")
        return Value(key)

    def _element(self, held: Abstract, read: Callable[[Value], Value]) -> Abstract:
        assert isinstance(held, Composite) and isinstance(held.form, GrowingForm)
        atoms = [read(Value(one)).atom for one in held.items if isinstance(one, Var)]
        return refill(held.form.element, iter(atoms))

    def _mapped(self, held: Abstract, action: Callable[[Value], Value]) -> Composite:
        assert isinstance(held, Composite)
        made = (action(Value(one)).atom for one in held.items if isinstance(one, Var))
        return Composite(held.form, tuple(made))

    def item(self, value: Abstract, position: Atom) -> Abstract:
        held = self.seen(value)
        if not is_growing(held):
            return super().item(value, position)
        return self._element(held, lambda one: containers.get(one, Value(position)))

    def unpacked(self, value: Abstract) -> list[Abstract]:
        return super().unpacked(self._gone_through(value))

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        value = self.seen(self._gone_through(value))
        if is_growing(value):
            if any(isinstance(t, gast.Starred) for t in targets):
                raise self.unsupported(
                    "a list is unpacked with a star whose length only the running program knows",
                    "",
                    "first, rest = xs[0], xs[1:]",
                )
            value = tuple_of(*self._taken_apart(value, len(targets)))
        super()._unpack(targets, value)

    def _taken_apart(self, value: Abstract, count: int) -> list[Abstract]:
        if not is_growing(value):
            return super()._taken_apart(value, count)
        wrong = self._as_test(self.apply(operator.ne, self.length(value), Const(count, PY_INT)))

        def fail() -> Abstract:
            self.throw("ValueError", f"the number of values to unpack is not {count}")

        self.choose(wrong, fail, lambda: NONE)
        return [self.item(value, Const(k, PY_INT)) for k in range(count)]

    def _gone_through(self, value: Abstract) -> Abstract:
        """What a generator yields, as a list."""
        if iterators_in([value]):  # gone through when its items are asked for
            return value
        value = self.once(value)
        if is_generator(value):
            return self.call_source(collected, value)
        items = self.known(value) if iterators_in([value]) else None  # of an instance
        return value if items is None else tuple_of(*items)

    def length(self, value: Abstract) -> Atom:
        held = self.seen(value)
        if not is_growing(held):
            return super().length(value)
        found: Value = containers.length(Value(items_of(held)[0]))
        return self._as_atom(found.atom)

    def truth(self, value: Abstract) -> bool | Atom:
        held = self.seen(value)
        if not is_growing(held):
            return super().truth(value)
        return self._as_test(self.apply(operator.ne, self.length(held), Const(0, PY_INT)))

    def _is_iterable(self, value: Abstract) -> bool:
        return is_growing(self.seen(value)) or super()._is_iterable(value)

    def _class_of(self, value: Abstract) -> type:
        return list if is_growing(value) else super()._class_of(value)

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        held = self.seen(container)
        if is_growing(held) and _is_of_numbers(held):
            found = containers.contains(Value(items_of(held)[0]), self.to_rule(item, "in"))
            return self.from_rule(found, "in")
        return super()._contained(item, container)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        growing = is_growing(self.seen(left)) or is_growing(self.seen(right))
        if growing and not (is_array(left) or is_array(right)):
            raise self.unsupported("lists are compared here", "", "compare their elements")
        return super()._compared(function, left, right)

    def to_rule(self, value: Abstract, name: str) -> Any:
        held = self.seen(value)
        if not is_growing(held):
            return super().to_rule(value, name)
        arrays = [containers.to_array(Value(one)) for one in items_of(held)]
        assert isinstance(held, Composite) and isinstance(held.form, GrowingForm)
        if len(arrays) == 1 and not isinstance(held.form.element, CompositeLayout):
            return arrays[0]
        if not _is_flat_tuple(held.form.element):
            raise self.error(f"what {name} makes of this list is no array of numbers")
        stack = definition_of(np.stack)
        assert stack is not None
        return stack(tuple(arrays), axis=1)

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        found = super()._readable_by_position(name, *values)
        # of a list the object itself, which a loop may change
        return tuple(v if is_list(self.seen(v)) else f for v, f in zip(values, found))

    def iterate(self, node: Any, iterable: Abstract) -> None:
        if is_generator(iterable):  # its own loops take care
            super().iterate(node, iterable)
            return
        states = [state_of(v) for v in _objects_in(iterable) if is_list(self.seen(v))]
        before = [state.resizes for state in states]
        super().iterate(node, iterable)
        if before != [state.resizes for state in states]:
            raise self.unsupported(
                "a list grows or shrinks in a loop over it",
                "how often the loop runs would change with it",
                "loop over a copy: for x in list(xs)",
            )

    # --- stores ---

    def store_in_list(self, value: Abstract, key: Abstract, item: Abstract) -> None:
        held = self.seen(value)
        if isinstance(key, Var) and len(items_of(held)) > _LONGEST_INDEXED:
            held = self.grow(value)
        if is_growing(held):
            if isinstance(key, Composite):
                raise self.unsupported("a part of a list is replaced here", "", "an array")
            position = self._position(key)
            self._each_list(value, lambda one, v: containers.put(one, position, v), item)
            return
        items = self.items(value)
        match key:
            case Composite() if key.form == SLICE:
                bounds = [self._slice_part(part) for part in key.items]
                items[slice(*bounds)] = map(self.owned, self.all_items(item))
            case Const():
                position = operator.index(key.value)
                if not -len(items) <= position < len(items):
                    self.throw("IndexError", "list assignment index out of range")
                items[position] = self.owned(item)
            case Var():
                self._store_at_variable(items, key, item)
            case _:
                raise self.error(f"a list cannot be indexed with {describe_kind(key):an}")
        self.change_items(value, items)

    def _slice_part(self, part: Abstract) -> int | None:
        if isinstance(part, Const):
            return operator.index(part.value)
        if isinstance(part, Static) and part.value is None:
            return None
        raise self.unsupported("a part of a list whose bounds vary is replaced", "", "an array")

    def all_items(self, value: Abstract) -> list[Abstract]:
        """The items of something whose length is known while compiling."""
        count = self._known_length(value)
        if count is None:
            raise self.unsupported(
                f"a part of a list is replaced by {describe_kind(value):an}",
                "its length must be known while compiling",
                "an array",
            )
        return [self.item(value, Const(k, PY_INT)) for k in range(count)]

    def _store_at_variable(self, items: list[Abstract], key: Var, item: Abstract) -> None:
        place = self._wrapped(key, Const(len(items), PY_INT))
        outside = self._connect(
            False,
            [
                lambda: self.truth(self.apply(operator.lt, place, Const(0, PY_INT))),
                lambda: self.truth(self.apply(operator.ge, place, Const(len(items), PY_INT))),
            ],
        )

        def fail() -> Abstract:
            self.throw("IndexError", "list assignment index out of range")

        self.choose(outside, fail, lambda: NONE)
        item = self.owned(item)
        for k, old in enumerate(items):
            here = self._as_test(self.apply(operator.eq, place, Const(k, PY_INT)))
            items[k] = self.choose(here, lambda: item, partial(_same, old))

    # --- made from other things ---

    def joined_lists(self, first: Abstract, second: Abstract) -> Abstract:
        if not is_growing(first) and not is_growing(second):
            return tuple_of(*items_of(first), *items_of(second), cls=list)
        try:
            layout = unify(layout_of(first), layout_of(second), "")
        except TypeError as error:
            raise self.error(str(error)) from None
        if not (isinstance(layout, CompositeLayout) and isinstance(layout.form, GrowingForm)):
            raise self.unsupported("lists of different elements are joined here")
        one, two = self.coerce(first, layout), self.coerce(second, layout)
        found = self._copied(one)
        for mine, other in zip(found.items, items_of(two)):
            assert isinstance(mine, Var) and isinstance(other, Var)
            containers.extend(Value(mine), Value(other))
        return found

    def repeated_list(self, value: Abstract, count: Atom) -> Abstract:
        if isinstance(count, Const) and not is_growing(value):
            number = operator.index(count.value)
            many = number * len(items_of(value)) > _LONGEST_FLAT
            if not many or growing_layout([layout_of(i) for i in items_of(value)]) is None:
                return tuple_of(*items_of(value) * number, cls=list)
        layout = growing_layout([layout_of(i) for i in items_of(value)])
        numbers = layout is not None and all(
            isinstance(k, List) and isinstance(k.item, Scalar) for k in layout.items
        )
        if not is_growing(value) and len(items_of(value)) == 1 and is_none(items_of(value)[0]):
            nothing = Composite(UNION, (Const(0, PY_INT), NONE))  # the tag says how many there are
            return self.repeated_list(tuple_of(nothing, cls=list), count)
        if is_growing(value) or len(items_of(value)) != 1 or layout is None or not numbers:
            return self.seen(self.call_source(repeated, value, count))
        assert isinstance(layout.form, GrowingForm)
        element = self.coerce(items_of(value)[0], layout.form.element)
        made = [containers.list_fill(Value(a), Value(count)).atom for a in atoms_of(element)]
        return Composite(layout.form, tuple(made))

    def consumer_of(self, function: Any, arguments: list[Abstract]) -> Any:
        """Python's own way through a list that grows, from left to right."""
        shown = [self.seen(a) for a in arguments]
        if any(map(is_growing, shown)) and function in (sum, min, max, any, all):
            growing = [k for k, a in enumerate(shown) if is_growing(a)]
            return self.consumer_at(function, growing)
        return super().consumer_of(function, arguments)

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        collects = function.value in _COLLECTING if isinstance(function.value, type) else False
        if not collects or len(arguments) != 1 or keywords:
            long = len(arguments) == 1 and self._is_long(arguments[0])
            if function.value is sorted and long:
                made = self.owned(self._call_static(Static(list), arguments, {}))
                self.list_method("sort", made, [], keywords)
                return self.seen(made)
            return super()._call_static(function, arguments, keywords)
        if function.value is dict and is_dict(self.seen(arguments[0])):
            return super()._call_static(function, arguments, keywords)
        given = self.once(arguments[0])
        if is_generator(given) or (self._is_iterable(given) and not self._is_flat(given)):
            if is_array(given) and function.value is list:
                return self._list_of_array(given)
            made = self.call_source(collected, given)
            if function.value is list:
                return self.seen(made)
            return super()._call_static(function, [self.seen(made)], keywords)
        if function.value is list:
            return tuple_of(*self.all_items(given), cls=list)
        return super()._call_static(function, [tuple_of(*self.all_items(given))], keywords)

    def _is_long(self, value: Abstract) -> bool:
        """Whether a list of what an iterable holds is one that grows."""
        held = self.opened(self.seen(value))
        return is_generator(held) or is_growing(held) or not self._is_flat(held)

    def _is_flat(self, value: Abstract) -> bool:
        count = self._known_length(value)
        return count is not None and not self._others(value)

    def _list_of_array(self, value: Abstract) -> Abstract:
        assert isinstance(value, Var)
        if isinstance(value.kind, Array) and value.kind.ndim != 1:
            return self.call_source(collected, value)
        made = containers.from_array(Value(value))
        assert isinstance(made.kind, List)
        return Composite(GrowingForm(made.kind.item), (made.atom,))


def _is_of_numbers(held: Abstract) -> bool:
    """Whether the elements of a growing list are single numbers."""
    if not isinstance(held, Composite) or not isinstance(held.form, GrowingForm):
        return False
    return isinstance(held.form.element, Scalar)


def _is_flat_tuple(layout: Any) -> bool:
    return (
        isinstance(layout, CompositeLayout)
        and isinstance(layout.form, TupleForm)
        and all(isinstance(item, Scalar | Array) for item in layout.items)
    )


def _same(value: Abstract) -> Abstract:
    return value


def _objects_in(value: Abstract) -> list[Abstract]:
    if is_object(value):
        return [value]
    if isinstance(value, Composite) and not is_tuple(value):
        return [found for item in value.items for found in _objects_in(item)]
    return []


#: classes that take all the items of an iterable
_COLLECTING = (list, tuple, dict, set, frozenset)
