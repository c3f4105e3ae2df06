"""What can be iterated over or has a length: arrays, tuples, ranges, and what is made of them."""

from __future__ import annotations

import operator

from diffpy.kinds import (
    PY_INT,
    Array,
)
from diffpy.rules.registry import definition_of
from diffpy.transform.ir import (
    Atom,
    Const,
    Var,
)
from diffpy.transform.specialise_heads import Heads
from diffpy.transform.values import (
    ENUMERATE,
    RANGE,
    REVERSED,
    ZIP,
    Abstract,
    Composite,
    NamedForm,
    Static,
    describe_kind,
    is_array,
    is_tuple,
    tuple_of,
)


class Sequences(Heads):
    """Lengths and items."""

    def length(self, value: Abstract) -> Atom:
        """``len(value)``."""
        match value:
            case Var(kind=Array()):
                return self.dim(value, 0)
            case Composite(form=NamedForm(name="range")):
                return self._range_length(*value.items)
            case Composite(form=NamedForm(name="enumerate")):
                return self.length(value.items[0])
            case Composite(form=NamedForm(name="reversed"), items=(_, Var() | Const() as length)):
                return length
            case Composite(form=NamedForm(name="zip")):
                lengths = [self.length(item) for item in value.items]
                meaning = definition_of(min)
                assert meaning is not None
                shortest: Atom = lengths[0]
                for other in lengths[1:]:
                    found = self.run_definition(meaning, "min", (shortest, other), {})
                    assert isinstance(found, Var | Const)
                    shortest = found
                return shortest
            case Composite() if is_tuple(value):
                return Const(len(value.items), PY_INT)
            case Static(value=str() as text):
                return Const(len(text), PY_INT)
        raise self.mistake(f"{describe_kind(value):an} has no length", value)

    def _range_length(self, start: Abstract, stop: Abstract, step: Abstract) -> Atom:
        parts = [p.value for p in (start, stop, step) if isinstance(p, Const)]
        if len(parts) == 3:
            return Const(len(range(*parts)), PY_INT)
        if not isinstance(step, Const):
            raise self.unsupported(
                "the length of a range whose step is a variable is needed here",
                "",
                "give the step as a constant",
            )
        first, last = (start, stop) if step.value > 0 else (stop, start)
        span = self.apply(operator.sub, last, first)
        count = abs(step.value)
        if count > 1:
            span = self.apply(operator.add, span, Const(count - 1, PY_INT))
            span = self.apply(operator.floordiv, span, Const(count, PY_INT))
        meaning = definition_of(max)
        assert meaning is not None
        found = self.run_definition(meaning, "max", (Const(0, PY_INT), span), {})
        assert isinstance(found, Var | Const)
        return found

    def item(self, value: Abstract, position: Atom) -> Abstract:
        """Item ``position`` (not negative) of a sequence."""
        match value:
            case Var(kind=Array()):
                return self.subscript(value, position)
            case Composite(form=NamedForm(name="range")):
                start, _, step = value.items
                return self.apply(operator.add, start, self.apply(operator.mul, position, step))
            case Composite(form=NamedForm(name="enumerate")):
                count = self.apply(operator.add, position, value.items[1])
                return tuple_of(count, self.item(value.items[0], position))
            case Composite(form=NamedForm(name="zip")):
                return tuple_of(*(self.item(item, position) for item in value.items))
            case Composite(form=NamedForm(name="reversed")):
                last = self.apply(operator.sub, value.items[1], Const(1, PY_INT))
                back = self.apply(operator.sub, last, position)
                assert isinstance(back, Var | Const)
                return self.item(value.items[0], back)
            case Composite() if is_tuple(value):
                return self.subscript(value, position)
        raise self.mistake(f"{describe_kind(value):an} cannot be iterated over", value)

    def _is_iterable(self, value: Abstract) -> bool:
        if isinstance(value, Composite) and value.form in (ENUMERATE, REVERSED):
            return self._is_iterable(value.items[0])
        if isinstance(value, Composite) and value.form == ZIP:
            return all(map(self._is_iterable, value.items))
        return (
            is_array(value)
            or is_tuple(value)
            or (isinstance(value, Composite) and value.form == RANGE)
        )

    def _known_length(self, value: Abstract) -> int | None:
        """The length of a tuple, and of what has the length of one."""
        match value:
            case Composite() if is_tuple(value):
                return len(value.items)
            case Composite(form=NamedForm(name="enumerate")):
                return self._known_length(value.items[0])
            case Composite(form=NamedForm(name="reversed"), items=(_, Const() as length)):
                return int(length.value)
            case Composite(form=NamedForm(name="zip")):
                known = [self._known_length(item) for item in value.items]
                lengths = [n for n in known if n is not None]
                return min(lengths) if lengths else (None if value.items else 0)
        return None

    def _others(self, iterable: Abstract) -> list[Abstract]:
        """The parts of a zip whose lengths are not known while compiling."""
        if isinstance(iterable, Composite) and iterable.form == ZIP:
            return [
                item
                for item in iterable.items
                if self._known_length(item) is None or self._others(item)
            ]
        if isinstance(iterable, Composite) and iterable.form == ENUMERATE:
            return self._others(iterable.items[0])
        return []
