"""Note which array it is that a branch or a loop makes one of several.

if t:                      if t:                      the shadow of c is that of a if t,
    c = a                      c = a                  and that of b otherwise
else:              ->      else:
    c = b                      c = b

for i in range(n):         u_is, v_is = 0, 1          the shadow of u, anywhere in the loop and
    u, v = v, u            for i in range(n):         behind it, is that of the array with this
                   ->          u, v = v, u            number
                               u_is, v_is = v_is, u_is

The reverse sweep then has one shadow for each array, whatever the names. What is noted stands in
`Function.joins`; only numbers and truth values are added to the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from diffpy.kinds import PY_INT, Array, Scalar
from diffpy.rules import operators
from diffpy.rules.raising import throw_user
from diffpy.rules.structural import throw
from diffpy.transform.analyse_aliases import coherent_root
from diffpy.transform.analyse_storage import Storage
from diffpy.transform.build import Builder
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    block_arguments,
    targets,
    walk,
)


@dataclass(frozen=True)
class New:
    """An array that one arm of a branch makes."""

    array: Var


@dataclass(frozen=True)
class Select:
    """One array or another, by a test."""

    test: Atom
    then: Source
    orelse: Source


@dataclass(frozen=True)
class Numbered:
    """One of several arrays, by its number."""

    number: Atom
    among: tuple[Source, ...]


#: what an array is one of; a variable has the shadow in question
Source: TypeAlias = Var | New | Select | Numbered


def trace_joins(function: Function, storage: Storage, groups: set[Var]) -> Function:
    """The function with `Function.joins` for arrays of some groups, as far as they are known."""
    tracer = _Tracer(function, storage, groups, dict(function.joins))
    body = tracer.block(function.body)
    return replace(function, body=body, joins=tracer.joins)


def _raises(arm: Block) -> bool:
    return any(isinstance(s, Instr) and s.primitive in (throw, throw_user) for s in arm.statements)


@dataclass(eq=False)
class _Exports:
    """What a branch has to hand out so that its tests and numbers are known behind it."""

    branch: If
    found: dict[tuple[int, Atom], Var] = field(default_factory=dict)

    def of(self, arm: int, atom: Atom, local: set[Var]) -> Atom:
        if atom not in local:
            return atom
        assert isinstance(atom, Var)
        known = self.found.get((arm, atom))
        if known is None:
            known = self.found[arm, atom] = Var(atom.name, atom.kind, False, atom.bits)
        return known

    def added(self, then: Block, orelse: Block) -> If:
        """The branch with these arms, which hands it out."""
        arms = [then, orelse]
        for (arm, atom), result in self.found.items():
            for n in (0, 1):
                given = atom if n == arm else _filler(result)
                arms[n] = Block(arms[n].statements, (*arms[n].yields, given))
        results = (*self.branch.results, *self.found.values())
        return replace(self.branch, then=arms[0], orelse=arms[1], results=results)


@dataclass(eq=False)
class _Tracer:
    function: Function
    storage: Storage
    groups: set[Var]
    joins: dict[Var, Source]

    def block(self, block: Block) -> Block:
        return Block(tuple(map(self._statement, block.statements)), block.yields)

    def _statement(self, s: Statement) -> Statement:
        match s:
            case If():
                return self._if(s)
            case For() | While():
                return self._loop(s)
            case _:
                return s

    def _concerned(self, v: Var) -> bool:
        return isinstance(v.kind, Array) and self.storage.group(v) in self.groups

    def _is_known(self, v: Var) -> bool:
        function = replace(self.function, joins=self.joins)
        return coherent_root(v, function, self.storage) is not None

    # --- branches ---

    def _if(self, s: If) -> If:
        then, orelse = self.block(s.then), self.block(s.orelse)
        exports = _Exports(s)
        for n, result in enumerate(s.results):
            if not self._concerned(result):
                continue
            before = dict(exports.found)
            sources = [
                self._source(arm.yields[n], _defined_in(arm), exports, k)
                for k, arm in enumerate((then, orelse))
            ]
            for k, arm in enumerate((then, orelse)):
                if _raises(arm):  # what it yields is nowhere read
                    sources[k] = sources[1 - k]
            if sources[0] is None or sources[1] is None:
                exports.found = before
            elif sources[0] == sources[1]:
                self.joins[result] = sources[0]
            else:
                self.joins[result] = Select(s.test, sources[0], sources[1])
        return exports.added(then, orelse)

    def _source(self, a: Atom, local: set[Var], exports: _Exports, arm: int) -> Source | None:
        """What the shadow of an arm's array is, in terms of what is known outside of the arm."""
        assert isinstance(a, Var)
        if a not in local:
            return a if self._is_known(a) else None
        if a in self.joins:
            return self._outside(self.joins[a], local, exports, arm)
        made = self.storage.makers.get(a)
        if isinstance(made, Instr) and made.primitive.mirrored:
            if any(operand in local for operand in made.args[1:]):
                return None
            base = self._source(made.args[0], local, exports, arm)
            return a if isinstance(base, Var) and base is made.args[0] else None
        return New(a) if self._is_known(a) else None

    def _outside(
        self, source: Source, local: set[Var], exports: _Exports, arm: int
    ) -> Source | None:
        match source:
            case Var():
                return self._source(source, local, exports, arm)
            case New():
                return source
            case Select(test, then, orelse):
                one = self._outside(then, local, exports, arm)
                two = self._outside(orelse, local, exports, arm)
                if one is None or two is None:
                    return None
                return Select(exports.of(arm, test, local), one, two)
            case Numbered(number, among):
                parts = [self._outside(part, local, exports, arm) for part in among]
                known = tuple(part for part in parts if part is not None)
                if len(known) < len(parts):
                    return None
                return Numbered(exports.of(arm, number, local), known)

    # --- loops ---

    def _loop(self, s: For | While) -> For | While:
        carried = [
            n
            for n, head in enumerate(s.heads)
            if self._concerned(head) and self._is_known(s.inits[n])  # type: ignore[arg-type]
        ]
        while True:
            known = dict(self.joins)
            self.joins.update((s.heads[n], s.heads[n]) for n in carried)
            body = self.block(s.body)
            ends = {n: self._at_the_end(s.body.yields[n], s, set(carried)) for n in carried}
            kept = [n for n in carried if ends[n] is not None]
            if len(kept) == len(carried):
                break
            self.joins, carried = known, kept
        return self._numbered(s, body, {n: e for n, e in ends.items() if e is not None})

    def _at_the_end(self, a: Atom, loop: For | While, carried: set[int]) -> Source | None:
        """What a head becomes, in terms of the loop's heads and of arrays from outside."""
        local = _defined_in(loop.body)
        numbered = {loop.heads[n] for n in carried}

        def lasting(source: Source) -> Source | None:
            """Without the variables of the body."""
            match source:
                case Var() if source in local:
                    return lasting(self.joins[source]) if source in self.joins else None
                case Var():
                    fits = source in numbered if source in loop.heads else self._is_known(source)
                    return source if fits else None
                case Select(test, then, orelse):
                    one, two = lasting(then), lasting(orelse)
                    return None if one is None or two is None else Select(test, one, two)
                case Numbered(number, among):
                    parts = tuple(p for p in map(lasting, among) if p is not None)
                    return Numbered(number, parts) if len(parts) == len(among) else None
                case New():
                    return None

        assert isinstance(a, Var)
        return lasting(a)

    def _numbered(self, s: For | While, body: Block, ends: dict[int, Source]) -> For | While:
        """The loop with a number for each of these heads."""
        if not ends:
            return replace(s, body=body)
        among: dict[Var, list[Var]] = {}
        for n, end in ends.items():
            arrays = among.setdefault(self.storage.group(s.heads[n]), [])
            for v in (s.inits[n], *arrays_in(end)):
                if v not in s.heads and v not in arrays:
                    assert isinstance(v, Var)
                    arrays.append(v)
        heads, results = (
            {s.heads[n]: Var(f"{s.heads[n].name}_is", PY_INT, False, 8) for n in ends}
            for _ in range(2)
        )
        builder = Builder()
        with builder.block() as statements:
            ways = {g: {v: Const(k, PY_INT) for k, v in enumerate(a)} for g, a in among.items()}
            nexts = [
                _number(ends[n], {**ways[self.storage.group(s.heads[n])], **heads}, builder)
                for n in ends
            ]
        inits = []
        for n in ends:
            head, group = s.heads[n], self.storage.group(s.heads[n])
            init = s.inits[n]
            assert isinstance(init, Var)
            inits.append(ways[group][init])
            self.joins[head] = Numbered(heads[head], tuple(among[group]))
            self.joins[s.results[n]] = Numbered(results[head], tuple(among[group]))
        count = len(s.heads)
        yields = (*body.yields[:count], *nexts, *body.yields[count:])
        return replace(
            s,
            heads=(*s.heads, *heads.values()),
            inits=(*s.inits, *inits),
            body=Block((*body.statements, *statements), yields),
            results=(*s.results, *results.values()),
        )


