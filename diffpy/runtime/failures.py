"""Where compiled code failed.

An exception on its way out of compiled code leaves a note at each place where it leaves a call: the
number of the part of the text (`diffpy.runtime.numbering`). Nothing is noted before one is raised.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass

#: of a deep recursion the innermost places are kept
MOST_NOTES = 1000


@dataclass(frozen=True)
class OutOfBounds:
    """An index that an array does not have."""

    index: int
    axis: int
    size: int


class _Notes(threading.local):
    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.bounds: OutOfBounds | None = None


_notes = _Notes()


def note_failure(number: int) -> None:
    """An exception leaves this part of the text; called by compiled code."""
    if len(_notes.numbers) < MOST_NOTES:
        _notes.numbers.append(number)


def note_bounds(index: int, axis: int, size: int) -> None:
    """An index is out of bounds; called by compiled code, whose exception cannot say it."""
    _notes.bounds = OutOfBounds(index, axis, size)


def take_notes() -> tuple[list[int], OutOfBounds | None]:
    """The parts that the exception left since the last time, innermost first, and its index."""
    taken = _notes.numbers, _notes.bounds
    _notes.numbers, _notes.bounds = [], None
    return taken


#: what compiled code calls; the objects have to live as long as the process
c_note_failure = ctypes.CFUNCTYPE(None, ctypes.c_int64)(note_failure)
c_note_bounds = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(note_bounds)
