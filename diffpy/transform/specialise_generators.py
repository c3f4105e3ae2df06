"""Generators: values until a loop consumes them, then functions that call the loop's body.

    total = 0.0                            total = 0.0
    for v in squares(x, n):                squares(x, n, body)      # body adds to total
        total += v

A generator is consumed once; a second loop over it would find it empty, and is refused.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from diffpy.rules.consumers import CONSUMERS
from diffpy.transform.lower_generators import CONSUME, LoopBody
from diffpy.transform.specialise_calls import Calls
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_scopes import Definition, Image
from diffpy.transform.values import (
    Abstract,
    Composite,
    FunctionForm,
    GeneratorForm,
    MaybeForm,
    Static,
)


class Generators(Calls):
    """How generators are made and consumed."""

    def started_later(
        self, definition: Definition, scope: Any, values: list[Abstract]
    ) -> Composite:
        """The value of a call of a generator function."""
        state = Image(None, None, self)
        state.rebind("used", Static(False))
        return Composite(GeneratorForm(definition, scope, state), tuple(values))

    def visit_GeneratorFunction(self, node: Any) -> Abstract:
        return self.nested_function(node)

    def consumer_of(self, function: Any, arguments: list[Abstract]) -> Any:
        """What a builtin does with its arguments, in Python, if one of them is a generator."""
        generators = [k for k, a in enumerate(arguments) if is_generator(a)]
        if not generators or not isinstance(function, Hashable) or function not in CONSUMERS:
            return None
        return self.consumer_at(function, generators)

    def consumer_at(self, function: Any, places: list[int]) -> Any:
        position, consumer = CONSUMERS[function]
        return consumer if places == [position] else None

    def drive(self, generator: Composite, consume: Abstract) -> Abstract:
        """Run a generator to its end, or until ``consume`` says so; whether it did."""
        form = generator.form
        assert isinstance(form, GeneratorForm) and isinstance(form.state, Image)
        used = form.state.lookup("used")
        if not (isinstance(used, Static) and used.value is False):
            raise self.unsupported(
                "a generator is consumed here that may have been consumed before",
                "the second time it would be empty",
                "make a tuple or a list of it, or call the generator function again",
            )
        form.state.rebind("used", Static(True))
        definition = form.definition.calling_consumer
        bound = dict(zip(form.definition.parameters.names(), generator.items))
        bound[CONSUME] = consume
        values = [bound[name] for name in definition.parameters.names()]
        return self.call_definition(definition, form.scope, values)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        if not is_generator(iterable):
            super().iterate(node, iterable)
            return
        assert isinstance(iterable, Composite)
        body = self.definition.loop_body(node)
        self.env.names[body.returned] = FALSE
        function = Composite(FunctionForm(self.definition.nested(body.function), self), ())
        stopped = self.drive(iterable, function)
        if body.returns:
            self._return_from(body, node)
        stops = body.breaks or body.returns
        self._after_loop(node, node.orelse, self._as_atom(stopped) if stops else FALSE)

    def _return_from(self, body: LoopBody, node: Any) -> None:
        """Return what a return in the body of the loop returned, if one ran."""
        value = self.env.get(body.result)
        if isinstance(value, Composite) and isinstance(value.form, MaybeForm):
            value = value.items[1]
        returned = self.truth(self.env.get(body.returned))
        if isinstance(returned, bool):
            if returned:
                self.leave(value)
            return
        left, rest = self.arm(), self.arm()
        self.run_arm(left, lambda: self.leave(value))
        self.merge(returned, left, rest, self.definition.liveness.after(node))

    def visit_DelegatingFor(self, node: Any) -> None:
        iterable = self.evaluate(node.iter)
        if not is_generator(iterable):
            self.iterate(node, iterable)
            return
        assert isinstance(iterable, Composite)
        stopped = self.truth(self.drive(iterable, self.load(CONSUME)))
        if isinstance(stopped, bool):
            if stopped:
                self.leave(TRUE)
            return
        left, rest = self.arm(), self.arm()
        self.run_arm(left, lambda: self.leave(TRUE))
        self.merge(stopped, left, rest, self.definition.liveness.after(node))


def is_generator(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, GeneratorForm)
