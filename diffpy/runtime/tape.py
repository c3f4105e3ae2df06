"""The tape: what the forward sweep saves and the reverse sweep takes back, last in, first out.

Two tapes with one set of names.  :class:`ListTape` is a Python list, for the python backend.
:class:`StackTape` owns raw growing memory for compiled code, which addresses it by an int64 handle
(the address of three words: cursor, end, base) and so can pass it through any recursion.

A save site is a static slot with a type: ``push_f8(tape, x)`` converts to that type and
``pop_f8(tape)`` returns it.  Array slots (``push_f8_2d``) copy the contents in, with the shape;
a pop returns a fresh C-contiguous array.  A pop never frees, so a reverse sweep can be replayed
after ``tape.rewind(cursor)``.
"""

from __future__ import annotations

import array
import ctypes
import re
from collections.abc import Callable
from typing import Any

import numpy as np

CODES = ("f8", "f4", "c16", "c8", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1")
"""Scalar slot types of compiled code, by NumPy's short dtype names; Python has any."""

MAX_NDIM = 5
"""Array slots of compiled code exist for 0 to this many dimensions; Python's for any number."""

KEEP_BYTES = 1 << 26
"""A tape that goes back to the pool keeps at most this much memory."""

_POOL_SIZE = 32


class ListTape:
    """The tape of the python backend; a pop of another slot than was pushed raises.

    Examples
    --------
    >>> tape = ListTape()
    >>> push_f8(tape, 1.5)
    >>> start = tape.cursor()
    >>> pop_f8(tape)
    1.5
    >>> tape.rewind(start)
    >>> pop_f8(tape)
    1.5
    """

    __slots__ = ("_slots", "_top")

    def __init__(self) -> None:
        self._slots: list[tuple[str, Any]] = []
        self._top = 0

    @property
    def handle(self) -> ListTape:
        """What generated code takes as `tape`; here the tape itself."""
        return self

    def __len__(self) -> int:
        return self._top

    def push(self, slot: str, value: Any) -> None:
        """Save `value` under the slot's name."""
        if self._top == len(self._slots):
            self._slots.append((slot, value))
        else:  # below a rewound or popped top: overwrite, as raw memory does
            self._slots[self._top] = (slot, value)
        self._top += 1

    def pop(self, slot: str) -> Any:
        """Take back the last value, which must have been pushed under the same slot name."""
        if self._top == 0:
            raise AssertionError(f"pop_{slot} from an empty tape: this is a bug in diffpy")
        pushed, value = self._slots[self._top - 1]
        if pushed != slot:
            raise AssertionError(f"pop_{slot} meets push_{pushed}: this is a bug in diffpy")
        self._top -= 1
        return value

    def mark(self) -> int:
        """The present height, for a later :meth:`truncate`."""
        return self._top

    def truncate(self, mark: int) -> None:
        """Forget what was pushed since `mark` was taken."""
        self._top = mark
        del self._slots[mark:]

    def cursor(self) -> int:
        """The present height, for a later :meth:`rewind`."""
        return self._top

    def rewind(self, cursor: int) -> None:
        """Undo the pops since `cursor` was taken, so that they can run again."""
        if not 0 <= cursor <= len(self._slots):
            raise ValueError("cannot rewind the tape to where it never was")
        self._top = cursor

    def trim(self) -> None:
        """Free what lies above the present height."""
        del self._slots[self._top :]

    def reset(self) -> None:
        """Forget everything."""
        self.truncate(0)


_libc = ctypes.CDLL("msvcrt" if hasattr(ctypes, "WinDLL") else None)
c_realloc = _libc.realloc
c_realloc.restype = ctypes.c_void_p
c_realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
c_free = _libc.free
c_free.restype = None
c_free.argtypes = [ctypes.c_void_p]

_CUR, _END, _BASE = 0, 1, 2


class StackTape:
    """The tape of compiled code: owner of a raw growing stack of bytes.

    Attributes
    ----------
    handle : int
        Address of the control block; compiled code takes it as `tape`.  Valid as long as this
        object lives.  One thread at a time may use it.
    """

    __slots__ = ("__weakref__", "_block", "handle")

    def __init__(self) -> None:
        # An array.array that is never resized: a fixed address, and reads of a few ns.
        self._block = array.array("q", (0, 0, 0))
        self.handle = self._block.buffer_info()[0]

    def __del__(self, _free: Callable[[Any], None] = c_free) -> None:
        # Literal indices and a bound `free`: at interpreter exit the module's names are gone.
        if self._block[2]:
            _free(self._block[2])

    def __reduce__(self) -> Any:
        raise TypeError("a tape holds raw memory and cannot be copied or pickled")

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self._block[_END] - self._block[_BASE]

    def __len__(self) -> int:
        return self.mark()

    def mark(self) -> int:
        """The present height in bytes, for a later :meth:`truncate`; growth keeps it valid."""
        return self._block[_CUR] - self._block[_BASE]

    def truncate(self, mark: int) -> None:
        """Forget what was pushed since `mark` was taken."""
        self._block[_CUR] = self._block[_BASE] + mark

    def cursor(self) -> int:
        """The present height, for a later :meth:`rewind`."""
        return self._block[_CUR] - self._block[_BASE]

    def rewind(self, cursor: int) -> None:
        """Undo the pops since `cursor` was taken, so that they can run again."""
        if not 0 <= cursor <= self.nbytes:
            raise ValueError("cannot rewind the tape to where it never was")
        self._block[_CUR] = self._block[_BASE] + cursor

    def trim(self) -> None:
        """Give memory above the present height back to the system."""
        block = self._block
        used = block[_CUR] - block[_BASE]
        if used:
            moved = c_realloc(block[_BASE], used)
            if not moved:  # the old memory is still there and still ours
                return
        else:
            c_free(block[_BASE] or None)
            moved = 0
        block[_BASE] = moved
        block[_CUR] = block[_END] = moved + used

    def reset(self) -> None:
        """Forget everything; the memory is kept."""
        self._block[_CUR] = self._block[_BASE]


_pool: list[StackTape] = []


def borrow_tape() -> StackTape:
    """An empty tape that nobody else uses; hand it back with :func:`return_tape`.

    A call inside a call gets another tape.  One pool serves all threads: ``list.pop`` and
    ``append`` are atomic.
    """
    try:
        return _pool.pop()
    except IndexError:
        return StackTape()


def return_tape(tape: StackTape) -> None:
    """Empty `tape`, free its memory if it is large, and keep it for the next borrower."""
    block = tape._block
    base = block[2]
    block[0] = base
    if block[1] - base > KEEP_BYTES:
        tape.trim()
    if len(_pool) < _POOL_SIZE:
        _pool.append(tape)


def tape_mark(tape: Any) -> int:
    """``tape.mark()`` in generated code, where a compiled tape is only a handle."""
    mark: int = tape.mark()
    return mark


def tape_truncate(tape: Any, mark: int) -> None:
    """``tape.truncate(mark)`` in generated code."""
    tape.truncate(mark)


def _keep(numpy_type: type, python_type: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Conversion to a slot that holds a Python number and its NumPy twin alike."""

    def convert(x: Any) -> Any:
        return x if type(x) is numpy_type else python_type(x)

    return convert


def _whole(x: Any) -> int:
    """``int(x)`` of a whole number; a slot never cuts one."""
    whole = int(x)
    if whole != x:
        raise AssertionError(f"{x!r} was to be saved as an int: this is a bug in diffpy")
    return whole


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "f8": _keep(np.float64, float),
    "c16": _keep(np.complex128, complex),
    "i8": _keep(np.int64, _whole),
    "b1": _keep(np.bool_, bool),
}


def _make_scalar_slot(code: str) -> Slot:
    convert = _CONVERT.get(code) or np.dtype(code).type

    def push(tape: ListTape, x: Any) -> None:
        tape.push(code, convert(x))

    def pop(tape: ListTape) -> Any:
        return tape.pop(code)

    return push, pop


def _make_array_slot(code: str, ndim: int) -> Slot:
    dtype = np.dtype(code)
    slot = f"{code}_{ndim}d"

    def push(tape: ListTape, a: Any) -> None:
        if np.ndim(a) != ndim:
            raise TypeError(f"push_{slot} takes an array of {ndim} dimensions, not {np.ndim(a)}")
        if code == "i8" and (type(a) is list or a.dtype == object):
            tape.push(slot, np.array(a, dtype=object))  # Python's ints, of any size
        else:
            tape.push(slot, np.array(a, dtype=dtype, order="C"))

    def pop(tape: ListTape) -> Any:
        # A copy: the caller may write into it, and a replay must read what was pushed.
        return tape.pop(slot).copy()

    return push, pop


Slot = tuple[Callable[..., None], Callable[..., Any]]

SLOTS: dict[str, Slot] = {}
"""``(push, pop)`` by slot name, ``"f8"`` or ``"f8_2d"``."""


def slot_named(name: str) -> Slot:
    """``(push, pop)`` of a slot, made where it is not there yet.

    >>> push, pop = slot_named("f2_7d")
    >>> push.__name__
    'push_f2_7d'
    """
    if name not in SLOTS:
        code, _, dims = name.partition("_")
        pair = _make_array_slot(code, int(dims[:-1])) if dims else _make_scalar_slot(code)
        for verb, function in zip(("push", "pop"), pair, strict=True):
            function.__name__ = function.__qualname__ = f"{verb}_{name}"
        SLOTS[name] = pair
    return SLOTS[name]


def slot_of(dtype: np.dtype, ndim: int) -> Slot:
    """``(push, pop)`` of arrays."""
    return slot_named(f"{dtype.kind}{dtype.itemsize}_{ndim}d")


COMPILED_SLOTS = tuple(
    name for code in CODES for name in (code, *(f"{code}_{n}d" for n in range(MAX_NDIM + 1)))
)
for _name in COMPILED_SLOTS:
    for _function in slot_named(_name):
        globals()[_function.__name__] = _function

_SLOT_FUNCTION = re.compile(r"(push|pop)_([fc]\d+|[fciub]\d+_\d+d)")


def slot_function(name: str) -> Callable[..., Any]:
    """``push_…`` or ``pop_…`` of a slot that only Python has; AttributeError if there is none."""
    match = _SLOT_FUNCTION.fullmatch(name)
    if match is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return slot_named(match[2])[("push", "pop").index(match[1])]


def __getattr__(name: str) -> Any:
    """Tell type checkers that the generated slots exist, and people what a typo means."""
    return slot_function(name)
