"""Where compiled code failed.

An exception on its way out of compiled code leaves a note at each place where it leaves a call: the
number of the part of the text (`diffpy.runtime.numbering`). Nothing is noted before one is raised.
"""

from __future__ import annotations

import ctypes
import threading

#: of a deep recursion the innermost places are kept
MOST_NOTES = 1000


class _Notes(threading.local):
    def __init__(self) -> None:
        self.numbers: list[int] = []


_notes = _Notes()


def note_failure(number: int) -> None:
    """An exception leaves this part of the text; called by compiled code."""
    if len(_notes.numbers) < MOST_NOTES:
        _notes.numbers.append(number)


def take_notes() -> list[int]:
    """The parts that the exception left since the last time, innermost first."""
    numbers, _notes.numbers = _notes.numbers, []
    return numbers


#: what compiled code calls; the object has to live as long as the process
c_note_failure = ctypes.CFUNCTYPE(None, ctypes.c_int64)(note_failure)
