"""Exceptions of generated code, with the user's lines in their tracebacks.

Where a derivative raises what the function raises, the traceback goes on from the generated line to
the user's, as if that had been run; debuggers and editors see ordinary entries:

    File "…/grad_fall_33ffff.py", line 14, in grad_fall
        factor = c / m
    File "fall.py", line 8, in fall
        v = v + dt * (9.81 - drag(v, c, m))
    File "fall.py", line 2, in drag
        return c * v / m
    ZeroDivisionError: division by zero
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import CodeType, TracebackType
from typing import Any

from diffpy.cache.programs import StoredProgram
from diffpy.errors import DiffpyError, is_ours
from diffpy.kinds import Scalar
from diffpy.rules.raising import Raised, given_operands, throw_user
from diffpy.runtime.calling import declare
from diffpy.runtime.compiled_messages import in_numpys_words
from diffpy.runtime.failures import take_notes
from diffpy.transform.ir import Instr
from diffpy.transform.map_lines import SourceMap, TextPlace
from diffpy.transform.pipeline import Program

_ENTRY = "<diffpy entry>"
#: a name that no variable of the user's has
_RAISED = "__diffpy_placed__"


@dataclass(frozen=True)
class _Failure:
    """The entries of a traceback, outermost first, and where in the text its end comes from."""

    entries: list[TracebackType]
    innermost: TextPlace | None


def explain(
    error: BaseException,
    program: Program | StoredProgram,
    function: Callable[..., Any],
    compiled: bool,
) -> BaseException:
    """The exception to raise in place of one that a program has raised.

    Parameters
    ----------
    error : BaseException
        Caught by the function that calls this, which is to raise what it gets.
    program
        What was called.
    function : callable
        The program on its backend.
    compiled : bool
        Whether that is numba.
    """
    try:
        error = _explained(error, program, function, compiled)
        _clear_frames_of(error)
        return error
    finally:
        del error  # it leads to this frame


def _explained(
    error: BaseException,
    program: Program | StoredProgram,
    function: Callable[..., Any],
    compiled: bool,
) -> BaseException:
    notes, bounds = take_notes() if compiled else ([], None)
    if compiled:
        traceback, error = error.__traceback__, in_numpys_words(error, bounds)
        error.__traceback__ = traceback
    path = getattr(function, "py_func", function).__code__.co_filename
    # Python puts the frame that raises in front again.
    entries = list(_following(error.__traceback__))[1:]
    if not notes and not any(_file(entry) == path for entry in entries):
        return error
    source = _source_map(program, compiled)
    if source is None:
        return error
    if compiled:
        failure = _of_compiled(entries, notes, path, source)
    else:
        failure = _of_python(entries, path, source)
    made = _as_the_user_raises(error, failure.innermost, compiled)
    return made.with_traceback(_joined(failure.entries))


def _clear_frames_of(error: BaseException) -> None:
    """Free what the functions that made its entries still hold: without that, a failing call would
    leave its arrays, and the variables of every frame, to the collector of cycles."""
    for entry in _following(error.__traceback__):
        frame = entry.tb_frame.f_back
        while frame is not None and frame.f_code.co_filename == __file__:
            if frame.f_code is explain.__code__:
                break
            frame.clear()
            frame = frame.f_back


def _as_the_user_raises(
    error: BaseException, place: TextPlace | None, compiled: bool
) -> BaseException:
    """The user's exception, where what was raised stands for one."""
    statement = None if place is None else place.statement
    if not isinstance(statement, Instr) or statement.primitive is not throw_user:
        return error
    raised: Raised = statement.options["raised"]
    if type(error) is not raised.builtin:
        return error  # raised while the arguments were evaluated
    if not compiled:
        return error if raised.is_plain else raised.of(list(error.args))
    kinds = tuple(a.kind for a in statement.args)
    operands = given_operands(kinds, error.args)
    return raised.made(
        declare(k, v) if isinstance(k, Scalar) else v for k, v in zip(kinds, operands)
    )


