"""Generators: values until a loop consumes them, then functions that call the loop's body.

    total = 0.0                            total = 0.0
    for v in squares(x, n):                squares(x, n, body)      # body adds to total
        total += v

A generator is consumed once; a second loop over it would find it empty, and is refused. An
exception of the loop's body passes the generator: `finally` runs there, and no handler.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import gast

from diffpy.rules.consumers import CONSUMERS
from diffpy.transform.lower_generators import CONSUME, ITEM, EnteredFor, LoopBody
from diffpy.transform.specialise_calls import Calls
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_raises import is_passing
from diffpy.transform.specialise_scopes import Definition, Image
from diffpy.transform.values import (
    UNION,
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

    def drive(
        self,
        generator: Composite,
        consume: Abstract,
        stops: bool,
        held: bool,
        arrive: Callable[[Abstract], Abstract] = lambda error: error,
    ) -> Abstract:
        """Run a generator to its end, or until ``consume`` says so; whether it did.

        ``stops`` tells whether it may be left before its end, ``held`` whether something refers
        to it then, so that it stays as it is.
        """
        form = generator.form
        assert isinstance(form, GeneratorForm) and isinstance(form.state, Image)
        self._check_end(form.definition, stops, held)
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
        kept = held and (stops or self.catching > 0)
        self.program.held += kept
        try:
            return self.call_definition(definition, form.scope, values, arrive)
        finally:
            self.program.held -= kept

    def _check_end(self, definition: Definition, stops: bool, held: bool) -> None:
        """What a generator does when it is left before its end is done when nobody holds it."""
        if stops and definition.sees_its_end:
            raise self.unsupported(
                f"the generator `{definition.name}` may be left at a `yield` whose `with`, "
                "`except` or `finally` would see that",
                "Python raises GeneratorExit there",
                "yield outside of it",
            )
        if ((stops and held) or self.program.held) and definition.cleans_up:
            raise self.unsupported(
                f"the generator `{definition.name}` may be left before its end, and is kept",
                "its `finally` runs when nothing refers to it any more",
                "call it in the head of the loop: for v in g(): …",
            )

    def may_be_generators(self, values: list[Abstract]) -> bool:
        """Whether one of the values is one generator or another, or something else."""
        unions = [v for v in values if isinstance(v, Composite) and v.form == UNION]
        return any(is_generator(option) for union in unions for option in union.items)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        if self.may_be_generators([iterable]):
            raise self.unsupported(
                "a loop over one of several generators",
                "the generator must be known while compiling",
                "a loop in each branch, or one generator with the branch in it",
            )
        if not is_generator(iterable):
            super().iterate(node, iterable)
            return
        assert isinstance(iterable, Composite)
        body = self.definition.loop_body(node)
        ways = body.names
        self.env.names.update(dict.fromkeys((ways.returned, ways.broke, ways.continued), FALSE))
        definition = self.definition.nested(body.function)
        definition.is_loop_body = not isinstance(node, EnteredFor)
        definition.at_statement = True
        function = Composite(FunctionForm(definition, self), ())
        held = not isinstance(node.iter, gast.Call)
        made_by = iterable.form.definition  # type: ignore[union-attr]

        def arrive(error: Abstract) -> Abstract:
            if isinstance(node, EnteredFor):  # on its way from a loop further out
                return error
            if any(map(is_passing, _options(error))):
                self._check_end(made_by, True, held)
            return self.distribute((error,), _without_passing)

        stopped = self.drive(iterable, function, body.stops, held, arrive)
        if body.returns:
            self._return_from(body, node)
        self._after_loop(node, node.orelse, self._as_atom(stopped) if body.stops else FALSE)
        self.run([*body.jumps], self.definition.liveness.after(node))

    def _return_from(self, body: LoopBody, node: Any) -> None:
        """Return what a return in the body of the loop returned, if one ran."""
        value = self.env.get(body.names.result)
        if isinstance(value, Composite) and isinstance(value.form, MaybeForm):
            value = value.items[1]
        returned = self.truth(self.env.get(body.names.returned))
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
        held = not isinstance(node.iter, gast.Call) and node.target.id != ITEM
        stopped = self.truth(self.drive(iterable, self.load(CONSUME), True, held))
        if isinstance(stopped, bool):
            if stopped:
                self.leave(TRUE)
            return
        left, rest = self.arm(), self.arm()
        self.run_arm(left, lambda: self.leave(TRUE))
        self.merge(stopped, left, rest, self.definition.liveness.after(node))


def _options(value: Abstract) -> tuple[Abstract, ...]:
    return value.items if isinstance(value, Composite) and value.form == UNION else (value,)


def _without_passing(error: Abstract) -> Abstract:
    """An exception that came out of a generator, whether or not it passed it."""
    return error.items[0] if is_passing(error) else error  # type: ignore[union-attr]


def is_generator(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, GeneratorForm)
