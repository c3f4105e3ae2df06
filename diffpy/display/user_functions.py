"""The functions of the user that a derivative is of, as stretches of their files."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from diffpy.display.text_lines import Place
from diffpy.transform.ir import Function, Origin, walk


@dataclass(frozen=True)
class UserFunction:
    """A function's place in its file: the lines ``first`` to ``last``, decorators included."""

    name: str
    filename: str
    first: int
    last: int
    text: str

    def __contains__(self, other: UserFunction) -> bool:
        inside = self.first <= other.first and other.last <= self.last
        return self.filename == other.filename and inside and other != self


def user_functions(functions: Iterable[tuple[Function, Place | None]]) -> list[UserFunction]:
    """The places of functions, each once, those inside of others not at all.

    Each function comes with a line that it is known to have, in case that it computes nothing.
    """
    found: dict[UserFunction, None] = {}
    for function, known in functions:
        numbers = [s.line for s in walk(function.body) if s.line is not None]
        if known is not None:
            numbers.append(known[1])
        if function.origin is not None and numbers:
            found[_enclosing(function.origin, min(numbers), max(numbers))] = None
    return [each for each in found if not any(each in other for other in found)]


def _enclosing(origin: Origin, first: int, last: int) -> UserFunction:
    """The innermost definition around some lines, or these lines alone."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    name, best = "", None
    for node in ast.walk(ast.parse("\n".join(origin.lines[n] for n in sorted(origin.lines)))):
        if not isinstance(node, kinds):
            continue
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        start = min([node.lineno, *(d.lineno for d in decorators)])
        end = node.end_lineno or last
        if start <= first and last <= end and (best is None or end - start <= best[1] - best[0]):
            name, best = getattr(node, "name", "lambda"), (start, end)
    first, last = best or (first, last)
    shown = textwrap.dedent("\n".join(origin.lines.get(n, "") for n in range(first, last + 1)))
    return UserFunction(name, origin.filename, first, last, shown)
