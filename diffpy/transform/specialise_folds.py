"""Functions that go through all items of an iterable: `sum`, `min`, `sorted`, `reduce`, `tuple`, …

Of items that are known while compiling they are computed here; otherwise they are loops, whose
source is in `diffpy.rules.consumers`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from diffpy.kinds import PY_INT
from diffpy.rules import iteration
from diffpy.rules.consumers import CONSUMERS
from diffpy.transform.ir import Const
from diffpy.transform.specialise_frames import FALSE
from diffpy.transform.specialise_generators import is_generator
from diffpy.transform.specialise_iterators import ITERATORS
from diffpy.transform.specialise_itertools import Itertools
from diffpy.transform.values import (
    NONE,
    RANGE,
    Abstract,
    Composite,
    Static,
    describe_kind,
    is_none,
    tuple_of,
)


class Folds(Itertools):
    """How they are called."""

    def _all_items(self, name: str, value: Abstract) -> list[Abstract] | None:
        """The items of an iterable that is gone through here, if their number is known."""
        value = self.seen(value)
        if not isinstance(value, Composite) or is_generator(value):
            return None
        return self.known(self.once(value))

    def _sum(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract | None:  # noqa: B008
        if not isinstance(value, Composite):
            return super()._sum(value, start)
        return self._folded(sum, value, lambda v: super(Folds, self)._sum(v, start), start=start)

    def _any_all(self, conjunction: bool, value: Abstract) -> Abstract | None:
        consumer = all if conjunction else any
        return self._folded(consumer, value, lambda v: super(Folds, self)._any_all(conjunction, v))

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
        if value.form == RANGE or value.form in ITERATORS:
            return self.call_source(CONSUMERS[function][1], value, **options)
        return None

    def _largest(self, function: Any, *values: Abstract, **options: Abstract) -> Abstract | None:
        """min and max of an iterable, and with a key."""
        if len(values) == 1:
            items = self._all_items(function.__name__, values[0])
            if items is None and isinstance(values[0], Composite):
                return self.call_source(CONSUMERS[function][1], values[0], **options)
        else:
            items = list(values)
        if items == [] and "default" not in options:
            self.throw("ValueError", f"{function.__name__}() arg is an empty sequence")
        if items is None or not ({"key", "default"} & set(options)):
            one = [tuple_of(*items)] if items is not None and len(values) == 1 else values
            return super()._largest(function, *one, **options)
        if is_none(options.get("key", NONE)) and items:
            return items[0] if len(items) == 1 else self.call(Static(function), items, {})
        return self.call_source(CONSUMERS[function][1], tuple_of(*items), **options)

    def _reduce(self, function: Abstract, value: Abstract, *initial: Abstract) -> Abstract:
        items = self._all_items("reduce", value)
        if items is None:
            return self.call_source(CONSUMERS[functools.reduce][1], function, value, *initial)
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
        done = self.call_source(iteration.in_order, tuple_of(*items), key, reverse)
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


FOLD_CALLS: dict[int, Callable[..., Abstract | None]] = {
    id(sum): Folds._sum,
    id(tuple): Folds._tuple_of,
    id(list): Folds._list_of,
    id(sorted): Folds._sorted,
    id(functools.reduce): Folds._reduce,
    id(min): lambda self, *a, **k: self._largest(min, *a, **k),
    id(max): lambda self, *a, **k: self._largest(max, *a, **k),
    id(any): lambda self, a: self._any_all(False, a),
    id(all): lambda self, a: self._any_all(True, a),
}
