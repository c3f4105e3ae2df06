"""Statements: blocks, branches, assignments and stores, and how control leaves early.

A jump sets flags in the environment. What follows a conditional jump goes into the branch that
does not jump; where both branches may go on, it is guarded by the flag:

    if a:                       If(a): return 1
        return 1                else:  If(b): (skip, returned, result) = (True, True, 2)
    if b:                              else:  (False, False, dummy)
        if c: return 2                 If(skip): …    else: rest
    rest
"""

from __future__ import annotations

from functools import partial
from typing import Any

import gast

from diffpy.errors import UnsupportedSyntaxError
from diffpy.transform.ir import (
    Const,
)
from diffpy.transform.specialise_frames import FLAGS, NOT_LEFT, TRUE
from diffpy.transform.specialise_joins import Arm
from diffpy.transform.specialise_raises import Raises
from diffpy.transform.values import (
    NONE,
    UNBOUND,
    Abstract,
    Left,
    Unreachable,
)

#: what loops that run while compiling may make; programs of people have some thousand
_MOST_STATEMENTS = 20_000


class TooLong(UnsupportedSyntaxError):
    """A program has grown beyond what anybody waits for."""


class Statements(Raises):
    """How statements are run."""

    def run(self, steps: list[Any], live: int, start: int = 0) -> None:
        """Run statements (or actions) of one block; ``live`` is what is read after it."""
        for k in range(start, len(steps)):
            if self.env.dead:
                return
            jump = self.env.flag("%jump")
            if isinstance(jump, Const):
                if jump.value:
                    return
            else:
                skip, rest = self.arm(), self.arm()
                rest.env.names.update(NOT_LEFT)
                skip.env.names.update((f, TRUE) for f in FLAGS if self.env.flag(f) is jump)
                self.run_arm(rest, partial(self.run, steps, live, k))
                self.merge(jump, skip, rest, live)
                return
            depth = len(self.guards)
            try:
                step = steps[k]
                if callable(step):
                    step()
                    continue
                self.node = step
                self.builder.line = self.line_of(step)
                self._check_length()
                if isinstance(step, gast.If):
                    if self._if(step, steps, k, live):
                        return
                else:
                    method = getattr(self, f"visit_{type(step).__name__}", None)
                    if method is None:
                        raise self.unsupported(f"`{type(step).__name__}` is not supported")
                    method(step)
            except Unreachable:
                self.env.dead = True
            except Left:
                pass
            finally:
                self.close_guards(depth)

    def _check_length(self) -> None:
        self.builder.count += 1  # what emits nothing takes its time too
        if self.builder.count > _MOST_STATEMENTS:
            raise TooLong(
                f"the program is more than {_MOST_STATEMENTS:,} operations long up to here",
                self.place(),
                "what a loop over constants or a recursion does to lists, dicts and instances is "
                "written out for each way that it may go",
                "a bound that is not known while compiling: range(len(a)) in place of range(20)",
            )

    def _if(self, node: Any, steps: list[Any], k: int, live: int) -> bool:
        """Run an if statement; True if what follows it in its block was run with it."""
        after = self.definition.liveness.after(node)
        test = self.test(node.test)
        if isinstance(test, Const):
            test = bool(test.value)
        if isinstance(test, bool):
            self.narrow(node.test, test)
            self.run(node.body if test else node.orelse, after)
            return False
        line = self.builder.line
        arms = []
        for body, outcome in ((node.body, True), (node.orelse, False)):
            arm = self.arm()

            def action(body: Any = body, outcome: bool = outcome) -> None:
                self.narrow(node.test, outcome)
                self.run(body, after)

            self.run_arm(arm, action)
            arms.append(arm)
        ended = [_ends(arm) for arm in arms]
        together = ended[0] != ended[1] and k + 1 < len(steps)
        if together:
            self.run_arm(arms[ended.index(False)], lambda: self.run(steps, live, k + 1))
        self.builder.line = line
        self.merge(test, arms[0], arms[1], live if together else after)
        return together or all(ended)

    # --- jumps ---

    def visit_Return(self, node: Any) -> None:
        self.leave(NONE if node.value is None else self.evaluate(node.value))

    def leave(self, value: Abstract) -> None:
        """Return a value."""
        self.env.names["%result"] = value
        for flag in ("%returned", "%exit", "%jump"):
            self.env.names[flag] = TRUE

    def visit_Break(self, node: Any) -> None:
        self.loops[-1] = True
        self.env.names["%exit"] = self.env.names["%jump"] = TRUE

    def visit_Continue(self, node: Any) -> None:
        self.env.names["%jump"] = TRUE

    def visit_Delete(self, node: Any) -> None:
        for target in node.targets:
            self.node = target
            if isinstance(target, gast.Subscript):
                self.delete_item(self.evaluate(target.value), self.key(target.slice))
            else:
                self.load(target.id)
                self.bind(target.id, UNBOUND)

    def delete_item(self, owner: Abstract, key: Abstract) -> None:
        """``del owner[key]``."""
        raise NotImplementedError

    def visit_Pass(self, node: Any) -> None:
        pass

    def visit_Nonlocal(self, node: Any) -> None:
        pass  # the definition knows

    # --- the rest ---

    def visit_Expr(self, node: Any) -> None:
        self.evaluate(node.value)

    def visit_FunctionDef(self, node: Any) -> None:
        value = self.nested_function(node)
        for decorator in reversed(node.decorator_list):
            value = self.call(self.evaluate(decorator), [value], {})
        self.bind(node.name, value)


def _ends(arm: Arm) -> bool:
    """Whether what follows in the block is never run after this arm."""
    jump = arm.env.flag("%jump")
    return arm.env.dead or (isinstance(jump, Const) and bool(jump.value))
