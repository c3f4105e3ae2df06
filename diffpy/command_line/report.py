"""What a derivative does with each line of the source: `diffpy check`.

Active are the values that depend on what is differentiated. Of those that the reverse sweep reads
in a loop, the report says how they get there: kept in an array (`indexed tape`), pushed (`tape`)
or computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from diffpy.parameters import Parameters
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import accumulate, pop, push, store, tape_array
from diffpy.structure import Structure, leaves
from diffpy.transform import pipeline
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_storage import analyse_storage
from diffpy.transform.check_request import Transform, locate
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.ir import (
    Block,
    Call,
    Function,
    Instr,
    Var,
    block_arguments,
    blocks,
    called_functions,
    operands,
    targets,
    walk,
)

#: values between the operations of one line
_SOME = "yes"
_STRUCTURAL = (push, pop, store, tape_array)


@dataclass
class Line:
    """A line of the source and what becomes of it."""

    number: int
    text: str
    active: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def report_lines(transform: Transform, structures: tuple[Structure, ...]) -> list[Line]:
    """The lines of the function and of what it calls that compute something, in order.

    Raises
    ------
    DiffpyError
        If the function is refused.
    """
    built = pipeline.build(transform.fun, structures)
    program = pipeline.finish_derivative(pipeline.derive(transform, structures))
    parameters = Parameters(transform.fun)
    wrt = [
        part.first + k
        for part in (locate(structures, p) for p in transform.positions(parameters))
        for k, _ in enumerate(leaves(part.structure))
    ]
    function = eliminate_dead_code(built.function)
    found: dict[tuple[str, int], Line] = {}
    for each, active in _active_arguments(function, wrt):
        _note_active(found, each, active)
    kept = dict(_kept(program.entry))
    for (_, number), line in found.items():
        line.kept += dict.fromkeys(kept_here for kept_here in kept.get(number, ()))
    return [found[key] for key in sorted(found)]


def _active_arguments(
    function: Function, wrt: Iterable[int]
) -> Iterator[tuple[Function, Activity]]:
    """Every function that is reached, with what is active in it."""
    asked: dict[Function, set[int]] = {each: set() for each in called_functions(function)}
    asked[function] = set(wrt)
    changed = True
    while changed:  # recursion and several callers: until nothing is added
        changed = False
        for each in list(asked):
            activity = Activity(each, sorted(asked[each]), analyse_storage(each))
            for statement in walk(each.body):
                if isinstance(statement, Call):
                    active = {k for k, a in enumerate(statement.args) if a in activity}
                    changed |= not active <= asked[statement.function]
                    asked[statement.function] |= active
    for each, numbers in asked.items():
        yield each, Activity(each, sorted(numbers), analyse_storage(each))


def _note_active(found: dict[tuple[str, int], Line], function: Function, active: Activity) -> None:
    if function.origin is None:
        return
    name, source = function.origin.filename, function.origin.lines
    for statement in walk(function.body):
        if statement.line is None or not source.get(statement.line, "").strip():
            continue
        text = source[statement.line].strip()
        line = found.setdefault((name, statement.line), Line(statement.line, text))
        changed: list[Any] = [v for v in targets(statement) if v in active]
        if _is(statement, store) or _is(statement, accumulate):
            changed += [a for a in operands(statement)[:1] if a in active]
        for v in changed:
            shown = _SOME if v.temporary else v.name
            if shown not in line.active:
                line.active.append(shown)
    for line in found.values():  # a part of a line has no name of its own
        if len(line.active) > 1 and _SOME in line.active:
            line.active.remove(_SOME)


def _kept(entry: Function) -> Iterator[tuple[int, list[str]]]:
    """By line of the source, what its values cost in memory or are computed again."""
    found: dict[int, dict[str, None]] = {}
    for function in called_functions(entry):
        lines = _lines_of_definitions(function.body)
        tapes = {
            s.target for s in walk(function.body) if _is(s, tape_array) and isinstance(s, Instr)
        }
        for statement in walk(function.body):
            if not isinstance(statement, Instr) or len(statement.args) < 2:
                continue
            array, value = statement.args[:2]
            how = ""
            if statement.primitive is push:
                how = "tape"
            elif statement.primitive is store and array in tapes:
                how = "indexed tape"
            line = lines.get(value) if isinstance(value, Var) else None
            if how and line is not None and isinstance(value, Var):
                found.setdefault(line, {})[f"{_shown(value)}: {how}"] = None
        for line, name in _computed_again(function):
            found.setdefault(line, {})[f"{name}: computed again"] = None
    return ((line, list(kept)) for line, kept in found.items())


def _shown(v: Var) -> str:
    return "a part of it" if v.temporary else v.name


def _is(statement: object, primitive: Primitive) -> bool:
    return isinstance(statement, Instr) and statement.primitive is primitive


def _lines_of_definitions(block: Block) -> dict[Var, int]:
    """Where each variable gets its value; a loop's variables where the loop begins."""
    found: dict[Var, int] = {}
    for statement in walk(block):
        if statement.line is not None:
            for v in (*targets(statement), *block_arguments(statement)):
                found.setdefault(v, statement.line)
    return found


def _computed_again(function: Function) -> Iterator[tuple[int, str]]:
    """Operations of the forward sweep that the reverse sweep repeats."""
    start = function.reverse_from
    if start is None:
        return
    statements = function.body.statements
    forward = {_signature(s) for s in _instructions(statements[:start])}
    for statement in _instructions(statements[start:]):
        if _signature(statement) in forward and statement.line is not None:
            assert statement.target is not None
            yield statement.line, _shown(statement.target)


def _instructions(statements: Iterable[object]) -> Iterator[Instr]:
    for statement in statements:
        if isinstance(statement, Instr):
            if statement.target is not None and statement.primitive not in _STRUCTURAL:
                yield statement
        else:
            for block in blocks(statement):  # type: ignore[arg-type]
                yield from _instructions(block.statements)


def _signature(statement: Instr) -> tuple[object, ...]:
    assert statement.target is not None
    return statement.primitive, statement.line, statement.target.name, statement.static
