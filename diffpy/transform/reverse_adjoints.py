"""Adjoints of values: where they are collected, and how a term is added to one.

value       x_bar = t                first contribution assigns
            x_bar = x_bar + u        later ones add
storage     x_bar = np.zeros(n)      the shadow of an array, made where it is first needed
            x_bar[i] += u            and added to in place
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from diffpy.errors import Place, UnsupportedSyntaxError
from diffpy.kinds import PY_INT, Array, List, Scalar, adjoint_kind
from diffpy.rules.containers import (
    length,
    list_add_slice,
    list_copies,
    list_slice,
    zeros_list,
)
from diffpy.rules.counts import count_joint, count_part, count_shortened
from diffpy.rules.extents import Axis, Extent, Joint, Number, Part, Shortened
from diffpy.rules.item_parts import PART_WRITES, item_extent
from diffpy.rules.notation import Scatter, Value
from diffpy.rules.operators import equal
from diffpy.rules.structural import (
    accumulate,
    as_kind,
    broadcast_to,
    copy,
    dim,
    holds_arrays,
    index,
    zeros,
)
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_shapes import Shapes
from diffpy.transform.analyse_storage import Storage, analyse_storage
from diffpy.transform.build import Builder
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
    called_functions,
    free_variables,
    operands,
    targets,
    walk,
)
from diffpy.transform.resolve_aliases import resolve_aliases
from diffpy.transform.save_values import definitions_in
from diffpy.transform.trace_joins import New, Numbered, Select, Source, arrays_in

if TYPE_CHECKING:
    from diffpy.transform.reverse import Level


class Adjoints:
    """Adjoints of values at one point of the reverse sweep; inner ones overlay outer ones."""

    def __init__(self, outer: Adjoints | None = None) -> None:
        self._outer = outer
        self.changed: dict[Var, Atom | None] = {}
        #: lists that the program changes under this name later on
        self.written: set[Var] = set()

    def get(self, v: Var) -> Atom | None:
        if v in self.changed:
            return self.changed[v]
        return None if self._outer is None else self._outer.get(v)

    def set(self, v: Var, adjoint: Atom) -> None:
        self.changed[v] = adjoint

    def is_written(self, v: Atom) -> bool:
        """Whether the reverse sweep has come across a change of the list under this name."""
        return v in self.written or (self._outer is not None and self._outer.is_written(v))

    def take(self, v: Var) -> Atom | None:
        """The adjoint of a variable whose definition is being reversed."""
        adjoint = self.get(v)
        if self._outer is None:
            self.changed.pop(v, None)
        else:
            self.changed[v] = None
        return adjoint


class ReverseBuilder(Builder):
    """Emits the reverse sweep; extents of forward arrays are asked for in the forward sweep."""

    shares_arrays = True

    def __init__(self, keeper: AdjointKeeper) -> None:
        super().__init__()
        self._keeper = keeper

    def emit(
        self,
        primitive: Any,
        args: tuple[Atom, ...],
        static: dict[str, Any] | None = None,
        name: str = "t",
        temporary: bool = True,
    ) -> Atom | None:
        if primitive is dim and static is not None and args[0] in self._keeper.forward_variables:
            array = args[0]
            assert isinstance(array, Var)
            return self._keeper.extent(array, static["axis"])
        if primitive is length and args[0] in self._keeper.forward_variables:
            assert isinstance(args[0], Var)
            return self._keeper.length(args[0], before=True)
        if primitive is item_extent and args[0] in self._keeper.forward_variables:
            kept = self._keeper.extent_of_item(args, static or {})
            if kept is not None:
                return kept
        return super().emit(primitive, args, static, name, temporary)


class AdjointKeeper:
    """The adjoints of one function's variables, and what its reverse reads of its arrays."""

    def __init__(self, level: Level, function: Function, wrt: tuple[int, ...]) -> None:
        self.level = level
        self.function = function = resolve_aliases(function, wrt)
        self.wrt = wrt
        self.storage: Storage = analyse_storage(function)
        self.shapes = Shapes(function)
        self.active = Activity(function, wrt, self.storage)
        self.builder = ReverseBuilder(self)
        self.forward_variables = _all_variables(function)
        self.definitions: dict[Var, Statement] = {
            v: s for s in walk(function.body) for v in targets(s)
        }
        self.shadows: dict[Var, Var] = {}
        self.in_place = _arrays_accumulated_in_place(function, self.storage)
        self.direct = _defined_outside_loops(function)
        #: forward statements that the reverse sweep asked for, by where they belong
        self.after: dict[Var, list[Statement]] = {}
        self.before: dict[Statement, list[Statement]] = {}
        self.behind: dict[Statement, list[Statement]] = {}
        #: the forward statement that is being reversed
        self.current: Statement | None = None
        #: whether something writes into parts of arrays that are in lists
        self.parts_items = any(
            isinstance(s, Instr) and s.primitive in PART_WRITES
            for f in called_functions(function)
            for s in walk(f.body)
        )
        self._extents: dict[tuple[Var, int], Atom] = {}
        self._shortened: dict[Shortened, Atom] = {}

    def contribute(
        self, v: Atom, term: Value | Atom, adjoints: Adjoints, broadcasts: bool = False
    ) -> None:
        """Add a term to the adjoint of ``v``: the one place that casts, reduces, accumulates."""
        if v not in self.active:
            return
        assert isinstance(v, Var)
        value = term if isinstance(term, Value) else Value(term)
        if isinstance(v.kind, List):
            self._contribute_list(v, value, adjoints)
            return
        value = as_kind(value, adjoint_kind(v.kind))
        if self.accumulates_in_place(v):
            shadow = Value(self.shadow(v))
            accumulate(shadow, value, pattern=("e",))
            return
        known = adjoints.get(v)
        if isinstance(v.kind, Array) and value.is_array:
            if known is None and (broadcasts or value.ndim < v.kind.ndim):
                value = broadcast_to(value, *map(Value, self.dims(v)))
        total = value if known is None else Value(known) + value
        adjoints.set(v, self.named(self._numpy_flavoured(total.atom), v))

    def _contribute_list(self, v: Var, value: Value, adjoints: Adjoints) -> None:
        """A list of terms, in memory of its own, becomes the shadow or is added to it."""
        known = adjoints.get(v)
        if known is None:
            adjoints.set(v, self.named(value.atom, v))
        else:
            list_add_slice(Value(known), value, pattern="000")

    def hand_over(
        self, v: Atom, shadow: Atom | None, adjoints: Adjoints, written: bool = True
    ) -> None:
        """The adjoint of what takes over a value (a result, a loop's head) goes to the value.

        A list and what takes it over are one and have one shadow. If either is ``written`` under
        the one name, nobody may use it under the other.
        """
        if isinstance(v, Var) and isinstance(v.kind, List) and v in self.active:
            both = adjoints.is_written(v) or (written and adjoints.get(v) is not None)
            if both and (written or shadow is not None):
                raise self.two_names(v)
            if written:
                adjoints.written.add(v)
        if shadow is not None:
            self.contribute(v, shadow, adjoints)

    def two_names(self, v: Var) -> Exception:
        """The error for a list that is used under two names, one of which may be another list."""
        return UnsupportedSyntaxError(
            f"`{v.name}` may be the same list as another name, or another list",
            self._place(),
            "each list has one adjoint, which the reverse sweep must find by its name",
            "give the other name a copy: list(…)",
        )

    def _place(self) -> Place | None:
        """The user's line that is being reversed."""
        origin, line = self.function.origin, self.builder.line
        if origin is None or line is None or line not in origin.lines:
            return None
        return Place(origin.filename, line, 0, None, origin.lines[line])

    def _numpy_flavoured(self, atom: Atom) -> Atom:
        if isinstance(atom, Const):
            return Const(atom.value, adjoint_kind(atom.kind))
        return atom

    def named(self, adjoint: Atom, v: Var) -> Atom:
        """Call an adjoint after its variable, if it has no name of its own yet."""
        if isinstance(adjoint, Var) and adjoint.temporary and adjoint.name == "t":
            adjoint.name = f"{v.name}_bar"
            adjoint.temporary = v.temporary
        return adjoint

    def zero(self, v: Var, before: bool = False) -> Atom:
        """The adjoint of what nobody used after (or from before on) the current statement."""
        if isinstance(v.kind, List):
            return self.named(zeros_list(Value(v), Value(self.length(v, before))).atom, v)
        if isinstance(v.kind, Array):
            return self.builder.value(zeros, *self.dims(v), dtype=v.kind.dtype)
        assert isinstance(v.kind, Scalar)
        return Const(0j if v.kind.dtype.startswith("complex") else 0.0, adjoint_kind(v.kind))

    def extent(self, array: Var, axis: int) -> Atom:
        """The extent of a forward array, taken in the forward sweep where the array is made."""
        known = self._extents.get((array, axis))
        if known is None:
            known = self._counted(self.shapes.of(array)[axis], array)
            self._extents[array, axis] = known
        return known

    def _counted(self, extent: Extent, at: Var) -> Atom:
        """An extent as a number of the forward sweep, where ``at`` is known or earlier."""
        match extent:
            case int():
                return Const(extent, PY_INT)
            case Number(value):
                return value
            case Axis(array, axis) if (array, axis) in self._extents:
                return self._extents[array, axis]
            case Axis(array, axis):
                count = Var(f"{array.name}_n{axis}", PY_INT, True, 48)
                made = Instr(count, dim, (array,), (("axis", axis),))
                self.after.setdefault(array, []).append(made)
                self.forward_variables.add(count)
                self._extents[array, axis] = count
                return count
            case Shortened(Axis(at) as of, by) if extent not in self._shortened:
                whole = Value(self._counted(of, at))
                self._shortened[extent] = self._computed(lambda: count_shortened(whole, by), at)
                return self._shortened[extent]
            case Shortened(Axis()):
                return self._shortened[extent]
            case Shortened(of, by):
                whole = Value(self._counted(of, at))
                return self._computed(lambda: count_shortened(whole, by), at)
            case Part(of, start, stop):
                whole = Value(self._counted(of, at))
                return self._computed(lambda: count_part(whole, start, stop), at)
            case Joint(first, second):
                one, two = (Value(self._counted(e, at)) for e in (first, second))
                return self._computed(lambda: count_joint(one, two), at)

    def _computed(self, compute: Callable[[], Value], at: Var) -> Atom:
        """A number that is computed in the forward sweep right after a variable is made."""
        builder = Builder()
        builder.line = getattr(self.definitions.get(at), "line", None)
        with builder.block() as statements:
            result = compute().atom
        self.after.setdefault(at, []).extend(statements)
        self.forward_variables.update(v for s in statements for v in targets(s))
        return result

    def length(self, v: Var, before: bool = False) -> Atom:
        """The length that a list has when the current statement is done, or before it runs."""
        assert self.current is not None
        count = Var(f"{v.name}_n", PY_INT, True, 48)
        made = Instr(count, length, (v,))
        if v in block_arguments(self.current):
            self.after.setdefault(v, []).append(made)
        else:
            side = self.before if before else self.behind
            side.setdefault(self.current, []).append(made)
        self.forward_variables.add(count)
        return count

    def extent_of_item(self, args: tuple[Atom, ...], static: dict[str, Any]) -> Atom | None:
        """An extent of a list's item before the current statement; None if it is the same now."""
        assert self.current is not None and isinstance(args[0], Var)
        if self._keeps_items(args[0]):
            return None
        count = Var("t", PY_INT, True, 48)
        made = Instr(count, item_extent, args, tuple(static.items()))
        self.before.setdefault(self.current, []).append(made)
        self.forward_variables.add(count)
        return count

    def _keeps_items(self, xs: Var) -> bool:
        """Whether the items of a list stay in their places from the current statement on."""
        assert self.current is not None
        if any(self.storage.group(p) is self.storage.group(xs) for p in self.function.params):
            return False  # nobody knows here what becomes of it
        return self.storage.is_stable(xs, self.current, among=_moves_items)

    def list_shadow(self, v: Var, adjoints: Adjoints) -> Atom:
        """The list that collects the adjoint of a list, made where first needed."""
        known = adjoints.get(v)
        if known is None:
            known = self.zero(v)
            adjoints.set(v, known)
        return known

    def dims(self, v: Var) -> list[Atom]:
        assert isinstance(v.kind, Array)
        return [self.builder.value(dim, v, axis=axis) for axis in range(v.kind.ndim)]

    def in_full(self, adjoint: Atom, v: Var) -> Atom:
        """An adjoint in the shape of its variable: one number may stand for all elements."""
        if isinstance(v.kind, Array) and not isinstance(adjoint.kind, Array):
            return self.builder.value(broadcast_to, adjoint, *self.dims(v))
        return adjoint

    def accumulates_in_place(self, v: Var) -> bool:
        return v in self.in_place or v in self.shadows

    def shadow(self, v: Var) -> Var:
        """The array that collects the adjoint of ``v``, made where first needed."""
        known = self.shadows.get(v)
        if known is not None:
            return known
        assert v in self.in_place, f"{v} has an adjoint that is rebound"
        if v in self.function.joins:
            self.shadows[v] = self._shadow_of_join(v, self.function.joins[v])
            return self.shadows[v]
        made = self.definitions.get(v)
        if self.is_mirrored(v):
            assert isinstance(made, Instr) and isinstance(made.args[0], Var)
            base = self.shadow(made.args[0])
            shadow = self.builder.value(made.primitive, base, *made.args[1:], **made.options)
        else:
            shadow = self.zero(v)
        assert isinstance(shadow, Var)
        shadow.name, shadow.temporary = f"{v.name}_bar", False
        self.shadows[v] = shadow
        return shadow

    def _shadow_of_join(self, v: Var, source: Source) -> Var:
        """The shadow of the array that ``v`` is; all that it may be have one from here on."""
        match source:
            case Var():
                return self.shadow(source)
            case New(array):
                if array not in self.shadows:  # it is like `v`, or never made
                    made = self.zero(v)
                    assert isinstance(made, Var)
                    made.name, made.temporary = f"{array.name}_bar", False
                    self.shadows[array] = made
                return self.shadows[array]
            case Select(test, then, orelse):
                parts = [self._shadow_of_part(v, part) for part in (then, orelse)]
                return self._one_of(v, test, *parts)
            case Numbered(number, among):
                *others, last = (self._shadow_of_part(v, part) for part in among)
                for k, other in reversed(list(enumerate(others))):
                    with self.builder.block() as statements:
                        test = self.builder.value(equal, number, Const(k, PY_INT))
                        result = self._one_of(v, test, other, last)
                    last = Block(tuple(statements), (result,))
                for statement in last.statements:
                    self.builder.add(statement)
                (shadow,) = last.yields
                assert isinstance(shadow, Var)
                return shadow

    def _shadow_of_part(self, v: Var, source: Source) -> Block:
        """The shadow of one arm's array; a view of another is made only if the arm is taken."""
        if not isinstance(source, Var) or source in self.shadows or not self.is_mirrored(source):
            return Block((), (self._shadow_of_join(v, source),))
        chain: list[Instr] = []
        while self.is_mirrored(source) and source not in self.shadows:
            made = self.definitions[source]
            assert isinstance(made, Instr) and isinstance(made.args[0], Var)
            chain.append(made)
            source = made.args[0]
        shown: Atom = self.shadow(source)
        with self.builder.block() as statements:
            for step in reversed(chain):
                shown = self.builder.value(step.primitive, shown, *step.args[1:], **step.options)
        return Block(tuple(statements), (shown,))

    def _one_of(self, v: Var, test: Atom, one: Block, two: Block) -> Var:
        result = Var(f"{v.name}_bar", v.kind)
        self.builder.add(If(test, one, two, (result,), self.builder.line))
        return result

    def is_reference(self, v: Var) -> bool:
        """Whether the shadow of ``v`` is that of another array, or a view of it."""
        return (v in self.function.joins and v in self.active) or self.is_mirrored(v)

    def is_mirrored(self, v: Var) -> bool:
        """Whether the shadow of ``v`` is a view of another shadow, as ``v`` is of its array."""
        made = self.definitions.get(v)
        return (
            isinstance(made, Instr)
            and made.primitive.mirrored
            and isinstance(v.kind, Array)
            and made.args[0] in self.active
            and isinstance(made.args[0], Var)
            and self.accumulates_in_place(v)
        )

    def existing_shadow(self, v: Var) -> Var | None:
        """The shadow of ``v`` if anything was added to it, or to an array that it views."""
        return self.shadow(v) if self.has_shadow(v) else None

    def has_shadow(self, v: Var) -> bool:
        """Whether anything was added to the shadow of ``v``, or of an array that it may view."""
        if v in self.shadows:
            return True
        if v in self.function.joins:
            return any(map(self.has_shadow, arrays_in(self.function.joins[v])))
        made = self.definitions.get(v)
        if not self.is_mirrored(v):
            return False
        assert isinstance(made, Instr) and isinstance(made.args[0], Var)
        return self.has_shadow(made.args[0])

    def prepare_shadows(self, statement: Statement, adjoints: Adjoints) -> None:
        """Make the shadows that the reverse of a compound statement adds to, outside of it."""
        taken_over = _taken_over(statement) if isinstance(statement, If) else set()
        for v in read_inside(statement):
            if isinstance(v.kind, List) and v in self.active and v not in taken_over:
                self.list_shadow(v, adjoints)
            if isinstance(v.kind, Array) and v in self.active and self.accumulates_in_place(v):
                self.shadow(v)
        for head in block_arguments(statement):
            if head in self.function.joins and head in self.active:
                for v in arrays_in(self.function.joins[head]):
                    self.shadow(v)

    def scatter(self, operand: Atom, term: Scatter) -> None:
        assert isinstance(operand, Var)
        value = as_kind(term.value, adjoint_kind(operand.kind))
        shadow = Value(self.shadow(operand))
        accumulate(shadow, value, *term.index, pattern=term.pattern)

    def as_read(self, a: Atom, reader: Statement) -> Atom:
        """An operand as it was when ``reader`` read it: a copy if it is overwritten later."""
        if not isinstance(a, Var) or self.storage.is_stable(a, reader):
            return a
        kept = Var(f"{a.name}_was", a.kind)
        if holds_arrays(a.kind) and self.parts_items:
            made = Instr(kept, list_copies, (a,))
        elif isinstance(a.kind, List):
            made = Instr(kept, list_slice, (a,), (("inside", True), ("pattern", "000")))
        else:
            made = Instr(kept, copy, (a,))
        self.before.setdefault(reader, []).append(made)
        self._copied(kept, a)
        return kept

    def as_left(self, a: Var, writer: Statement) -> Atom:
        """An operand as it was when ``writer``, which writes into it, was done."""
        if self.storage.is_stable(a, writer, after=True):
            return a
        kept = Var(f"{a.name}_was", a.kind)
        self.behind.setdefault(writer, []).append(Instr(kept, copy, (a,)))
        self._copied(kept, a)
        return kept

    def as_made(self, v: Var, maker: Statement) -> Atom:
        """A result as it was when it was made."""
        if self.storage.is_stable(v, maker):
            return v
        kept = Var(f"{v.name}_was", v.kind)
        self.after.setdefault(v, []).append(Instr(kept, copy, (v,)))
        self._copied(kept, v)
        return kept

    def _copied(self, kept: Var, original: Var) -> None:
        self.forward_variables.add(kept)
        if isinstance(original.kind, Array):
            for axis in range(original.kind.ndim):  # a copy has the extents of its original
                self._extents[kept, axis] = self.extent(original, axis)


