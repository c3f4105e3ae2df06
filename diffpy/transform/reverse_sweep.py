"""The forward and the reverse sweep of one function, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diffpy.errors import MissingRuleError
from diffpy.kinds import Array, List, Scalar, adjoint_kind, is_bool, is_storage
from diffpy.kinds import is_differentiable as differentiable
from diffpy.rules.notation import Factor, Scatter, Value
from diffpy.rules.operators import select
from diffpy.rules.structural import (
    accumulate,
    copy,
    last_writes,
    pop,
    push,
    read_at,
    store,
    unbroadcast_like,
)
from diffpy.transform.analyse_contents import read_contents
from diffpy.transform.analyse_storage import touches_tape
from diffpy.transform.eliminate_dead_code import eliminate_dead_code, live_params
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    Function,
    If,
    Instr,
    Statement,
    Var,
    block_arguments,
    blocks,
    free_variables,
    substitute,
    targets,
    walk,
)
from diffpy.transform.reverse_adjoints import AdjointKeeper, Adjoints
from diffpy.transform.reverse_branches import reverse_branch
from diffpy.transform.reverse_loops import reverse_loop
from diffpy.transform.save_values import (
    Region,
    carry_across,
    definitions_in,
    place_saves,
    plan_values,
    recompute,
)
from diffpy.transform.share_inverses import share_inverses
from diffpy.transform.shorten_chains import shorten_chains

if TYPE_CHECKING:
    from diffpy.transform.reverse import InnerPair


class Sweep(AdjointKeeper):
    """Makes the forward and the reverse sweep of one function."""

    def merged(self, value: bool) -> Function:
        """Forward and reverse sweep in one function."""
        f = self.function
        result = f.results[0]
        seed = Var("out_bar", adjoint_kind(result.kind))
        region = Region(self.level.tape, direct=True)
        with self.builder.block() as reverse:
            adjoints = Adjoints()
            self.contribute(result, seed, adjoints)
            forward = self.block(f.body, adjoints, region)
            gradients = self._gradients(adjoints)
        forward = [*self.extras(f.params), *forward]
        made = Function(f"grad_{f.name}", (*f.params, seed), doc=f.doc, origin=f.origin)
        made.body = Block((*forward, *reverse), (*(f.results if value else ()), *gradients))
        made.reverse_from = len(forward)
        return eliminate_dead_code(share_inverses(shorten_chains(made)))

    def _gradients(self, adjoints: Adjoints) -> tuple[Atom, ...]:
        """Adjoints of the parameters asked for; arrays in memory of their own."""
        given: set[Atom] = set()
        out: list[Atom] = []
        for i in self.wrt:
            param = self.function.params[i]
            adjoint: Atom | None = self.shadows.get(param) or adjoints.get(param)
            adjoint = self.zero(param) if adjoint is None else self.in_full(adjoint, param)
            if isinstance(adjoint, Var) and isinstance(adjoint.kind, Array):
                made = self.builder.definitions.get(adjoint)
                if adjoint in given or made is None or not made.primitive.fresh:
                    adjoint = self.builder.value(copy, adjoint)
            given.add(adjoint)
            out.append(self.named(adjoint, param))
        return tuple(out)

    def split(self, made: InnerPair) -> None:
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
            if is_storage(param.kind):
                self.shadows[param] = Var(f"{param.name}_bar", adjoint_kind(param.kind))
        shadows = tuple(self.shadows.values())
        # a list that grows meanwhile is not what it was: nothing of it is read again
        made.changed = frozenset(
            i
            for i, p in enumerate(f.params)
            if isinstance(p.kind, List) and self.storage.is_written(p)
        )
        made.lost |= made.changed
        self.storage.lost = {self.storage.group(f.params[i]) for i in made.lost}
        given = tuple(p for i, p in enumerate(f.params) if i not in made.lost)
        made.reverse.params = (*given, *bars.values(), *shadows)
        # recursive calls need to know how many results there are before the body is made
        region = Region(self.level.tape)
        with self.builder.block() as reverse:
            adjoints = Adjoints()
            for param in f.params:
                if isinstance(param.kind, List) and param in self.shadows:
                    adjoints.set(param, self.shadows[param])
            for i, bar in bars.items():
                self.hand_over(f.results[i], bar, adjoints)
            forward = self.block(f.body, adjoints, region)
            scalars = [f.params[i] for i in self.wrt if not is_storage(f.params[i].kind)]
            results = tuple(self.named(adjoints.get(p) or self.zero(p), p) for p in scalars)
        forward = [*self.extras(f.params), *forward]
        body = Block(tuple(reverse), results)
        lost = tuple(f.params[i] for i in sorted(made.lost))
        forward, body = self.cross(forward, body, region, frozenset(given), lost)
        made.forward.body = Block(tuple(forward), f.results)
        made.reverse.body = body
        made.reverse.reverse_from = 0
        made.reverse.body = share_inverses(shorten_chains(made.reverse)).body
        places = [i for i in range(len(f.params)) if i not in made.lost]
        live = live_params(made.reverse)
        made.reads = frozenset(i for k, i in enumerate(places) if k in live)
        contents = read_contents(made.reverse)
        made.contents = frozenset(i for k, i in enumerate(places) if k in contents)

    # -- blocks and what they carry across --------------------------------------------------------

    def block(self, block: Block, adjoints: Adjoints, region: Region) -> list[Statement]:
        """Emit the reverse of a block; return its forward statements."""
        forward: list[list[Statement]] = []
        outer = self.current
        for statement in reversed(block.statements):
            self.current = statement
            self.builder.line = getattr(statement, "line", None) or self.builder.line
            match statement:
                case Instr():
                    made: Statement = self._instr(statement, adjoints)
                    before: list[Statement] = []
                case Call():
                    made, before = self._call(statement, adjoints), []
                case If():
                    made, before = reverse_branch(self, statement, adjoints, region), []
                case _:
                    before, made = reverse_loop(self, statement, adjoints, region)
            extras = self.extras(targets(made))
            asked, behind = self.before.pop(statement, []), self.behind.pop(statement, [])
            forward.append([*asked, *before, made, *extras, *behind])
        self.current = outer
        return [s for group in reversed(forward) for s in group]

    def extras(self, variables: tuple[Var, ...]) -> list[Statement]:
        return [s for v in variables for s in self.after.pop(v, [])]

    def cross(
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
        forward = [*repeated, *place_saves(forward, crossing.saves, self.storage)]
        return forward, substitute(reverse, crossing.renamed)

    # -- statements ------------------------------------------------------------------------------

    def _instr(self, s: Instr, adjoints: Adjoints) -> Statement:
        if s.primitive is store or s.primitive is accumulate:
            self._reverse_of_write(s, adjoints)
        elif s.primitive is push:
            if differentiable(s.options["slot"]):
                bar = self.level.tape_bar(s.args[0])
                slot = adjoint_kind(s.options["slot"])
                self.contribute(s.args[1], self.builder.value(pop, bar, slot=slot), adjoints)
        elif s.primitive is pop:
            assert s.target is not None
            if differentiable(s.target.kind):
                adjoint = self.adjoint_of_result(s.target, adjoints)
                if adjoint is None:
                    adjoint = self.zero(s.target)
                slot = adjoint_kind(s.options["slot"])
                self.builder.emit(push, (self.level.tape_bar(s.args[0]), adjoint), {"slot": slot})
        elif s.primitive.undo is not None:
            self._reverse_of_list_operation(s, adjoints)
        elif s.target is not None and any(a in self.active for a in s.args):
            adjoint = self._adjoint_as_it_is(s.target, adjoints)
            if adjoint is not None:
                self._reverse_of_operation(s, adjoint, adjoints)
        return s

    def adjoint_of_result(self, v: Var, adjoints: Adjoints) -> Atom | None:
        """The adjoint of a variable at its definition; None if nothing contributed to it."""
        adjoint = self._adjoint_as_it_is(v, adjoints)
        return None if adjoint is None else self.in_full(adjoint, v)

    def _adjoint_as_it_is(self, v: Var, adjoints: Adjoints) -> Atom | None:
        if v not in self.active or self.is_reference(v):
            return None
        if self.accumulates_in_place(v):
            return self.shadows.get(v)
        return adjoints.take(v)

    def _reverse_of_operation(self, s: Instr, adjoint: Atom, adjoints: Adjoints) -> None:
        primitive = s.primitive
        assert s.target is not None
        args = tuple(Value(self.as_read(a, s)) for a in s.args)
        out = Value(self.as_made(s.target, s))
        if primitive.partials is not None:
            for i, operand in enumerate(s.args):
                partial = primitive.partials[i]
                if operand not in self.active or partial is None:
                    continue
                same_shape = self.shapes.has_shape_of_result(operand, s.args)
                g = Value(adjoint if same_shape else self.in_full(adjoint, s.target))
                term = _times(g, partial(out, *args))
                if term is not None:
                    term = term if same_shape else unbroadcast_like(term, args[i])
                    self.contribute(operand, term, adjoints)
            return
        g = Value(self.in_full(adjoint, s.target))
        if primitive.vjp is None:
            raise MissingRuleError(f"there is no derivative rule for {primitive.name}")
        for i, operand in enumerate(s.args):
            rule = primitive.vjp[i] if i < len(primitive.vjp) else None
            if operand not in self.active or rule is None:
                continue
            term = rule(g, out, *args, **s.options)
            if isinstance(term, Scatter):
                self.scatter(operand, term)
            else:
                self.contribute(operand, term, adjoints, primitive.broadcasts)

    def _reverse_of_write(self, s: Instr, adjoints: Adjoints) -> None:
        """``a[i] = e``: take the adjoint of a[i], zero it, hand it to e. ``+=`` leaves it."""
        array, value, *items = s.args
        known = self.existing_shadow(array) if isinstance(array, Var) else None
        if array not in self.active or known is None:
            return
        shadow = Value(known)
        where = tuple(Value(self.as_read(item, s)) for item in items)
        pattern = s.options["pattern"]
        term = read_at(shadow, where, pattern) if pattern != ("e",) else shadow
        if value in self.active:
            if term.is_array:
                term = copy(term)
        if s.primitive is store:
            if value in self.active and _may_repeat(where):
                term = select(last_writes(shadow, *where, pattern=pattern), term, 0.0)
            store(shadow, 0.0, *where, pattern=pattern)
        assert isinstance(array, Var)
        if not self.shapes.fits(value, array, items, pattern):
            term = unbroadcast_like(term, Value(value))
        self.contribute(value, term, adjoints)

    def _reverse_of_list_operation(self, s: Instr, adjoints: Adjoints) -> None:
        """Undo on the shadow what the operation did to the list; see `rules/containers.py`."""
        undo, first = s.primitive.undo, s.args[0] if s.args else None
        assert undo is not None
        g = None if s.target is None else self.adjoint_of_result(s.target, adjoints)
        shadow: Value | None = None
        if isinstance(first, Var) and isinstance(first.kind, List):
            if s.primitive.writes:
                adjoints.written.add(first)
            # a shadow that nobody has made is zero, and an operation on it stays without effect
            if first not in self.active or (g is None and adjoints.get(first) is None):
                return
            shadow = Value(self.list_shadow(first, adjoints))
        elif g is None:
            return
        args = tuple(Value(self.as_read(a, s) if not is_storage(a.kind) else a) for a in s.args)
        out = None if s.target is None else Value(s.target)
        terms = undo(shadow, None if g is None else Value(g), out, *args, **s.options)
        for operand, term in zip(s.args, terms, strict=True):
            if term is not None:
                self.contribute(operand, term, adjoints)

    def _call(self, s: Call, adjoints: Adjoints) -> Statement:
        written = [v for v in s.targets if v in self.active]
        wrt = tuple(i for i, a in enumerate(s.args) if a in self.active)
        if not (wrt and written) and not touches_tape(s.function):
            if not any(is_storage(s.args[i].kind) for i in wrt):
                return s
        made = self.level.pair_of(s.function, wrt, self._lost_lists(s))
        bars: list[Atom] = []
        for i in made.seeded:
            adjoint = self.adjoint_of_result(s.targets[i], adjoints)
            bars.append(self.zero(s.targets[i]) if adjoint is None else adjoint)
        self._refuse_twice(s, made)
        adjoints.written.update(v for i in made.changed if isinstance(v := s.args[i], Var))
        places = [i for i in wrt if is_storage(s.args[i].kind)]
        shadows = [self._passed(v, adjoints) for i in places if isinstance(v := s.args[i], Var)]
        scalars = [v for i in wrt if i not in places and isinstance(v := s.args[i], Var)]
        results = tuple(
            Var(
                "t" if v.temporary else f"{v.name}_bar",
                adjoint_kind(v.kind),
                v.temporary or len(scalars) == 1,
            )
            for v in scalars
        )
        args = [self._argument(a, s, made, i) for i, a in enumerate(s.args) if i not in made.lost]
        self.builder.add(Call(results, made.reverse, (*args, *bars, *shadows), s.line))
        for v, result in zip(scalars, results, strict=True):
            self.contribute(v, result, adjoints)
        return replace(s, function=made.forward)

    def _lost_lists(self, s: Call) -> frozenset[int]:
        """The lists among the arguments of a call that have other items when it is reversed."""
        lists = ((i, a) for i, a in enumerate(s.args) if isinstance(a.kind, List))
        return frozenset(
            i for i, a in lists if isinstance(a, Var) and not self.storage.is_stable(a, s)
        )

    def _refuse_twice(self, s: Call, made: InnerPair) -> None:
        """A list that changes in a function must not be another of its arguments too."""
        for i in made.changed:
            v = s.args[i]
            if isinstance(v, Var) and s.args.count(v) > 1:
                raise self.two_names(v)

    def _passed(self, v: Var, adjoints: Adjoints) -> Atom:
        """The shadow of an array or a list that a call changes."""
        return self.list_shadow(v, adjoints) if isinstance(v.kind, List) else self.shadow(v)

    def _argument(self, a: Atom, s: Call, made: InnerPair, i: int) -> Atom:
        """What the reverse call gets for a parameter: nothing dear if it does not read it.

        An array that the function writes into it gets as the function left it: that is what its
        reverse half takes its parameter for.
        """
        if made.reads is not None and i not in made.reads and not isinstance(a.kind, List):
            if isinstance(a.kind, Scalar):
                return Const(False if a.kind.dtype == "bool" else 0, a.kind)
            return a
        if made.contents is not None and i not in made.contents and self._has_one_name(a):
            return a  # with other elements by now
        if isinstance(a, Var) and a not in self.forward_variables:
            return a  # a tape
        if isinstance(a, Var) and isinstance(a.kind, Array) and self.storage.writes_into(s, a):
            return self.as_left(a, s)
        return self.as_read(a, s)

    def _has_one_name(self, a: Atom) -> bool:
        """Whether an array is none that a branch, a loop or a call makes one of several."""
        if not isinstance(a, Var) or not isinstance(a.kind, Array):
            return False
        group = self.storage.group(a)
        return not any(
            isinstance(v.kind, Array) and self.storage.group(v) is group
            for s in walk(self.function.body)
            if not isinstance(s, Instr)
            for v in (*targets(s), *block_arguments(s))
        )

    def acts(self, s: Statement, adjoints: Adjoints) -> bool:
        """Whether a statement has something to reverse besides its results."""
        if any(map(adjoints.is_written, targets(s))):
            return True
        if any(v in self.function.joins and self.has_shadow(v) for v in targets(s)):
            return True  # the adjoint of an array that is made inside
        for block in blocks(s):
            for inner in walk(block):
                match inner:
                    case Instr(primitive=p) if p.writes:
                        if inner.args[0] in self.active:
                            return True
                    case Instr(primitive=p) if p is push or p is pop:
                        return True
                    case Call():
                        if touches_tape(inner.function):
                            return True
                        if any(a in self.active and is_storage(a.kind) for a in inner.args):
                            return True
        return False


def _may_repeat(items: tuple[Value, ...]) -> bool:
    """Whether an index may name a place twice; of several stores only the last has an adjoint."""
    return any(item.ndim and not is_bool(item.kind) for item in items)


def _times(g: Value, partial: Any) -> Value | None:
    """The adjoint times a partial derivative, in an order that follows NumPy's arithmetic."""
    if isinstance(partial, Factor):
        return partial.times(g)
    if isinstance(partial, int | float) and partial == 0:
        return None
    return g * partial
