"""Views of dicts, and loops over dicts whose keys only the running program knows.

for k, v in d.items():             for place in range(len(d_0)):
    s += k * v                         k, v = d_0[place], d_1[place]
"""

from __future__ import annotations

from typing import Any

from diffpy.rules.consumers import CONSUMERS
from diffpy.rules.notation import Value
from diffpy.transform.ir import Atom
from diffpy.transform.specialise_mappings import ITEM_PAIRS, KEYS, VALUES, Mappings
from diffpy.transform.specialise_objects import is_mapping, is_object, state_of
from diffpy.transform.values import (
    TUPLE,
    Abstract,
    Composite,
    CompositeLayout,
    GrowingForm,
    Layout,
    MappingForm,
    NamedForm,
    TupleForm,
    describe_kind,
    is_dict,
    tuple_of,
)


class Views(Mappings):
    """How dicts are gone through."""

    def seen(self, value: Abstract) -> Abstract:
        if not _is_view(value):
            return super().seen(value)
        assert isinstance(value, Composite)
        owner = value.items[0]
        held = super().seen(owner)
        if is_dict(held):
            return self._flat_view(value, held)
        if not (isinstance(held, Composite) and isinstance(held.form, MappingForm)):
            raise self.other_keys()
        _, keys, elements = self._parts(held)
        key, element = held.form.key, held.form.element
        shown: dict[Any, tuple[Layout, list[Value]]] = {
            KEYS: (key, keys),
            VALUES: (element, elements),
            ITEM_PAIRS: (CompositeLayout(TUPLE, (key, element)), [*keys, *elements]),
        }
        layout, lists = shown[value.form]
        return Composite(GrowingForm(layout), tuple(one.atom for one in lists))

    def _flat_view(self, view: Composite, held: Abstract) -> Abstract:
        pairs = [(self.from_rule(k, "keys"), v) for k, v in self.mapping(held).items()]
        match view.form:
            case NamedForm(name="dict_keys"):
                return tuple_of(*(k for k, _ in pairs))
            case NamedForm(name="dict_values"):
                return tuple_of(*(v for _, v in pairs))
        return tuple_of(*(tuple_of(k, v) for k, v in pairs))

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if _is_view(container):
            raise self.error(f"{describe_kind(container):an} cannot be indexed")
        return super().subscript(container, key)

    def once(self, value: Abstract) -> Abstract:
        if is_mapping(self.seen(value)):
            return Composite(KEYS, (value,))
        return super().once(value)

    def looped_over(self, iterable: Abstract) -> Abstract:
        return iterable if _is_view(iterable) else super().looped_over(iterable)

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        found = super()._readable_by_position(name, *values)
        return tuple(v if _is_view(v) else f for v, f in zip(values, found))

    def item(self, value: Abstract, position: Atom) -> Abstract:
        if is_mapping(self.seen(value)):
            return self.item(Composite(KEYS, (value,)), position)
        return super().item(value, position)

    def _is_iterable(self, value: Abstract) -> bool:
        return is_mapping(self.seen(value)) or super()._is_iterable(value)

    def consumer_of(self, function: Any, arguments: list[Abstract]) -> Any:
        places = [k for k, a in enumerate(arguments) if is_mapping(self.seen(a))]
        if places and function in (sum, min, max, any, all) and function in CONSUMERS:
            return self.consumer_at(function, places)
        return super().consumer_of(function, arguments)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        states = [state_of(v) for v in _dicts_in(iterable) if self._is_a_dict(v)]
        before = [state.resizes for state in states]
        for state in states:
            state.looped += 1
        super().iterate(node, iterable)
        for state in states:
            state.looped -= 1
        if before != [state.resizes for state in states]:
            raise self.unsupported(
                "a dict may get or lose keys in a loop over it",
                "Python raises a RuntimeError then",
                "loop over a copy: for k in list(d)",
            )

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if _is_view(owner):
            raise self.unsupported(f"an attribute of {describe_kind(owner):an} is read here")
        return super().attribute(owner, name)

    def to_rule(self, value: Abstract, name: str) -> Any:
        if _is_view(value):
            raise self.error(f"{describe_kind(value):an} is no number and no array")
        return super().to_rule(value, name)


def _is_view(value: Abstract) -> bool:
    return isinstance(value, Composite) and value.form in (KEYS, VALUES, ITEM_PAIRS)


def _dicts_in(value: Abstract) -> list[Abstract]:
    """The dicts that an iterable is or shows."""
    if is_object(value):
        return [value]
    if isinstance(value, Composite) and not isinstance(value.form, TupleForm):
        return [found for item in value.items for found in _dicts_in(item)]
    return []
