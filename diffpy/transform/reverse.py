"""Reverse mode: a function to the function that computes its adjoint.

The reverse of a block is the reverse of its statements in reverse order, after a forward sweep
that saves what the reverse reads. Control flow keeps its shape: the reverse of an ``if`` is an
``if`` on the same test, the reverse of a loop is a loop, the reverse of a call is a call.

    def f(x, n):                     def grad_f(x, n, out_bar):
        for i in range(n):               x_tape = np.empty(len(range(n)))
            x = x * x                    for i in range(n):
        return x                             x_tape[i] = x
                                             x = x * x
                                         x_bar = out_bar
                                         for i in range(n - 1, -1, -1):
                                             x = x_tape[i]
                                             x_bar = x_bar * x + x_bar * x
                                         return x_bar

Input and output are the same form, so `gradient` of a gradient needs nothing special. How a value
gets from the forward to the reverse sweep is decided in `save_values`; what an operation's
derivative is, in `diffpy.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from diffpy.errors import MissingRuleError
from diffpy.kinds import NP_FLOAT, PY_INT, TAPE, Array, Kind, Scalar, adjoint_kind
from diffpy.kinds import is_differentiable as differentiable
from diffpy.rules import operators
from diffpy.rules.notation import Factor, Scatter, Value
from diffpy.rules.structural import (
    accumulate,
    as_kind,
    broadcast_to,
    copy,
    dim,
    empty,
    index,
    is_fancy,
    last_writes,
    pop,
    push,
    store,
    trip_count,
    unbroadcast_like,
    zeros,
)
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_storage import Storage, analyse_storage, touches_tape
from diffpy.transform.build import Builder
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.inline_calls import inline_calls
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    block_arguments,
    blocks,
    free_variables,
    operands,
    substitute,
    targets,
    walk,
)
from diffpy.transform.loop_order import can_keep_order
from diffpy.transform.save_values import (
    IndexedTapes,
    Region,
    carry_across,
    definitions_in,
    place_saves,
    plan_values,
    recompute,
)
from diffpy.transform.shorten_chains import shorten_chains

_TRUE_BRANCH, _FALSE_BRANCH = 0, 1


@dataclass(frozen=True)
class Pair:
    """A forward function that fills the tape and the reverse function that empties it.

    ``reverse`` takes the parameters of the function, then one adjoint for each result in
    ``seeded``, and returns the adjoint of each parameter that was asked for.
    """

    forward: Function
    reverse: Function
    seeded: tuple[int, ...]


def gradient(function: Function, wrt: tuple[int, ...], value: bool = False) -> Function:
    """The gradient of result 0 in the parameters ``wrt``, as one function.

    Parameters
    ----------
    function : Function
        Its result 0 is a float.
    wrt : tuple of int
        Indices of differentiable parameters.
    value : bool
        Return the results of ``function`` too, first.

    Returns
    -------
    Function
        Takes what ``function`` takes and the adjoint of result 0.
    """
    function = inline_calls(function)
    sweep = _Sweep(_Level(), function, wrt)
    return sweep.merged(value)


def pair(function: Function, wrt: tuple[int, ...]) -> Pair:
    """Forward and reverse of a function as two functions that share a tape."""
    function = inline_calls(function)
    level = _Level()
    inner = level.pair_of(function, wrt)
    level.finish()
    builder = Builder()
    params = function.params
    bars = tuple(inner.reverse.params[len(params) : len(params) + len(inner.seeded)])
    with builder.block() as statements:
        shadows = {
            i: _zeros_like(builder, params[i]) for i in wrt if isinstance(params[i].kind, Array)
        }
        scalars = tuple(
            Var(f"{params[i].name}_bar", adjoint_kind(params[i].kind))
            for i in wrt
            if i not in shadows
        )
        args = (*params, *bars, *shadows.values())
        builder.add(Call(scalars, inner.reverse, args))
    remaining = iter(scalars)
    results = tuple(shadows[i] if i in shadows else next(remaining) for i in wrt)
    reverse = Function(
        inner.reverse.name, (*params, *bars), Block(tuple(statements), results), function.doc
    )
    reverse.origin = function.origin
    return Pair(inner.forward, inline_calls(reverse, once=True), inner.seeded)


def _zeros_like(builder: Builder, v: Atom) -> Var:
    assert isinstance(v, Var) and isinstance(v.kind, Array)
    dims = [builder.value(dim, v, axis=axis) for axis in range(v.kind.ndim)]
    made = builder.value(zeros, *dims, dtype=v.kind.dtype)
    assert isinstance(made, Var)
    made.name, made.temporary = f"{v.name}_bar", False
    return made


@dataclass(eq=False)
class _InnerPair:
    """A pair whose reverse adds array adjoints to shadows that it is passed."""

    forward: Function
    reverse: Function
    wrt: tuple[int, ...]
    seeded: tuple[int, ...]
    #: which parameters the reverse reads; None while it is being made
    reads: frozenset[int] | None = None


class _Level:
    """One level of differentiation: its tape, the adjoints of inner tapes, its pairs."""

    def __init__(self) -> None:
        self.tape = Var("tape", TAPE)
        self._tape_bars: dict[Var, Var] = {}
        self._pairs: dict[tuple[Function, tuple[int, ...]], _InnerPair] = {}

    def tape_bar(self, tape: Atom) -> Var:
        assert isinstance(tape, Var)
        return self._tape_bars.setdefault(tape, Var(f"{tape.name}_bar", TAPE))

    def pair_of(self, function: Function, wrt: tuple[int, ...]) -> _InnerPair:
        """The pair of a function, made when first asked for; recursion finds it unfinished."""
        known = self._pairs.get((function, wrt))
        if known is not None:
            return known
        seeded = tuple(i for i, r in enumerate(function.results) if differentiable(r.kind))
        made = _InnerPair(
            Function(f"{function.name}_forward", function.params, doc=function.doc),
            Function(f"{function.name}_reverse", doc=function.doc),
            wrt,
            seeded,
        )
        self._pairs[function, wrt] = made
        _Sweep(self, function, wrt).split(made)
        return made

    def finish(self) -> None:
        """Clean the pairs up, once all of them are complete."""
        for made in self._pairs.values():
            for f in (made.forward, made.reverse):
                clean = eliminate_dead_code(shorten_chains(f))
                f.body, f.reverse_from = clean.body, clean.reverse_from


class _Adjoints:
    """Adjoints of values at one point of the reverse sweep; inner ones overlay outer ones."""

    def __init__(self, outer: _Adjoints | None = None) -> None:
        self._outer = outer
        self.changed: dict[Var, Atom | None] = {}

    def get(self, v: Var) -> Atom | None:
        if v in self.changed:
            return self.changed[v]
        return None if self._outer is None else self._outer.get(v)

    def set(self, v: Var, adjoint: Atom) -> None:
        self.changed[v] = adjoint

    def take(self, v: Var) -> Atom | None:
        """The adjoint of a variable whose definition is being reversed."""
        adjoint = self.get(v)
        if self._outer is None:
            self.changed.pop(v, None)
        else:
            self.changed[v] = None
        return adjoint


class _ReverseBuilder(Builder):
    """Emits the reverse sweep; extents of forward arrays are asked for in the forward sweep."""

    def __init__(self, sweep: _Sweep) -> None:
        super().__init__()
        self._sweep = sweep

    def emit(
        self,
        primitive: Any,
        args: tuple[Atom, ...],
        static: dict[str, Any] | None = None,
        name: str = "t",
        temporary: bool = True,
    ) -> Atom | None:
        if primitive is dim and static is not None and args[0] in self._sweep.forward_variables:
            array = args[0]
            assert isinstance(array, Var)
            return self._sweep.extent(array, static["axis"])
        return super().emit(primitive, args, static, name, temporary)


class _Sweep:
    """Makes the forward and the reverse sweep of one function."""

    def __init__(self, level: _Level, function: Function, wrt: tuple[int, ...]) -> None:
        self.level = level
        self.function = function
        self.wrt = wrt
        self.storage: Storage = analyse_storage(function)
        self.active = Activity(function, wrt, self.storage)
        self.builder = _ReverseBuilder(self)
        self.forward_variables = _all_variables(function)
        self.definitions: dict[Var, Statement] = {
            v: s for s in walk(function.body) for v in targets(s)
        }
        self._shadows: dict[Var, Var] = {}
        self._in_place = _arrays_accumulated_in_place(function, self.storage)
        self._direct = _defined_outside_loops(function)
        #: forward statements that the reverse sweep asked for, by where they belong
        self._after: dict[Var, list[Statement]] = {}
        self._before: dict[Statement, list[Statement]] = {}
        self._extents: dict[tuple[Var, int], Atom] = {}

    # -- whole functions -----------------------------------------------------------------------

    def merged(self, value: bool) -> Function:
        """Forward and reverse sweep in one function."""
        f = self.function
        result = f.results[0]
        seed = Var("out_bar", adjoint_kind(result.kind))
        region = Region(self.level.tape, direct=True)
        with self.builder.block() as reverse:
            adjoints = _Adjoints()
            self._contribute(result, seed, adjoints)
            forward = self._block(f.body, adjoints, region)
            gradients = self._gradients(adjoints)
        forward = [*self._extras(f.params), *forward]
        self.level.finish()
        made = Function(f"grad_{f.name}", (*f.params, seed), doc=f.doc, origin=f.origin)
        made.body = Block(
            (*forward, *reverse), (*(f.results if value else ()), *gradients)
        )
        made.reverse_from = len(forward)
        return eliminate_dead_code(shorten_chains(made))

    def _gradients(self, adjoints: _Adjoints) -> tuple[Atom, ...]:
        """Adjoints of the parameters asked for; arrays in memory of their own."""
        given: set[Atom] = set()
        out: list[Atom] = []
        for i in self.wrt:
            param = self.function.params[i]
            adjoint: Atom | None = self._shadows.get(param) or adjoints.get(param)
            if adjoint is None:
                adjoint = self._zero(param)
            if isinstance(adjoint, Var) and isinstance(adjoint.kind, Array):
                made = self.builder.definitions.get(adjoint)
                if adjoint in given or made is None or not made.primitive.fresh:
                    adjoint = self.builder.value(copy, adjoint)
            given.add(adjoint)
            out.append(self._named(adjoint, param))
        return tuple(out)

    def split(self, made: _InnerPair) -> None:
        """Forward and reverse sweep as two functions that meet through the tape."""
        f = self.function
        made.forward.origin = made.reverse.origin = f.origin
        made.forward.recursive = made.reverse.recursive = f.recursive
        bars = {
            i: Var("out_bar" if len(made.seeded) == 1 else f"out_{i}_bar", adjoint_kind(r.kind))
            for i, r in enumerate(f.results)
            if i in made.seeded
        }
        for i in self.wrt:
            param = f.params[i]
            if isinstance(param.kind, Array):
                self._shadows[param] = Var(f"{param.name}_bar", param.kind)
        shadows = tuple(self._shadows.values())
        made.reverse.params = (*f.params, *bars.values(), *shadows)
        # recursive calls need to know how many results there are before the body is made
        region = Region(self.level.tape)
        with self.builder.block() as reverse:
            adjoints = _Adjoints()
            for i, bar in bars.items():
                self._contribute(f.results[i], bar, adjoints)
            forward = self._block(f.body, adjoints, region)
            scalars = [f.params[i] for i in self.wrt if not isinstance(f.params[i].kind, Array)]
            results = tuple(
                self._named(adjoints.get(p) or self._zero(p), p) for p in scalars
            )
        forward = [*self._extras(f.params), *forward]
        body = Block(tuple(reverse), results)
        forward, body = self._cross(forward, body, region, frozenset(f.params))
        made.forward.body = Block(tuple(forward), f.results)
        made.reverse.body = body
        made.reverse.reverse_from = 0
        clean = eliminate_dead_code(made.reverse)
        used = set(free_variables(clean.body))
        made.reads = frozenset(i for i, p in enumerate(f.params) if p in used)

    # -- blocks and what they carry across --------------------------------------------------------

    def _block(self, block: Block, adjoints: _Adjoints, region: Region) -> list[Statement]:
        """Emit the reverse of a block; return its forward statements."""
        forward: list[list[Statement]] = []
        for statement in reversed(block.statements):
            self.builder.line = getattr(statement, "line", None) or self.builder.line
            match statement:
                case Instr():
                    made: Statement = self._instr(statement, adjoints)
                    before: list[Statement] = []
                case Call():
                    made, before = self._call(statement, adjoints), []
                case If():
                    made, before = self._if(statement, adjoints, region), []
                case _:
                    before, made = self._loop(statement, adjoints, region)
            extras = self._extras(targets(made))
            asked = self._before.pop(statement, [])
            forward.append([*asked, *before, made, *extras])
        return [s for group in reversed(forward) for s in group]

    def _extras(self, variables: tuple[Var, ...]) -> list[Statement]:
        return [s for v in variables for s in self._after.pop(v, [])]

    def _cross(
        self,
        forward: list[Statement],
        reverse: Block,
        region: Region,
        free: frozenset[Var],
        heads: tuple[Var, ...] = (),
        repeated: Sequence[Statement] = (),
    ) -> tuple[list[Statement], Block]:
        """Carry what a reverse block reads of its forward block across to it.

        ``free`` is there anyway; ``repeated`` (index arithmetic) stands at the head of both.
        """
        definitions = definitions_in(forward)
        ordinals = definitions_in(repeated)
        local = definitions.keys() | set(heads)
        demanded = [v for v in free_variables(reverse) if v in local]
        plan = plan_values(demanded, definitions, heads, free | ordinals.keys(), self.storage)
        crossing = carry_across(region, plan, definitions)
        again = recompute(ordinals, ordinals, crossing.renamed)
        reverse = Block((*again, *crossing.loads, *reverse.statements), reverse.yields)
        forward = [*repeated, *place_saves(forward, crossing.saves)]
        return forward, substitute(reverse, crossing.renamed)

    # -- adjoints ------------------------------------------------------------------------------

    def _contribute(
        self, v: Atom, term: Value | Atom, adjoints: _Adjoints, broadcasts: bool = False
    ) -> None:
        """Add a term to the adjoint of ``v``: the one place that casts, reduces, accumulates."""
        if v not in self.active:
            return
        assert isinstance(v, Var)
        value = term if isinstance(term, Value) else Value(term)
        value = as_kind(value, adjoint_kind(v.kind))
        if self._accumulates_in_place(v):
            shadow = Value(self._shadow(v))
            accumulate(shadow, value, pattern=("e",))
            return
        known = adjoints.get(v)
        if isinstance(v.kind, Array) and known is None:
            if broadcasts or value.ndim < v.kind.ndim:
                value = broadcast_to(value, *self._dims(v))
        total = value if known is None else Value(known) + value
        adjoints.set(v, self._named(self._numpy_flavoured(total.atom), v))

    def _numpy_flavoured(self, atom: Atom) -> Atom:
        if isinstance(atom, Const):
            return Const(atom.value, adjoint_kind(atom.kind))
        return atom

    def _named(self, adjoint: Atom, v: Var) -> Atom:
        """Call an adjoint after its variable, if it has no name of its own yet."""
        if isinstance(adjoint, Var) and adjoint.temporary and adjoint.name == "t":
            adjoint.name = f"{v.name}_bar"
            adjoint.temporary = v.temporary
        return adjoint

    def _zero(self, v: Var) -> Atom:
        if isinstance(v.kind, Array):
            return self.builder.value(zeros, *self._dims(v), dtype=v.kind.dtype)
        assert isinstance(v.kind, Scalar)
        return Const(0j if v.kind.dtype.startswith("complex") else 0.0, adjoint_kind(v.kind))

    def extent(self, array: Var, axis: int) -> Atom:
        """The extent of a forward array, taken in the forward sweep where the array is made."""
        maker = self.definitions.get(array)
        if isinstance(maker, Instr) and maker.primitive in (zeros, empty):
            return maker.args[axis]
        known = self._extents.get((array, axis))
        if known is None:
            count = Var(f"{array.name}_n{axis}", PY_INT, True, 48)
            made = Instr(count, dim, (array,), (("axis", axis),))
            self._after.setdefault(array, []).append(made)
            self.forward_variables.add(count)
            self._extents[array, axis] = known = count
        return known

    def _dims(self, v: Var) -> list[Atom]:
        assert isinstance(v.kind, Array)
        return [self.builder.value(dim, v, axis=axis) for axis in range(v.kind.ndim)]

    def _accumulates_in_place(self, v: Var) -> bool:
        return v in self._in_place or v in self._shadows

    def _shadow(self, v: Var) -> Var:
        """The array that collects the adjoint of ``v``, made where first needed."""
        known = self._shadows.get(v)
        if known is not None:
            return known
        made = self.definitions.get(v)
        if self._is_mirrored(v):
            assert isinstance(made, Instr) and isinstance(made.args[0], Var)
            base = self._shadow(made.args[0])
            shadow = self.builder.value(index, base, *made.args[1:], **made.options)
        else:
            shadow = self._zero(v)
        assert isinstance(shadow, Var)
        shadow.name, shadow.temporary = f"{v.name}_bar", False
        self._shadows[v] = shadow
        return shadow

    def _is_mirrored(self, v: Var) -> bool:
        """Whether the shadow of ``v`` is a view of another shadow, as ``v`` is of its array."""
        made = self.definitions.get(v)
        return (
            isinstance(made, Instr)
            and made.primitive is index
            and isinstance(v.kind, Array)
            and not is_fancy(made.options["pattern"])
            and made.args[0] in self.active
            and isinstance(made.args[0], Var)
            and self._accumulates_in_place(v)
        )

    def _prepare_shadows(self, statement: Statement) -> None:
        """Make the shadows that the reverse of a compound statement adds to, outside of it."""
        for v in _read_inside(statement):
            if isinstance(v.kind, Array) and v in self.active and self._accumulates_in_place(v):
                self._shadow(v)

    # -- statements ------------------------------------------------------------------------------

    def _instr(self, s: Instr, adjoints: _Adjoints) -> Statement:
        if s.primitive is store or s.primitive is accumulate:
            self._reverse_of_write(s, adjoints)
        elif s.primitive is push:
            if differentiable(s.options["slot"]):
                bar = self.level.tape_bar(s.args[0])
                slot = adjoint_kind(s.options["slot"])
                self._contribute(s.args[1], self.builder.value(pop, bar, slot=slot), adjoints)
        elif s.primitive is pop:
            assert s.target is not None
            if differentiable(s.target.kind):
                adjoint = self._adjoint_of_result(s.target, adjoints)
                if adjoint is None:
                    adjoint = self._zero(s.target)
                slot = adjoint_kind(s.options["slot"])
                self.builder.emit(push, (self.level.tape_bar(s.args[0]), adjoint), {"slot": slot})
        elif s.target is not None and any(a in self.active for a in s.args):
            adjoint = self._adjoint_of_result(s.target, adjoints)
            if adjoint is not None:
                self._reverse_of_operation(s, adjoint, adjoints)
        return s

    def _adjoint_of_result(self, v: Var, adjoints: _Adjoints) -> Atom | None:
        """The adjoint of a variable at its definition; None if nothing contributed to it."""
        if v not in self.active or self._is_mirrored(v):
            return None
        if self._accumulates_in_place(v):
            return self._shadows.get(v)
        return adjoints.take(v)

    def _reverse_of_operation(self, s: Instr, adjoint: Atom, adjoints: _Adjoints) -> None:
        primitive = s.primitive
        assert s.target is not None
        args = tuple(Value(self._as_read(a, s)) for a in s.args)
        out = Value(self._as_made(s.target, s))
        g = Value(adjoint)
        if primitive.partials is not None:
            for i, operand in enumerate(s.args):
                partial = primitive.partials[i]
                if operand in self.active and partial is not None:
                    term = _times(g, partial(out, *args))
                    if term is not None:
                        self._contribute(operand, unbroadcast_like(term, args[i]), adjoints)
            return
        if primitive.vjp is None:
            raise MissingRuleError(f"there is no derivative rule for {primitive.name}")
        for i, operand in enumerate(s.args):
            rule = primitive.vjp[i] if i < len(primitive.vjp) else None
            if operand not in self.active or rule is None:
                continue
            term = rule(g, out, *args, **s.options)
            if isinstance(term, Scatter):
                self._scatter(operand, term)
            else:
                self._contribute(operand, term, adjoints, primitive.broadcasts)

    def _scatter(self, operand: Atom, term: Scatter) -> None:
        assert isinstance(operand, Var)
        value = as_kind(term.value, adjoint_kind(operand.kind))
        shadow = Value(self._shadow(operand))
        accumulate(shadow, value, *term.index, pattern=term.pattern)

    def _as_read(self, a: Atom, reader: Statement) -> Atom:
        """An operand as it was when ``reader`` read it: a copy if it is overwritten later."""
        if not isinstance(a, Var) or self.storage.is_stable(a, reader):
            return a
        kept = Var(f"{a.name}_was", a.kind)
        self._before.setdefault(reader, []).append(Instr(kept, copy, (a,)))
        self._copied(kept, a)
        return kept

    def _as_made(self, v: Var, maker: Statement) -> Atom:
        """A result as it was when it was made."""
        if self.storage.is_stable(v, maker):
            return v
        kept = Var(f"{v.name}_was", v.kind)
        self._after.setdefault(v, []).append(Instr(kept, copy, (v,)))
        self._copied(kept, v)
        return kept

    def _copied(self, kept: Var, original: Var) -> None:
        assert isinstance(original.kind, Array)
        self.forward_variables.add(kept)
        for axis in range(original.kind.ndim):  # a copy has the extents of its original
            self._extents[kept, axis] = self.extent(original, axis)

    def _reverse_of_write(self, s: Instr, adjoints: _Adjoints) -> None:
        """``a[i] = e``: take the adjoint of a[i], zero it, hand it to e. ``+=`` leaves it."""
        array, value, *items = s.args
        if array not in self.active or array not in self._shadows:
            return
        assert isinstance(array, Var)
        shadow = Value(self._shadows[array])
        where = tuple(Value(self._as_read(item, s)) for item in items)
        pattern = s.options["pattern"]
        term = index(shadow, *where, pattern=pattern) if pattern != ("e",) else shadow
        if value in self.active:
            if term.is_array:
                term = copy(term)
        if s.primitive is store:
            if is_fancy(pattern) and value in self.active:
                term = term * last_writes(where[pattern.index("a")], shadow)
            store(shadow, 0.0, *where, pattern=pattern)
        self._contribute(value, unbroadcast_like(term, Value(value)), adjoints)

    def _call(self, s: Call, adjoints: _Adjoints) -> Statement:
        written = [v for v in s.targets if v in self.active]
        wrt = tuple(i for i, a in enumerate(s.args) if a in self.active)
        if not (wrt and written) and not touches_tape(s.function):
            if not any(isinstance(s.args[i].kind, Array) for i in wrt):
                return s
        made = self.level.pair_of(s.function, wrt)
        bars: list[Atom] = []
        for i in made.seeded:
            adjoint = self._adjoint_of_result(s.targets[i], adjoints)
            bars.append(self._zero(s.targets[i]) if adjoint is None else adjoint)
        arrays = [i for i in wrt if isinstance(s.args[i].kind, Array)]
        shadows = [self._shadow(v) for i in arrays if isinstance(v := s.args[i], Var)]
        scalars = [v for i in wrt if i not in arrays and isinstance(v := s.args[i], Var)]
        results = tuple(
            Var(f"{v.name}_bar" if not v.temporary else "t", adjoint_kind(v.kind), v.temporary)
            for v in scalars
        )
        args = [self._argument(a, s, made, i) for i, a in enumerate(s.args)]
        self.builder.add(Call(results, made.reverse, (*args, *bars, *shadows), s.line))
        for v, result in zip(scalars, results, strict=True):
            self._contribute(v, result, adjoints)
        return replace(s, function=made.forward)

    def _argument(self, a: Atom, s: Call, made: _InnerPair, i: int) -> Atom:
        """What the reverse call gets for a parameter: nothing dear if it does not read it."""
        if made.reads is not None and i not in made.reads and isinstance(a.kind, Scalar):
            return Const(False if a.kind.dtype == "bool" else 0, a.kind)
        if isinstance(a, Var) and a not in self.forward_variables:
            return a  # a tape
        return self._as_read(a, s)

    # -- branches --------------------------------------------------------------------------------

    def _if(self, s: If, adjoints: _Adjoints, region: Region) -> Statement:
        bars = [self._adjoint_of_result(r, adjoints) for r in s.results]
        if all(bar is None for bar in bars) and not self._acts(s):
            return s
        self._prepare_shadows(s)
        inner = (_Adjoints(adjoints), _Adjoints(adjoints))
        forward: list[list[Statement]] = []
        reverse: list[Block] = []
        for branch, local in zip((s.then, s.orelse), inner, strict=True):
            with self.builder.block() as statements:
                for atom, bar in zip(branch.yields, bars, strict=True):
                    if bar is not None:
                        self._contribute(atom, bar, local)
                forward.append(self._block(branch, local, region))
            reverse.append(Block(tuple(statements)))
        defined = definitions_in(s.then.statements).keys() | definitions_in(s.orelse.statements)
        joined = [
            v
            for v in {**inner[0].changed, **inner[1].changed}
            if v not in defined and any(i.get(v) is not adjoints.get(v) for i in inner)
        ]
        for n, local in enumerate(inner):
            yields = tuple(local.get(v) or adjoints.get(v) or self._zero(v) for v in joined)
            reverse[n] = Block(reverse[n].statements, yields)
        extra: tuple[Var, ...] = ()
        then, orelse = s.then.yields, s.orelse.yields
        for n in (_TRUE_BRANCH, _FALSE_BRANCH):
            if not region.direct:
                forward[n], reverse[n] = self._cross(forward[n], reverse[n], region, frozenset())
                continue
            forward[n], reverse[n], kept = self._keep(forward[n], reverse[n], region)
            forward[1 - n], fillers = _fillers(forward[1 - n], kept)
            mine, other = tuple(kept), fillers
            then, orelse = (
                ((*then, *mine), (*orelse, *other)) if n == 0 else
                ((*then, *other), (*orelse, *mine))
            )
            extra = (*extra, *kept.values())
        results = tuple(Var(f"{v.name}_bar", adjoint_kind(v.kind), v.temporary) for v in joined)
        self.builder.add(If(s.test, reverse[0], reverse[1], results, s.line))
        for v, result in zip(joined, results, strict=True):
            adjoints.set(v, result)
        return If(
            s.test,
            Block(tuple(forward[0]), then),
            Block(tuple(forward[1]), orelse),
            (*s.results, *extra),
            s.line,
        )

    def _keep(
        self, forward: list[Statement], reverse: Block, region: Region
    ) -> tuple[list[Statement], Block, dict[Var, Var]]:
        """As `_cross`, for a branch whose values stay in scope: they leave it as results."""
        definitions = definitions_in(forward)
        demanded = [v for v in free_variables(reverse) if v in definitions]
        plan = plan_values(demanded, definitions, (), frozenset(), self.storage)
        kept = {v: Var(v.name, v.kind, bits=v.bits) for v in plan.saved}
        again = carry_across(region, replace(plan, saved=()), definitions)
        reverse = Block((*again.loads, *reverse.statements), reverse.yields)
        self.forward_variables.update(kept.values())
        self._direct.update(kept.values())
        return forward, substitute(reverse, {**kept, **again.renamed}), kept

    def _acts(self, s: Statement) -> bool:
        """Whether a statement has something to reverse besides its results."""
        for block in blocks(s):
            for inner in walk(block):
                match inner:
                    case Instr(primitive=p) if p is store or p is accumulate:
                        if inner.args[0] in self.active:
                            return True
                    case Instr(primitive=p) if p is push or p is pop:
                        return True
                    case Call():
                        if touches_tape(inner.function):
                            return True
                        if any(a in self.active and isinstance(a.kind, Array) for a in inner.args):
                            return True
        return False

    # -- loops -----------------------------------------------------------------------------------

    def _loop(
        self, s: Statement, adjoints: _Adjoints, region: Region
    ) -> tuple[list[Statement], Statement]:
        """Returns statements for before the forward loop (indexed tapes), and the loop."""
        assert isinstance(s, For | While)
        bars = [self._adjoint_of_result(r, adjoints) for r in s.results]
        if all(bar is None for bar in bars) and not self._acts(s):
            return [], s
        self._prepare_shadows(s)
        if isinstance(s, While) and _reads_test(s):
            s = _repeat_test_in_body(s)
            self.forward_variables |= _all_variables_in(s.body)
        counted = isinstance(s, While) or s.exits
        loop, trips = _with_trip_count(s) if counted else (s, None)
        if trips is not None:
            self.forward_variables.add(trips)
        inner, ordinal, tapes = self._loop_region(loop, region, counted)

        carried = [
            n for n, h in enumerate(s.heads) if h in self.active and differentiable(h.kind)
        ]
        sums = [
            v
            for v in _read_inside(s)
            if v in self.active and not isinstance(v.kind, Array) and differentiable(v.kind)
        ]
        head_bars = [
            Var(f"{s.heads[n].name}_bar", adjoint_kind(s.heads[n].kind)) for n in carried
        ]
        sum_bars = [Var(f"{v.name}_bar", adjoint_kind(v.kind)) for v in sums]
        local = _Adjoints()
        for v, bar in zip(sums, sum_bars, strict=True):
            local.set(v, bar)
        with self.builder.block() as statements:
            for n, bar in zip(carried, head_bars, strict=True):
                self._contribute(s.body.yields[n], bar, local)
            forward = self._block(s.body, local, inner)
            heads_out = []
            for n in carried:
                adjoint = self._adjoint_of_result(s.heads[n], local)
                heads_out.append(self._zero(s.heads[n]) if adjoint is None else adjoint)
            sums_out = [local.get(v) or Const(0.0, NP_FLOAT) for v in sums]
        reverse = Block(tuple(statements), (*heads_out, *sums_out))
        forward = [*self._extras(block_arguments(s)), *forward]
        inits = [self._zero(s.results[n]) if bars[n] is None else bars[n] for n in carried]
        starts = [adjoints.get(v) or self._zero(v) for v in sums]
        body = loop.body
        forward = [*forward, *body.statements[len(s.body.statements) :]]
        made, index_again = self._reversed_loop(
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
        self.builder.add(made)
        for v, result in zip(sums, made.results[len(carried) :], strict=True):
            adjoints.set(v, result)
        for n, result in zip(carried, made.results, strict=False):
            self._contribute(s.inits[n], result, adjoints)
        return ([] if tapes is None else tapes.allocations), index_again

    def _loop_region(
        self, s: For | While, region: Region, counted: bool
    ) -> tuple[Region, list[Statement], IndexedTapes | None]:
        """The region of a loop's body, statements that compute its ordinal, and new tapes."""
        nested = region.tapes is not None
        if counted or not isinstance(s, For) or not (region.direct or nested):
            return Region(self.level.tape), [], None
        bounds = (s.start, s.stop, s.step)
        if not all(isinstance(b, Const) or b in self._direct for b in bounds):
            return Region(self.level.tape), [], None
        new = None if nested else IndexedTapes()
        tapes = region.tapes or new
        assert tapes is not None
        trips = Var("trips", PY_INT, True, 48)
        tapes.allocations.append(Instr(trips, trip_count, bounds))
        self.forward_variables.add(trips)
        helper = Builder()
        with helper.block() as ordinal_statements:
            ordinal = _ordinal(s)
        self.forward_variables |= {v for st in ordinal_statements for v in targets(st)}
        inner = Region(
            self.level.tape,
            ordinals=(*region.ordinals, ordinal),
            trips=(*region.trips, trips),
            tapes=tapes,
        )
        return inner, ordinal_statements, new

    def _reversed_loop(
        self,
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
            if isinstance(loop, For):
                reverse = self._index_from_count(loop, counter, reverse)
            forward, reverse = self._cross(
                forward, reverse, region, frozenset((counter,)), block_arguments(loop)
            )
            last = self.builder.value(operators.subtract, trips, Const(1, PY_INT))
            minus = Const(-1, PY_INT)
            made = For(counter, last, minus, minus, heads, inits, reverse, results, False)
            return made, replace(loop, body=Block(tuple(forward), loop.body.yields))
        assert isinstance(loop, For)
        again = Var(loop.index.name, PY_INT, bits=loop.index.bits)
        chained = sum(
            out is not head for out, head in zip(reverse.yields[:carried], heads, strict=False)
        )
        keep_order = can_keep_order(loop, self.storage, reverse, chained)
        forward, reverse = self._cross(
            forward, reverse, region, frozenset((loop.index,)), block_arguments(loop), ordinal
        )
        reverse = substitute(reverse, {loop.index: again})
        keep_order = keep_order and not any(
            isinstance(s, Instr) and s.primitive is pop for s in reverse.statements
        )
        bounds = (loop.start, loop.stop, loop.step) if keep_order else self._backwards(loop)
        made = For(again, *bounds, heads, inits, reverse, results, False, loop.line)
        return made, replace(loop, body=Block(tuple(forward), loop.body.yields))

    def _index_from_count(self, loop: For, counter: Var, reverse: Block) -> Block:
        """``i = start + k * step`` at the head of the reverse of a loop that may end early."""
        if loop.index not in free_variables(reverse):
            return reverse
        with self.builder.block() as statements:
            offset = Value(counter) * Value(loop.step)
            again = (Value(loop.start) + offset).atom
        reverse = substitute(reverse, {loop.index: again})
        return Block((*statements, *reverse.statements), reverse.yields)

    def _backwards(self, loop: For) -> tuple[Atom, Atom, Atom]:
        """The range of the loop, last value first."""
        start, stop, step = Value(loop.start), Value(loop.stop), Value(loop.step)
        if step.constant == 1:
            return (stop - 1).atom, (start - 1).atom, Const(-1, PY_INT)
        if step.constant == -1:
            return (stop + 1).atom, (start + 1).atom, Const(1, PY_INT)
        last = start + (trip_count(start, stop, step) - 1) * step
        return last.atom, (start - step).atom, (-step).atom


def _ordinal(s: For) -> Atom:
    """A number of its own from 0 for each iteration, to be computed from the loop's index."""
    i, start, stop, step = map(Value, (s.index, s.start, s.stop, s.step))
    if step.constant == 1:
        return (i - start).atom
    if step.constant == -1:
        return (i - (stop + 1)).atom
    return ((i - start) // step).atom


def _times(g: Value, partial: Any) -> Value | None:
    """The adjoint times a partial derivative, in an order that follows NumPy's arithmetic."""
    if isinstance(partial, Factor):
        return partial.times(g)
    if isinstance(partial, int | float) and partial == 0:
        return None
    return g * partial


def _fillers(
    statements: list[Statement], kept: dict[Var, Var]
) -> tuple[list[Statement], tuple[Atom, ...]]:
    """Something of the right kind for results that only the other branch computes."""
    made: list[Statement] = []
    atoms: list[Atom] = []
    for v in kept:
        if isinstance(v.kind, Array):
            dims = (Const(0, PY_INT),) * v.kind.ndim
            filler = Var(v.name, v.kind, True)
            made.append(Instr(filler, empty, dims, (("dtype", v.kind.dtype),)))
            atoms.append(filler)
        else:
            atoms.append(_filler(v.kind))
    return [*statements, *made], tuple(atoms)


def _filler(kind: Kind) -> Const:
    assert isinstance(kind, Scalar)
    zero = {"b": False, "c": 0j, "f": 0.0}.get(kind.dtype[0], 0)
    return Const(zero, kind)


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


def _read_inside(statement: Statement) -> list[Var]:
    """The outer variables that the blocks of a compound statement read, its heads aside."""
    own = set(block_arguments(statement))
    found: dict[Var, None] = {}
    defined: set[Var] = set()
    for block in blocks(statement):
        found.update((v, None) for v in free_variables(block) if v not in own | defined)
        defined |= definitions_in(block.statements).keys()
    return list(found)


def _all_variables_in(block: Block) -> set[Var]:
    found: set[Var] = set()
    for statement in walk(block):
        found.update(targets(statement))
        found.update(block_arguments(statement))
    return found


def _all_variables(function: Function) -> set[Var]:
    return _all_variables_in(function.body) | set(function.params)


def _defined_outside_loops(function: Function) -> set[Var]:
    """Parameters and what is defined at the top or in branches that no loop repeats."""
    found = set(function.params)

    def visit(block: Block) -> None:
        for statement in block.statements:
            found.update(targets(statement))
            if isinstance(statement, If):
                visit(statement.then)
                visit(statement.orelse)

    visit(function.body)
    return found


def _arrays_accumulated_in_place(function: Function, storage: Storage) -> set[Var]:
    """Arrays whose adjoint is collected in a shadow rather than rebound by each contribution.

    They are written into, read element by element, read in a block inside the one that defines
    them, or passed to a function, which adds to their shadow.
    """
    found: set[Var] = set()

    def use(atoms: tuple[Atom, ...], local: set[Var], always: bool) -> None:
        for atom in atoms:
            if isinstance(atom, Var) and isinstance(atom.kind, Array):
                if always or atom not in local or storage.is_written(atom):
                    found.add(atom)

    def visit(block: Block, local: set[Var]) -> None:
        for s in block.statements:
            use(operands(s), local, isinstance(s, Call) or _scatters(s))
            for child in blocks(s):
                visit(child, set(block_arguments(s)))
            local.update(targets(s))
        use(block.yields, local, False)

    visit(function.body, set(function.params))
    found |= {v for v in _all_variables(function) if storage.is_written(v)}
    return found


def _scatters(s: Statement) -> bool:
    return isinstance(s, Instr) and (s.primitive is index or s.primitive.scatters)
