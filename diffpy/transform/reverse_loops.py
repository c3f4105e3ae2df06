"""The reverse of a loop is a loop over the same iterations, last one first.

Counted loops run over the reversed range, or over the range itself where iterations are independent
(`loop_order`); a loop that may end early, and every ``while``, counts its iterations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from diffpy.kinds import NP_FLOAT, PY_INT, List, adjoint_kind, is_storage
from diffpy.kinds import is_differentiable as differentiable
from diffpy.rules import operators
from diffpy.rules.notation import Value
from diffpy.rules.structural import (
    pop,
    trip_count,
)
from diffpy.transform.build import Builder
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    For,
    Instr,
    Statement,
    Var,
    While,
    block_arguments,
    free_variables,
    substitute,
    targets,
)
from diffpy.transform.loop_order import can_keep_order
from diffpy.transform.reverse_adjoints import Adjoints, read_inside, variables_in
from diffpy.transform.save_values import (
    IndexedTapes,
    Region,
    definitions_in,
)

if TYPE_CHECKING:
    from diffpy.transform.reverse_sweep import Sweep


def reverse_loop(
    sweep: Sweep, s: Statement, adjoints: Adjoints, region: Region
) -> tuple[list[Statement], Statement]:
    """Returns statements for before the forward loop (indexed tapes), and the loop."""
    assert isinstance(s, For | While)
    bars = [sweep.adjoint_of_result(r, adjoints) for r in s.results]
    if all(bar is None for bar in bars) and not sweep.acts(s, adjoints):
        return [], s
    sweep.prepare_shadows(s, adjoints)
    assert isinstance(s, For) or not any(
        isinstance(t, Instr) and t.primitive.writes for t in s.test.statements
    ), "a test that changes something belongs into the body"
    if isinstance(s, While) and _reads_test(s):
        s = _repeat_test_in_body(s)
        sweep.forward_variables |= variables_in(s.body)
    counted = isinstance(s, While) or s.exits
    loop, trips = _with_trip_count(s) if counted else (s, None)
    if trips is not None:
        sweep.forward_variables.add(trips)
    inner, ordinal, tapes = _loop_region(sweep, loop, region, counted)

    carried = [
        n
        for n, h in enumerate(s.heads)
        if h in sweep.active and differentiable(h.kind) and not sweep.is_reference(h)
    ]
    sums = [
        v
        for v in read_inside(s)
        if v in sweep.active and not is_storage(v.kind) and differentiable(v.kind)
    ]
    lists = [v for v in read_inside(s) if isinstance(v.kind, List) and v in sweep.active]
    head_bars = [Var(f"{s.heads[n].name}_bar", adjoint_kind(s.heads[n].kind)) for n in carried]
    sum_bars = [Var(f"{v.name}_bar", adjoint_kind(v.kind)) for v in sums]
    local = Adjoints()
    for v, bar in zip(sums, sum_bars, strict=True):
        local.set(v, bar)
    for v in lists:
        local.set(v, sweep.list_shadow(v, adjoints))
    with sweep.builder.block() as statements:
        for n, bar in zip(carried, head_bars, strict=True):
            sweep.hand_over(s.body.yields[n], bar, local)
        forward = sweep.block(s.body, local, inner)
        heads_out = []
        for n in carried:
            adjoint = sweep.adjoint_of_result(s.heads[n], local)
            heads_out.append(sweep.zero(s.heads[n]) if adjoint is None else adjoint)
        sums_out = [local.get(v) or Const(0.0, NP_FLOAT) for v in sums]
    adjoints.written |= local.written
    reverse = Block(tuple(statements), (*heads_out, *sums_out))
    forward = [*sweep.extras(block_arguments(s)), *forward]
    inits = [bars[n] or sweep.zero(s.results[n]) for n in carried]
    starts = [adjoints.get(v) or sweep.zero(v) for v in sums]
    body = loop.body
    forward = [*forward, *body.statements[len(s.body.statements) :]]
    made, saving = _reversed_loop(
        sweep,
        loop,
        trips,
        forward,
        reverse,
        inner,
        (*head_bars, *sum_bars),
        (*inits, *starts),
        len(carried),
        ordinal,
    )
    sweep.builder.add(made)
    sweep.builder.line = s.line
    for v, result in zip(sums, made.results[len(carried) :], strict=True):
        adjoints.set(v, result)
    for n, result in zip(carried, made.results, strict=False):
        sweep.hand_over(s.inits[n], result, adjoints)
    return ([] if tapes is None else tapes.allocations), saving


def _loop_region(
    sweep: Sweep, s: For | While, region: Region, counted: bool
) -> tuple[Region, list[Statement], IndexedTapes | None]:
    """The region of a loop's body, statements that compute its ordinal, and new tapes."""
    nested = region.tapes is not None
    if counted or not isinstance(s, For) or not (region.direct or nested):
        return Region(sweep.level.tape), [], None
    bounds = (s.start, s.stop, s.step)
    if not all(isinstance(b, Const) or b in sweep.direct for b in bounds):
        return Region(sweep.level.tape), [], None
    new = None if nested else IndexedTapes()
    tapes = region.tapes or new
    assert tapes is not None
    trips = Var("trips", PY_INT, True, 48)
    tapes.allocations.append(Instr(trips, trip_count, _shortest(bounds)))
    sweep.forward_variables.add(trips)
    helper = Builder()
    with helper.block() as ordinal_statements:
        ordinal = _ordinal(s)
    sweep.forward_variables |= {v for st in ordinal_statements for v in targets(st)}
    inner = Region(
        sweep.level.tape,
        ordinals=(*region.ordinals, ordinal),
        trips=(*region.trips, trips),
        tapes=tapes,
    )
    return inner, ordinal_statements, new


