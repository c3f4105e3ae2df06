"""The methods of dicts whose keys only the running program knows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from diffpy.kinds import PY_INT
from diffpy.rules import containers, tables
from diffpy.rules.notation import Value
from diffpy.transform.ir import Atom, Const
from diffpy.transform.specialise_dict_views import Views
from diffpy.transform.specialise_layouts import pairs_of
from diffpy.transform.specialise_mappings import VIEWS, is_known
from diffpy.transform.specialise_objects import is_object, items_of, state_of
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    Layout,
    MappingForm,
    UnionForm,
    dict_of,
    is_dict,
    kinds_of,
    layout_of,
    refill,
    tuple_of,
)


class DictMethods(Views):
    """What ``d.get`` and the like do."""

    def _call_method(
        self, method: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        first = arguments[0] if arguments else NONE
        if isinstance(first, Composite) and isinstance(first.form, UnionForm):
            if is_object(method.items[1]) and self._is_a_dict(method.items[1]):
                rest = arguments[1:]
                return self.distribute(
                    (first,), lambda one: self._call_method(method, [one, *rest], keywords)
                )
        return super()._call_method(method, arguments, keywords)

    def _dict_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        known = all(map(is_known, arguments[:1]))
        held = self.seen(owner)
        match name, arguments:
            case (("keys" | "values" | "items"), []):
                return Composite(VIEWS[name], (owner,))
            case "update", [*given]:
                self._update(owner, given, keywords)
                return NONE
            case "copy", [] if self._class_of(owner) is not dict:
                return self.copied(owner, False, {})
            case _ if is_dict(held) and known:
                return super()._dict_method(name, owner, arguments, keywords)
            case _ if is_dict(held) and not items_of(held) and name != "setdefault":
                return self._absent(name, arguments)
            case "get", [key, *default] if len(default) < 2:
                return self._looked_up(owner, key, lambda: default[0] if default else NONE)
            case "setdefault", [key, value]:
                value = self.owned(value)

                def store() -> Abstract:
                    self.store_in(owner, key, value, None)
                    return value

                return self._looked_up(owner, key, store)
            case "pop", [key, *default] if len(default) < 2:
                kept = self._kept_for(owner, key)
                if default:
                    return self._take(owner, kept, key, lambda: default[0])
                return self._take(owner, kept, key, lambda: self._missing_key(key))
            case "popitem", []:
                return self._take_last(owner, held)
            case "clear", []:
                self.resized(owner)
                self.change(owner, self.coerce(dict_of({}), layout_of(held)))
                return NONE
            case "copy", []:
                return self._copied(held)
        raise self.unsupported(f"the method `{name}` of this dict is not supported yet")

    def _absent(self, name: str, arguments: list[Abstract]) -> Abstract:
        """A method of a dict without keys."""
        match name, arguments:
            case "get", [_]:
                return NONE
            case (("get" | "pop"), [_, default]):
                return default
            case "pop", [key]:
                self.throw_user(KeyError, [key], [])
        raise self.unsupported(f"the method `{name}` of this dict is not supported yet")

    def _looked_up(
        self, owner: Abstract, key: Abstract, missing: Callable[[], Abstract]
    ) -> Abstract:
        if is_dict(self.seen(owner)) and not items_of(self.seen(owner)):
            return missing()
        held = self._kept_for(owner, key)
        place = self.slot_of(held, key)
        return self._found(place, missing, lambda: self._at(held, place))

    def _kept_for(self, owner: Abstract, key: Abstract) -> Composite:
        """What a dict holds, by places."""
        held = self.kept(owner, key)
        if held is None:
            _, elements = pairs_of(layout_of(self.seen(owner))) or ((), ())
            if not elements:
                raise self.other_keys()
            self._widened(owner, key, refill(elements[0], self._dummies(elements[0])))
            held = self.kept(owner, key)
        assert held is not None
        return held

    def _dummies(self, layout: Layout) -> Iterator[Atom]:
        return (self.dummy_atom(kind) for kind in kinds_of(layout))

    # --- taking away ---

    def _take(
        self, owner: Abstract, held: Composite, key: Abstract, missing: Callable[[], Abstract]
    ) -> Abstract:
        """Take a key and its value away; the value."""
        assert isinstance(held.form, MappingForm)
        form = held.form
        state_of(owner).resizes += 1
        state_of(owner).changed = True
        table, keys, elements = self._parts(held)
        numbers = self._numbers(held, key)
        if numbers is None:
            return missing()
        place = tables.remove(table, numbers)

        def take() -> Abstract:
            for one in keys:
                containers.pop(one, place)
            atoms: Iterator[Atom] = (containers.pop(one, place).atom for one in elements)
            return refill(form.element, iter(list(atoms)))

        return self._found(place, missing, take)

    def _take_last(self, owner: Abstract, held: Abstract) -> Abstract:
        """``owner.popitem()``."""
        assert isinstance(held, Composite) and isinstance(held.form, MappingForm)
        count, form = self.length(owner), held.form
        _, keys, _ = self._parts(held)

        def missing() -> Abstract:
            self.throw("KeyError", "popitem(): dictionary is empty")

        def take() -> Abstract:
            last = self.apply(operator.sub, count, Const(1, PY_INT))
            atoms = [containers.get(one, Value(last), inside=True).atom for one in keys]
            key = refill(form.key, iter(atoms))
            return tuple_of(key, self._take(owner, held, key, missing))

        return self.choose(
            self._as_test(self.apply(operator.eq, count, Const(0, PY_INT))), missing, take
        )

    def delete_item(self, owner: Abstract, key: Abstract) -> None:
        if isinstance(key, Composite) and isinstance(key.form, UnionForm):
            self.distribute((key,), lambda one: self._deleted(owner, one))
            return
        held = self.kept(owner, key)
        if held is None:
            super().delete_item(owner, key)
        else:
            self._take(owner, held, key, lambda: self._missing_key(key))

    def _deleted(self, owner: Abstract, key: Abstract) -> Abstract:
        self.delete_item(owner, key)
        return NONE

    def copied(self, value: Abstract, deep: bool, known: dict[Any, Abstract]) -> Abstract:
        raise NotImplementedError
