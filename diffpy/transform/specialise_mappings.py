"""Dicts whose keys only the running program knows.

A store at such a key turns a dict into a table of its keys' places, a list for each number of a
key, and a list for each number of a value, in the order in which the keys came:

    d[i, j] = x                        place = table_place(d_table, (i, j))
                                       if place == len(d_2):
                                           d_0.append(i); d_1.append(j); d_2.append(x)
                                       else:
                                           d_2[place] = x
    y = d[i, j]                        place = table_find(d_table, (i, j))
                                       if place < 0: raise KeyError((i, j))
                                       y = d_2[place]

Keys have no derivative; the lists of values are lists like any other.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any, NoReturn

from diffpy.kinds import PY_INT, Scalar, type_code
from diffpy.rules import containers, tables
from diffpy.rules.consumers import counted, filled
from diffpy.rules.notation import Value, as_value
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_frames import FALSE
from diffpy.transform.specialise_layouts import mapping_layout, pairs_of
from diffpy.transform.specialise_lists import Lists
from diffpy.transform.specialise_objects import ITEMS, is_mapping, is_object, items_of, state_of
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    CompositeLayout,
    Layout,
    MappingForm,
    NamedForm,
    Static,
    TupleForm,
    UnionForm,
    atoms_of,
    describe_kind,
    dict_of,
    is_dict,
    kinds_of,
    layout_of,
    refill,
)

#: items: the dict; what it shows are the dict's keys, values or both as they are then
KEYS = NamedForm("dict_keys")
VALUES = NamedForm("dict_values")
ITEM_PAIRS = NamedForm("dict_items")
VIEWS = {"keys": KEYS, "values": VALUES, "items": ITEM_PAIRS}

FACTORY = "factory"
#: classes whose instances are made here
_DICTS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)


class Mappings(Lists):
    """How such dicts are made, read and changed."""

    # --- making ---

    def visit_Dict(self, node: Any) -> Abstract:
        keys = [None if key is None else self.evaluate(key) for key in node.keys]
        values = [self.evaluate(value) for value in node.values]
        spread = [v for k, v in zip(keys, values) if k is None and is_mapping(self.seen(v))]
        if not spread and all(key is None or is_known(key) for key in keys):
            return self.display_of(keys, values)
        made = self.new_dict()
        for key, value in zip(keys, values):
            if key is None:
                self._update(made, [value], {})
            else:
                self.store_at_key(made, key, self.owned(value))
        return self.seen(made)

    def new_dict(self, cls: type = dict, label: str = "") -> Composite:
        made = self.new_object(cls, label)
        state_of(made).rebind(ITEMS, dict_of({}))
        return made

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        if not is_mapping(value):
            return super().owned(value, label)
        found = self.new_object(dict, label)
        self.change(found, value)
        return found

    def exported(self, value: Abstract) -> Abstract:
        if is_mapping(self.seen(value)):
            raise self.unsupported(
                f"a {self._class_of(value).__name__} is returned whose keys only the running "
                "program knows",
                "",
                "return an array or a list of its values",
            )
        return super().exported(value)

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        cls = function.value
        if not isinstance(cls, type) or cls not in _DICTS:
            return super()._call_static(function, arguments, keywords)
        if cls is dict and all(is_dict(self.seen(self.opened(a))) for a in arguments):
            return super()._call_static(function, arguments, keywords)
        made = self.new_dict(cls)
        if cls is collections.defaultdict:
            factory, *arguments = arguments or [NONE]
            state_of(made).rebind(FACTORY, factory)
        if cls is collections.Counter and arguments and not self._is_a_dict(arguments[0]):
            self.call_source(counted, made, *arguments)
        else:
            self._update(made, arguments, keywords)
        return made if cls is not dict else self.seen(made)

    def _is_a_dict(self, value: Abstract) -> bool:
        held = self.seen(self.opened(value))
        return is_dict(held) or is_mapping(held)

    def _update(
        self, owner: Abstract, given: list[Abstract], keywords: dict[str, Abstract]
    ) -> None:
        """``owner.update(*given, **keywords)``."""
        if len(given) > 1:
            raise self.error("a dict is made of one argument at most")
        for value in given:
            held = self.seen(self.opened(value))
            if is_dict(held):
                for key, item in self.mapping(held).items():
                    self.store_in(owner, self.from_rule(key, "key"), item, None)
            elif is_mapping(held):
                self.call_source(filled, owner, Composite(ITEM_PAIRS, (value,)))
            elif self._known_length(held) is not None and not self._others(held):
                for pair in self.unpacked(value):
                    key, item = self._pair(pair)
                    self.store_in(owner, key, item, None)
            else:
                self.call_source(filled, owner, value)
        for name, item in keywords.items():
            self.store_in(owner, Static(name), item, None)

    def _pair(self, value: Abstract) -> list[Abstract]:
        parts = self.unpacked(value)
        if len(parts) != 2:
            self.throw("ValueError", "dict takes pairs")
        return parts

    # --- where a key is ---

    def kept(self, value: Abstract, key: Abstract) -> Composite | None:
        """What a dict holds by places, if it does or must for this key."""
        held = self.seen(value)
        if is_dict(held) and not is_known(key) and not isinstance(key, Var) and items_of(held):
            keys, elements = pairs_of(layout_of(held)) or ((), ())
            layout = mapping_layout((*keys, layout_of(key)), elements)
            if layout is not None:
                held = self.coerce(held, layout)
                if is_object(value):
                    self.change(value, held)
        return held if isinstance(held, Composite) and is_mapping(held) else None

    def slot_of(self, held: Composite, key: Abstract) -> Value:
        """The place of a key, -1 if there is none."""
        numbers = self._numbers(held, key)
        return as_value(-1) if numbers is None else tables.find(self._parts(held)[0], numbers)

    def _parts(self, held: Composite) -> tuple[Value, list[Value], list[Value]]:
        """The table, the lists of the keys, and those of the values."""
        assert isinstance(held.form, MappingForm)
        table, *lists = (Value(item) for item in held.items)
        count = sum(1 for _ in kinds_of(held.form.key))
        return table, lists[:count], lists[count:]

    def _numbers(self, held: Composite, key: Abstract) -> list[Value] | None:
        """The integers that a key consists of; None if it equals no key whatever they are."""
        assert isinstance(held.form, MappingForm)
        key = self._hashable(key)
        mine, other = _shape(layout_of(key)), _shape(held.form.key)
        if mine != other and not _never_equal(mine, other):
            raise self.unsupported(
                f"{describe_kind(key):an} is looked for among the keys of a dict, which are others",
                "the keys of a dict that only the running program knows are integers, or tuples of "
                "as many integers",
                "int(…)",
            )
        return [Value(atom) for atom in atoms_of(key)] if mine == other else None

    def _hashable(self, key: Abstract) -> Abstract:
        if is_object(key) and self._class_of(key) in (list, dict, set):
            self.throw("TypeError", f"unhashable type: '{self._class_of(key).__name__}'")
        return key

    # --- reading ---

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if not self._is_a_dict(container) or not is_object(container):
            if not is_mapping(self.seen(container)):
                return super().subscript(container, key)
        kept = self.kept(container, key)
        if kept is not None:
            place = self.slot_of(kept, key)
            return self._found(
                place, lambda: self._absent_item(container, key), lambda: self._at(kept, place)
            )
        flat = self.mapping(container)
        absent = not flat if not is_known(key) else self.key_of(key) not in flat
        return self._absent_item(container, key) if absent else super().subscript(container, key)

    def _found(
        self, place: Value, missing: Callable[[], Abstract], found: Callable[[], Abstract]
    ) -> Abstract:
        test = self._as_test(self.apply(operator.lt, place.atom, Const(0, PY_INT)))
        return self.choose(test, missing, found)

    def _absent_item(self, owner: Abstract, key: Abstract) -> Abstract:
        """What ``owner[key]`` is where there is no such key."""
        cls = self._class_of(owner)
        if cls is collections.Counter:
            return Const(0, PY_INT)
        if cls is collections.defaultdict:
            factory = self.held(owner, FACTORY)
            if factory is not NONE and not _is_none(factory):
                value = self.owned(self.call(factory, [], {}))
                self.store_in(owner, key, value, None)
                return value
        return self._missing_key(key)

    def _at(self, held: Composite, place: Value) -> Abstract:
        """The value at a place."""
        assert isinstance(held.form, MappingForm)
        _, _, lists = self._parts(held)
        atoms = (containers.get(one, place, inside=True).atom for one in lists)
        return refill(held.form.element, atoms)

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if isinstance(container, Composite) and container.form == KEYS:
            return self._contained(item, container.items[0])
        if isinstance(container, Composite) and container.form == ITEM_PAIRS:
            raise self.unsupported("a pair is looked for in the items of a dict", "", "d[k] == v")
        held = self.seen(container)
        if not is_dict(held) and not is_mapping(held):
            return super()._contained(item, container)
        kept = self.kept(container, item)
        if kept is not None:
            place = self.slot_of(kept, item)
            return self.apply(operator.ge, place.atom, Const(0, PY_INT))
        if not items_of(held):
            return FALSE
        return super()._contained(item, container)

    def length(self, value: Abstract) -> Atom:
        held = self.seen(value)
        if not is_mapping(held):
            return super().length(value)
        assert isinstance(held, Composite)
        _, keys, _ = self._parts(held)
        return self._as_atom(containers.length(keys[0]).atom)

    def truth(self, value: Abstract) -> bool | Atom:
        if not is_mapping(self.seen(value)):
            return super().truth(value)
        return self._as_test(self.apply(operator.ne, self.length(value), Const(0, PY_INT)))

    def mapping(self, value: Abstract) -> dict[Any, Abstract]:
        if is_mapping(self.seen(value)):
            raise self.unsupported(
                "a dict is taken apart whose keys only the running program knows",
                "",
                "go through its items",
            )
        return super().mapping(value)

    def _class_of(self, value: Abstract) -> type:
        return dict if is_mapping(value) else super()._class_of(value)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_mapping(self.seen(left)) or is_mapping(self.seen(right)):
            raise self.unsupported("dicts are compared here", "", "compare what they hold")
        return super()._compared(function, left, right)

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        either = any(is_mapping(self.seen(v)) for v in (left, right))
        if function is operator.or_ and either and self._is_a_dict(left):
            made = self.new_dict()
            self._update(made, [left], {})
            self._update(made, [right], {})
            return self.seen(made)
        return super()._binary(function, left, right)

    # --- changes ---

    def store_in(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        held = self.seen(array)
        if not is_dict(held) and not is_mapping(held):
            super().store_in(array, key, value, target)
        elif is_mapping(held) or not is_known(key):
            self.store_at_key(array, key, self.owned(value))
        else:
            if self.key_of(key) not in self.mapping(held):
                if state_of(array).looped:
                    self._throw_resized()
                state_of(array).resizes += 1
            super().store_in(array, key, value, target)

    def store_at_key(self, owner: Abstract, key: Abstract, value: Abstract) -> None:
        """``owner[key] = value`` for a key or a dict of the running program."""
        if isinstance(key, Composite) and isinstance(key.form, UnionForm):
            self.distribute((key,), lambda one: self._stored(owner, one, value))
        else:
            self._store_at_key(owner, key, value)

    def _stored(self, owner: Abstract, key: Abstract, value: Abstract) -> Abstract:
        self.store_in(owner, key, value, None)
        return NONE

    def _store_at_key(self, owner: Abstract, key: Abstract, value: Abstract) -> None:
        held = self._widened(owner, key, value)
        assert isinstance(held.form, MappingForm)
        state = state_of(owner)
        state.changed = True
        table, keys, elements = self._parts(held)
        key, value = self.coerce(key, held.form.key), self.coerce(value, held.form.element)
        numbers = [Value(atom) for atom in atoms_of(key)]
        parts = [Value(atom) for atom in atoms_of(value)]

        def put(place: Value) -> Abstract:
            for one, part in zip(elements, parts):
                containers.list_set(one, place, part, inside=True)
            return NONE

        def append() -> Abstract:
            for one, part in zip((*keys, *elements), (*numbers, *parts)):
                containers.append(one, part)
            return NONE

        if state.looped:
            known = tables.find(table, numbers)
            self._found(known, self._throw_resized, lambda: put(known))
            return
        state.resizes += 1
        place = tables.place(table, numbers)
        new = self.apply(operator.eq, place.atom, containers.length(keys[0]).atom)
        self.choose(self._as_test(new), append, lambda: put(place))

    def _throw_resized(self) -> NoReturn:
        if self.catching:  # Python raises later, when the loop goes on
            raise self.unsupported(
                "a dict may get or lose keys in a loop over it, and what that raises is caught",
                "",
                "loop over a copy: for k in list(d)",
            )
        self.throw("RuntimeError", "dictionary changed size during iteration")

    def _widened(self, owner: Abstract, key: Abstract, value: Abstract) -> Composite:
        """What a dict holds, of kinds to which a key and a value belong."""
        held, key = self.seen(owner), self._hashable(key)
        keys, elements = pairs_of(layout_of(held)) or ((), ())
        layout = mapping_layout((*keys, layout_of(key)), (*elements, layout_of(value)))
        if layout is None:
            if mapping_layout((*keys, layout_of(key)), (PY_INT,)) is None:
                self.refuse_key(owner, key)
            raise self.unsupported(
                f"{describe_kind(value):an} goes into a dict whose keys only the running program "
                "knows",
                "the values of such a dict are numbers, arrays, or tuples of these, of one kind",
                "a dict for each kind of value",
            )
        if layout_of(held) != layout:
            held = self.coerce(held, layout)
            self.change(owner, held)
        assert isinstance(held, Composite)
        return held

    def refuse_key(self, owner: Abstract, key: Abstract) -> NoReturn:
        raise self.unsupported(
            f"{describe_kind(key):an} is the key of a dict here",
            "keys that are not known while compiling are integers, or tuples of as many integers, "
            "and so are the others of the dict",
            "an array, or a dict for each kind of key",
        )

    def _missing_key(self, key: Abstract) -> Abstract:
        self.throw_user(KeyError, [key], [])


def is_known(key: Abstract) -> bool:
    """Whether a key is known while compiling."""
    if isinstance(key, Composite) and isinstance(key.form, TupleForm):
        return all(map(is_known, key.items))
    return isinstance(key, Const | Static)


def _shape(layout: Layout) -> Any:
    """How a key is made of integers; keys of other shapes are others."""
    if isinstance(layout, Scalar) and type_code(layout) in "bi":
        return int
    if isinstance(layout, CompositeLayout) and isinstance(layout.form, TupleForm):
        return tuple(map(_shape, layout.items))
    return layout


def _never_equal(first: Any, second: Any) -> bool:
    """Whether keys made in these ways differ, whatever numbers they are made of."""
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) != len(second) or any(map(_never_equal, first, second))
    return first != second and not isinstance(first, Scalar) and not isinstance(second, Scalar)


def _is_none(value: Abstract) -> bool:
    return isinstance(value, Static) and value.value is None