def _defined_in(block: Block) -> set[Var]:
    return {v for s in walk(block) for v in (*targets(s), *block_arguments(s))}


def arrays_in(source: Source) -> Sequence[Var]:
    """The arrays that an array may be."""
    match source:
        case Var():
            return (source,)
        case Select(_, then, orelse):
            return (*arrays_in(then), *arrays_in(orelse))
        case Numbered(_, among):
            return tuple(v for part in among for v in arrays_in(part))
        case New(array):
            return (array,)


def _number(source: Source, numbers: dict[Var, Atom], builder: Builder) -> Atom:
    """Emit the number of an array."""
    match source:
        case Var():
            return numbers[source]
        case Select(test, then, orelse):
            one, two = _number(then, numbers, builder), _number(orelse, numbers, builder)
        case Numbered(number, among):
            *others, found = (_number(part, numbers, builder) for part in among)
            for k, other in reversed(list(enumerate(others))):
                test = builder.value(operators.equal, number, Const(k, PY_INT))
                found = _chosen(test, other, found, builder)
            return found
        case New():
            raise AssertionError(source)
    return _chosen(test, one, two, builder)


def _chosen(test: Atom, one: Atom, two: Atom, builder: Builder) -> Atom:
    if one == two:
        return one
    result = Var("number", PY_INT, True, 8)
    builder.add(If(test, Block((), (one,)), Block((), (two,)), (result,), builder.line))
    return result


def _filler(v: Var) -> Const:
    assert isinstance(v.kind, Scalar)
    return Const(False if v.kind.dtype == "bool" else 0, v.kind)
