"""Emit statements of the intermediate form, simplifying as they are made.

The builder is where every pass that makes code (specialise, reverse, forward) puts it. It infers
the kind of each result, folds constants and drops arithmetic that does nothing, so that what a
rule writes in general reads well in particular:

    g * 1.0          ->  g
    0.0 + g          ->  g
    a + (-b)         ->  a - b
    3 * 2            ->  6
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from diffpy.kinds import Kind, Scalar, kind_of_value
from diffpy.rules.notation import Value, emitting_to
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import check_extents
from diffpy.transform.ir import Atom, Block, Const, Instr, Statement, Var
from diffpy.transform.simplify_arithmetic import integer_bits, simplify


class Builder:
    """Collects statements in nested blocks."""

    #: ``a * 1.0`` may be ``a`` itself for an array, because nobody writes into the result
    shares_arrays = False

    def __init__(self) -> None:
        self._open: list[list[Statement]] = []
        self.line: int | None = None
        #: how each variable was made, for simplification
        self.definitions: dict[Var, Instr] = {}

    @contextlib.contextmanager
    def block(self) -> Iterator[list[Statement]]:
        """Statements emitted inside go to the list that this gives."""
        statements: list[Statement] = []
        self._open.append(statements)
        try:
            with emitting_to(self):
                yield statements
        finally:
            self._open.pop()

    def add(self, statement: Statement) -> None:
        """Append a finished statement."""
        self._open[-1].append(statement)

    def emitted(self) -> list[Statement]:
        """The statements of the innermost block so far; later ones come to this list too."""
        return self._open[-1]

    def everything(self) -> Iterator[Statement]:
        """The statements of all blocks that are not finished, outermost first."""
        for statements in self._open:
            yield from statements

    def constant(self, value: Any, kind: Kind | None = None) -> Const:
        kind = kind_of_value(value) if kind is None else kind
        assert isinstance(kind, Scalar), value
        return Const(value, kind)

    def emit(
        self,
        primitive: Primitive,
        args: tuple[Atom, ...],
        static: dict[str, Any] | None = None,
        name: str = "t",
        temporary: bool = True,
    ) -> Atom | None:
        """Emit one primitive and return its result (None for an effect without one)."""
        static = static or {}
        simpler = simplify(self, primitive, args, static)
        if simpler is not None:
            return simpler
        items = tuple(sorted(static.items()))
        if primitive.effect and not primitive.returns:
            if primitive is not check_extents or not self._checked(args):
                self.add(Instr(None, primitive, args, items, self.line))
            return None
        kind = primitive.infer(tuple(a.kind for a in args), **static)
        target = Var(name, kind, temporary, integer_bits(primitive, args, kind))
        instr = Instr(target, primitive, args, items, self.line)
        self.add(instr)
        self.definitions[target] = instr
        return target

    def _checked(self, args: tuple[Atom, ...]) -> bool:
        """Whether this block has checked already that these extents agree."""
        return any(
            isinstance(s, Instr) and s.primitive is check_extents and s.args == args
            for s in self._open[-1]
        )

    def value(self, primitive: Primitive, *args: Atom | Value, **static: Any) -> Atom:
        """`emit` for a primitive that has a result, from atoms or Values."""
        atoms = tuple(a.atom if isinstance(a, Value) else a for a in args)
        atom = self.emit(primitive, atoms, static)
        assert atom is not None
        return atom


def closed(statements: list[Statement], *yields: Atom) -> Block:
    """A block of collected statements."""
    return Block(tuple(statements), yields)
