"""Find out which statement of a program a place in its text comes from.

The text is read again and its tree laid beside the one that it was printed from, whose parts know
the statements that made them:

    x = c / m * v              BinOp(*)   made by   t * v    on the user's line 5
                                 BinOp(/) made by   c / m    on the user's line 2

Places are given in two ways. Python says where in the text an exception was raised, by line and
column (before 3.11 by line alone, which is used where it leaves no choice). Compiled code knows the
number of the part (`diffpy.runtime.numbering`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diffpy.runtime.numbering import part_numbers
from diffpy.transform.ir import Line, Statement


@dataclass(frozen=True)
class TextPlace:
    """A part of generated text, and the statement that it comes from, if there is one.

    ``function`` is the one of the text that it stands in, ``calls`` the one that it calls; columns
    count bytes, as Python does.
    """

    line: int
    column: int
    end_column: int
    function: str
    statement: Statement | None
    calls: str | None = None

    @property
    def user_lines(self) -> tuple[Line, ...]:
        """The user's lines, innermost call last."""
        line = None if self.statement is None else self.statement.line
        return (*reversed(line.callers), line) if isinstance(line, Line) else ()


class SourceMap:
    """Where the parts of a text come from.

    Parameters
    ----------
    text : str
        A module.
    printed : ast.Module
        The tree that it was printed from.
    made : mapping
        Which statement made a node of that tree; the nodes inside are its too.
    """

    def __init__(self, text: str, printed: ast.Module, made: Mapping[ast.AST, Statement]) -> None:
        self.text = text
        self.tree = tree = ast.parse(text)
        statements = dict(_pairs(tree, printed, made))
        self._by_number: dict[int, TextPlace] = {}
        self._by_position: dict[tuple[int | None, ...], TextPlace] = {}
        self._by_line: dict[int, list[TextPlace]] = {}
        functions = {
            node: outer.name
            for outer in tree.body
            if isinstance(outer, ast.FunctionDef)
            for node in ast.walk(outer)
        }
        for node, number in part_numbers(tree).items():
            place = _place(node, functions.get(node, "<module>"), statements.get(node))
            self._by_number[number] = place
            self._by_line.setdefault(place.line, []).append(place)
            if isinstance(node, ast.stmt | ast.expr):
                # Of parts that cover the same text the innermost comes last.
                position = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                self._by_position[position] = place

    def part(self, number: int) -> TextPlace | None:
        """The part of that number."""
        return self._by_number.get(number)

    def all_lines(self) -> list[Line]:
        """The user's lines that the text comes from, each as often as it does."""
        return [place.user_lines[-1] for place in self._by_number.values() if place.user_lines]

    def at(self, position: tuple[int | None, ...], line: int) -> TextPlace:
        """The part at a position (line, end line, column, end column), or on a line."""
        found = self._by_position.get(position)
        return self._on_line(line) if found is None else found

    def _on_line(self, line: int) -> TextPlace:
        """What the line comes from, if all of it comes from one line of the user's."""
        places = [place for place in self._by_line.get(line, ()) if place.user_lines]
        different = {tuple((int(x), x.place.filename) for x in p.user_lines) for p in places}
        return places[0] if len(different) == 1 else TextPlace(line, 0, 0, "<module>", None)


def _place(node: Any, function: str, statement: Statement | None) -> TextPlace:
    one_line = node.lineno == node.end_lineno
    end = node.end_col_offset if one_line else node.col_offset
    called = node.func if isinstance(node, ast.Call) else None
    calls = called.id if isinstance(called, ast.Name) else None
    return TextPlace(node.lineno, node.col_offset, end, function, statement, calls)


def _pairs(
    tree: ast.AST, printed: ast.AST, made: Mapping[ast.AST, Statement]
) -> Iterator[tuple[ast.AST, Statement]]:
    """The nodes of a tree that was read, and the statements that made them."""
    pending: list[tuple[ast.AST, ast.AST | None, Statement | None]] = [(tree, printed, None)]
    while pending:
        node, twin, outer = pending.pop()
        statement = outer if twin is None else made.get(twin, outer)
        if statement is not None:
            yield node, statement
        children = list(ast.iter_child_nodes(node))
        twins: list[ast.AST | None] = [] if twin is None else [*ast.iter_child_nodes(twin)]
        alike = len(twins) == len(children) and all(
            type(a) is type(b) for a, b in zip(children, twins)
        )
        if not alike:  # a negative number is read as an operation
            twins = [None] * len(children)
        pending += [(a, b, statement) for a, b in zip(children, twins, strict=True)]
