"""Compile a finished program with numba, and say in the user's terms what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.cache.programs import StoredProgram
from diffpy.config import config
from diffpy.errors import BackendCompileError, Place
from diffpy.kinds import Array, Kind, Tape
from diffpy.runtime.backends import compile_numba
from diffpy.transform.pipeline import Program


def compile_program(program: Program | StoredProgram) -> Callable[..., Any]:
    """The program compiled by numba for the kinds of its parameters; nothing is run."""
    try:
        # The entry is the last function of its module, whatever name was left for it.
        functions = compile_numba(program.compiled_text, program.name, cache=_cache())
        dispatcher: Any = list(functions.values())[-1]
        dispatcher.compile(tuple(map(numba_type, program.kinds)))
    except Exception as error:  # numba's own, llvmlite's, and what overloads raise
        raise explain_failure(program, error) from error
    function: Callable[..., Any] = dispatcher
    return function


def _cache() -> Callable[[str, str, str], Any] | None:
    """The cache of machine code, if it is switched on."""
    if not config.cache:
        return None
    from diffpy.cache.machine_code import MachineCode  # numba is imported when first needed

    return MachineCode


def numba_type(kind: Kind) -> Any:
    """The numba type that arguments of a kind have after `diffpy.runtime.calling.prepare`."""
    from numba import from_dtype, types

    if isinstance(kind, Tape):
        return types.int64
    if isinstance(kind, Array):
        return types.Array(from_dtype(np.dtype(kind.dtype)), kind.ndim, "C")
    return from_dtype(np.dtype(kind.dtype))


def explain_failure(program: Program | StoredProgram, error: Exception) -> BackendCompileError:
    """What numba could not compile, at the user's line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    if reason.startswith("Failed in nopython mode") and len(lines) > 1:
        reason = lines[1]
    return BackendCompileError(
        f"numba cannot compile {program.name}",
        place_of_failure(program, str(error)),
        why=f"numba says: {reason}",
    )


def place_of_failure(program: Program | StoredProgram, message: str) -> Place | None:
    """The user's line that a message about the compiled text points at.

    In a reverse sweep that is the line whose reverse it is; otherwise the first that is reversed.
    """
    origin = program.origin
    if origin is None:
        return None
    numbers = [int(n) for n in re.findall(r'File ".*?", line (\d+)', message)]
    text = program.compiled_text.splitlines()
    said = [int(n) for n in re.findall(r"# line (\d+): ", program.compiled_text)]
    line = min(said or (k for k in origin.lines if origin.lines[k].strip()), default=0)
    for k in range(min(numbers[-1], len(text)) - 1 if numbers else -1, -1, -1):
        here = re.search(r"# line (\d+): ", text[k])
        if here is not None:
            line = int(here[1])
        if here is not None or text[k].strip() == "# reverse sweep" or text[k].startswith("def "):
            break
    shown = origin.lines.get(line, "")
    return Place(origin.filename, line, len(shown) - len(shown.lstrip()), None, shown)