def _source_map(program: Program | StoredProgram, compiled: bool) -> SourceMap | None:
    """Where the text comes from; None if its source is not what it was when it was written."""
    try:
        source = program.compiled_source_map if compiled else program.source_map
    except DiffpyError:
        return None
    return source if source.text == (program.compiled_text if compiled else program.text) else None


def _of_python(entries: list[TracebackType], path: str, source: SourceMap) -> _Failure:
    shown: list[TracebackType] = []
    innermost = None
    for entry in entries:
        if _file(entry) == path:
            innermost = source.at(_position(entry), entry.tb_lineno)
            shown += [entry, *_user_entries(innermost, entry.tb_frame.f_locals)]
        elif not _is_internal(_file(entry)):
            shown.append(entry)
    return _Failure(shown, innermost)


def _of_compiled(
    entries: list[TracebackType], notes: list[int], path: str, source: SourceMap
) -> _Failure:
    # What was raised has an entry of numba's; the calls that it left on its way out have notes.
    parts: list[TextPlace] = []
    for part in map(source.part, reversed(notes)):
        if part is None or (parts and parts[-1].calls != part.function):
            break  # the notes of an exception that nobody asked about
        parts.append(part)
    raised = [source.part(e.tb_lineno) for e in entries if _file(e) == path]
    parts += [part for part in raised if part is not None]
    shown: list[TracebackType] = []
    for part in parts:
        columns = part.column, part.end_column
        shown.append(_entry_at(path, part.function, part.line, *columns, {}))
        shown += _user_entries(part, {})
    return _Failure(shown, parts[-1] if parts else None)


def _user_entries(place: TextPlace, variables: Mapping[str, Any]) -> Iterator[TracebackType]:
    for line in place.user_lines:
        where = line.place
        if not where.source_line.strip():
            continue  # no source of the user's
        text = where.source_line
        start, stop = (len(text[:n].encode()) for n in (where.column, where.stop))
        yield _entry_at(where.filename, line.function, where.line, start, stop, variables)


def _entry_at(
    filename: str,
    function: str,
    line: int,
    column: int,
    end_column: int,
    variables: Mapping[str, Any],
) -> TracebackType:
    """An entry of a traceback that shows a place; a debugger finds the variables there."""
    code = _raising_code(filename, function, line, column, end_column)
    try:
        exec(code, {"__name__": "__diffpy__", "__builtins__": {}, _RAISED: _Placed}, variables)
    except _Placed as placed:
        assert placed.__traceback__ is not None and placed.__traceback__.tb_next is not None
        return placed.__traceback__.tb_next
    raise AssertionError("the code raises")


class _Placed(Exception):
    """Raised to have Python make a traceback."""


@lru_cache(maxsize=256)
def _raising_code(
    filename: str, function: str, line: int, column: int, end_column: int
) -> CodeType:
    tree = ast.parse(f"raise {_RAISED}")
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.col_offset, node.end_col_offset = column, end_column
    code = compile(tree, filename, "exec", dont_inherit=True)
    code = code.replace(co_name=function, co_firstlineno=line)  # its lines count from there
    if sys.version_info >= (3, 11):
        code = code.replace(co_qualname=function)
    return code


def _joined(entries: list[TracebackType]) -> TracebackType | None:
    """One traceback of these entries."""
    joined: TracebackType | None = None
    for entry in reversed(entries):
        joined = TracebackType(joined, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return joined


def _following(entry: TracebackType | None) -> Iterator[TracebackType]:
    while entry is not None:
        yield entry
        entry = entry.tb_next


def _file(entry: TracebackType) -> str:
    return entry.tb_frame.f_code.co_filename


def _is_internal(filename: str) -> bool:
    return filename == _ENTRY or is_ours(filename)


def _position(entry: TracebackType) -> tuple[int | None, ...]:
    """Line, end line, column and end column; nothing before Python 3.11."""
    if sys.version_info < (3, 11):
        return ()
    positions = entry.tb_frame.f_code.co_positions()
    return next(islice(positions, entry.tb_lasti // 2, None), ())
