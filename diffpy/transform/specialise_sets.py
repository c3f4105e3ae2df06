"""Sets: what a dict without values holds (see `specialise_mappings`).

    seen = set()                       seen_table, seen_0 = [], []
    seen.add(i)                        place = table_place(seen_table, (i,)); …
    if j in seen:                      if table_find(seen_table, (j,)) >= 0:

A set has no derivative. The order in which Python goes through one is no property of the set, so
only what does not depend on it is done: ``sorted(s)`` has an order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

from diffpy.kinds import is_integer
from diffpy.rules.consumers import gathered, is_within, kept_in, left_out
from diffpy.transform.ir import Atom, Var
from diffpy.transform.specialise_dict_methods import DictMethods
from diffpy.transform.specialise_frames import as_flag
from diffpy.transform.specialise_mappings import KEYS, is_known
from diffpy.transform.specialise_objects import ITEMS, is_object, items_of, state_of
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    ObjectForm,
    Static,
    describe_kind,
    dict_of,
    is_dict,
    tuple_of,
)

SETS = (set, frozenset)
#: what they say of a set does not depend on its order
_ORDERLESS = (sorted, sum, min, max, any, all)
_EMPTY = tuple_of()
#: in a longer set a number is looked up
_LONGEST_COMPARED = 6


class Sets(DictMethods):
    """How sets are made, read and changed."""

    # --- making ---

    def visit_Set(self, node: Any) -> Abstract:
        items = self.visit_Tuple(node)
        made = self.new_dict(set)
        for item in self.unpacked(items):
            self._add(made, item)
        return made

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if isinstance(function.value, type) and function.value in SETS and len(arguments) < 2:
            return self._set_of(function.value, arguments)
        if function.value in _ORDERLESS and "key" not in keywords:
            arguments = [self._unordered(a) for a in arguments]
        return super()._call_static(function, arguments, keywords)

    def _set_of(self, cls: type, iterables: list[Abstract]) -> Abstract:
        """A set of what is in any of the iterables."""
        made = self.new_dict(set)
        for items in iterables:
            self.call_source(gathered, made, self._unordered(items))
        return Composite(ObjectForm(cls, state_of(made)), ())

    def _unordered(self, value: Abstract) -> Abstract:
        """The items of a set for what does not depend on their order."""
        return Composite(KEYS, (value,)) if is_set(value) else value

    def exported(self, value: Abstract) -> Abstract:
        if is_set(value):
            raise self.unsupported("a set is returned", "", "return what is made of it")
        return super().exported(value)

    # --- reading ---

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if is_set(container):
            raise self.error(f"{describe_kind(container):an} cannot be indexed")
        return super().subscript(container, key)

    def once(self, value: Abstract) -> Abstract:
        if is_set(value):
            self._refuse_order()
        return super().once(value)

    def item(self, value: Abstract, position: Atom) -> Abstract:
        if is_set(value):
            self._refuse_order()
        return super().item(value, position)

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        if any(map(is_set, values)):
            self._refuse_order()
        return super()._readable_by_position(name, *values)

    def _refuse_order(self) -> NoReturn:
        raise self.unsupported(
            "the items of a set are gone through here",
            "their order is no property of the set, and results would depend on it",
            "sorted(s)",
        )

    def kept(self, value: Abstract, key: Abstract) -> Composite | None:
        held = self.seen(value)
        if is_set(value) and is_dict(held) and isinstance(key, Var):
            if len(items_of(held)) > _LONGEST_COMPARED and is_integer(key.kind):
                return self._widened(value, key, _EMPTY)
        return super().kept(value, key)

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if isinstance(container, Static) and type(container.value) in SETS:
            container = self._copied_from_outside(container)
        return super()._contained(item, container)

    def length(self, value: Abstract) -> Atom:
        if isinstance(value, Static) and type(value.value) in SETS:
            value = self._copied_from_outside(value)
        return super().length(value)

    def _copied_from_outside(self, outside: Static) -> Abstract:
        """A set of the function for one that others may change between two calls."""
        whole, known = outside.value, frozenset(outside.value)
        self.assume(outside, "items", lambda: whole == known)
        made = self.new_dict(set)
        for item in sorted(known, key=repr):
            self._add(made, self.from_rule(item, "item"))
        return made

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if not (is_set(left) and is_set(right)):
            return super()._compared(function, left, right)
        if function in (operator.gt, operator.ge):
            left, right = right, left
        inside = self.call_source(is_within, self._unordered(left), right)
        if function in (operator.le, operator.ge):
            return inside
        counts = self.length(left), self.length(right)
        equal = function in (operator.eq, operator.ne)
        by_count = self.apply(operator.eq if equal else operator.lt, *counts)
        both = self._connect(True, [lambda: self.truth(by_count), lambda: self.truth(inside)])
        found = as_flag(both)
        return self._negated(found) if function is operator.ne else found

    # --- changes, and sets made of sets ---

    def store_in(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        if is_set(array):
            raise self.error(f"{describe_kind(array):an} cannot be indexed")
        super().store_in(array, key, value, target)

    def refuse_key(self, owner: Abstract, key: Abstract) -> NoReturn:
        if not is_set(owner):
            super().refuse_key(owner, key)
        raise self.unsupported(
            f"{describe_kind(key):an} goes into a set here",
            "its items must be integers, or tuples of as many integers, if they are not known "
            "while compiling",
            "a set for each kind of item, or an array",
        )

    def _add(self, owner: Abstract, item: Abstract) -> None:
        super().store_in(owner, item, _EMPTY, None)

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        name = _OPERATORS.get(function)
        if name is None or not (is_set(left) and is_set(right)):
            return super()._binary(function, left, right)
        return self._combined(name, left, [right])

    def updated(self, function: Any, old: Abstract, value: Abstract, target: Any) -> Abstract:
        name = _OPERATORS.get(function)
        if name is None or not (is_set(old) and is_set(value)):
            return super().updated(function, old, value, target)
        if self._class_of(old) is frozenset:
            return self._combined(name, old, [value])
        self._combine(name, old, [value])
        return old

    def _combine(self, name: str, owner: Abstract, others: list[Abstract]) -> None:
        """``owner |= other`` and the like."""
        state_of(owner).resizes += 1
        if name == "union":
            for other in others:
                self.call_source(gathered, owner, self._unordered(other))
        else:
            self.change(owner, self.seen(self._combined(name, owner, others)))

    def _combined(self, name: str, first: Abstract, others: list[Abstract]) -> Abstract:
        """A new set: the union, intersection, … of sets."""
        cls = self._class_of(first)
        if name == "union" or not others:
            return self._set_of(cls, [first, *others])
        other, *rest = (o if is_set(o) else self._set_of(set, [o]) for o in others)
        made = self.new_dict(set)
        pick = kept_in if name == "intersection" else left_out
        self.call_source(pick, made, self._unordered(first), other)
        if name == "symmetric_difference":
            self.call_source(left_out, made, self._unordered(other), first)
        found = Composite(ObjectForm(cls, state_of(made)), ())
        return self._combined(name, found, rest) if rest else found

    def _dict_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if not is_set(owner):
            return super()._dict_method(name, owner, arguments, keywords)
        combining = name.removesuffix("_update")
        if combining in _COMBINING:
            if name == combining:
                return self._combined(name, owner, arguments)
            self._combine(combining, owner, arguments)
            return NONE
        match name, arguments:
            case "add", [item]:
                self._add(owner, item)
                return NONE
            case (("remove" | "discard"), [item]):
                self._remove(owner, item, name == "remove")
                return NONE
            case "update", [*others]:
                self._combine("union", owner, others)
                return NONE
            case (("issubset" | "issuperset"), [other]):
                other = other if is_set(other) else self._set_of(set, [other])
                function = operator.le if name == "issubset" else operator.ge
                return self._compared(function, owner, other)
            case "isdisjoint", [_]:
                shared = self._combined("intersection", owner, arguments)
                return self._negated(self.truth(shared))
            case "copy", []:
                return self._combined("union", owner, [])
            case "clear", []:
                return super()._dict_method(name, owner, arguments, keywords)
        raise self.unsupported(f"the method `{name}` of a set is not supported")

    def _remove(self, owner: Abstract, item: Abstract, must: bool) -> None:
        def missing() -> Abstract:
            return self._missing_key(item) if must else NONE

        held = self.kept(owner, item)
        flat = self.seen(owner)
        if held is None and is_dict(flat) and flat.items and not is_known(item):  # type: ignore[union-attr]
            held = self._kept_for(owner, item)
        if held is not None:
            self._take(owner, held, item, lambda: _EMPTY if missing() is NONE else NONE)
            return
        values = self.mapping(flat)
        known = self.key_of(item) if is_known(item) else None
        if not is_known(item) or known not in values:
            missing()
            return
        state_of(owner).resizes += 1
        state_of(owner).rebind(ITEMS, dict_of({k: v for k, v in values.items() if k != known}))


_OPERATORS: dict[Any, str] = {
    operator.or_: "union",
    operator.and_: "intersection",
    operator.sub: "difference",
    operator.xor: "symmetric_difference",
}
_COMBINING = frozenset(_OPERATORS.values())


def is_set(value: Abstract) -> bool:
    return is_object(value) and value.form.cls in SETS  # type: ignore[union-attr, operator]
