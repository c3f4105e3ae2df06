"""What a derivative does with each line of the source.

Active are the values that depend on what is differentiated. Of those that the reverse sweep reads,
the report says how they get there: kept in an array (`indexed tape`), pushed (`tape`), still there
(`held`, said of arrays) or computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from diffpy.display.saved_values import Saved, saved_values
from diffpy.display.text_lines import Place
from diffpy.parameters import Parameters
from diffpy.rules.structural import accumulate, store
from diffpy.structure import Structure, leaves
from diffpy.transform import pipeline
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_storage import analyse_storage
from diffpy.transform.check_request import Transform, locate
from diffpy.transform.ir import (
    Call,
    Function,
    Instr,
    Statement,
    Var,
    called_functions,
    operands,
    targets,
    walk,
)
from diffpy.versions import signature_text

#: values between the operations of one line
_SOME = "yes"


@dataclass
class Line:
    """A line of the source and what becomes of it."""

    number: int
    text: str
    active: list[str] = field(default_factory=list)
    saved: list[Saved] = field(default_factory=list)

    @property
    def kept(self) -> list[str]:
        """What is saved, in words; of what costs nothing only what has a name, if anything has."""
        named = any(value.name for value in self.saved)
        shown = [v for v in self.saved if v.name or v.cost or not named]
        return list(dict.fromkeys(value.label for value in shown))


@dataclass(frozen=True)
class Report:
    """A derivative and what it does with the lines of the functions that it is of.

    Attributes
    ----------
    primal : Function
        The function as it was written, calls and all.
    program : Program
        The derivative.
    active : dict
        For each function that is reached, the numbers of the parameters that are active.
    lines : dict
        The lines that compute something, by file and number, in order.
    """

    primal: Function
    program: pipeline.Program
    active: dict[Function, set[int]]
    lines: dict[Place, Line]

    def activity(self, function: Function) -> Activity:
        """What is active in one of the functions."""
        return Activity(function, sorted(self.active[function]), analyse_storage(function))


def report(transform: Transform, structures: tuple[Structure, ...]) -> Report:
    """The report on a derivative for arguments of certain structures.

    Raises
    ------
    DiffpyError
        If the function is refused.
    """
    program = pipeline.finish_derivative(pipeline.derive(transform, structures))
    primal, wrt = differentiated_function(transform, structures)
    active = _active_parameters(primal, wrt)
    made = Report(primal, program, active, {})
    for function in active:
        _note_active(made, function)
    for value in saved_values(program.entry):
        if value.place in made.lines:
            made.lines[value.place].saved.append(value)
    in_order = dict(sorted(made.lines.items()))
    made.lines.clear()
    made.lines.update(in_order)
    return made


def in_words(transform: Transform, structures: tuple[Structure, ...]) -> str:
    """By what is differentiated, and for which arguments."""
    for_arguments = f"for arguments {signature_text(structures)}"
    if transform.name in ("jvp", "pullback"):
        return for_arguments
    positions = transform.positions(Parameters(transform.fun))
    labels = ", ".join(position.label for position in positions)
    return f"with respect to {labels}, {for_arguments}"


def differentiated_function(
    transform: Transform, structures: tuple[Structure, ...]
) -> tuple[Function, tuple[int, ...]]:
    """The function that a derivative is of, as it was written, and what of it is differentiated.

    The numbers are those of its parameters, which are the leaves of the arguments.
    """
    primals = _primals(transform, structures)
    function = pipeline.tidy(pipeline.build(transform.fun, primals)).function
    return function, tuple(_differentiated(transform, primals))


def _primals(transform: Transform, structures: tuple[Structure, ...]) -> tuple[Structure, ...]:
    """The structures of what the function itself takes."""
    if transform.name in ("jvp", "pullback"):
        primals = structures[0]
        return tuple(getattr(primals, "items", ()))
    return structures


def _differentiated(transform: Transform, structures: tuple[Structure, ...]) -> Iterable[int]:
    """The numbers of the leaves that are differentiated."""
    if transform.name in ("jvp", "pullback"):
        return range(sum(1 for s in structures for _ in leaves(s)))
    parts = [locate(structures, p) for p in transform.positions(Parameters(transform.fun))]
    return [part.first + k for part in parts for k, _ in enumerate(leaves(part.structure))]


def _active_parameters(function: Function, wrt: Iterable[int]) -> dict[Function, set[int]]:
    """Every function that is reached, with the parameters that are active in some call."""
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
    return asked


def _note_active(report: Report, function: Function) -> None:
    if function.origin is None:
        return
    name, source = function.origin.filename, function.origin.lines
    active = report.activity(function)
    noted: list[Line] = []
    for statement in walk(function.body):
        if statement.line is None or not source.get(statement.line, "").strip():
            continue
        text = source[statement.line].strip()
        line = report.lines.setdefault((name, statement.line), Line(statement.line, text))
        noted.append(line)
        for v in _changed(statement):
            shown = _SOME if v.temporary else v.name
            if v in active and shown not in line.active:
                line.active.append(shown)
    for line in noted:  # a part of a line has no name of its own
        if len(line.active) > 1 and _SOME in line.active:
            line.active.remove(_SOME)


def _changed(statement: Statement) -> Iterator[Var]:
    """The variables that a statement defines, and the array that it writes into."""
    yield from targets(statement)
    if isinstance(statement, Instr) and statement.primitive in (store, accumulate):
        yield from (a for a in operands(statement)[:1] if isinstance(a, Var))
