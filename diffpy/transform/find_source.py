"""Find the syntax tree of a function, with the positions it has in its file.

The whole file is parsed once and the function is found in it by its code object, so that line
numbers and columns are the user's own and lambdas, methods and decorated functions need no
unindenting:

    f = lambda x: x * x; g = lambda x: x + 1      source_of(g).node is the second lambda
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import gast

from diffpy.errors import Place, SourceUnavailableError

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, eq=False)
class Source:
    """A function's tree (gast) and the lines of its file."""

    node: Any
    filename: str
    lines: Mapping[int, str]

    def place(self, node: Any) -> Place:
        """Where a node of the tree stands."""
        return Place.of_node(node, self.filename, self.lines.get(node.lineno, ""))


class _Lines(Mapping[int, str]):
    """The lines of a file, from 1."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def __getitem__(self, number: int) -> str:
        if not 1 <= number <= len(self._lines):
            raise KeyError(number)
        return self._lines[number - 1].rstrip("\r\n")

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self._lines) + 1))

    def __len__(self) -> int:
        return len(self._lines)


_sources: dict[types.CodeType, Source] = {}


def plain_function(fun: Any) -> types.FunctionType | None:
    """The Python function behind a wrapper (njit dispatcher, ``functools.wraps``), if any."""
    for _ in range(100):
        if isinstance(fun, types.FunctionType):
            return fun
        inner = getattr(fun, "py_func", None)
        if inner is None:
            return None
        fun = inner
    return None


def call_method(instance: Any) -> types.FunctionType | None:
    """``__call__`` of an object's class, if it is written in Python."""
    if isinstance(instance, type):
        return None
    return plain_function(vars_of_class(type(instance)).get("__call__"))


def vars_of_class(cls: type) -> dict[str, Any]:
    """The attributes of a class and its bases."""
    return {name: value for base in reversed(cls.__mro__) for name, value in vars(base).items()}


def source_of(function: types.FunctionType) -> Source:
    """The source of a Python function.

    Raises
    ------
    SourceUnavailableError
        If the source is not to be had, or does not say which function is meant.

    Examples
    --------
    >>> source_of(source_of).node.name
    'source_of'
    """
    code = function.__code__
    found = _sources.get(code)
    if found is None:
        found = _sources[code] = _find(function, code)
    return found


def _find(function: types.FunctionType, code: types.CodeType) -> Source:
    filename = code.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        raise SourceUnavailableError(
            f"the source of `{function.__qualname__}` cannot be found",
            None,
            f"{filename} is no file that can be read; code made with exec or typed into a plain "
            "prompt keeps no source",
            "write the function into a file or a notebook",
        )
    text = "".join(lines)
    try:
        nodes = _function_nodes(filename, text)
    except (SyntaxError, ValueError) as error:
        raise SourceUnavailableError(
            f"the source of `{function.__qualname__}` cannot be read",
            None,
            f"{filename} does not parse any more: {error}",
            "load the module again after changing it",
        ) from error
    candidates = [node for node in nodes.get(code.co_firstlineno, []) if _could_be(node, code)]
    node = _choose(candidates, code, filename)
    if node is None:
        raise SourceUnavailableError(
            f"the source of `{function.__qualname__}` cannot be found",
            None,
            f"line {code.co_firstlineno} of {filename} does not hold it"
            if not candidates
            else f"line {code.co_firstlineno} of {filename} holds several functions like it",
            "load the module again after changing it"
            if not candidates
            else "put each function on a line of its own",
        )
    return Source(gast.ast_to_gast(node), filename, _Lines(lines))


@functools.lru_cache(maxsize=64)
def _function_nodes(filename: str, text: str) -> dict[int, list[FunctionNode]]:
    """The functions of a file by the line that their code objects begin with."""
    found: dict[int, list[FunctionNode]] = {}
    for node in ast.walk(ast.parse(text, filename)):
        if isinstance(node, FunctionNode):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            first = min([node.lineno, *(d.lineno for d in decorators)])
            found.setdefault(first, []).append(node)
    return found


def _could_be(node: FunctionNode, code: types.CodeType) -> bool:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    a = node.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    names += [p.arg for p in (a.vararg, a.kwarg) if p is not None]
    count = len(names)
    mangled = [n for n in names if not n.startswith("__") or n.endswith("__")]
    return (
        name == code.co_name
        and all(n in code.co_varnames[:count] for n in mangled)
        and (count == code.co_argcount + code.co_kwonlyargcount + _has_star(code))
    )


def _has_star(code: types.CodeType) -> int:
    return bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)


def _choose(
    candidates: list[FunctionNode], code: types.CodeType, filename: str
) -> FunctionNode | None:
    if len(candidates) > 1:
        candidates = [n for n in candidates if _spans(n, code)] or candidates
    if len(candidates) > 1:
        # Of nested ones the innermost holds all positions of the code.
        inner = [n for n in candidates if not any(_inside(m, n) for m in candidates if m is not n)]
        candidates = inner if hasattr(code, "co_positions") and len(inner) == 1 else candidates
    if len(candidates) > 1:
        candidates = [n for n in candidates if _compiles_to(n, code, filename)]
    if len(candidates) == 1 or len({ast.dump(n) for n in candidates}) == 1:
        return candidates[0]
    return None


def _inside(inner: FunctionNode, outer: FunctionNode) -> bool:
    return _begin(outer) <= _begin(inner) and _end(inner) <= _end(outer)


def _begin(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _spans(node: FunctionNode, code: types.CodeType) -> bool:
    """Whether the instructions of the code lie inside the node (Python 3.11 and later)."""
    positions: Callable[[], Any] | None = getattr(code, "co_positions", None)
    if positions is None:
        return True
    first = node.body if isinstance(node, ast.Lambda) else node
    for line, end_line, column, end_column in positions():
        if None in (line, end_line, column, end_column) or (column, end_column) == (0, 0):
            continue
        if (line, column) < _begin(first) or (end_line, end_column) > _end(node):
            return False
    return True


def _compiles_to(node: FunctionNode, code: types.CodeType, filename: str) -> bool:
    """Whether compiling the node by itself gives the same instructions (Python 3.10)."""
    try:
        if isinstance(node, ast.Lambda):
            compiled = compile(ast.Expression(node), filename, "eval")
        else:
            compiled = compile(ast.Module([node], []), filename, "exec")
    except (SyntaxError, ValueError):
        return False
    return any(
        _instructions(other) == _instructions(code)
        for other in compiled.co_consts
        if isinstance(other, types.CodeType) and other.co_name == code.co_name
    )


def _instructions(code: types.CodeType) -> list[tuple[str, str]]:
    """What a code object does; a captured variable and a global count as the same."""
    return [
        (
            "LOAD" if i.opname in ("LOAD_GLOBAL", "LOAD_DEREF") else i.opname,
            _operand_text(i.argval),
        )
        for i in dis.get_instructions(code)
        if i.opname not in ("COPY_FREE_VARS", "RESUME")
    ]


def _operand_text(operand: Any) -> str:
    if isinstance(operand, types.CodeType):
        return operand.co_name
    if isinstance(operand, str):  # the name of a nested function tells where it was defined
        return operand.rpartition("<locals>.")[2]
    return repr(operand)
