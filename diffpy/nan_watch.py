"""Find the line that makes the first NaN (``config.debug_nans``).

The program runs in Python, each operation on floats followed by a look at its result:

    t_bar = out_bar / y        becomes        t_bar = watch__(7, out_bar / y)

What has a NaN among its operands only hands it on. Remembered is the first operation that makes
one; whether that matters is known at the end, because a NaN may be masked.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from diffpy.errors import NaNError
from diffpy.kinds import is_differentiable
from diffpy.rules.structural import pop
from diffpy.runtime.derivative_trees import contains_nan
from diffpy.runtime.numbering import part_numbers
from diffpy.transform.ir import Instr
from diffpy.transform.map_lines import SourceMap, TextPlace

_WATCH = "watch__"
_OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Call)
#: whose contents mean nothing yet
_UNSET = ("np.empty", "np.empty_like")


class NanWatch:
    """A program that remembers where it made its first NaN.

    Parameters
    ----------
    source : SourceMap
        Its text in Python.
    path : str
        The file of that text.
    """

    def __init__(self, source: SourceMap, path: str) -> None:
        self._source = source
        self._operations: dict[int, ast.AST] = {}
        self.first: NaNError | None = None
        tree = _Watcher(source, self._operations).visit(copy.deepcopy(source.tree))
        contents: dict[str, Any] = {"__name__": "__diffpy_watched__", _WATCH: self._watch}
        exec(compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True), contents)
        # The entry is the last function of its module, whatever name was left for it.
        name = next(s.name for s in reversed(tree.body) if isinstance(s, ast.FunctionDef))
        self.function: Callable[..., Any] = contents[name]

    def _watch(self, number: int, value: Any) -> Any:
        """The value itself, after a look at it."""
        if self.first is None and contains_nan(value):
            operation = self._operations[number]
            variables = sys._getframe(1).f_locals
            read = {n: variables[n] for n in _names(operation) if n in variables}
            if not any(contains_nan(v) for v in read.values()):
                self.first = self._error(number, operation, read)
        return value

    def _error(self, number: int, operation: ast.AST, read: Mapping[str, Any]) -> NaNError:
        part = self._source.part(number)
        assert part is not None
        where = part.user_lines[-1].place if part.user_lines else None
        values = ", ".join(f"{name} = {_briefly(value)}" for name, value in read.items())
        why = f"{self._sweep(part)}: {ast.unparse(operation)}"
        return NaNError("a NaN is made", where, why + (f", where {values}" if values else ""))

    def _sweep(self, part: TextPlace) -> str:
        """Which part of the text that is."""
        for line in reversed(self._source.text.splitlines()[: part.line]):
            if line.strip().endswith(" sweep"):  # a heading
                return f"in the {line.strip('# ')}"
            if line.startswith("def "):
                break
        return f"in {part.function}"


def refuse_nan(result: Any, name: str, *watches: NanWatch) -> None:
    """Raise if a derivative contains a NaN, and say where the first one was made."""
    if not contains_nan(result):
        return
    first = next((watch.first for watch in watches if watch.first is not None), None)
    what = f"{name} gives NaN: {_briefly(result)}"
    if first is None:
        raise NaNError(what, why="an argument or a global contains a NaN")
    raise NaNError(what, first.place, first.why)


class _Watcher(ast.NodeTransformer):
    """Puts calls of the watch around operations."""

    def __init__(self, source: SourceMap, operations: dict[int, ast.AST]) -> None:
        self._source = source
        self._operations = operations
        self._number_of: dict[ast.AST, int] = {}

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self._number_of = part_numbers(node)  # of a copy, in the same order
        self.generic_visit(node)
        return node

    def generic_visit(self, node: ast.AST) -> Any:
        number = self._number_of.get(node)
        watched = isinstance(node, _OPERATIONS) and number is not None and self._is_float(number)
        if watched and ast.unparse(getattr(node, "func", node)) in _UNSET:
            watched = False
        original = copy.deepcopy(node) if watched or isinstance(node, ast.AugAssign) else node
        super().generic_visit(node)
        if watched:
            assert number is not None and isinstance(node, ast.expr)
            self._operations[number] = original
            return ast.copy_location(_watching(number, node), node)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            assert number is not None
            self._operations[number] = original
            look = ast.Expr(_watching(number, ast.Name(node.target.id, ast.Load())))
            return [node, ast.copy_location(look, node)]
        return node

    def _is_float(self, number: int) -> bool:
        part = self._source.part(number)
        statement = None if part is None else part.statement
        if not isinstance(statement, Instr) or statement.primitive is pop:
            return False
        return statement.target is not None and is_differentiable(statement.target.kind)


def _watching(number: int, value: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(_WATCH, ast.Load()), [ast.Constant(number), value], [])


def _names(tree: ast.AST) -> Iterator[str]:
    """The names that an operation reads and still finds as they were."""
    if isinstance(tree, ast.AugAssign):
        tree = tree.value
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return iter(dict.fromkeys(names))


def _briefly(value: Any) -> str:
    with np.printoptions(threshold=8, edgeitems=3, precision=6):
        text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:77]}…"