def _reversed_loop(
    sweep: Sweep,
    loop: For | While,
    trips: Var | None,
    forward: list[Statement],
    reverse: Block,
    region: Region,
    heads: tuple[Var, ...],
    inits: tuple[Atom, ...],
    carried: int,
    ordinal: Sequence[Statement],
) -> tuple[For, For | While]:
    """The loop of the reverse sweep, and the loop of the forward sweep with its saves.

    The first ``carried`` heads are adjoints that pass from iteration to iteration.
    """
    results = tuple(Var(h.name, h.kind) for h in heads)
    if trips is not None:
        counter = Var("k", PY_INT, bits=48)
        there = {counter, loop.index} if isinstance(loop, For) else {counter}
        forward, reverse = sweep.cross(
            forward, reverse, region, frozenset(there), block_arguments(loop)
        )
        if isinstance(loop, For):
            reverse = _index_from_count(sweep, loop, counter, reverse)
        last = sweep.builder.value(operators.subtract, trips, Const(1, PY_INT))
        minus = Const(-1, PY_INT)
        made = For(counter, last, minus, minus, heads, inits, reverse, results, False, loop.line)
        return made, replace(loop, body=Block(tuple(forward), loop.body.yields))
    assert isinstance(loop, For)
    again = Var(loop.index.name, PY_INT, bits=loop.index.bits)
    chained = sum(
        not _passes(out, head, reverse)
        for out, head in zip(reverse.yields[:carried], heads, strict=False)
    )
    keep_order = can_keep_order(loop, sweep.storage, reverse, chained)
    forward, reverse = sweep.cross(
        forward, reverse, region, frozenset((loop.index,)), block_arguments(loop), ordinal
    )
    reverse = substitute(reverse, {loop.index: again})
    keep_order = keep_order and not any(
        isinstance(s, Instr) and s.primitive is pop for s in reverse.statements
    )
    bounds = (loop.start, loop.stop, loop.step) if keep_order else _backwards(sweep, loop)
    made = For(again, *bounds, heads, inits, reverse, results, False, loop.line)
    return made, replace(loop, body=Block(tuple(forward), loop.body.yields))


