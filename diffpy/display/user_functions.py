"""The functions of the user that a derivative is of, as stretches of their files."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from diffpy.transform.ir import Function, Origin, walk


@dataclass(frozen=True)
class UserFunction:
    """A function's place in its file: the lines ``first`` to ``last``, decorators included."""

    name: str
    filename: str
    first: int
    last: int
    text: str


def user_functions(functions: Iterable[Function]) -> list[UserFunction]:
    """The places of functions, each once: a function may have been built for several kinds."""
    found: dict[UserFunction, None] = {}
    for function in functions:
        numbers = [s.line for s in walk(function.body) if s.line is not None]
        if function.origin is not None and numbers:
            found[_enclosing(function.origin, min(numbers), max(numbers))] = None
    return list(found)


def _enclosing(origin: Origin, first: int, last: int) -> UserFunction:
    """The innermost definition around some lines, or these lines alone."""
    text = "\n".join(origin.lines[n] for n in sorted(origin.lines))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    name, best = "", None
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds) and node.lineno <= first and last <= (node.end_lineno or 0):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            start = min([node.lineno, *(d.lineno for d in decorators)])
            stretch = start, node.end_lineno or last
            if best is None or stretch[1] - stretch[0] <= best[1] - best[0]:
                name, best = getattr(node, "name", "lambda"), stretch
    first, last = best or (first, last)
    shown = textwrap.dedent("\n".join(origin.lines.get(n, "") for n in range(first, last + 1)))
    return UserFunction(name, origin.filename, first, last, shown)
