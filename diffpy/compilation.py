"""Compile a finished program with numba, and say in the user's terms what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.cache.programs import StoredProgram
from diffpy.config import config
from diffpy.errors import BackendCompileError, Place
from diffpy.kinds import Array, Kind, Opaque, Tape
from diffpy.runtime.backends import compile_numba
from diffpy.runtime.shield import shielded
from diffpy.transform.pipeline import Program

_ESCAPES = re.compile("\x1b\\[[0-9;]*m")
_UNKNOWN_TO_NUMBA = ("float16", np.dtype(np.longdouble).name, np.dtype(np.clongdouble).name)


def prepare(backend: str) -> None:
    """Import what compiling needs, when a function is decorated and not when it is first called."""
    backend = config.backend if backend == "auto" else backend
    if backend != "python":
        shielded(_import_compiler)  # half an import would last


def _import_compiler() -> None:
    import diffpy.cache.machine_code
    import diffpy.runtime.backends.placed_lowering  # noqa: F401


def compile_program(program: Program | StoredProgram) -> Callable[..., Any]:
    """The program compiled by numba for the kinds of its parameters; nothing is run."""
    refuse_dtypes(program)

    def compiled() -> Callable[..., Any]:
        # The entry is the last function of its module, whatever name was left for it.
        functions = compile_numba(program.compiled_text, program.name, cache=_cache())
        dispatcher: Any = list(functions.values())[-1]
        dispatcher.compile(tuple(map(numba_type, program.kinds)))
        function: Callable[..., Any] = dispatcher
        return function

    try:
        return shielded(compiled)
    except Exception as error:  # numba's own, llvmlite's, and what overloads raise
        raise explain_failure(program, error) from error


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
    assert not isinstance(kind, Opaque), kind  # refused before
    return from_dtype(np.dtype(kind.dtype))


def explain_failure(program: Program | StoredProgram, error: Exception) -> BackendCompileError:
    """What numba could not compile, at the user's line."""
    message = _ESCAPES.sub("", str(error))
    return BackendCompileError(
        f"numba cannot compile {program.name}",
        place_of_failure(program, message),
        why=reason_of_failure(message) or type(error).__name__,
    )


def refuse_dtypes(program: Program | StoredProgram) -> None:
    """Refuse what no machine code of numba's computes with."""
    for kind in program.kinds:
        if isinstance(kind, Opaque):
            raise BackendCompileError(
                f"numba cannot compile {program.name}",
                first_place(program),
                why="it logs, locks, looks at a clock or draws random numbers, which only Python "
                "can",
                fix="do that outside of the function, and pass in what it gives",
            )
        if not isinstance(kind, Tape) and np.dtype(kind.dtype).name in _UNKNOWN_TO_NUMBA:
            raise BackendCompileError(
                f"numba cannot compile {program.name}",
                first_place(program),
                why=f"compiled code has no {kind.dtype}",
                fix="convert to float64 or float32: x.astype(np.float64)",
            )


def reason_of_failure(message: str) -> str:
    """The line of numba's message that says what is the matter.

    >>> reason_of_failure(
    ...     "Failed in nopython mode pipeline (step: nopython frontend)\\n"
    ...     "No implementation of function Function(<function sort at 0x7f>) found for signature:"
    ... )
    'compiled code has no `sort` for these arguments'
    """
    lines = [line.strip() for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith("Failed in ")]
    for line in lines:
        unknown = re.match(r"No implementation of function Function\((?:<\w+ )?'?(\w[\w.]*)", line)
        if unknown:
            return f"compiled code has no `{unknown[1]}` for these arguments"
    return f"numba says: {lines[0]}" if lines else ""


def place_of_failure(program: Program | StoredProgram, message: str) -> Place | None:
    """The user's line that a message about the compiled text points at."""
    # Lines are numbers of parts of the text, see `diffpy.runtime.numbering`.
    numbers = re.findall(r"""File ".*?_nb_\w+\.py", line (\d+)|_nb_\w+\.py \((\d+)\)""", message)
    for pair in reversed(numbers):
        part = program.compiled_source_map.part(int(max(pair)))
        if part is not None and part.user_lines:
            return part.user_lines[-1].place
    return first_place(program)


def first_place(program: Program | StoredProgram) -> Place | None:
    """The first of the user's lines that a program comes from."""
    lines = program.compiled_source_map.all_lines()
    origin = program.origin
    if lines:
        return min(lines).place
    if origin is None:
        return None
    number = min((k for k in origin.lines if origin.lines[k].strip()), default=0)
    shown = origin.lines.get(number, "")
    return Place(origin.filename, number, len(shown) - len(shown.lstrip()), None, shown)
