"""Branches on one test become one branch, and what is decided while compiling is decided.

    if failed:                     if failed:
        y = 0.0                        y = 0.0
    else:                              z = x
        y = 1 / x          ->      else:
    if not failed:                     y = 1 / x
        z = y * y                      z = y * y
    else:
        z = x

Exceptions that are caught, early returns and functions that were inlined leave such chains. Only
tests and their negations may stand between two branches that are joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from diffpy.kinds import PY_BOOL, Scalar, is_bool, kind_of_value
from diffpy.rules import operators, structural
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    called_functions,
    substitute,
    targets,
)


def simplify_branches(function: Function) -> Function:
    """Simplify a function, and where they stand those that it calls; it is changed in place."""
    for each in called_functions(function):
        each.body = _Simplifier().block(each.body)
    return function


class _Simplifier:
    """Rewrites one function, front to back."""

    def __init__(self) -> None:
        self._atoms: dict[Var, Atom] = {}
        #: tests that are decided by the branch that one stands in
        self._decided: dict[Var, bool] = {}
        self._negated: dict[Var, Var] = {}

    def block(self, block: Block) -> Block:
        out: list[Statement] = []
        for statement in block.statements:
            self._add(statement, out)
        return Block(tuple(out), self._all(block.yields))

    def _atom(self, atom: Atom) -> Atom:
        while isinstance(atom, Var) and atom in self._atoms:
            atom = self._atoms[atom]
        for negate in (False, True):
            test = self._negated.get(atom) if negate else atom  # type: ignore[arg-type]
            if isinstance(test, Var) and test in self._decided:
                return Const(self._decided[test] != negate, PY_BOOL)
        return atom

    def _all(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(map(self._atom, atoms))

    def _add(self, statement: Statement, out: list[Statement]) -> None:
        match statement:
            case Instr():
                self._add_instr(replace(statement, args=self._all(statement.args)), out)
            case Call():
                out.append(replace(statement, args=self._all(statement.args)))
            case If():
                self._add_if(statement, out)
            case For():
                bounds = self._all((statement.start, statement.stop, statement.step))
                start, stop, step = bounds
                inits = self._all(statement.inits)
                body = self.block(statement.body)
                out.append(
                    replace(statement, start=start, stop=stop, step=step, inits=inits, body=body)
                )
            case While():
                inits = self._all(statement.inits)
                test, body = self.block(statement.test), self.block(statement.body)
                out.append(replace(statement, inits=inits, test=test, body=body))

    def _add_instr(self, instr: Instr, out: list[Statement]) -> None:
        target = instr.target
        if target is not None:
            known = _folded(instr)
            if known is not None:
                self._atoms[target] = known
                return
            if instr.primitive is operators.logical_not and isinstance(instr.args[0], Var):
                self._negated[target] = instr.args[0]
        if instr.primitive is structural.check_bound and _is_true(instr.args[0]):
            return
        out.append(instr)

    def _add_if(self, statement: If, out: list[Statement]) -> None:
        test, then, orelse = self._atom(statement.test), statement.then, statement.orelse
        while isinstance(test, Var) and test in self._negated:
            test, then, orelse = self._negated[test], orelse, then
        decided = bool(test.value) if isinstance(test, Const) else self._decided.get(test)
        if decided is not None:
            chosen = then if decided else orelse
            for inner in chosen.statements:
                self._add(inner, out)
            self._atoms.update(zip(statement.results, self._all(chosen.yields)))
            return
        assert isinstance(test, Var)
        place = _same_test(test, out)
        if place is None:
            branches = self._branches(test, (), then, (), orelse)
            results = statement.results
        else:
            earlier = out.pop(place)
            assert isinstance(earlier, If)
            before = [dict(zip(earlier.results, b.yields)) for b in (earlier.then, earlier.orelse)]
            branches = self._branches(
                test,
                earlier.then.statements,
                self._inside(then, before[0]),
                earlier.orelse.statements,
                self._inside(orelse, before[1]),
            )
            yields = (earlier.then.yields, earlier.orelse.yields)
            branches = tuple(  # type: ignore[assignment]
                Block(b.statements, (*y, *b.yields)) for b, y in zip(branches, yields)
            )
            results = (*earlier.results, *statement.results)
        first, second = branches
        out.append(replace(statement, test=test, then=first, orelse=second, results=results))

    def _inside(self, block: Block, before: Mapping[Var, Atom]) -> Block:
        """A block where what an earlier branch hands out is what it was in that branch."""
        known = {v: self._atom(a) for v, a in self._atoms.items()}
        moved = {v: before[a] for v, a in known.items() if isinstance(a, Var) and a in before}
        return substitute(block, {**before, **moved})

    def _branches(
        self,
        test: Var,
        then_first: tuple[Statement, ...],
        then: Block,
        else_first: tuple[Statement, ...],
        orelse: Block,
    ) -> tuple[Block, Block]:
        found = []
        for outcome, first, block in ((True, then_first, then), (False, else_first, orelse)):
            out = list(first)
            self._decided[test] = outcome
            for inner in block.statements:
                self._add(inner, out)
            del self._decided[test]
            found.append(Block(tuple(out), self._all(block.yields)))
        return found[0], found[1]


def _is_true(atom: Atom) -> bool:
    return isinstance(atom, Const) and bool(atom.value)


def _folded(instr: Instr) -> Const | None:
    """The result of an operation on constants, unless it raises."""
    evaluate = instr.primitive.evaluate
    if evaluate is None or instr.primitive.effect or not instr.args:
        return None
    values = [a.value for a in instr.args if isinstance(a, Const)]
    if len(values) < len(instr.args):
        return None
    try:
        value = evaluate(*values, **instr.options)
    except (ArithmeticError, ValueError):
        return None  # it is left to raise when it runs
    kind = kind_of_value(value)
    if instr.target is None or kind != instr.target.kind or not isinstance(kind, Scalar):
        return None
    return Const(value, kind)


def _same_test(test: Var, out: list[Statement]) -> int | None:
    """Where the branch on the same test stands that a new branch can join."""
    used: set[Atom] = set()
    for place in range(len(out) - 1, -1, -1):
        statement = out[place]
        if isinstance(statement, If):
            joins = statement.test is test and not used & set(statement.results)
            return place if joins else None
        if not _is_test(statement):
            return None
        assert isinstance(statement, Instr)
        used |= set(statement.args)
    return None


def _is_test(statement: Statement) -> bool:
    """Whether a statement is logic on tests, which cannot fail."""
    return (
        isinstance(statement, Instr)
        and not statement.primitive.effect
        and all(map(is_bool, (v.kind for v in targets(statement))))
        and all(isinstance(a.kind, Scalar) and is_bool(a.kind) for a in statement.args)
    )