def _moves_items(s: Statement) -> bool:
    """Whether other items may be at the places of a list after a statement that changes it."""
    if isinstance(s, Call):
        inner = (t for f in called_functions(s.function) for t in walk(f.body))
        return any(isinstance(t, Instr) and _moves_items(t) for t in inner)
    return isinstance(s, Instr) and s.primitive.writes and s.primitive not in PART_WRITES


def variables_in(block: Block) -> set[Var]:
    found: set[Var] = set()
    for statement in walk(block):
        found.update(targets(statement))
        found.update(block_arguments(statement))
    return found


def _all_variables(function: Function) -> set[Var]:
    return variables_in(function.body) | set(function.params)


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
    them, or passed to a function, which adds to their shadow; or a view of them is.
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
    arrays = (v for v in _all_variables(function) if isinstance(v.kind, Array))
    found |= {v for v in arrays if storage.is_written(v)}
    for s in reversed(list(walk(function.body))):
        if isinstance(s, Instr) and s.primitive.mirrored and s.target in found:
            use(s.args[:1], set(), True)
    return found


def _scatters(s: Statement) -> bool:
    return isinstance(s, Instr) and (s.primitive is index or s.primitive.scatters)


def read_inside(statement: Statement) -> list[Var]:
    """The outer variables that the blocks of a compound statement read, its heads aside."""
    own = set(block_arguments(statement))
    found: dict[Var, None] = {}
    defined: set[Var] = set()
    for block in blocks(statement):
        found.update((v, None) for v in free_variables(block) if v not in own | defined)
        defined |= definitions_in(block.statements).keys()
    return list(found)


def _taken_over(statement: Statement) -> set[Atom]:
    """The atoms that go by another name after a compound statement or a part of it."""
    found: set[Atom] = set()
    for block in blocks(statement):
        found.update(block.yields)
        for inner in walk(block):
            found.update(getattr(inner, "inits", ()))
            found.update(a for child in blocks(inner) for a in child.yields)
    return found
