"""Tell which function of a file a code object was compiled from.

The file is compiled again, and what comes out is compared with the code in hand. So a file that was
changed after it was imported is noticed, and functions on one line are told apart:

    f = lambda x: x * x; g = lambda x: x + 1      only one of the two does what g's code does
"""

from __future__ import annotations
import __future__

import ast
import copy
import dis
import functools
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURES = 0
for _feature in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _feature).compiler_flag

_MARK = 1_000_000
"""Line numbers from here on, which no file has, tell candidates on one line apart."""


def match_code(
    module: ast.Module,
    statement: ast.stmt,
    candidates: Sequence[FunctionNode],
    code: types.CodeType,
) -> FunctionNode | None:
    """The candidate that the code was compiled from, or None if it was none of them.

    Parameters
    ----------
    module
        The tree of the file.
    statement
        The statement of the module that holds the candidates.
    candidates
        Functions in it of the code's name, whose code begins on the code's first line.
    code
        What is looked for.
    """
    firsts = [code.co_firstlineno] * len(candidates)
    marked = statement
    if len(candidates) > 1:
        marked = _with_marks(statement, candidates)
        firsts = [_MARK + k for k in range(len(candidates))]
        module = ast.Module([marked if s is statement else s for s in module.body], [])
    # Prompts and notebooks compile each statement alone, and then do not know what is imported.
    for unit in (module, ast.Module([marked], [])):
        codes = _codes_of(unit, code.co_filename, code.co_flags & _FUTURES)
        found = [
            node
            for node, first in zip(candidates, firsts)
            for each in codes.get((code.co_name, first), ())
            if _same(each, code) or _same_but_asserts(node, each, code)
        ]
        if found:  # of several that do the same any will do, but errors should show the right one
            return min(found, key=lambda node: not _stands_at(node, code))
    return None


def _with_marks(statement: ast.stmt, candidates: Sequence[FunctionNode]) -> ast.stmt:
    """The statement with another line number for each candidate, all of which are lambdas."""
    marked = copy.deepcopy(statement)
    for node, copied in zip(ast.walk(statement), ast.walk(marked), strict=True):
        if node in candidates:
            assert isinstance(node, FunctionNode) and isinstance(copied, FunctionNode)
            copied.lineno = _MARK + candidates.index(node)
            copied.end_lineno = copied.lineno + 1  # wherever the last column is, it comes after
    return marked


@functools.lru_cache(maxsize=64)
def _codes_of(
    module: ast.Module, filename: str, flags: int
) -> dict[tuple[str, int], list[types.CodeType]]:
    """The code objects that a module compiles to, by name and first line."""
    found: dict[tuple[str, int], list[types.CodeType]] = {}
    try:
        whole = compile(module, filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):  # what parses need not compile
        return {}
    for code in _all_codes(whole):
        found.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    return found


def _all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _all_codes(constant)


def _same(first: types.CodeType, second: types.CodeType) -> bool:
    """Whether two code objects do the same; lines and columns do not count."""
    return _parts(first) == _parts(second)


def _parts(code: types.CodeType) -> tuple[Any, ...]:
    return (
        code.co_code,
        code.co_name,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        *(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        getattr(code, "co_exceptiontable", b""),
        tuple(map(_constant, code.co_consts)),
    )


def _constant(value: Any) -> Any:
    """A constant so that only the same one is equal to it: ``1``, ``1.0`` and ``True`` are not."""
    if isinstance(value, types.CodeType):
        return _parts(value)
    if isinstance(value, tuple):
        return tuple(map(_constant, value))
    if isinstance(value, frozenset):
        return frozenset(map(_constant, value))
    return type(value).__name__, repr(value)


def _same_but_asserts(node: FunctionNode, first: types.CodeType, second: types.CodeType) -> bool:
    """Whether the second is the first with its asserts rewritten, as pytest does."""
    names = [name for each in (second, *_all_codes(second)) for name in each.co_varnames]
    if not any(name.startswith("@py_assert") for name in names):
        return False
    lines = {
        line
        for each in ast.walk(node)
        if isinstance(each, ast.Assert)
        for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
    }
    return _by_line(first, lines) == _by_line(second, lines)


def _by_line(code: types.CodeType, without: set[int]) -> dict[int, list[Any]]:
    """What a code object does on each line; where it jumps to is left out."""
    line_at = {start: line for start, _, line in code.co_lines()}
    found: dict[int, list[Any]] = {}
    line: int | None = None
    for instruction in dis.get_instructions(code):
        line = line_at.get(instruction.offset, line)
        if line is None or line in without or instruction.opname in ("EXTENDED_ARG", "CACHE"):
            continue
        jumps = instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs
        operand = instruction.argval
        if isinstance(operand, types.CodeType):
            operand = tuple(_by_line(operand, without).items())
        text = None if jumps else repr(operand)
        found.setdefault(line, []).append((instruction.opname, text))
    return found


def _stands_at(node: FunctionNode, code: types.CodeType) -> bool:
    """Whether the code's columns (Python 3.11 and later) are those of a lambda's body."""
    positions: Callable[[], Any] | None = getattr(code, "co_positions", None)
    if positions is None or not isinstance(node, ast.Lambda):
        return False
    body = node.body
    place = (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset)
    return place in positions()
