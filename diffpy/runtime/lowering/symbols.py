"""Symbols that compiled code takes from diffpy.

Symbols rather than constant addresses, so that compiled code can be cached on disk; in a module of
their own, because code that comes from there needs nothing else of this package.
"""

from __future__ import annotations

import ctypes

import llvmlite.binding as llvm

from .. import failures, memory
from .. import tape as tapes

REALLOC = "diffpy_realloc"
FREE = "diffpy_free"
ADVISE = "diffpy_advise"
PLACES = "diffpy_scratch_places"
NOTE_FAILURE = "diffpy_note_failure"
NOTE_BOUNDS = "diffpy_note_bounds"

_places = (ctypes.c_int64 * memory.KEPT_BLOCKS)()
# One allocator for both sides: the very function that StackTape uses, under a name of our own.
llvm.add_symbol(REALLOC, ctypes.cast(tapes.c_realloc, ctypes.c_void_p).value)
llvm.add_symbol(FREE, ctypes.cast(tapes.c_free, ctypes.c_void_p).value)
if memory.c_advise is not None:
    llvm.add_symbol(ADVISE, ctypes.cast(memory.c_advise, ctypes.c_void_p).value)
llvm.add_symbol(PLACES, ctypes.addressof(_places))
llvm.add_symbol(NOTE_FAILURE, ctypes.cast(failures.c_note_failure, ctypes.c_void_p).value)
llvm.add_symbol(NOTE_BOUNDS, ctypes.cast(failures.c_note_bounds, ctypes.c_void_p).value)
