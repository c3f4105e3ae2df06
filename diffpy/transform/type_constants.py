"""Say of which constants it matters that they are NumPy's numbers.

A constant is written ``0.0`` whether its kind is Python's or NumPy's, because beside a NumPy number
both mean the same. Where only Python's numbers meet, they do not: ``1.0 / 0.0`` raises.

    y_bar = 0.0                    becomes        y_bar = np.float64(0.0)
    x_bar = 0.5 * y_bar / y                       x_bar = 0.5 * y_bar / y

>>> from diffpy.kinds import NP_FLOAT, PY_FLOAT
>>> y, q = Var("y", PY_FLOAT), Var("q", NP_FLOAT)
>>> f = Function("f", (y,))
>>> f.body = Block((Instr(q, operators.divide, (Const(0.0, NP_FLOAT), y)),), (q,))
>>> type_constants(f).body.statements[0].args[0]
Const(value=np.float64(0.0), kind=Scalar(dtype='float64', python=False))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar, type_code
from diffpy.rules import operators
from diffpy.rules.structural import push
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
    walk,
)

#: what has an operand at a position: a statement for its arguments, a block for what it yields
_Place = tuple[Statement | Block, int]

#: an operand and where it stands
_Source = tuple[_Place, Atom]

#: operations by which Python's numbers make other floats than NumPy's, or none at all
_DIFFER = (
    operators.divide,
    operators.floor_divide,
    operators.remainder,
    operators.power,
)


_WIDEST = ("bool", "int64", "float64", "complex128")


def type_constants(entry: Function) -> Function:
    """The program of ``entry`` with the constants that matter made NumPy numbers."""
    functions = called_functions(entry)
    made = {f: replace(f) for f in functions}
    for function in functions:
        places = _Typing(function, entry).places
        made[function].body = _Rewriting(places, made).block(function.body)
    return made[entry]


def _is_numpy(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and not kind.python and type_code(kind) in "ifc"


def _narrows(instr: Instr) -> bool:
    """Whether an operand's dtype would win over a Python number and not over NumPy's."""
    kinds = [a.kind for a in instr.args if isinstance(a.kind, Scalar | Array)]
    return any(not getattr(k, "python", False) and k.dtype not in _WIDEST for k in kinds)


class _Typing:
    """Finds the constants of one function that matter."""

    def __init__(self, function: Function, entry: Function) -> None:
        self.places: set[_Place] = set()
        #: where the value of a choice, a branch's result or a loop's head or result comes from
        self._sources: dict[Var, list[_Source]] = {}
        self._maker: dict[Var, Instr] = {}
        #: NumPy's by kind, but perhaps Python's at run time
        self._loose: set[Var] = set()
        self._seen: set[Var] = set()
        statements = list(walk(function.body))
        for statement in statements:
            self._note(statement)
        self._spread(statements)
        for statement in statements:
            match statement:
                case Instr() if statement.primitive is push:
                    self._need((statement, 1), statement.args[1])
                case Instr() if statement.primitive.undo is not None:  # what goes into a list
                    for n, atom in enumerate(statement.args):
                        self._need((statement, n), atom)
                case Instr() if self._differs(statement):
                    self._type_one(statement)
                case Instr() if statement.primitive.elementwise and _narrows(statement):
                    for n, atom in enumerate(statement.args):
                        self._need((statement, n), atom)
                case Call():
                    for n, atom in enumerate(statement.args):
                        self._need((statement, n), atom)
        if function is not entry:
            for n, atom in enumerate(function.body.yields):
                self._need((function.body, n), atom)

    def _note(self, statement: Statement) -> None:
        match statement:
            case Instr(target=Var() as target) if statement.primitive is operators.choose:
                self._sources[target] = [((statement, n), statement.args[n]) for n in (1, 2)]
            case Instr(target=Var() as target):
                self._maker[target] = statement
            case If():
                for n, result in enumerate(statement.results):
                    arms = (statement.then, statement.orelse)
                    self._sources[result] = [((arm, n), arm.yields[n]) for arm in arms]
            case For() | While():
                for n, (head, result) in enumerate(zip(statement.heads, statement.results)):
                    body = statement.body
                    before: _Source = (statement, n), statement.inits[n]
                    after: _Source = (body, n), body.yields[n]
                    self._sources[head] = self._sources[result] = [before, after]

    def _spread(self, statements: Sequence[Statement]) -> None:
        """Follow loose values from constants to what is computed of them alone."""
        users: dict[Var, list[Var]] = {}
        waiting: list[Var] = []
        for target, sources in self._sources.items():
            if _is_numpy(target.kind):
                for _, atom in sources:
                    if isinstance(atom, Var):
                        users.setdefault(atom, []).append(target)
                    else:
                        waiting.append(target)
        for statement in statements:
            if isinstance(statement, Instr) and self._passes_on(statement):
                assert statement.target is not None
                for atom in statement.args:
                    if isinstance(atom, Var):
                        users.setdefault(atom, []).append(statement.target)
                waiting.append(statement.target)
        while waiting:
            v = waiting.pop()
            if v in self._loose or (v in self._maker and not self._all_loose(self._maker[v])):
                continue
            self._loose.add(v)
            waiting += users.get(v, ())

    @staticmethod
    def _passes_on(instr: Instr) -> bool:
        """Whether an operation of Python numbers alone gives a Python number."""
        text = instr.primitive.text
        named = isinstance(text, str) and text.startswith("np.")
        numpy = instr.target is not None and _is_numpy(instr.target.kind)
        choice = instr.primitive is operators.choose
        return numpy and instr.primitive.elementwise and not named and not choice

    def _is_loose(self, atom: Atom) -> bool:
        return not _is_numpy(atom.kind) or isinstance(atom, Const) or atom in self._loose

    def _all_loose(self, instr: Instr) -> bool:
        return self._passes_on(instr) and all(map(self._is_loose, instr.args))

    def _differs(self, instr: Instr) -> bool:
        if not self._all_loose(instr):
            return False
        assert instr.target is not None
        return instr.primitive in _DIFFER or type_code(instr.target.kind) == "i"

    def _type_one(self, instr: Instr) -> None:
        """One NumPy number is enough to make an operation NumPy's."""
        for n, atom in enumerate(instr.args):
            if _is_numpy(atom.kind):
                self._need((instr, n), atom)
                return

    def _need(self, place: _Place, atom: Atom) -> None:
        """Make sure that what stands at a place is NumPy's at run time."""
        if not _is_numpy(atom.kind):
            return
        if isinstance(atom, Const):
            self.places.add(place)
        elif atom in self._loose and atom not in self._seen:
            self._seen.add(atom)
            if atom in self._maker:
                self._type_one(self._maker[atom])
            for source, value in self._sources.get(atom, ()):
                self._need(source, value)


