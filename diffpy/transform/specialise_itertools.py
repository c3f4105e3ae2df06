"""Iterators are made: `enumerate`, `zip`, `map`, and the functions of `itertools`.

What has a length and items by position stays so; what does not is a generator, of which
`diffpy.rules.iteration` has the source. What Python reads at once is read at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from diffpy.kinds import PY_INT, Array
from diffpy.rules import iteration, structural
from diffpy.rules.consumers import CONSUMERS
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_frames import FALSE
from diffpy.transform.specialise_generators import is_generator
from diffpy.transform.specialise_iterators import (
    COUNT,
    CYCLE,
    MAP,
    REPEAT,
    STARMAP,
    Iterators,
    TupleIterator,
    is_iterator,
)
from diffpy.transform.values import (
    NONE,
    RANGE,
    SLICE,
    Abstract,
    Composite,
    Static,
    describe_kind,
    is_array,
    is_none,
    is_tuple,
    tuple_of,
)

_LONGEST = 4096


class Itertools(Iterators):
    """How iterators are made."""

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        found = []
        for value in values:
            value = super(Iterators, self).once(value)  # of a dict its keys
            if is_generator(value):
                raise self.unsupported(
                    f"`{name}` of a generator is not supported here", "", "a for loop over it"
                )
            if isinstance(value, Static) and isinstance(value.value, str):
                value = tuple_of(*map(Static, value.value))
            if not self._is_iterable(value):
                raise self.mistake(f"{describe_kind(value):an} cannot be iterated over", value)
            found.append(value)
        return tuple(found)

    def _enumerate(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract:  # noqa: B008
        (value,) = self._readable_by_position("enumerate", value)
        return super()._enumerate(value, start)

    def _zip(self, *values: Abstract, strict: Abstract = FALSE) -> Abstract:
        return super()._zip(*self._readable_by_position("zip", *values), strict=strict)

    def _reversed(self, value: Abstract) -> Abstract:
        (value,) = self._readable_by_position("reversed", value)
        found = super()._reversed(value)
        return self._iterator_of(found.items) if is_tuple(found) else found  # type: ignore[union-attr]

    def _iter(self, value: Abstract, *sentinel: Abstract) -> Abstract:
        if sentinel:
            raise self.unsupported("`iter` of a function and a sentinel", "", "a while loop")
        if is_generator(value) or is_iterator(value):
            return value
        if is_tuple(value):
            return self._iterator_of(value.items)  # type: ignore[union-attr]
        return self.call_source(iteration.chain, value)

    def _next(self, value: Abstract, *default: Abstract) -> Abstract:
        """``next`` of what is no generator."""
        if not is_iterator(value):
            self.throw("TypeError", f"{describe_kind(value):an} is not an iterator")
        if isinstance(value, Composite) and self._is_endless(value):
            raise self.unsupported(f"`next` of {describe_kind(value):an}", "", "a counter: n += 1")
        _, first = CONSUMERS[next]
        self.hand_on(Static(first), (value,))
        return self.call_source(first, value, *default)

    def _map(self, function: Abstract, *values: Abstract) -> Abstract:
        if not values:
            raise self.error("map takes a function and iterables")
        return Composite(MAP, (function, *self._readable_by_position("map", *values)))

    def _starmap(self, function: Abstract, value: Abstract) -> Abstract:
        if is_generator(value):
            return self.call_source(iteration.starmap, function, value)
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
        return self.call_source(iteration.islice, value, start, stop, step)

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
        return self.call_source(iteration.product, *sequences)

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
        return self.call_source(python, sequence)

    def _zip_longest(self, *values: Abstract, fillvalue: Abstract = NONE) -> Abstract:
        columns = [self.known(v) for v in self._readable_by_position("zip_longest", *values)]
        known = [column for column in columns if column is not None]
        if len(known) != len(columns):
            raise self.unsupported("`zip_longest` of what is no tuple is not supported")
        rows = itertools.zip_longest(*known, fillvalue=fillvalue)
        return self._iterator_of(tuple_of(*row) for row in rows)


_CHOICES: dict[tuple[Any, int | None], Callable[..., Any]] = {
    (itertools.combinations, 2): iteration.pairs,
    (itertools.combinations, 3): iteration.triples,
    (itertools.permutations, 2): iteration.ordered_pairs,
}


def _generator(function: Any) -> Callable[..., Abstract]:
    """A call of an iterator that is always a generator."""
    return lambda self, *values, **options: self.call_source(function, *values, **options)


ITERTOOLS_CALLS: dict[int, Callable[..., Abstract | None]] = {
    id(enumerate): Itertools._enumerate,
    id(zip): Itertools._zip,
    id(reversed): Itertools._reversed,
    id(map): Itertools._map,
    id(iter): Itertools._iter,
    id(next): Itertools._next,
    id(filter): _generator(CONSUMERS[filter][1]),
    id(itertools.product): Itertools._product,
    id(itertools.chain): _generator(iteration.chain),
    id(itertools.accumulate): _generator(iteration.accumulate),
    id(itertools.pairwise): _generator(iteration.pairwise),
    id(itertools.takewhile): _generator(iteration.takewhile),
    id(itertools.dropwhile): _generator(iteration.dropwhile),
    id(itertools.islice): Itertools._islice,
    id(itertools.count): Itertools._count,
    id(itertools.repeat): Itertools._repeat,
    id(itertools.cycle): Itertools._cycle,
    id(itertools.starmap): Itertools._starmap,
    id(itertools.zip_longest): Itertools._zip_longest,
    id(itertools.combinations): lambda s, *a: s._chosen(itertools.combinations, *a),
    id(itertools.permutations): lambda s, *a: s._chosen(itertools.permutations, *a),
}
