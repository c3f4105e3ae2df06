"""Iterators: `map`, `filter`, `itertools`, and what goes through an iterable at once.

Where position and length say everything, an iterator is read by position, and a loop over it
becomes an index loop. The others are generators (see `diffpy.rules.iteration`). Each is gone
through once: a second loop over an iterator that is kept in a variable would find it empty.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

from diffpy.kinds import PY_INT, Array
from diffpy.rules import iteration, structural
from diffpy.rules.consumers import CONSUMERS
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_dictionaries import Dictionaries
from diffpy.transform.specialise_frames import FALSE
from diffpy.transform.specialise_generators import is_generator
from diffpy.transform.values import (
    ENUMERATE,
    NONE,
    RANGE,
    REVERSED,
    SLICE,
    ZIP,
    Abstract,
    Composite,
    NamedForm,
    Static,
    TupleForm,
    describe_kind,
    is_array,
    is_none,
    is_tuple,
    tuple_of,
)

MAP = NamedForm("map")  # function, *sequences
STARMAP = NamedForm("starmap")  # function, sequence
COUNT = NamedForm("count")  # start, step
REPEAT = NamedForm("repeat")  # item, times or None
CYCLE = NamedForm("cycle")  # sequence of known length
_ITERATORS = (MAP, STARMAP, COUNT, REPEAT, CYCLE, ENUMERATE, ZIP, REVERSED)
#: what is known item by item and gone through once
TupleIterator = type(iter(()))

_LONGEST = 4096


class Iterators(Dictionaries):
    """How iterables are made and gone through."""

    # --- going through ---

    def once(self, value: Abstract) -> Abstract:
        """An iterable that is gone through now; an iterator only this once."""
        value = super().once(value)
        if isinstance(value, Static) and isinstance(value.value, str):
            return tuple_of(*map(Static, value.value))
        if not isinstance(value, Composite):
            return value
        if value.form in _ITERATORS or value.form == TupleForm(TupleIterator):
            for part in (value, *_iterators_in(value.items)):
                if id(part) in self.program.consumed:
                    raise self.unsupported(
                        f"{describe_kind(part):an} is gone through a second time",
                        "an iterator is empty then",
                        "make it where it is used, or make a tuple of it",
                    )
                self.program.consumed[id(part)] = part
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
        if name not in self.definition.locals and _iterators_in((value,)):
            raise self.unsupported(
                f"`{name}` is an iterator of the function around this one",
                "how far it has come is not known here",
                "make it where it is used",
            )
        return value

    def hand_on(self, function: Abstract, arguments: tuple[Abstract, ...]) -> None:
        """An iterator that is handed on is used up by whom it is handed to."""
        if isinstance(function, Composite) or _is_python(function):
            for iterator in _iterators_in(arguments):
                self.once(iterator)

    def unpacked(self, value: Abstract) -> list[Abstract]:
        value = self.once(value)
        found = self.known(value)
        return super().unpacked(value) if found is None else found

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        value = self.once(value)
        if isinstance(value, Composite) and not is_tuple(value):
            found = self.known(value)
            value = value if found is None else tuple_of(*found)
        super()._unpack(targets, value)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        iterable = self.once(iterable)
        if isinstance(iterable, Composite) and self._is_endless(iterable):
            iterable = self._endless_generator(iterable)
        super().iterate(node, iterable)

    def _endless_generator(self, value: Composite) -> Abstract:
        if value.form == COUNT:
            return self._python(iteration.count, *value.items)
        if value.form == REPEAT:
            return self._python(iteration.repeat, value.items[0])
        raise self.unsupported(f"a loop over an endless {describe_kind(value)}")

    def _python(self, function: Any, *values: Abstract, **keywords: Abstract) -> Abstract:
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

    # --- making ---

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        found = []
        for value in values:
            value = super().once(value)  # of a dict its keys
            if is_generator(value):
                raise self.unsupported(
                    f"`{name}` of a generator is not supported here", "", "a for loop over it"
                )
            if isinstance(value, Static) and isinstance(value.value, str):
                value = tuple_of(*map(Static, value.value))
            if not self._is_iterable(value):
                raise self.error(f"{describe_kind(value):an} cannot be iterated over")
            found.append(value)
        return tuple(found)

    def _enumerate(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract:  # noqa: B008
        (value,) = self._readable_by_position("enumerate", value)
        return super()._enumerate(value, start)

    def _zip(self, *values: Abstract, strict: Abstract = FALSE) -> Abstract:
        return super()._zip(*self._readable_by_position("zip", *values), strict=strict)

    def _reversed(self, value: Abstract) -> Abstract:
        (value,) = self._readable_by_position("reversed", value)
        return super()._reversed(value)

    def _map(self, function: Abstract, *values: Abstract) -> Abstract:
        if not values:
            raise self.error("map takes a function and iterables")
        return Composite(MAP, (function, *self._readable_by_position("map", *values)))

    def _starmap(self, function: Abstract, value: Abstract) -> Abstract:
        if is_generator(value):
            return self._python(iteration.starmap, function, value)
        return Composite(STARMAP, (function, *self._readable_by_position("starmap", value)))

    def _count(
        self,
        start: Abstract = Const(0, PY_INT),  # noqa: B008
        step: Abstract = Const(1, PY_INT),  # noqa: B008
    ) -> Abstract:
        return Composite(COUNT, (start, step))

    def _repeat(self, item: Abstract, times: Abstract = NONE) -> Abstract:
        return Composite(REPEAT, (item, times))

    def _cycle(self, value: Abstract) -> Abstract:
        (value,) = self._readable_by_position("cycle", value)
        found = self.known(value)
        if found:
            return Composite(CYCLE, (tuple_of(*found),))
        raise self.unsupported("`cycle` of what is no tuple", "", "an index: v[i % len(v)]")

    def _islice(self, value: Abstract, *bounds: Abstract) -> Abstract:
        start: Abstract = Const(0, PY_INT)
        step: Abstract = Const(1, PY_INT)
        if len(bounds) == 1:
            (stop,) = bounds
        else:
            start, stop, *rest = bounds
            step = rest[0] if rest and not is_none(rest[0]) else step
            start = Const(0, PY_INT) if is_none(start) else start
        for bound in (start, stop, step):
            if isinstance(bound, Const) and bound.value < (bound is step):
                self.throw(
                    "ValueError", "the bounds of islice() are not negative, its step is not 0"
                )
        simple = is_tuple(value) or is_array(value)
        if simple and all(isinstance(b, Const) or is_none(b) for b in (start, stop, step)):
            found = self.subscript(value, Composite(SLICE, (start, stop, step)))
            return self._iterator_of(found.items) if isinstance(found, Composite) else found
        return self._python(iteration.islice, value, start, stop, step)

    def _iterator_of(self, items: Any) -> Abstract:
        items = tuple(items)
        if len(items) > _LONGEST:
            raise self.unsupported(f"an iterator of {len(items)} items", "", "nested loops")
        return tuple_of(*items, cls=TupleIterator)

    def _sequence(self, name: str, value: Abstract) -> Abstract:
        """What Python makes a tuple of before it goes on: nothing changes it afterwards."""
        (value,) = self._readable_by_position(name, value)
        value = self.once(value)
        found = self.known(value)
        if found is not None:
            return tuple_of(*found)
        if is_array(value) and isinstance(value, Var) and isinstance(value.kind, Array):
            return self.builder.value(structural.copy, value) if value.kind.ndim == 1 else value
        if isinstance(value, Composite) and value.form == RANGE:
            return value
        raise self.unsupported(f"`{name}` of {describe_kind(value):an}", "", "nested loops")

    def _product(self, *values: Abstract, repeat: Abstract = Const(1, PY_INT)) -> Abstract:  # noqa: B008
        if not isinstance(repeat, Const):
            raise self.unsupported("`repeat=` of product is not known while compiling")
        sequences = [self._sequence("product", value) for value in values] * repeat.value
        known = [self.known(sequence) for sequence in sequences]
        items = [part for part in known if part is not None]
        if len(items) == len(sequences):
            return self._iterator_of(tuple_of(*row) for row in itertools.product(*items))
        return self._python(iteration.product, *sequences)

    def _chosen(self, function: Any, value: Abstract, count: Abstract = NONE) -> Abstract:
        """combinations and permutations."""
        sequence = self._sequence(function.__name__, value)
        if isinstance(sequence, Composite) and sequence.form == RANGE:
            if all(isinstance(bound, Const) for bound in sequence.items):
                bounds = [bound.value for bound in sequence.items if isinstance(bound, Const)]
                if len(range(*bounds)) <= 8:
                    sequence = tuple_of(*(Const(i, PY_INT) for i in range(*bounds)))
        items = self.known(sequence)
        if not (is_none(count) or isinstance(count, Const)):
            raise self.unsupported(
                f"the length of {function.__name__} is not known while compiling"
            )
        number = count.value if isinstance(count, Const) else None
        if items is not None:
            rows = function(items, number) if number is not None else function(items)
            return self._iterator_of(tuple_of(*row) for row in rows)
        python = _CHOICES.get((function, number))
        if python is None:
            raise self.unsupported(
                f"`{function.__name__}` of {describe_kind(sequence):an} is not supported here",
                "how many there are is not known while compiling",
                "nested loops",
            )
        return self._python(python, sequence)

    def _zip_longest(self, *values: Abstract, fillvalue: Abstract = NONE) -> Abstract:
        columns = [self.known(v) for v in self._readable_by_position("zip_longest", *values)]
        known = [column for column in columns if column is not None]
        if len(known) != len(columns):
            raise self.unsupported("`zip_longest` of what is no tuple is not supported")
        rows = itertools.zip_longest(*known, fillvalue=fillvalue)
        return self._iterator_of(tuple_of(*row) for row in rows)

    # --- what goes through an iterable at once ---

    def _all_items(self, name: str, value: Abstract) -> list[Abstract] | None:
        """The items of an iterable that is gone through here, if their number is known."""
        value = self.seen(value)
        if not isinstance(value, Composite) or is_generator(value):
            return None
        return self.known(self.once(value))

    def _sum(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract | None:  # noqa: B008
        return self._folded(
            sum, value, lambda v: super(Iterators, self)._sum(v, start), start=start
        )

    def _any_all(self, conjunction: bool, value: Abstract) -> Abstract | None:
        consumer = all if conjunction else any
        return self._folded(
            consumer, value, lambda v: super(Iterators, self)._any_all(conjunction, v)
        )

    def _folded(
        self, function: Any, value: Abstract, known: Callable[[Abstract], Any], **options: Abstract
    ) -> Abstract | None:
        """A builtin over items: of known ones, of an array by its rule, or a loop."""
        if not isinstance(value, Composite):
            return None
        items = self._all_items(function.__name__, value)
        if items is not None:
            found: Abstract | None = known(tuple_of(*items))
            return found
        if value.form == RANGE or value.form in _ITERATORS:
            return self._python(CONSUMERS[function][1], value, **options)
        return None

    def _largest(self, function: Any, *values: Abstract, **options: Abstract) -> Abstract | None:
        """min and max of an iterable, and with a key."""
        if len(values) == 1:
            items = self._all_items(function.__name__, values[0])
            if items is None and isinstance(values[0], Composite):
                return self._python(CONSUMERS[function][1], values[0], **options)
        else:
            items = list(values)
        if items == [] and "default" not in options:
            self.throw("ValueError", f"{function.__name__}() arg is an empty sequence")
        if items is None or not ({"key", "default"} & set(options)):
            one = [tuple_of(*items)] if items is not None and len(values) == 1 else values
            return super()._largest(function, *one, **options)
        if is_none(options.get("key", NONE)) and items:
            return items[0] if len(items) == 1 else self.call(Static(function), items, {})
        return self._python(CONSUMERS[function][1], tuple_of(*items), **options)

    def _reduce(self, function: Abstract, value: Abstract, *initial: Abstract) -> Abstract:
        items = self._all_items("reduce", value)
        if items is None:
            return self._python(CONSUMERS[functools.reduce][1], function, value, *initial)
        items = [*initial, *items]
        if not items:
            self.throw("TypeError", "reduce() of empty iterable with no initial value")
        total = items[0]
        for item in items[1:]:
            total = self.call(function, [total, item], {})
        return total

    def _sorted(
        self, value: Abstract, *, key: Abstract = NONE, reverse: Abstract = FALSE
    ) -> Abstract | None:
        items = self._all_items("sorted", value)
        if items is None or not isinstance(reverse, Const):
            raise self.unsupported(
                f"`sorted` of {describe_kind(value):an}", "", "np.sort, or a tuple of few items"
            )
        if len(items) > 16:
            raise self.unsupported("`sorted` of more than 16 items", "", "np.sort")
        done = self._python(iteration.in_order, tuple_of(*items), key, reverse)
        assert isinstance(done, Composite)
        return tuple_of(*done.items, cls=list)

    def _tuple_of(self, *values: Abstract) -> Abstract:
        if len(values) == 1:
            items = self._all_items("tuple", self.seen(values[0]))
            if items is not None:
                return tuple_of(*items)
        return super()._tuple_of(*values)

    def _list_of(self, *values: Abstract) -> Abstract:
        found = self._tuple_of(*values)
        assert isinstance(found, Composite)
        return tuple_of(*found.items, cls=list)


_CHOICES: dict[tuple[Any, int | None], Callable[..., Any]] = {
    (itertools.combinations, 2): iteration.pairs,
    (itertools.combinations, 3): iteration.triples,
    (itertools.permutations, 2): iteration.ordered_pairs,
}


def _generator(function: Any) -> Callable[..., Abstract]:
    """A call of an iterator that is always a generator."""
    return lambda self, *values, **options: self._python(function, *values, **options)


ITERATOR_CALLS: dict[int, Callable[..., Abstract | None]] = {
    id(enumerate): Iterators._enumerate,
    id(zip): Iterators._zip,
    id(reversed): Iterators._reversed,
    id(map): Iterators._map,
    id(filter): _generator(CONSUMERS[filter][1]),
    id(sum): Iterators._sum,
    id(tuple): Iterators._tuple_of,
    id(list): Iterators._list_of,
    id(sorted): Iterators._sorted,
    id(functools.reduce): Iterators._reduce,
    id(min): lambda self, *a, **k: self._largest(min, *a, **k),
    id(max): lambda self, *a, **k: self._largest(max, *a, **k),
    id(any): lambda self, a: self._any_all(False, a),
    id(all): lambda self, a: self._any_all(True, a),
    id(itertools.product): Iterators._product,
    id(itertools.chain): _generator(iteration.chain),
    id(itertools.accumulate): _generator(iteration.accumulate),
    id(itertools.pairwise): _generator(iteration.pairwise),
    id(itertools.takewhile): _generator(iteration.takewhile),
    id(itertools.dropwhile): _generator(iteration.dropwhile),
    id(itertools.islice): Iterators._islice,
    id(itertools.count): Iterators._count,
    id(itertools.repeat): Iterators._repeat,
    id(itertools.cycle): Iterators._cycle,
    id(itertools.starmap): Iterators._starmap,
    id(itertools.zip_longest): Iterators._zip_longest,
    id(itertools.combinations): lambda s, *a: s._chosen(itertools.combinations, *a),
    id(itertools.permutations): lambda s, *a: s._chosen(itertools.permutations, *a),
}


def _iterators_in(values: Any) -> list[Composite]:
    found: list[Composite] = []
    for value in values:
        if isinstance(value, Composite):
            if value.form in _ITERATORS or value.form == TupleForm(TupleIterator):
                found.append(value)
            if is_tuple(value) or value.form in _ITERATORS:
                found += _iterators_in(value.items)
    return found


def _is_python(function: Abstract) -> bool:
    from diffpy.transform.find_source import plain_function

    return isinstance(function, Static) and plain_function(function.value) is not None