def _index_from_count(sweep: Sweep, loop: For, counter: Var, reverse: Block) -> Block:
    """``i = start + k * step`` at the head of the reverse of a loop that may end early."""
    if loop.index not in free_variables(reverse):
        return reverse
    with sweep.builder.block() as statements:
        offset = Value(counter) * Value(loop.step)
        again = (Value(loop.start) + offset).atom
    reverse = substitute(reverse, {loop.index: again})
    return Block((*statements, *reverse.statements), reverse.yields)


def _backwards(sweep: Sweep, loop: For) -> tuple[Atom, Atom, Atom]:
    """The range of the loop, last value first."""
    start, stop, step = Value(loop.start), Value(loop.stop), Value(loop.step)
    if step.constant == 1:
        return (stop - 1).atom, (start - 1).atom, Const(-1, PY_INT)
    if step.constant == -1:
        return (stop + 1).atom, (start + 1).atom, Const(1, PY_INT)
    last = start + (trip_count(start, stop, step) - 1) * step
    return last.atom, (start - step).atom, (-step).atom


def _passes(out: Atom, head: Var, block: Block) -> bool:
    """Whether ``out`` is always what ``head`` is: a loop inside hands it through unchanged."""
    if out is head:
        return True
    for s in block.statements:
        if isinstance(s, For) and out in s.results:
            n = s.results.index(out)
            inner = _passes(s.body.yields[n], s.heads[n], s.body)
            return inner and _passes(s.inits[n], head, block)
    return False


def _shortest(bounds: tuple[Atom, Atom, Atom]) -> tuple[Atom, ...]:
    """The arguments of ``range`` without those that it supplies itself."""
    start, stop, step = bounds
    if not (isinstance(step, Const) and step.value == 1):
        return bounds
    return (stop,) if isinstance(start, Const) and start.value == 0 else (start, stop)


def _ordinal(s: For) -> Atom:
    """A number of its own from 0 for each iteration, to be computed from the loop's index."""
    i, start, stop, step = map(Value, (s.index, s.start, s.stop, s.step))
    if step.constant == 1:
        return (i - start).atom
    if step.constant == -1:
        return (i - (stop + 1)).atom
    return ((i - start) // step).atom


def _with_trip_count(s: For | While) -> tuple[For | While, Var]:
    """The loop with one more carried variable that counts its iterations."""
    head, after = Var("trips", PY_INT, bits=48), Var("trips", PY_INT, bits=48)
    result = Var("trips", PY_INT, bits=48)
    count = Instr(after, operators.add, (head, Const(1, PY_INT)))
    yields = list(s.body.yields)
    yields.insert(len(s.heads), after)
    return (
        replace(
            s,
            heads=(*s.heads, head),
            inits=(*s.inits, Const(0, PY_INT)),
            body=Block((*s.body.statements, count), tuple(yields)),
            results=(*s.results, result),
        ),
        result,
    )


def _reads_test(s: While) -> bool:
    defined = definitions_in(s.test.statements)
    return any(v in defined for v in free_variables(s.body))


def _repeat_test_in_body(s: While) -> While:
    """Compute in the body what it reads of the test, so that the two can be told apart."""
    renamed: dict[Var, Var] = {}
    statements: list[Statement] = []
    for statement in s.test.statements:
        assert isinstance(statement, Instr) and statement.target is not None
        again = Var(statement.target.name, statement.target.kind, statement.target.temporary)
        args = tuple(renamed.get(a, a) if isinstance(a, Var) else a for a in statement.args)
        statements.append(replace(statement, target=again, args=args))
        renamed[statement.target] = again
    body = substitute(s.body, renamed)
    return replace(s, body=Block((*statements, *body.statements), body.yields))
