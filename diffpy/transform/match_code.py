"""Tell which function of a file a code object was compiled from.

The statement of the file that holds the candidates is compiled again, and what comes out is
compared with the code in hand. So a file that was changed after it was imported is noticed, and
functions on one line are told apart:

    f = lambda x: x * x; g = lambda x: x + 1      only one of the two does what g's code does
"""

from __future__ import annotations

import __future__

import ast
import copy
import dis
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
    statement: ast.stmt, candidates: Sequence[FunctionNode], code: types.CodeType
) -> FunctionNode | None:
    """The candidate that the code was compiled from, or None if it was none of them.

    Parameters
    ----------
    statement
        The statement of the module that holds the candidates.
    candidates
        Functions in it of the code's name, whose code begins on the code's first line.
    code
        What is looked for.
    """
    found = [
        node
        for node, compiled in zip(candidates, _compiled(statement, candidates, code))
        if any(_same(each, code) or _same_but_asserts(node, each, code) for each in compiled)
    ]
    # Of several that do the same any will do, but an error should show the right one.
    return min(found, key=lambda node: _distance(node, code), default=None)


def _compiled(
    statement: ast.stmt, candidates: Sequence[FunctionNode], code: types.CodeType
) -> list[list[types.CodeType]]:
    """The code objects that each candidate may be compiled to."""
    firsts = [code.co_firstlineno] * len(candidates)
    if len(candidates) > 1:
        statement = copy.deepcopy(statement)
        wanted = {(type(n), n.lineno, n.col_offset, n.end_col_offset): n for n in candidates}
        for node in ast.walk(statement):
            if not isinstance(node, FunctionNode):
                continue
            key = type(node), node.lineno, node.col_offset, node.end_col_offset
            if key in wanted:
                mark = _MARK + candidates.index(wanted[key])
                firsts[mark - _MARK] = node.lineno = node.end_lineno = mark
    try:
        module = compile(
            ast.Module([statement], []),
            code.co_filename,
            "exec",
            flags=code.co_flags & _FUTURES,
            dont_inherit=True,
        )
    except (SyntaxError, ValueError):  # `return` outside of a function, a null byte
        return [[] for _ in candidates]
    known = [c for c in _all_codes(module) if c.co_name == code.co_name]
    return [[c for c in known if c.co_firstlineno == first] for first in firsts]


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
    if not any(name.startswith("@py_assert") for name in second.co_varnames):
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


def _distance(node: FunctionNode, code: types.CodeType) -> int:
    """How far apart the beginnings of a node's body and of the code's columns are."""
    positions: Callable[[], Any] | None = getattr(code, "co_positions", None)
    if positions is None or not isinstance(node, ast.Lambda):  # Python 3.10
        return 0
    body = (node.body.lineno, node.body.end_lineno, node.body.col_offset, node.body.end_col_offset)
    return 0 if body in positions() else 1
