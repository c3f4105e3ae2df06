"""Iterators: what `map`, `zip`, `itertools` make, and how it is gone through.

Where position and length say everything, an iterator is read by position, and a loop over it
becomes an index loop. Each is gone through once: a second loop over an iterator that is kept in a
variable would find it empty.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from diffpy.kinds import PY_INT
from diffpy.rules import iteration
from diffpy.transform.ir import Atom, Const
from diffpy.transform.specialise_dictionaries import Dictionaries
from diffpy.transform.values import (
    ENUMERATE,
    REVERSED,
    ZIP,
    Abstract,
    Composite,
    DictForm,
    NamedForm,
    Static,
    TupleForm,
    describe_kind,
    is_none,
    is_tuple,
    tuple_of,
)

MAP = NamedForm("map")  # function, *sequences
STARMAP = NamedForm("starmap")  # function, sequence
COUNT = NamedForm("count")  # start, step
REPEAT = NamedForm("repeat")  # item, times or None
CYCLE = NamedForm("cycle")  # sequence of known length
ITERATORS = (MAP, STARMAP, COUNT, REPEAT, CYCLE, ENUMERATE, ZIP, REVERSED)
#: what is known item by item and gone through once
TupleIterator = type(iter(()))


def is_iterator(value: Abstract) -> bool:
    """Whether a value is an iterator, and no generator."""
    one_by_one = TupleForm(TupleIterator)
    return isinstance(value, Composite) and (value.form in ITERATORS or value.form == one_by_one)


class Iterators(Dictionaries):
    """How iterables are made and gone through."""

    def once(self, value: Abstract) -> Abstract:
        """An iterable that is gone through now; an iterator only this once."""
        value = super().once(value)
        if isinstance(value, Static) and isinstance(value.value, str):
            return tuple_of(*map(Static, value.value))
        if isinstance(value, Composite) and is_iterator(value):
            for part in (value, *iterators_in(value.items)):
                if id(part) in self.program.consumed:
                    raise self.unsupported(
                        f"{describe_kind(part):an} is gone through a second time",
                        "an iterator is empty then",
                        "make it where it is used, or make a tuple of it",
                    )
                if id(part) in self.before_loops:
                    raise self.unsupported(
                        f"{describe_kind(part):an} is gone through in each iteration of a loop "
                        "around it",
                        "an iterator is empty after the first time",
                        "make it where it is used, or make a tuple of it",
                    )
                self.program.consumed[id(part)] = part
        return value

    def _loop(self, node: Any, *parts: Any, **options: Any) -> None:
        names = self.definition.liveness.names(self.definition.liveness.inside(node))
        made_before = iterators_in((self.env.get(name) for name in names), self.seen)
        outside = self.before_loops
        self.before_loops = {**outside, **{id(part): part for part in made_before}}
        super()._loop(node, *parts, **options)
        self.before_loops = outside

    def seen(self, value: Abstract) -> Abstract:
        """What a list or a dict holds now; other values are what they are."""
        return value

    def known(self, value: Abstract) -> list[Abstract] | None:
        """The items of an iterable that is gone through now, if their number is known."""
        count = self._known_length(value)
        if count is None or self._others(value):
            return None
        if isinstance(value, Composite) and is_tuple(value):
            return list(value.items)
        return [self.item(value, Const(k, PY_INT)) for k in range(count)]

    def load(self, name: str) -> Abstract:
        value = super().load(name)
        if name not in self.definition.locals and iterators_in((value,)):
            raise self.unsupported(
                f"`{name}` is an iterator of the function around this one",
                "how far it has come is not known here",
                "make it where it is used",
            )
        return value

    def hand_on(self, function: Abstract, arguments: tuple[Abstract, ...]) -> None:
        """An iterator that is handed on is used up by whom it is handed to."""
        if isinstance(function, Composite) or _is_python(function):
            for iterator in iterators_in(arguments):
                self.once(iterator)

    def unpacked(self, value: Abstract) -> list[Abstract]:
        value = self.once(value)
        found = self.known(value)
        return super().unpacked(value) if found is None else found

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        value = self.once(value)
        if isinstance(value, Composite) and (is_iterator(value) or not is_tuple(value)):
            found = self.known(value)
            value = value if found is None else tuple_of(*found)
        super()._unpack(targets, value)

    def looped_over(self, iterable: Abstract) -> Abstract:
        """What a loop goes through, and may change meanwhile."""
        return self.once(iterable)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        iterable = self.looped_over(iterable)
        if isinstance(iterable, Composite) and self._is_endless(iterable):
            iterable = self._endless_generator(iterable)
        super().iterate(node, iterable)

    def _endless_generator(self, value: Composite) -> Abstract:
        if value.form == COUNT:
            return self.call_source(iteration.count, *value.items)
        if value.form == REPEAT:
            return self.call_source(iteration.repeat, value.items[0])
        raise self.unsupported(f"a loop over an endless {describe_kind(value)}")

    def call_source(self, function: Any, *values: Abstract, **keywords: Abstract) -> Abstract:
        return self.call_python(function, list(values), keywords)

    # --- lengths and items ---

    def length(self, value: Abstract) -> Atom:
        match value:
            case Composite(form=NamedForm(name="map"), items=(_, first)):
                return self.length(first)
            case Composite(form=NamedForm(name="map")):
                return self.length(Composite(ZIP, value.items[1:]))
            case Composite(form=NamedForm(name="starmap")):
                return self.length(value.items[1])
            case Composite(form=NamedForm(name="repeat")) if not self._is_endless(value):
                return self._range_length(Const(0, PY_INT), value.items[1], Const(1, PY_INT))
            case Composite(form=NamedForm(name="zip")):
                ending = tuple(item for item in value.items if not self._is_endless(item))
                return super().length(Composite(ZIP, ending))
        return super().length(value)

    def item(self, value: Abstract, position: Atom) -> Abstract:
        match value:
            case Composite(form=NamedForm(name="map"), items=(function, *sequences)):
                items = [self.item(sequence, position) for sequence in sequences]
                return self.call(function, items, {})
            case Composite(form=NamedForm(name="starmap"), items=(function, sequence)):
                return self.call(function, self.unpacked(self.item(sequence, position)), {})
            case Composite(form=NamedForm(name="count"), items=(start, step)):
                gone = self.binary(operator.mul, position, step)
                return self.binary(operator.add, start, gone)
            case Composite(form=NamedForm(name="repeat")):
                return value.items[0]
            case Composite(form=NamedForm(name="cycle"), items=(sequence,)):
                length = self.length(sequence)
                place = self._as_atom(self.apply(operator.mod, position, length))
                return self.item(sequence, place)
        return super().item(value, position)

    def _is_endless(self, value: Abstract) -> bool:
        match value:
            case Composite(form=NamedForm(name="count" | "cycle")):
                return True
            case Composite(form=NamedForm(name="repeat")):
                return is_none(value.items[1])
            case Composite(form=NamedForm(name="map" | "starmap")):
                return all(map(self._is_endless, value.items[1:]))
            case Composite(form=NamedForm(name="enumerate")):
                return self._is_endless(value.items[0])
            case Composite(form=NamedForm(name="zip")):
                return bool(value.items) and all(map(self._is_endless, value.items))
        return False

    def _is_iterable(self, value: Abstract) -> bool:
        match value:
            case Composite(form=NamedForm(name="map" | "starmap")):
                return all(map(self._is_iterable, value.items[1:]))
            case Composite(form=NamedForm(name="count" | "repeat" | "cycle")):
                return True
        return super()._is_iterable(value)

    def _known_length(self, value: Abstract) -> int | None:
        match value:
            case Composite(form=NamedForm(name="map"), items=(_, *sequences)):
                return super()._known_length(Composite(ZIP, tuple(sequences)))
            case Composite(form=NamedForm(name="starmap")):
                return self._known_length(value.items[1])
            case Composite(form=NamedForm(name="repeat"), items=(_, Const() as times)):
                return max(0, times.value)
        return super()._known_length(value)

    def _others(self, iterable: Abstract) -> list[Abstract]:
        match iterable:
            case Composite(form=NamedForm(name="map" | "starmap")):
                found = super()._others(Composite(ZIP, iterable.items[1:]))
            case _:
                found = super()._others(iterable)
        return [item for item in found if not self._is_endless(item)]


def iterators_in(
    values: Iterable[Abstract], seen: Callable[[Abstract], Abstract] = lambda value: value
) -> list[Composite]:
    found: list[Composite] = []
    for value in map(seen, values):
        if isinstance(value, Composite):
            if is_iterator(value):
                found.append(value)
            if isinstance(value.form, TupleForm | DictForm) or value.form in ITERATORS:
                found += iterators_in(value.items, seen)
    return found


def _is_python(function: Abstract) -> bool:
    from diffpy.transform.find_source import plain_function

    return isinstance(function, Static) and plain_function(function.value) is not None
