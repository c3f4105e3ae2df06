"""Guess the kinds of a function's arguments, so that a derivative can be shown before any call.

An annotation says it; otherwise the use implies it:

    def f(a, i, x, n: int):        a: two indices        -> float64[:, :]
        for k in range(n):         i: an index           -> int
            x = x + a[i, k]        x: nothing of these   -> float
        u, v = p               p: two items          -> (float, float)

A guess never converts anything: a call with other kinds generates its own version.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import gast
import numpy as np

from diffpy.kinds import PY_BOOL, PY_COMPLEX, PY_FLOAT, PY_INT, Array, Kind, Scalar
from diffpy.structure import Leaf, Sequence, Structure, describe, is_namedtuple
from diffpy.transform.find_source import call_method, plain_function, source_of

_NAMED: dict[Any, Kind] = {
    float: PY_FLOAT,
    int: PY_INT,
    bool: PY_BOOL,
    complex: PY_COMPLEX,
    "float": PY_FLOAT,
    "int": PY_INT,
    "bool": PY_BOOL,
    "complex": PY_COMPLEX,
}
_ARRAY_ATTRIBUTES = ("shape", "sum", "size", "mean", "dot", "max", "min", "prod", "ndim", "copy")
_ARRAY_CALLS = ("len", "sum", "enumerate", "zip", "reversed")
_NUMPY_CALLS = ("sum", "mean", "dot", "prod", "max", "min", "cumsum", "linalg.norm", "vdot")


def guess(fun: Callable[..., Any]) -> tuple[Structure, ...] | None:
    """One structure for each parameter, or None where there is nothing to go by.

    Examples
    --------
    >>> def scaled(a, i, factor=2.0):
    ...     return a[i] * factor
    >>> [str(s.kind) for s in guess(scaled)]
    ['float64[:]', 'int', 'float']
    """
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (ValueError, TypeError):
        return _of_library_function(fun)
    function = plain_function(getattr(fun, "__func__", fun))
    if function is None and not isinstance(fun, functools.partial):
        function = call_method(fun)
    uses = _Uses(function) if function is not None else None
    found: list[Structure] = []
    for parameter in parameters:
        structure = _from_annotation(parameter.annotation)
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            structure = Sequence(tuple, ())
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return None
        if structure is None and parameter.default is not inspect.Parameter.empty:
            structure = describe(parameter.default)
        if structure is None and uses is not None:
            structure = uses.structure(parameter.name)
        found.append(Leaf(PY_FLOAT) if structure is None else structure)
    return tuple(found)


def _of_library_function(fun: Callable[..., Any]) -> tuple[Structure, ...] | None:
    count = getattr(fun, "nin", 1)
    return (Leaf(PY_FLOAT),) * count


def _from_annotation(annotation: Any) -> Structure | None:
    cls: Any = annotation
    if isinstance(annotation, type) and is_namedtuple(annotation):
        hints = getattr(annotation, "__annotations__", {})
        items = [_from_annotation(hints.get(f)) or Leaf(PY_FLOAT) for f in cls._fields]
        return Sequence(annotation, tuple(items))
    if isinstance(annotation, type) and issubclass(annotation, np.generic):
        return Leaf(Scalar(np.dtype(annotation).name, False))
    try:
        kind = _NAMED.get(annotation)
    except TypeError:
        return None
    return None if kind is None else Leaf(kind)


class _Uses:
    """What a function does with its parameters."""

    def __init__(
        self, function: types.FunctionType, callers: frozenset[types.CodeType] = frozenset()
    ) -> None:
        self.ranks: dict[str, int] = {}
        self.integers: set[str] = set()
        self.items: dict[str, int] = {}
        self._function = function
        self._callers = callers | {function.__code__}
        for node in gast.walk(source_of(function).node):
            self._note(node)
            if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
                self._note_callee(node.func.id, node.args)

    def _note_callee(self, name: str, arguments: list[Any]) -> None:
        """What is passed on to another function is what that function uses it as."""
        callee = self._function.__globals__.get(name)
        if not isinstance(callee, types.FunctionType) or callee.__code__ in self._callers:
            return
        uses = _Uses(callee, self._callers)
        parameters = callee.__code__.co_varnames[: callee.__code__.co_argcount]
        for parameter, argument in zip(parameters, arguments, strict=False):
            if not isinstance(argument, gast.Name):
                continue
            if parameter in uses.ranks:
                self._array(argument.id, uses.ranks[parameter])
            elif parameter in uses.integers:
                self.integers.add(argument.id)
            elif parameter in uses.items:
                self.items[argument.id] = uses.items[parameter]

    def structure(self, name: str) -> Structure:
        if name in self.items and name not in self.ranks:
            return Sequence(tuple, (Leaf(PY_FLOAT),) * self.items[name])
        return Leaf(self.kind(name))

    def kind(self, name: str) -> Kind:
        if name in self.ranks:
            return Array("float64", self.ranks[name])
        return PY_INT if name in self.integers else PY_FLOAT

    def _note(self, node: Any) -> None:
        match node:
            case gast.Subscript(value=gast.Name(id=name)):
                key = node.slice
                items = key.elts if isinstance(key, gast.Tuple) else [key]
                self._array(name, sum(not _is_new_axis(item) for item in items))
                for item in items:
                    self._integer(item)
            case gast.Subscript(value=gast.Attribute(value=gast.Name(id=name), attr="shape")):
                axis = getattr(node.slice, "value", None)
                if isinstance(axis, int) and axis >= 0:
                    self._array(name, axis + 1)
            case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Name(id=name)):
                if all(isinstance(target, gast.Name) for target in targets):
                    self.items[name] = len(targets)
            case gast.Call(func=gast.Name(id="range")):
                for argument in node.args:
                    self._integer(argument)
            case gast.Call(func=gast.Name(id=called)) if called in _ARRAY_CALLS:
                for argument in node.args:
                    if isinstance(argument, gast.Name):
                        self._array(argument.id, 1)
            case gast.Call(func=gast.Attribute(attr=called)) if called in _NUMPY_CALLS:
                for argument in node.args:
                    if isinstance(argument, gast.Name):
                        self._array(argument.id, 1)
            case gast.For(iter=gast.Name(id=name)):
                self._array(name, 1)
            case gast.Attribute(value=gast.Name(id=name), attr=attribute):
                if attribute in _ARRAY_ATTRIBUTES:
                    self._array(name, 1)
                elif attribute == "T":
                    self._array(name, 2)
            case gast.BinOp(op=gast.MatMult(), left=left, right=right):
                if isinstance(left, gast.Name):
                    self._array(left.id, 2)
                if isinstance(right, gast.Name):
                    self._array(right.id, 1)

    def _array(self, name: str, rank: int) -> None:
        self.ranks[name] = max(rank, self.ranks.get(name, 0))

    def _integer(self, node: Any) -> None:
        for name in _index_names(node):
            self.integers.add(name)


def _is_new_axis(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value in (None, Ellipsis)


def _index_names(node: Any) -> Iterator[str]:
    """Names that must be integers for an index or a bound to be one."""
    match node:
        case gast.Name():
            yield node.id
        case gast.BinOp(op=gast.Add() | gast.Sub() | gast.Mult() | gast.FloorDiv()):
            yield from _index_names(node.left)
            yield from _index_names(node.right)
        case gast.UnaryOp():
            yield from _index_names(node.operand)
        case gast.Slice():
            for part in (node.lower, node.upper, node.step):
                if part is not None:
                    yield from _index_names(part)
