"""Which values depend on a differentiated input.

    def f(x, n):             wrt x: active are x, y, s; not n, i, c
        c = 2.0
        s = 0.0
        for i in range(n):
            y = c * x
            s = s + y
        return s

``s`` is active although it starts from a constant, because something active is added to it. For
arrays that are written into, the whole group that shares the memory is active or not.
"""

from __future__ import annotations

from collections.abc import Iterable

from diffpy.kinds import is_differentiable
from diffpy.rules.structural import dim, pop, push
from diffpy.transform.analyse_storage import Storage, touches_tape
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
)


class Activity:
    """The active variables of one function; ``v in activity``."""

    def __init__(self, function: Function, wrt: Iterable[int], storage: Storage) -> None:
        self._storage = storage
        self._active: set[Var] = set()
        self._taping: dict[Function, bool] = {}
        self._changed = False
        for i in wrt:
            self._add(function.params[i])
        self._changed = True
        while self._changed:
            self._changed = False
            self._visit(function.body)

    def __contains__(self, atom: Atom) -> bool:
        return isinstance(atom, Var) and self._key(atom) in self._active

    def _key(self, v: Var) -> Var:
        return self._storage.group(v) if self._storage.is_written(v) else v

    def _add(self, v: Var) -> None:
        key = self._key(v)
        if is_differentiable(v.kind) and key not in self._active:
            self._active.add(key)
            self._changed = True

    def _flow(self, target: Var, *sources: Atom) -> None:
        if any(source in self for source in sources):
            self._add(target)

    def _touches_tape(self, function: Function) -> bool:
        if function not in self._taping:
            self._taping[function] = touches_tape(function)
        return self._taping[function]

    def _visit(self, block: Block) -> None:
        for statement in block.statements:
            self._visit_statement(statement)

    def _visit_statement(self, statement: Statement) -> None:
        match statement:
            case Instr(primitive=primitive) if primitive.writes:
                storage, *values = statement.args
                if isinstance(storage, Var):
                    self._flow(storage, *values)
                if statement.target is not None:
                    self._flow(statement.target, storage)
            case Instr(primitive=primitive) if primitive is pop:
                if statement.target is not None:  # what was pushed may be active
                    self._add(statement.target)
            case Instr(primitive=primitive) if primitive in (push, dim):
                pass
            case Instr():
                if statement.target is not None and is_differentiable(statement.target.kind):
                    self._flow(statement.target, *statement.args)
            case Call():
                for v in (*statement.targets, *self._storage.written_by[statement]):
                    if self._touches_tape(statement.function):  # as for `pop`
                        self._add(v)
                    self._flow(v, *statement.args)
            case If():
                self._visit(statement.then)
                self._visit(statement.orelse)
                yields = zip(statement.then.yields, statement.orelse.yields, strict=True)
                for result, sources in zip(statement.results, yields, strict=True):
                    self._flow(result, *sources)
            case For() | While():
                if isinstance(statement, While):
                    self._visit(statement.test)
                for head, init in zip(statement.heads, statement.inits, strict=True):
                    self._flow(head, init)
                self._visit(statement.body)
                for head, source, result in zip(
                    statement.heads, statement.body.yields, statement.results, strict=False
                ):
                    self._flow(head, source)
                    self._flow(result, head, source)
