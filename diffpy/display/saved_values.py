"""What the forward sweep keeps for the reverse sweep, by line of the user's source.

    for i in range(n):                  line 3: x, in an indexed tape, 8 bytes
        x_tape[i] = x                   line 4: t, computed again, no bytes
        …

It is read off the finished derivative (see `diffpy.transform.save_values`, which decides).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from diffpy.display.text_lines import Place
from diffpy.kinds import Array, Kind, Opaque, Tape
from diffpy.rules.structural import accumulate, pop, push, store, tape_array
from diffpy.transform.ir import (
    Block,
    Function,
    Instr,
    Line,
    Statement,
    Var,
    block_arguments,
    blocks,
    called_functions,
    free_variables,
    operands,
    targets,
    walk,
)

INDEXED = "indexed tape"
PUSHED = "tape"
HELD = "held"
AGAIN = "computed again"

#: a slot of the growing tape has this many bytes at least, and as many for each extent of an array
WORD = 8

_MOVES = (push, pop, store, accumulate, tape_array)


@dataclass(frozen=True)
class Saved:
    """A value that gets from the forward to the reverse sweep.

    Attributes
    ----------
    place : (str, int)
        File and line of the user's source where the value is made.
    name : str or None
        The user's name for it; None for a part of an expression.
    how : str
        `INDEXED`, `PUSHED`, `HELD` (an array that is still there) or `AGAIN`.
    itemsize, ndim : int
        Bytes of a number, and the dimensions of an array (0 for a number).
    """

    place: Place
    name: str | None
    how: str
    itemsize: int
    ndim: int

    @property
    def nbytes(self) -> int:
        """Bytes each time the line runs; of an array those beside its elements."""
        if self.how == PUSHED:
            return WORD * self.ndim if self.ndim else max(WORD, self.itemsize)
        return self.itemsize if self.how == INDEXED else 0

    @property
    def nbytes_per_element(self) -> int:
        """Bytes for each element of an array, each time the line runs."""
        return self.itemsize if self.ndim and self.how in (PUSHED, HELD) else 0

    @property
    def cost(self) -> str:
        """The bytes in words.

        >>> Saved(("f.py", 3), "x", PUSHED, 8, 0).cost, Saved(("f.py", 3), "h", PUSHED, 4, 2).cost
        ('8 bytes', '4 bytes per element + 16')
        """
        if not self.nbytes_per_element:
            return _count(self.nbytes) if self.nbytes else ""
        more = f" + {self.nbytes}" if self.nbytes else ""
        return f"{_count(self.nbytes_per_element)} per element{more}"

    @property
    def label(self) -> str:
        """The value in words.

        >>> Saved(("f.py", 3), "x", INDEXED, 8, 0).label
        'x: indexed tape, 8 bytes'
        >>> Saved(("f.py", 3), None, AGAIN, 8, 0).label
        'a part of it: computed again'
        """
        text = f"{self.name or 'a part of it'}: {self.how}"
        return f"{text}, {self.cost}" if self.cost else text


def _count(nbytes: int) -> str:
    return f"{nbytes} byte{'s' * (nbytes != 1)}"


def saved_values(entry: Function) -> list[Saved]:
    """What a derivative saves, in the order of its text; once for each value of a line."""
    found: dict[Saved, None] = {}
    for function in called_functions(entry):
        made = _Definitions(function.body)
        found.update(dict.fromkeys(_on_tapes(function, made)))
        found.update(dict.fromkeys(_held(function, made)))
        found.update(dict.fromkeys(_computed_again(function)))
    return list(found)


class _Definitions:
    """Where each variable gets its value; a loop's variables where the loop begins."""

    def __init__(self, block: Block) -> None:
        self._lines: dict[Var, Line] = {}
        self._visit(block, None)

    def _visit(self, block: Block, outer: Line | None) -> None:
        for statement in block.statements:
            line = statement.line if isinstance(statement.line, Line) else outer
            if line is not None:
                for v in (*targets(statement), *block_arguments(statement)):
                    self._lines.setdefault(v, line)
            for inner in blocks(statement):
                self._visit(inner, line)

    def saved(self, v: object, how: str) -> Iterator[Saved]:
        if isinstance(v, Var) and v in self._lines and not isinstance(v.kind, Tape):
            yield _saved(v, self._lines[v], how)


def _saved(v: Var, line: Line, how: str) -> Saved:
    place = line.place.filename, int(line)
    return Saved(place, None if v.temporary else v.name, how, *_size(v.kind))


def _size(kind: Kind) -> tuple[int, int]:
    assert not isinstance(kind, Tape | Opaque)
    return np.dtype(kind.dtype).itemsize, kind.ndim if isinstance(kind, Array) else 0


def _on_tapes(function: Function, made: _Definitions) -> Iterator[Saved]:
    tapes = {
        s.target for s in walk(function.body) if isinstance(s, Instr) and s.primitive is tape_array
    }
    for s in walk(function.body):
        if isinstance(s, Instr) and s.primitive is push:
            yield from made.saved(s.args[1], PUSHED)
        elif isinstance(s, Instr) and s.primitive is store and s.args[0] in tapes:
            yield from made.saved(s.args[1], INDEXED)


def _held(function: Function, made: _Definitions) -> Iterator[Saved]:
    """Arrays of the forward sweep that the reverse sweep reads as they are."""
    start = function.reverse_from
    if start is None:
        return
    forward, reverse = function.body.statements[:start], function.body.statements[start:]
    fresh = {
        v
        for s in forward
        if not (isinstance(s, Instr) and (s.primitive is tape_array or s.primitive.view))
        for v in targets(s)
        if isinstance(v.kind, Array)
    }
    for v in free_variables(Block(reverse)):
        if v in fresh:
            yield from made.saved(v, HELD)


def _computed_again(function: Function) -> Iterator[Saved]:
    """Operations of the forward sweep that the reverse sweep repeats."""
    start = function.reverse_from
    if start is None:
        return
    statements = function.body.statements
    forward = {_signature(s) for s in _computations(statements[:start])}
    for s in _computations(statements[start:]):
        if _signature(s) in forward and isinstance(s.line, Line):
            assert s.target is not None
            yield _saved(s.target, s.line, AGAIN)


def _computations(statements: Iterable[Statement]) -> Iterator[Instr]:
    for s in statements:
        if not isinstance(s, Instr):
            for block in blocks(s):
                yield from _computations(block.statements)
        elif s.target is not None and s.primitive not in _MOVES and operands(s):
            yield s


def _signature(s: Instr) -> tuple[object, ...]:
    """A repeated operation reads the same constants and variables, or copies of these."""
    assert s.target is not None
    read = tuple(a.name if isinstance(a, Var) else a for a in s.args)
    return s.primitive, s.line, s.target.name, s.static, read