class _Rewriting:
    """Puts NumPy numbers in the places found and Python's in all others."""

    def __init__(self, places: set[_Place], made: dict[Function, Function]) -> None:
        self._places = places
        self._made = made

    def block(self, block: Block) -> Block:
        return Block(tuple(map(self._statement, block.statements)), self._atoms(block))

    def _atoms(self, owner: Statement | Block) -> tuple[Atom, ...]:
        match owner:
            case Block():
                atoms: tuple[Atom, ...] = owner.yields
            case Instr() | Call():
                atoms = owner.args
            case For() | While():
                atoms = owner.inits
            case _:
                atoms = ()
        return tuple(
            _typed(atom, (owner, n) in self._places) if isinstance(atom, Const) else atom
            for n, atom in enumerate(atoms)
        )

    def _statement(self, s: Statement) -> Statement:
        changed: dict[str, Any]
        match s:
            case Instr():
                return replace(s, args=self._atoms(s))
            case Call():
                return replace(s, args=self._atoms(s), function=self._made[s.function])
            case If():
                changed = {"then": self.block(s.then), "orelse": self.block(s.orelse)}
            case For():
                changed = {"inits": self._atoms(s), "body": self.block(s.body)}
            case While():
                test = self.block(s.test)
                changed = {"inits": self._atoms(s), "test": test, "body": self.block(s.body)}
        return replace(s, **changed)


def _typed(const: Const, matters: bool) -> Const:
    assert isinstance(const.kind, Scalar)
    if matters:
        return replace(const, value=np.dtype(const.kind.dtype).type(const.value))
    plain = isinstance(const.value, np.generic)
    return replace(const, value=const.value.item()) if plain else const
