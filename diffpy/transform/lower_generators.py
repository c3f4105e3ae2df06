"""A loop over a generator, turned inside out: the generator calls the body of the loop.

    def pairs(n):                          def pairs(n, consume):
        for i in range(n):                     for i in range(n):
            yield i, i * i                         if consume((i, i * i)):
                                                       return True
                                               return False

    for i, square in pairs(n):             def body(item):
        if square > 10:                        nonlocal s
            break                              i, square = item
        s = s + square * x                     if square > 10:
                                                   return True
                                               s = s + square * x
                                               return False
                                           stopped = pairs(n, body)

Everything runs in the order in which Python runs it, and what is left is functions and calls.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gast

#: names that no user can write: the body of the loop, an item
CONSUME = "0consume"
ITEM = "0item"


def is_generator(body: Iterable[Any]) -> bool:
    """Whether a function with this body is a generator."""
    return any(isinstance(n, gast.Yield | gast.YieldFrom) for part in body for n in _own(part))


def cleans_up(body: Iterable[Any]) -> bool:
    """Whether a generator that is left at a yield runs a ``finally``."""
    nodes = (n for part in body for n in _own(part))
    return any(isinstance(n, gast.Try) and n.finalbody and is_generator([n]) for n in nodes)


def sees_its_end(body: Iterable[Any]) -> bool:
    """Whether a generator that is left at a yield can tell: GeneratorExit is raised there."""
    for node in (n for part in body for n in _own(part)):
        if isinstance(node, gast.With) and is_generator(node.body):
            return True
        if isinstance(node, gast.Try) and is_generator(node.body):
            if any(_catches_end(handler.type) for handler in node.handlers):
                return True
            if cancels(node.finalbody):
                return True
    return False


def cancels(body: Iterable[Any], loops: bool = False) -> bool:
    """Whether a ``finally`` may leave in a way of its own; ``loops`` if a loop is in it."""
    for node in body:
        match node:
            case gast.Return() | gast.Raise() | gast.Yield() | gast.YieldFrom():
                return True
            case gast.Break() | gast.Continue() if not loops:
                return True
            case gast.FunctionDef() | gast.Lambda():
                continue
        looping = loops or isinstance(node, gast.For | gast.While)
        if cancels(gast.iter_child_nodes(node), looping):
            return True
    return False


def _catches_end(classes: Any) -> bool:
    if classes is None:
        return True
    names = [n.id for n in gast.walk(classes) if isinstance(n, gast.Name)]
    return "BaseException" in names or "GeneratorExit" in names


def calling_consumer(node: Any) -> Any:
    """A generator's definition as a function that calls its last parameter with each item."""
    found = gast.copy_location(
        gast.FunctionDef(
            node.name,
            copy.deepcopy(node.args),
            _flat([_Yields().visit(copy.deepcopy(part)) for part in node.body]),
            [],
            None,
            None,
            [],
        ),
        node,
    )
    found.args.kwonlyargs.append(_name(node, CONSUME, gast.Param()))
    found.args.kw_defaults.append(None)
    found.body.append(_return(node, False))
    return found


@dataclass(frozen=True)
class LoopBody:
    """The body of a loop as a function of an item.

    ``names`` are the variables of the function around it that tell how the body was left.
    ``jumps`` run after the loop: a jump out of a ``with`` ends the loop that the ``with`` is in.
    """

    function: Any
    #: whether the generator may be left before its end
    stops: bool
    returns: bool
    names: Ways
    jumps: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Ways:
    """What a return in a body returned, and whether one, a break or a continue ran."""

    result: str
    returned: str
    broke: str
    continued: str


class EnteredFor(gast.For):
    """A ``with`` whose manager is a generator: it goes on where the body ends, however it does."""


def loop_body(loop: Any, carried: Iterable[str], names: Ways) -> LoopBody:
    """The body of a loop over a generator; ``carried`` are the names that it shares."""
    jumps = _Jumps(names, isinstance(loop, EnteredFor))
    statements = [jumps.visit(copy.deepcopy(part)) for part in loop.body]
    if _may_cancel(loop.body):
        told = {*jumps.left, *([names.returned] if jumps.returns else [])}
        jumps = _Jumps(names, isinstance(loop, EnteredFor), tuple(sorted(told)))
        statements = [jumps.visit(copy.deepcopy(part)) for part in loop.body]
        statements.append(jumps.untold(loop))
    target = gast.Assign([copy.deepcopy(loop.target)], _name(loop.target, ITEM, gast.Load()), None)
    shared = [*carried, *([names.result, names.returned] if jumps.returns else []), *jumps.left]
    body = [gast.copy_location(target, loop.target), *_flat(statements)]
    if shared:
        body.insert(0, gast.copy_location(gast.Nonlocal(shared), loop))
    if jumps.stops:
        body.append(_return(loop, False))
    function = gast.FunctionDef(
        "body",
        gast.arguments([_name(loop.target, ITEM, gast.Param())], [], None, [], [], None, []),
        body,
        [],
        None,
        None,
        [],
    )
    if not jumps.stops:
        jumps.forget_values(function)
    gast.copy_location(function, loop)
    after = tuple(
        gast.copy_location(gast.If(_name(loop, name, gast.Load()), [jump], []), loop)
        for name, jump in jumps.left.items()
    )
    return LoopBody(function, jumps.stops, jumps.returns, names, after)


def with_as_loop(node: Any, k: int) -> Any:
    """``for target in manager: body``, for the k-th manager of a ``with``."""
    item = node.items[k]
    target = item.optional_vars or _name(node, ITEM, gast.Store())
    body = node.body
    if k + 1 < len(node.items):
        body = [gast.copy_location(gast.With(node.items[k + 1 :], body, None), node)]
    return gast.copy_location(EnteredFor(target, item.context_expr, body, [], None), node)


