"""Find the syntax tree of a function, with the positions it has in its file.

The whole file is parsed once and the function is found in it by its code object, so that line
numbers and columns are the user's own and lambdas, methods and decorated functions need no
unindenting. A tree that does not compile to the function's code is never used:

    f = lambda x: x * x; g = lambda x: x + 1      source_of(g).node is the second lambda
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from diffpy.errors import Place, SourceUnavailableError
from diffpy.transform.match_code import FunctionNode, match_code


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


#: by code and file, because equal code objects may come from different files
_sources: dict[tuple[types.CodeType, str], Source] = {}
_MOST_SOURCES = 4096


def plain_function(fun: Any) -> types.FunctionType | None:
    """The Python function behind a wrapper (njit dispatcher, ``functools.wraps``), if any."""
    for _ in range(100):
        if isinstance(fun, types.FunctionType):
            return fun
        inner = getattr(fun, "py_func", None)
        if isinstance(fun, functools._lru_cache_wrapper):
            inner = fun.__wrapped__  # a pure function's cache changes nothing
        if inner is None:
            return None
        fun = inner
    return None


def has_signature_of_another(fun: Any) -> bool:
    """Whether a function takes the arguments of another one, as `functools.wraps` says."""
    return isinstance(fun, types.FunctionType) and hasattr(fun, "__wrapped__")


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
    found = _sources.get((code, code.co_filename))
    if found is None:
        found = _find(function, code)
        if len(_sources) >= _MOST_SOURCES:
            _sources.clear()
        _sources[code, code.co_filename] = found
    return found


def _find(function: types.FunctionType, code: types.CodeType) -> Source:
    filename = code.co_filename
    line = f"line {code.co_firstlineno} of {filename}"
    lines = _lines_for(function)
    if not lines:
        raise _unavailable(
            function,
            "found",
            f"{filename} is no file that can be read; code made with exec or typed into a plain "
            "prompt keeps no source",
            "write the function into a file or a notebook",
        )
    try:
        module, known = _functions_by_line(filename, "".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unavailable(
            function,
            "read",
            f"{filename} does not parse any more: {error}",
            "load the module again after changing it",
        ) from error
    here = [
        (statement, node)
        for statement, node in known.get(code.co_firstlineno, [])
        if code.co_name == ("<lambda>" if isinstance(node, ast.Lambda) else node.name)
    ]
    for statement in {id(statement): statement for statement, _ in here}.values():
        candidates = [node for holder, node in here if holder is statement]
        node = match_code(module, statement, candidates, code)
        if node is not None:
            return Source(gast.ast_to_gast(node), filename, _Lines(lines))
    if not here:
        why, fix = f"{line} does not hold it", "load the module again after changing it"
    else:
        why = f"{line} says something else than what runs"
        fix = (
            "load the module again if the file was changed since; code that was rewritten after "
            "it was compiled has no source"
        )
    raise _unavailable(function, "found", why, fix)


def _unavailable(
    function: types.FunctionType, verb: str, why: str, fix: str
) -> SourceUnavailableError:
    what = f"the source of `{function.__qualname__}` cannot be {verb}"
    return SourceUnavailableError(what, None, why, fix)


def _lines_for(function: types.FunctionType) -> list[str]:
    """The lines of the function's file as they are now; none where there are none."""
    filename = function.__code__.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        try:  # Python 3.13 keeps what was typed at its prompt or given to `python -c`
            lines = inspect.findsource(function)[0]
        except (OSError, TypeError, SyntaxError):
            return []
    return lines


@functools.lru_cache(maxsize=64)
def _functions_by_line(
    filename: str, text: str
) -> tuple[ast.Module, dict[int, list[tuple[ast.stmt, FunctionNode]]]]:
    """A file's tree; its functions by their code's first line, with the statements around them."""
    found: dict[int, list[tuple[ast.stmt, FunctionNode]]] = {}
    module = ast.parse(text, filename)
    for statement in module.body:
        for node in ast.walk(statement):
            if isinstance(node, FunctionNode):
                decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
                first = min([node.lineno, *(d.lineno for d in decorators)])
                found.setdefault(first, []).append((statement, node))
    return module, found
