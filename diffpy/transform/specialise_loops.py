"""for and while.

A loop over a range is a counted loop, one over an array (or enumerate, zip, … of arrays) a counted
loop that reads elements; a loop over a tuple is unrolled:

    for x, y in zip(a, b):         for i in range(min(len(a), len(b))):
        s += x * y                     s += a[i] * b[i]
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

from diffpy.errors import KindError
from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    is_integer,
)
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    For,
    Statement,
    Var,
    While,
)
from diffpy.transform.specialise_frames import FALSE, TRUE, as_flag
from diffpy.transform.specialise_layouts import ManyObjects, Ungrowable
from diffpy.transform.specialise_sequences import Sequences
from diffpy.transform.values import (
    RANGE,
    Abstract,
    Composite,
    describe_kind,
    tuple_of,
)

_LONGEST_UNROLLED = 64


class Loops(Sequences):
    """How loops are run."""

    def visit_For(self, node: Any) -> None:
        iterable = self.evaluate(node.iter)
        self.node = node.iter
        self.iterate(node, iterable)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        if not self._is_iterable(iterable):
            raise self.mistake(f"{describe_kind(iterable):an} cannot be iterated over", iterable)
        count = self._known_length(iterable)
        if count is not None:
            if count > _LONGEST_UNROLLED:
                raise self.unsupported(
                    f"a loop over a tuple of {count} items", "it would be unrolled", "use an array"
                )
            self._unrolled(node, iterable, count)
        elif isinstance(iterable, Composite) and iterable.form == RANGE:
            start, stop, step = iterable.items
            assert isinstance(start, Var | Const) and isinstance(stop, Var | Const)
            assert isinstance(step, Var | Const)
            self._counted(node, start, stop, step, lambda index: index)
        else:
            length = self.length(iterable)
            zero, one = Const(0, PY_INT), Const(1, PY_INT)
            self._counted(node, zero, length, one, lambda index: self.item(iterable, index))

    def _unrolled(self, node: Any, iterable: Abstract, count: int) -> None:
        """A loop over a tuple: one copy of the body for each item."""
        inside = self.definition.liveness.inside(node)
        self.loops.append(False)

        def iteration(k: int) -> Callable[[], None]:
            def body() -> None:
                self.node = node.iter
                item = self.item(iterable, Const(k, PY_INT))
                self.assign(node.target, item)
                self.run(node.body, inside)
                self.env.names["%jump"] = self.env.flag("%exit")

            return body

        def guarded(k: int) -> Callable[[], None]:
            def action() -> None:
                assert isinstance(iterable, Composite)
                for item in self._others(iterable):
                    ended = self.apply(operator.le, self.length(item), Const(k, PY_INT))
                    assert isinstance(ended, Var | Const)
                    if isinstance(ended, Const) and not ended.value:
                        continue
                    stop, go = self.arm(), self.arm()
                    self.run_arm(stop, lambda: self.env.names.update({"%jump": TRUE}))
                    self.merge(ended, stop, go, inside)

            return action

        steps: list[Any] = []
        for k in range(count):
            if self._others(iterable):
                steps.append(guarded(k))
            steps.append(iteration(k))
        self.run(steps, inside)
        broken = self.loops.pop()
        exited = self.env.flag("%exit")
        self._after_loop(node, node.orelse, exited if broken else FALSE)

    def _counted(
        self, node: Any, start: Atom, stop: Atom, step: Atom, item: Callable[[Atom], Abstract]
    ) -> None:
        """A loop that becomes a For; ``item`` makes the loop variable from the index."""
        for bound in (start, stop, step):
            if not is_integer(bound.kind) and bound.kind != PY_BOOL:
                raise self.error(
                    f"a range is bounded by a {bound.kind}",
                    "a variable that is an int at first and a float later counts as a float",
                    "use int(…)",
                )
        if isinstance(step, Const):
            if step.value == 0:
                self.throw("ValueError", "range() arg 3 must not be zero")
        else:
            wrong = self.apply(operator.eq, step, Const(0, PY_INT))
            assert isinstance(wrong, Var | Const)
            bad, good = self.arm(), self.arm()
            message = "range() arg 3 must not be zero"
            self.run_arm(bad, lambda: self.throw("ValueError", message))
            self.merge(wrong, bad, good, -1)
        hint = _index_name(node.target)
        line = self.builder.line
        index = Var(hint, PY_INT, False, max(start.bits, stop.bits))

        def body() -> None:
            nonlocal index
            index = Var(hint, PY_INT, False, max(start.bits, stop.bits))
            self.assign(node.target, item(index))
            self.run(node.body, self.definition.liveness.inside(node))

        def finish(
            heads: tuple[Var, ...],
            inits: tuple[Atom, ...],
            test: Block,
            block: Block,
            results: tuple[Var, ...],
            exits: bool,
        ) -> Statement:
            return For(index, start, stop, step, heads, inits, block, results, exits, line)

        ends = [p.value for p in (start, stop, step) if isinstance(p, Const)]
        try:
            self._loop(node, None, body, finish)
        except KindError as error:
            times = len(range(*ends)) if len(ends) == 3 else _LONGEST_UNROLLED + 1
            of_objects = isinstance(error.__cause__, Ungrowable | ManyObjects)
            if not of_objects or times > _LONGEST_UNROLLED:
                raise
            items = tuple_of(*(item(Const(k, PY_INT)) for k in range(*ends)))
            self._unrolled(node, items, times)

    def visit_While(self, node: Any) -> None:
        if self._test_assigns(node.test):
            self._tested_inside(node)
            return
        line = self.builder.line
        ended = False
        constant = False

        def test() -> Atom:
            nonlocal ended, constant
            found = self.test(node.test)
            if isinstance(found, Const):
                found = bool(found.value)
            ended = found is False
            constant = found is True
            self.narrow(node.test, True)
            return as_flag(found)

        def body() -> None:
            if not ended:
                self.run(node.body, self.definition.liveness.inside(node))

        def finish(
            heads: tuple[Var, ...],
            inits: tuple[Atom, ...],
            test: Block,
            block: Block,
            results: tuple[Var, ...],
            exits: bool,
        ) -> Statement | None:
            return None if ended else While(test, heads, inits, block, results, exits, line)

        self._loop(node, test, body, finish, lambda: constant)

    def _test_assigns(self, test: Any) -> bool:
        """Whether a test assigns a variable or stores, or leaves for a handler."""
        assigns = any(isinstance(n, gast.NamedExpr | gast.Call) for n in gast.walk(test))
        if not assigns and not self.catching:
            return False
        trial, writes = self.arm(), self.writes
        self.run_arm(trial, lambda: self._truth_atom(self.evaluate(test)))
        if self.writes != writes:
            return True
        narrowed = {name: value for name, (value, _) in trial.env.narrowed.items()}
        return any(
            name != "%value" and narrowed.get(name) is not value
            for name, value in trial.env.names.items()
        )

    def _tested_inside(self, node: Any) -> None:
        """``while True: if not test: orelse; break``, then the body."""
        line = self.builder.line
        liveness = self.definition.liveness
        jumps = (n for part in node.orelse for n in gast.walk(part))
        for jump in jumps:
            if isinstance(jump, gast.Break | gast.Continue):
                self.node = jump
                raise self.unsupported(
                    "a jump out of the `else` of a loop whose test assigns a variable",
                    "",
                    "`while True:` and `if not …: break`",
                )

        def check() -> None:
            test = self.test(node.test)
            go, stop = self.arm(), self.arm()

            def leave() -> None:
                self.narrow(node.test, False)
                self.run(node.orelse, liveness.after(node))
                self.env.names.update({"%exit": TRUE, "%jump": TRUE})

            self.loops[-1] = True
            if isinstance(test, Const):
                test = bool(test.value)
            if isinstance(test, bool):
                self.narrow(node.test, True) if test else leave()
                return
            self.run_arm(go, lambda: self.narrow(node.test, True))
            self.run_arm(stop, leave)
            self.merge(test, go, stop, liveness.inside(node))

        def finish(
            heads: tuple[Var, ...],
            inits: tuple[Atom, ...],
            test: Block,
            block: Block,
            results: tuple[Var, ...],
            exits: bool,
        ) -> Statement:
            return While(test, heads, inits, block, results, exits, line)

        steps = [check, *node.body]
        self._loop(node, None, lambda: self.run(steps, liveness.inside(node)), finish, orelse=[])


def _index_name(target: Any) -> str:
    if isinstance(target, gast.Name):
        return str(target.id)
    if isinstance(target, gast.Tuple) and isinstance(target.elts[0], gast.Name):
        return str(target.elts[0].id)
    return "i"
