"""Which lines of the user's source each line of a derivative's text comes from.

t_bar = b_bar * x           # line 7: …        comes from line 7
for i in range(n - 1, -1, -1):                 from the line of the loop that it reverses
x_bar += spring_bar * x                        from a callee's line, and the call's line
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from diffpy.rules.structural import push
from diffpy.runtime.numbering import part_numbers
from diffpy.transform.ir import Function, Instr, called_functions, walk
from diffpy.transform.pipeline import Program

Sweep = Literal["forward", "reverse", ""]

#: a line of a file
Place = tuple[str, int]


@dataclass
class TextLine:
    """A line of generated text.

    Attributes
    ----------
    sweep : {"forward", "reverse", ""}
        Where it runs; empty outside of functions, and in functions that have no reverse.
    places : dict
        The lines of the user's source that it comes from (the keys; the first one is where the
        statement itself comes from).
    """

    text: str
    sweep: Sweep = ""
    places: dict[Place, None] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The line without a comment that quotes a line, if something stands before it.

        >>> TextLine("b_bar = x_bar * a    # line 3: x = a * b").code
        'b_bar = x_bar * a'
        """
        code, mark, _ = self.text.rpartition("  # line ")
        return code.rstrip() if mark and code.strip() else self.text


def text_lines(program: Program) -> list[TextLine]:
    """The lines of the text of a program, each with what it comes from."""
    tree = ast.parse(program.text)
    lines = [TextLine(line) for line in program.text.splitlines()]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for definition, function in zip(definitions, called_functions(program.entry), strict=True):
        _mark_sweeps(lines, definition, function)
    for number, place in _places(program, tree):
        lines[number - 1].places.setdefault(place)
    return lines


def _places(program: Program, tree: ast.Module) -> Iterator[tuple[int, Place]]:
    """Lines of the text and what their parts come from: a callee's line, then that of the call."""
    for number in part_numbers(tree).values():
        part = program.source_map.part(number)
        for line in reversed(part.user_lines if part is not None else ()):
            assert part is not None
            yield part.line, (line.place.filename, int(line))


def _mark_sweeps(lines: list[TextLine], definition: ast.FunctionDef, function: Function) -> None:
    written = lines[definition.lineno - 1 : definition.end_lineno]
    headings = [n for n, line in enumerate(written) if line.text == "    # reverse sweep"]
    if function.reverse_from is None:
        sweeps: tuple[Sweep, Sweep] = ("forward" if _pushes(function) else "", "")
    else:  # no heading: there is nothing to do before the reverse sweep
        sweeps = ("forward" if headings else "reverse", "reverse")
    start = headings[0] if headings else len(written)
    for n, line in enumerate(written):
        line.sweep = sweeps[n >= start]


def _pushes(function: Function) -> bool:
    return any(isinstance(s, Instr) and s.primitive is push for s in walk(function.body))
