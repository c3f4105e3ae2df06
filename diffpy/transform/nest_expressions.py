"""Decide which temporaries are written inside the expression that uses them.

The intermediate form names every operation; text that is read does not:

    t = 1 - x
    t_1 = r * x               becomes        y = r * x * (1 - x)
    y = t_1 * t

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.rules.operators import multiply, subtract
>>> from diffpy.transform.fill_templates import choose_templates
>>> from diffpy.transform.ir import Const
>>> x, t, y = Var("x", PY_FLOAT), Var("t", PY_FLOAT, temporary=True), Var("y", PY_FLOAT)
>>> f = Function("f", (x,))
>>> f.body = Block((
...     Instr(t, subtract, (Const(1, PY_FLOAT), x)),
...     Instr(y, multiply, (x, t)),
... ), (y,))
>>> list(nest_expressions(f, choose_templates([f], compiled=False)).inner)
[t:float]

A temporary is nested if it is used once, by a later statement of its own block, and neither the
contents of arrays that it reads nor the order of what can raise is changed by computing it there.
The result of a call is nested only into the statement that follows. Nothing is moved into a loop or
a branch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diffpy.kinds import is_storage
from diffpy.transform.fill_templates import Template, raises_in_python
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    blocks,
    operands,
    targets,
)

#: a line's characters, indentation included; a deeply indented one may have some more
_MAX_WIDTH = 92
_MIN_WIDTH = 40
_MAX_OPERATORS = 12
#: how far ahead an operation that can raise is moved at most
_MAX_DISTANCE = 64

#: Where an expression is printed: index of the statement in its block, and which of its texts.
_Root = tuple[int, int]


@dataclass(frozen=True)
class _Place:
    """Where a nested statement is computed.

    ``before`` is the statement before which this happens: the root's, or a nested call whose
    argument it is. What is ``lazy`` (the right side of ``and``) may not be computed at all.
    """

    root: _Root
    before: int
    lazy: bool = False


@dataclass(frozen=True)
class Nesting:
    """What `name_variables` and `emit` must know alike.

    Attributes
    ----------
    inner
        The nested temporaries and the statements that make them.
    uses
        How often each variable is used.
    tails
        Branches at the end of the function that return for themselves.
    """

    inner: Mapping[Var, Instr | Call]
    uses: Mapping[Var, int]
    tails: frozenset[If]

    def leaves(self, atom: Atom) -> Iterator[Var]:
        """The variables that the printed expression of an atom reads."""
        if isinstance(atom, Var):
            instr = self.inner.get(atom)
            if instr is None:
                yield atom
            else:
                for arg in instr.args:
                    yield from self.leaves(arg)


def nest_expressions(function: Function, templates: Mapping[Instr, Template]) -> Nesting:
    """Choose the temporaries to nest and the branches that return."""
    uses = _count_uses(function)
    nester = _Nester(uses, templates)
    nester.visit(function.body, 1, returns=True)
    return Nesting(nester.inner, uses, frozenset(_tail_branches(function)))


def _count_uses(function: Function) -> Counter[Var]:
    uses: Counter[Var] = Counter()

    def count(block: Block) -> None:
        for statement in block.statements:
            uses.update(a for a in operands(statement) if isinstance(a, Var))
            for child in blocks(statement):
                count(child)
        uses.update(a for a in block.yields if isinstance(a, Var))

    count(function.body)
    return uses


def _tail_branches(function: Function) -> Iterator[If]:
    """Branches that end the function, whose results are only returned, each once.

    They return for themselves if one side has nothing to do (the base case of a recursion) or if
    the results have no name of the user's.
    """
    pending = [(function.body, function.body.yields)]
    while pending:
        block, returned = pending.pop()
        last = block.statements[-1] if block.statements else None
        if not isinstance(last, If) or not last.results or not returned:
            continue
        counts = Counter(a for a in returned if isinstance(a, Var))
        empty = not last.then.statements or not last.orelse.statements
        if any(counts[r] != 1 for r in last.results):
            continue
        if not empty and not all(r.temporary for r in last.results):
            continue
        yield last
        for child in (last.then, last.orelse):
            taken = dict(zip(last.results, child.yields))
            mapped = tuple(taken.get(a, a) if isinstance(a, Var) else a for a in returned)
            pending.append((child, mapped))


class _Nester:
    def __init__(self, uses: Counter[Var], templates: Mapping[Instr, Template]) -> None:
        self.inner: dict[Var, Instr | Call] = {}
        self._uses = uses
        self._templates = templates
        self._raising: dict[Statement, bool] = {}
        self._writing: dict[Statement, bool] = {}

    def visit(self, block: Block, depth: int, returns: bool = False) -> None:
        for statement in block.statements:
            for child in blocks(statement):
                self.visit(child, depth + (not _is_elif(statement, child)))
        self._nest(block, depth, returns)

    # --- what a statement may do ---------------------------------------------------------------

    def _may_write(self, statement: Statement) -> bool:
        """Whether it (or a statement inside it) changes storage, a tape or the outside world."""
        known = self._writing.get(statement)
        if known is None:
            known = self._writing[statement] = (
                statement.primitive.effect
                if isinstance(statement, Instr)
                else isinstance(statement, Call)
                or any(self._may_write(s) for b in blocks(statement) for s in b.statements)
            )
        return known

    def _may_raise(self, statement: Statement) -> bool:
        known = self._raising.get(statement)
        if known is None:
            known = self._raising[statement] = (
                raises_in_python(statement)
                if isinstance(statement, Instr)
                else any(self._may_raise(s) for b in blocks(statement) for s in b.statements)
            )
        return known

    # --- one block -----------------------------------------------------------------------------

    def _nest(self, block: Block, depth: int, returns: bool) -> None:
        statements = block.statements
        end = len(statements)
        consumer: dict[Var, _Root] = {}
        for index, statement in enumerate(statements):
            bounds = 3 if isinstance(statement, For) else 0
            loop = isinstance(statement, For | While)
            for n, atom in enumerate(operands(statement)):
                if isinstance(atom, Var):
                    consumer[atom] = (index, n - bounds + 1 if loop and n >= bounds else 0)
        for n, atom in enumerate(block.yields):
            if isinstance(atom, Var):
                consumer[atom] = (end, 0 if returns else n)

        writes = [0]
        for statement in statements:
            writes.append(writes[-1] + self._may_write(statement))
        places: dict[int, _Place] = {}  # of the statements that are nested
        width: dict[_Root, int] = {}
        operators: Counter[_Root] = Counter()
        if returns:
            width[end, 0] = sum(_width(a) + 2 for a in block.yields) + len("return ")

        for index in range(end - 1, -1, -1):
            statement = statements[index]
            if not isinstance(statement, Instr | Call):
                continue
            place = self._place(statement, statements, consumer, places)
            if place is None:
                continue
            (target,) = targets(statement)
            root = place.root
            here = width.get(root)
            if here is None:
                here = self._start_width(statements, block, root, target)
            longer = here + self._own_width(statement) - _width(target)
            if longer > max(_MIN_WIDTH, _MAX_WIDTH - 4 * depth):
                continue
            if operators[root] >= _MAX_OPERATORS:
                continue
            if isinstance(statement, Call):
                if not self._follows(statements, index, consumer, places, place):
                    continue
            else:
                if self._reads_storage(statement) and writes[place.before] != writes[index + 1]:
                    continue
                if self._may_raise(statement):
                    if place.lazy or self._crosses(statements, index, places, place):
                        continue
            self.inner[target] = statement
            places[index] = place
            width[root] = longer
            operators[root] += 1

    def _place(
        self,
        statement: Instr | Call,
        statements: tuple[Statement, ...],
        consumer: Mapping[Var, _Root],
        places: Mapping[int, _Place],
    ) -> _Place | None:
        """Where the statement would be computed if it were nested; None if it cannot be."""
        made = targets(statement)
        if len(made) != 1 or (isinstance(statement, Instr) and statement.primitive.effect):
            return None
        (target,) = made
        if not target.temporary or self._uses[target] != 1 or target not in consumer:
            return None
        index, part = consumer[target]
        user = statements[index] if index < len(statements) else None
        lazy = False
        if isinstance(user, Instr):
            position = user.args.index(target)
            template = self._templates[user]
            if template.mentions_of(position) > 1 or position in template.rebound:
                return None
            lazy = position in template.lazy
        outer = places.get(index)
        if outer is None:
            return _Place((index, part), index, lazy)
        before = index if isinstance(user, Call) else outer.before
        return _Place(outer.root, before, lazy or outer.lazy)

    def _own_width(self, statement: Instr | Call) -> int:
        """Characters that the statement's expression takes."""
        arguments = sum(map(_width, statement.args))
        if isinstance(statement, Call):
            return len(statement.function.name) + 2 * len(statement.args) + arguments
        template = self._templates[statement]
        # an operator may need parentheses
        return template.width + arguments + 2 * (not template.globals)

    def _reads_storage(self, instr: Instr) -> bool:
        return instr.primitive.reads_storage and any(is_storage(a.kind) for a in instr.args)

    def _follows(
        self,
        statements: tuple[Statement, ...],
        index: int,
        consumer: Mapping[Var, _Root],
        places: Mapping[int, _Place],
        place: _Place,
    ) -> bool:
        """Whether nothing that a call could disturb is computed between it and its root."""
        if place.lazy or place.before != place.root[0]:
            return False
        (target,) = targets(statements[index])
        waiting = {consumer[target][0]}  # these use the call's result, so they come after it
        for n in range(index + 1, place.root[0]):
            between = statements[n]
            known = places.get(n)
            if known is None or known.root != place.root or not isinstance(between, Instr):
                return False
            if n in waiting:
                waiting.add(consumer[targets(between)[0]][0])
            elif self._reads_storage(between) or self._may_raise(between):
                return False
        root = statements[place.root[0]] if place.root[0] < len(statements) else None
        return not isinstance(root, For | While)

    def _start_width(
        self, statements: tuple[Statement, ...], block: Block, root: _Root, target: Var
    ) -> int:
        """Characters of the line before anything is nested in it."""
        index, part = root
        if index == len(statements):
            return 2 * _width(block.yields[part]) + 3
        statement = statements[index]
        match statement:
            case Instr():
                own = self._templates[statement].width + sum(map(_width, statement.args))
                return own + (0 if statement.target is None else _width(statement.target) + 3)
            case Call():
                names = (*statement.targets, *statement.args)
                return sum(_width(a) + 2 for a in names) + len(statement.function.name) + 3
            case For() | While() if part:
                return 2 * _width(target) + 3
            case _:
                return sum(_width(a) + 2 for a in operands(statement)) + len("for i in range():")

    def _crosses(
        self,
        statements: tuple[Statement, ...],
        index: int,
        places: Mapping[int, _Place],
        place: _Place,
    ) -> bool:
        """Whether something that can be noticed lies between a statement and where it would be."""
        if place.before - index > _MAX_DISTANCE:
            return True
        for n in range(index + 1, place.before):
            between = statements[n]
            known = places.get(n)
            together = known is not None and known.root == place.root
            if together and isinstance(between, Instr):
                continue
            if self._may_write(between) or self._may_raise(between):
                return True
        return False


def _is_elif(statement: Statement, child: Block) -> bool:
    """Whether a block will be printed as ``elif``, not indented."""
    if not isinstance(statement, If) or child is not statement.orelse or not child.statements:
        return False
    *others, last = child.statements
    return isinstance(last, If) and all(
        isinstance(s, Instr) and s.target is not None and s.target.temporary for s in others
    )


def _width(atom: Atom) -> int:
    return len(atom.name) if isinstance(atom, Var) else len(repr(atom.value))
