"""Check that a function of the intermediate form is well formed.

Passes are tested with it, and it runs before a program is printed if ``DIFFPY_VERIFY`` is set:

    x -> t = x * 2; return t        is right
    x -> return t; t = x * 2        is not:

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.transform.ir import Block, Function, Var
>>> verify(Function("f", (), Block((), (Var("t", PY_FLOAT),))))
Traceback (most recent call last):
    ...
AssertionError: f: t:float is used where it is not defined (in the yields of the body)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffpy.kinds import TAPE
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Var,
    While,
    operands,
    targets,
)


def verify(function: Function) -> None:
    """Raise AssertionError, saying what is wrong, unless the function is well formed.

    Each variable is defined once and used only where it is visible, and what a block yields fits
    what takes it. Tapes may be free (see `diffpy.transform.thread_tapes`). Functions that are
    called are not visited.
    """
    _Verifier(function).verify()


class _Verifier:
    def __init__(self, function: Function) -> None:
        self._function = function
        self._defined: set[Var] = set()
        self._visible: set[Var] = set()

    def verify(self) -> None:
        self._define(self._function.params, "the parameters")
        self._block(self._function.body, "the body")

    def _fail(self, message: str) -> None:
        raise AssertionError(f"{self._function.name}: {message}")

    def _define(self, variables: Sequence[Any], where: str) -> list[Var]:
        for v in variables:
            if not isinstance(v, Var):
                self._fail(f"{v!r} cannot be defined (in {where})")
            if v in self._defined:
                self._fail(f"{v} is defined twice (in {where})")
            self._defined.add(v)
            self._visible.add(v)
        return list(variables)

    def _use(self, atoms: Sequence[Any], where: str) -> None:
        for atom in atoms:
            if isinstance(atom, Const):
                continue
            if not isinstance(atom, Var):
                self._fail(f"{atom!r} is neither a Var nor a Const (in {where})")
            elif atom not in self._visible and atom.kind != TAPE:
                self._fail(f"{atom} is used where it is not defined (in {where})")

    def _match(self, given: Sequence[Atom], wanted: Sequence[Var], where: str) -> None:
        if len(given) != len(wanted):
            self._fail(f"{len(given)} values for {len(wanted)} variables (in {where})")
        for atom, v in zip(given, wanted):
            if atom.kind != v.kind:
                self._fail(f"{v} cannot take {_described(atom)} (in {where})")

    def _block(self, block: Block, where: str, keep: bool = False) -> list[Var]:
        """Visit a block; its definitions are visible afterwards only with ``keep``."""
        local: list[Var] = []
        for statement in block.statements:
            self._statement(statement)
            local += self._define(targets(statement), _headline(statement))
        self._use(block.yields, f"the yields of {where}")
        if not keep:
            self._visible.difference_update(local)
        return local

    def _statement(self, statement: Any) -> None:
        where = _headline(statement)
        self._use(operands(statement), where)
        match statement:
            case Instr():
                if statement.target is None and not statement.primitive.effect:
                    self._fail(f"the result of {where} is thrown away")
            case Call():
                callee = statement.function
                if len(statement.args) != len(callee.params):
                    self._fail(
                        f"{callee.name} takes {len(callee.params)} arguments, "
                        f"not {len(statement.args)}"
                    )
                if len(statement.targets) != len(callee.results):
                    self._fail(
                        f"{callee.name} returns {len(callee.results)} values, "
                        f"not {len(statement.targets)}"
                    )
            case If():
                self._block(statement.then, f"the body of {where}")
                self._block(statement.orelse, f"the else of {where}")
                self._match(statement.then.yields, statement.results, f"the body of {where}")
                self._match(statement.orelse.yields, statement.results, f"the else of {where}")
            case For():
                self._loop(statement, [statement.index], where)
            case While():
                if len(statement.test.yields) != 1:
                    self._fail(f"the test of {where} yields {len(statement.test.yields)} values")
                self._loop(statement, [], where)
            case _:
                self._fail(f"{statement!r} is no statement")

    def _loop(self, loop: For | While, index: list[Var], where: str) -> None:
        local = self._define([*index, *loop.heads], where)
        self._match(loop.inits, loop.heads, f"the inits of {where}")
        self._match(loop.heads, loop.results, f"the results of {where}")
        if isinstance(loop, While):
            local += self._block(loop.test, f"the test of {where}", keep=True)
        self._block(loop.body, f"the body of {where}")
        yields = loop.body.yields
        if loop.exits:
            if not yields:
                self._fail(f"{where} exits, but its body yields nothing")
            yields = yields[:-1]
        self._match(yields, loop.heads, f"the yields of {where}")
        self._visible.difference_update(local)


def _described(atom: Atom) -> str:
    return f"{atom.value!r}:{atom.kind}" if isinstance(atom, Const) else repr(atom)


def _headline(statement: Any) -> str:
    """A statement in a few words, for messages."""
    line = getattr(statement, "line", None)
    place = "" if line is None else f" of line {line}"
    match statement:
        case Instr():
            return f"{statement.target or ''} = {statement.primitive.name}{place}".lstrip(" =")
        case Call():
            return f"the call of {statement.function.name}{place}"
        case _:
            return f"the {type(statement).__name__}{place}"