class DelegatingFor(gast.For):
    """``for item in iterable: yield item``: what it yields goes to whom this generator yields."""


class _Yields(gast.NodeTransformer):
    """``yield e`` becomes ``if consume(e): return True``, ``return`` becomes ``return False``."""

    def visit_FunctionDef(self, node: Any) -> Any:
        return node

    visit_Lambda = visit_GeneratorFunction = visit_FunctionDef

    def visit_Return(self, node: Any) -> Any:
        found = _return(node, False)
        if node.value is None:
            return found
        return [gast.copy_location(gast.Expr(node.value), node), found]

    def visit_Expr(self, node: Any) -> Any:
        match node.value:
            case gast.Yield(value=value):
                return self._consumed(node, value)
            case gast.YieldFrom(value=value):
                return self._delegated(node, _name(node, ITEM, gast.Store()), value)
        return node

    def visit_For(self, node: Any) -> Any:
        match node:
            case gast.For(
                target=gast.Name(id=target),
                body=[gast.Expr(value=gast.Yield(value=gast.Name(id=name)))],
                orelse=[],
            ) if target == name:
                return self._delegated(node, node.target, node.iter)
        return self.generic_visit(node)

    def _delegated(self, node: Any, target: Any, iterable: Any) -> Any:
        item = _name(node, target.id, gast.Load())
        loop = DelegatingFor(target, iterable, [self._consumed(node, item)], [], None)
        return gast.copy_location(loop, node)

    def _consumed(self, node: Any, value: Any) -> Any:
        if value is None:
            value = gast.copy_location(gast.Constant(None, None), node)
        call = gast.Call(_name(node, CONSUME, gast.Load()), [value], [])
        test = gast.copy_location(call, node)
        return gast.copy_location(gast.If(test, [_return(node, True)], []), node)


class _Jumps(gast.NodeTransformer):
    """How the body of a loop is left, in a function of its own."""

    def __init__(self, names: Ways, entered: bool, told: tuple[str, ...] = ()) -> None:
        self.breaks = self.returns = False
        #: the jumps out of a ``with``, by the variable that tells of them
        self.left: dict[str, Any] = {}
        self._names, self._entered = names, entered
        #: variables that tell of a jump which another one may cancel
        self._told = told
        self._depth = 0
        self._normal: list[Any] = []

    @property
    def stops(self) -> bool:
        return (self.breaks or self.returns) and not self._entered

    def forget_values(self, function: Any) -> None:
        """Nobody asks whether the loop goes on."""
        for node in self._normal:
            node.value = None

    def visit_FunctionDef(self, node: Any) -> Any:
        return node

    visit_Lambda = visit_GeneratorFunction = visit_FunctionDef

    def visit_For(self, node: Any) -> Any:
        self._depth += 1
        node.body = _flat([self.visit(part) for part in node.body])
        self._depth -= 1
        node.orelse = _flat([self.visit(part) for part in node.orelse])
        return node

    visit_While = visit_For

    def visit_Break(self, node: Any) -> Any:
        if self._depth:
            return node
        if self._entered:
            return self._leave(node, self._names.broke)
        self.breaks = True
        return [*self.untold(node), _return(node, True)]

    def visit_Continue(self, node: Any) -> Any:
        if self._depth:
            return node
        if self._entered:
            return self._leave(node, self._names.continued)
        return [*self.untold(node), self._end(node)]

    def _leave(self, jump: Any, name: str) -> list[Any]:
        """Jump when the generator of a ``with`` has ended."""
        self.left[name] = jump
        return [*self.untold(jump), _assign(jump, name, _constant(jump, True)), self._end(jump)]

    def untold(self, place: Any) -> list[Any]:
        """What a jump told of that this way of leaving cancels."""
        return [_assign(place, name, _constant(place, False)) for name in self._told]

    def _end(self, node: Any) -> Any:
        found = _return(node, False)
        self._normal.append(found)
        return found

    def visit_Return(self, node: Any) -> Any:
        self.returns = True
        value = node.value
        if value is None:
            value = gast.copy_location(gast.Constant(None, None), node)
        return [
            _assign(node, self._names.result, value),
            *self.untold(node),
            _assign(node, self._names.returned, _constant(node, True)),
            self._end(node) if self._entered else _return(node, True),
        ]


def _may_cancel(body: Iterable[Any]) -> bool:
    """Whether a jump in the body of a loop may not be the last one."""
    nodes = (node for part in body for node in _own(part))
    return any(isinstance(n, gast.With) or (isinstance(n, gast.Try) and n.finalbody) for n in nodes)


def _own(node: Any) -> Iterable[Any]:
    """The nodes of a statement without the insides of functions in it."""
    yield node
    if not isinstance(node, gast.FunctionDef | gast.Lambda):
        for child in gast.iter_child_nodes(node):
            yield from _own(child)


def _flat(statements: list[Any]) -> list[Any]:
    return [s for part in statements for s in (part if isinstance(part, list) else [part])]


def _name(place: Any, name: str, context: Any) -> Any:
    return gast.copy_location(gast.Name(name, context, None, None), place)


def _constant(place: Any, value: bool) -> Any:
    return gast.copy_location(gast.Constant(value, None), place)


def _return(place: Any, value: bool) -> Any:
    return gast.copy_location(gast.Return(_constant(place, value)), place)


def _assign(place: Any, name: str, value: Any) -> Any:
    statement = gast.Assign([_name(place, name, gast.Store())], value, None)
    return gast.copy_location(statement, place)
