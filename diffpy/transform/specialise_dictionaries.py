"""Dicts whose keys are known while compiling: the values are the items of a composite.

    options = {"rate": x, "steps": 3}       options_rate, options_steps = x, 3
    y = options["rate"] * 2                 y = options_rate * 2

They are made by displays, `dict`, ``|`` and ``**`` parameters, and are not changed afterwards.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any

from diffpy.errors import KindError
from diffpy.kinds import PY_INT
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_outside import Outside
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    DictForm,
    Static,
    UnionForm,
    describe_kind,
    dict_of,
    is_dict,
    is_tuple,
    tuple_of,
)

KEYS: type = type({}.keys())
VALUES: type = type({}.values())
ITEMS: type = type({}.items())


class Dictionaries(Outside):
    """How dicts are made and read."""

    def display_of(self, keys: list[Abstract | None], values: list[Abstract]) -> Composite:
        """``{key: value, **value}``, the latter where there is no key."""
        found: dict[Any, Abstract] = {}
        for key, value in zip(keys, values):
            if key is None:
                found.update(self.mapping(value))
            else:
                found[self.key_of(key)] = value
        return dict_of({key: self.owned(value) for key, value in found.items()})

    def mapping(self, value: Abstract) -> dict[Any, Abstract]:
        """A dict's keys and values."""
        value = self.opened(value)
        if isinstance(value, Composite) and isinstance(value.form, DictForm):
            return dict(zip(value.form.keys, value.items))
        if isinstance(value, Static):
            self.lasting(value)
        if isinstance(value, Composite) and isinstance(value.form, UnionForm):
            raise self.other_keys()
        raise self.error(f"{describe_kind(value):an} is no mapping")

    def other_keys(self) -> KindError:
        return self.error(
            "a dict has other keys on other ways to here",
            "which keys it has decides what is computed",
            "give it all of its keys where it is made: {'a': 0.0, 'b': 0.0}",
        )

    def key_of(self, value: Abstract) -> Any:
        """What a key is, which must be known while compiling."""
        match value:
            case Const():
                return value.value
            case Static() if isinstance(value.value, Hashable):
                return value.value
            case Composite() if is_tuple(value):
                items = [self.key_of(item) for item in value.items]
                cls = getattr(value.form, "cls", tuple)
                return tuple(items) if cls is tuple else cls(*items)
        raise self.unsupported(
            f"{describe_kind(value):an} is the key of a dict here",
            "the keys of a dict must be known while compiling",
            "an array, or a tuple",
        )

    def dict_item(self, container: Composite, key: Abstract) -> Abstract:
        """``container[key]``."""
        values = self.mapping(container)
        if isinstance(key, Var):
            return self._item_at(values, key)
        known = self.key_of(key)
        if known not in values:
            self.throw("KeyError", str(known))
        return values[known]

    def _item_at(self, values: dict[Any, Abstract], key: Var) -> Abstract:
        """The item at a number that only the running program knows."""
        numbers = [k for k in values if isinstance(k, int | float)]

        def chain(rest: list[Any]) -> Abstract:
            if not rest:
                self.throw("KeyError", "a number that is no key")
            test = self.apply(operator.eq, key, self._as_atom(self.from_rule(rest[0], "key")))
            return self.choose(
                self._as_test(test), lambda: values[rest[0]], lambda: chain(rest[1:])
            )

        return chain(numbers)

    def call_dict_method(
        self, name: str, owner: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        values = self.mapping(owner)
        match name, arguments:
            case "get", [key, *default] if len(default) < 2 and not keywords:
                return values.get(self.key_of(key), default[0] if default else NONE)
            case "keys", []:
                return tuple_of(*self._keys(owner), cls=KEYS)
            case "values", []:
                return tuple_of(*owner.items, cls=VALUES)
            case "items", []:
                pairs = zip(self._keys(owner), owner.items)
                return tuple_of(*(tuple_of(*pair) for pair in pairs), cls=ITEMS)
            case "copy", []:
                return owner
        raise self.unsupported(
            f"the method `{name}` of a dict is not supported",
            "dicts are not changed after they are made",
            'make a new one: d = {**d, "key": value}',
        )

    def _keys(self, value: Composite) -> list[Abstract]:
        return [self.from_rule(key, "keys") for key in self.mapping(value)]

    def _dict(self, *given: Abstract, **keywords: Abstract) -> Abstract:
        """``dict(a=x)``, ``dict(d)``, ``dict(pairs)``."""
        found: dict[Any, Abstract] = {}
        if len(given) > 1:
            raise self.error("dict takes at most one argument")
        for value in given:
            value = self.opened(value)
            if is_dict(value):
                found.update(self.mapping(value))
                continue
            if self._known_length(value) is None:
                raise self.unsupported(
                    "a dict is made here whose keys only the running program knows",
                    "the keys of a dict must be known while compiling",
                    "an array, or two lists",
                )
            for pair in self.unpacked(value):
                parts = self.unpacked(pair)
                if len(parts) != 2:
                    self.throw("ValueError", "dict takes pairs")
                found[self.key_of(parts[0])] = parts[1]
        return dict_of({**found, **keywords})

    # --- what Python's operators do with dicts ---

    def once(self, value: Abstract) -> Abstract:
        value = super().once(value)
        if isinstance(value, Composite) and is_dict(value):
            return tuple_of(*self._keys(value))
        return value

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if isinstance(container, Composite) and is_dict(container):
            return self.dict_item(container, key)
        return super().subscript(container, key)

    def length(self, value: Abstract) -> Atom:
        if isinstance(value, Composite) and is_dict(value):
            return Const(len(value.items), PY_INT)
        return super().length(value)

    def truth(self, value: Abstract) -> bool | Atom:
        if isinstance(value, Composite) and is_dict(value):
            return bool(value.items)
        return super().truth(value)

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if function is operator.or_ and is_dict(left) and is_dict(right):
            return dict_of({**self.mapping(left), **self.mapping(right)})
        return super()._binary(function, left, right)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if function in (operator.eq, operator.ne) and is_dict(left) and is_dict(right):
            one, two = self.mapping(left), self.mapping(right)
            same = one.keys() == two.keys()
            values = [tuple_of(*one.values()), tuple_of(*(two[k] for k in one))] if same else []
            if same:
                return super()._compared(function, *values)
            return TRUE if function is operator.ne else FALSE
        return super()._compared(function, left, right)

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if not is_dict(container):
            return super()._contained(item, container)
        if isinstance(item, Var):
            return super()._contained(item, self.once(container))
        return TRUE if self.key_of(item) in self.mapping(container) else FALSE

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if isinstance(owner, Composite) and is_dict(owner) and hasattr(dict, name):
            return self.own_method(name, owner)
        return super().attribute(owner, name)


DICTIONARY_CALLS: dict[int, Callable[..., Abstract | None]] = {id(dict): Dictionaries._dict}
