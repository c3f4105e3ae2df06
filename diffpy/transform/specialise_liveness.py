"""Which local names may still be read after each compound statement.

Only these are carried by loops and joined after branches:

    for i in range(n):
        t = x * i        t is assigned in each iteration before it is read: no loop carries it
        s = s + t        s is carried
    return s

Sets of names are integers, one bit for each name, so that a function of 8000 statements stays
cheap. Summaries of blocks are made bottom up, what is live after each statement top down; both
visit every statement once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import gast

from diffpy.transform.lower_comprehensions import GeneratorFunction

ALL = -1  # every name


@dataclass(frozen=True)
class Summary:
    """What a statement or a block does with names.

    ``uses`` are read before the block assigns them; ``assigns`` may be assigned. ``defines`` are
    surely assigned at its end, ``kills`` surely assigned before it may break or continue.
    """

    uses: int = 0
    assigns: int = 0
    defines: int = 0
    kills: int = 0
    jumps: bool = False


class Liveness:
    """Liveness of one function's local names."""

    def __init__(self, names: Iterable[str], body: Sequence[Any], always: frozenset[str]) -> None:
        self.bits = {name: 1 << i for i, name in enumerate(names)}
        self._summaries: dict[int, Summary] = {}
        self._after: dict[int, int] = {}
        #: what is read where control leads when a part of a try or a with fails
        self._caught: dict[int, int] = {}
        #: what a ``finally`` reads
        self._final: dict[int, int] = {}
        #: read by nested functions, at any time
        self.always = self.mask(always)
        self._block(body)
        self._spread(body, self.always, self.always)

    def mask(self, names: Iterable[str]) -> int:
        total = 0
        for name in names:
            total |= self.bits.get(name, 0)
        return total

    def names(self, mask: int) -> list[str]:
        return [name for name, bit in self.bits.items() if bit & mask]

    def after(self, statement: Any) -> int:
        """The names that may be read after a compound statement."""
        return self._after[id(statement)]

    def carried(self, loop: Any) -> int:
        """The names that a loop carries from one iteration to the next, and out of the loop."""
        summary = self._summaries[id(loop)]
        return summary.assigns & (summary.uses | self.after(loop) | self.always)

    def inside(self, loop: Any) -> int:
        """The names that may be read after an iteration of a loop."""
        return self.after(loop) | self._summaries[id(loop)].uses | self.always

    def after_failure(self, statement: Any) -> int:
        """The names that may be read after any part of a try or a with."""
        return self.after(statement) | self._caught[id(statement)] | self.always

    def after_return(self, statement: Any, caught: bool) -> int:
        """The names that may be read after a return in a try or a with.

        Its ``finally`` reads some; where that leaves a loop, or an exception of it is ``caught``,
        the return is cancelled and what follows is run.
        """
        final = self._final.get(id(statement), 0)
        if caught or _leaves_loops(getattr(statement, "finalbody", [])):
            return final | self.after_failure(statement)
        return final

    def stands_for(self, new: Any, old: Any) -> None:
        """A statement that was made of another one has its liveness."""
        self._summaries[id(new)] = self._summaries[id(old)]
        self._after[id(new)] = self._after[id(old)] | self._caught.get(id(old), 0)

    # --- bottom up ---

    def _block(self, body: Sequence[Any]) -> Summary:
        uses = assigns = defines = kills = 0
        jumps = False
        for statement in body:
            one = self._statement(statement)
            uses |= one.uses & ~defines
            assigns |= one.assigns
            defines |= one.defines
            if not jumps:
                kills |= one.kills
            jumps = jumps or one.jumps
        return Summary(uses, assigns, defines, kills, jumps)

    def _statement(self, statement: Any) -> Summary:
        match statement:
            case gast.If():
                test = self._expressions(statement.test)
                then, orelse = self._block(statement.body), self._block(statement.orelse)
                summary = Summary(
                    test.uses | (then.uses | orelse.uses) & ~test.defines,
                    test.assigns | then.assigns | orelse.assigns,
                    test.defines | then.defines & orelse.defines,
                    test.defines | then.kills & orelse.kills,
                    then.jumps or orelse.jumps,
                )
            case gast.While():
                test, body = self._expressions(statement.test), self._block(statement.body)
                orelse = self._block(statement.orelse)
                summary = Summary(
                    test.uses | body.uses & ~test.defines | orelse.uses,
                    test.assigns | body.assigns | orelse.assigns,
                    test.defines,
                    test.defines,
                )
            case gast.For():
                iterable, target = self._expressions(statement.iter), self._target(statement.target)
                body, orelse = self._block(statement.body), self._block(statement.orelse)
                summary = Summary(
                    iterable.uses | target.uses | body.uses & ~target.defines | orelse.uses,
                    iterable.assigns | target.assigns | body.assigns | orelse.assigns,
                    iterable.defines,
                    iterable.defines,
                )
            case gast.Try():
                body, orelse = self._block(statement.body), self._block(statement.orelse)
                final = self._block(statement.finalbody)
                self._final[id(statement)] = final.uses
                handlers = [self._handler(h) for h in statement.handlers]
                parts = (body, orelse, final, *handlers)
                summary = Summary(
                    _union(part.uses for part in parts),
                    _union(part.assigns for part in parts),
                    jumps=any(part.jumps for part in parts),
                )
                self._caught[id(statement)] = (
                    orelse.uses | final.uses | _union(handler.uses for handler in handlers)
                )
            case gast.With():
                items = [
                    _sequence(
                        self._expressions(item.context_expr),
                        self._target(item.optional_vars) if item.optional_vars else Summary(),
                    )
                    for item in statement.items
                ]
                body = self._block(statement.body)
                entered = _sequence(*items)
                summary = Summary(
                    entered.uses | body.uses & ~entered.defines,
                    entered.assigns | body.assigns,
                    jumps=body.jumps,
                )
                self._caught[id(statement)] = 0
            case gast.Return() | gast.Raise():
                uses = self._expressions(*_children(statement))
                return Summary(uses.uses, uses.assigns, ALL, ALL)
            case gast.Break() | gast.Continue():
                return Summary(0, 0, ALL, 0, True)
            case gast.Assign():
                value = self._expressions(statement.value)
                targets = [self._target(target) for target in statement.targets]
                return _sequence(value, *targets)
            case gast.AugAssign():
                target = statement.target
                if isinstance(target, gast.Name):
                    bit = self.bits.get(target.id, 0)
                    return _sequence(
                        Summary(bit), self._expressions(statement.value), Summary(0, bit, bit, bit)
                    )
                return self._expressions(target, statement.value)
            case gast.AnnAssign():
                value = self._expressions(statement.value)
                if statement.value is None:
                    return value
                return _sequence(value, self._target(statement.target))
            case gast.Delete():
                names = [t.id for t in statement.targets if isinstance(t, gast.Name)]
                bits = self.mask(names)
                others = [t for t in statement.targets if not isinstance(t, gast.Name)]
                read = self._expressions(*others)
                return _sequence(read, Summary(bits), Summary(0, bits, bits, bits))
            case gast.FunctionDef():
                bit = self.bits.get(statement.name, 0)
                a = statement.args
                before = self._expressions(*statement.decorator_list, *a.defaults, *a.kw_defaults)
                return _sequence(before, Summary(0, bit, bit, bit))
            case _:
                return self._expressions(*_children(statement))
        self._summaries[id(statement)] = summary
        return summary

    def _handler(self, handler: Any) -> Summary:
        body = self._block(handler.body)
        bit = 0 if handler.name is None else self.bits.get(handler.name.id, 0)
        kinds = self._expressions(handler.type)
        return Summary(kinds.uses | body.uses, body.assigns | bit, jumps=body.jumps)

    def _target(self, target: Any) -> Summary:
        match target:
            case gast.Name():
                bit = self.bits.get(target.id, 0)
                return Summary(0, bit, bit, bit)
            case gast.Tuple() | gast.List():
                return _sequence(*(self._target(item) for item in target.elts))
            case gast.Starred():
                return self._target(target.value)
            case _:
                return self._expressions(target)

    def _expressions(self, *nodes: Any) -> Summary:
        uses = assigns = defines = 0

        def visit(node: Any, conditional: bool) -> None:
            nonlocal uses, assigns, defines
            match node:
                case None | gast.Constant():
                    return
                case gast.Name():
                    uses |= self.bits.get(node.id, 0) & ~defines
                case gast.NamedExpr():
                    visit(node.value, conditional)
                    bit = self.bits.get(node.target.id, 0)
                    assigns |= bit
                    if not conditional:
                        defines |= bit
                case gast.BoolOp():
                    for i, value in enumerate(node.values):
                        visit(value, conditional or i > 0)
                case gast.IfExp():
                    visit(node.test, conditional)
                    visit(node.body, True)
                    visit(node.orelse, True)
                case gast.Compare():
                    visit(node.left, conditional)
                    for i, value in enumerate(node.comparators):
                        visit(value, conditional or i > 0)
                case gast.Lambda():
                    for default in (*node.args.defaults, *node.args.kw_defaults):
                        visit(default, conditional)
                case GeneratorFunction():
                    for inner in gast.walk(node):  # too many where a name is the generator's own
                        if isinstance(inner, gast.Name):
                            uses |= self.bits.get(inner.id, 0) & ~defines
                case _:
                    for child in _children(node):
                        visit(child, conditional)

        for node in nodes:
            visit(node, False)
        return Summary(uses, assigns, defines, defines)

    # --- top down ---

    def _spread(self, body: Sequence[Any], live: int, boundary: int, caught: int = 0) -> None:
        """Note what is live after each compound statement; ``live`` is so after the block.

        ``boundary`` is what is live where break and continue lead, ``caught`` where exceptions do.
        """
        live |= caught
        for statement in reversed(body):
            if isinstance(statement, gast.Try | gast.With):
                summary = self._summaries[id(statement)]
                live |= boundary if summary.jumps else 0
                self._after[id(statement)] = live
                inside = live | self._caught[id(statement)]
                for block in _blocks(statement):
                    self._spread(block, inside, boundary, inside)
            elif isinstance(statement, gast.If | gast.While | gast.For):
                summary = self._summaries[id(statement)]
                live |= boundary if summary.jumps else 0
                self._after[id(statement)] = live
                if isinstance(statement, gast.If):
                    self._spread(statement.body, live, boundary, caught)
                else:
                    inside = live | summary.uses
                    self._spread(statement.body, inside, inside, caught)
                self._spread(statement.orelse, live, boundary, caught)
            else:
                summary = self._statement(statement)
            live = summary.uses | (live & ~summary.kills) | self.always
            live |= caught | (boundary if summary.jumps else 0)


def _blocks(statement: Any) -> list[list[Any]]:
    """The blocks of a try or a with."""
    if isinstance(statement, gast.With):
        return [statement.body]
    handlers = [handler.body for handler in statement.handlers]
    return [statement.body, *handlers, statement.orelse, statement.finalbody]


def _leaves_loops(body: list[Any]) -> bool:
    """Whether a block may break or continue; also true where only loops inside of it do."""
    nodes = (node for statement in body for node in gast.walk(statement))
    return any(isinstance(node, gast.Break | gast.Continue) for node in nodes)


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _children(node: Any) -> list[Any]:
    return list(gast.iter_child_nodes(node))


def _sequence(*parts: Summary) -> Summary:
    uses = assigns = defines = 0
    for part in parts:
        uses |= part.uses & ~defines
        assigns |= part.assigns
        defines |= part.defines
    return Summary(uses, assigns, defines, defines)
