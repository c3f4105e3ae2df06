"""Where two ways of control meet: one value for each variable that differs.

if c:                 If(c):                  y = y_1 if c, y_2 otherwise; an int becomes a
    y = 1                 yield 1.0           float in its own branch
else:                 else:
    y = x * 2             yield t
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from diffpy.errors import KindError
from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    Array,
    Kind,
    List,
    Scalar,
)
from diffpy.rules import containers, operators, structural, tables
from diffpy.rules.notation import Value
from diffpy.rules.operators import is_python
from diffpy.transform.build import closed
from diffpy.transform.ir import (
    Atom,
    Const,
    If,
    Statement,
    Var,
)
from diffpy.transform.specialise_frames import (
    FALSE,
    FLAGS,
    NOT_LEFT,
    SPECIAL,
    TRUE,
    Environment,
    Frame,
)
from diffpy.transform.specialise_layouts import (
    DROPPED,
    atom_key,
    fits,
    names_of_leaves,
    reasons_of,
    same_atom,
    unify,
    zero,
)
from diffpy.transform.specialise_scopes import is_cell, scope_serial, serial_of_cell
from diffpy.transform.values import (
    UNBOUND,
    UNION,
    Abstract,
    Composite,
    CompositeLayout,
    DictForm,
    GrowingForm,
    Layout,
    Left,
    MappingForm,
    MaybeForm,
    RowForm,
    Unbound,
    UnionForm,
    Unreachable,
    atoms_of,
    is_impossible,
    is_nothing,
    kinds_of,
    layout_of,
    refill,
)


@dataclass(eq=False)
class Arm:
    """One way: what it assigned and the statements that do so."""

    env: Environment
    statements: list[Statement] = field(default_factory=list)
    #: objects made later are made in this arm or in the other one
    start: int = field(default_factory=lambda: next(scope_serial))


def _is_union(layout: Layout) -> bool:
    return isinstance(layout, CompositeLayout) and isinstance(layout.form, UnionForm)


class Joining(Frame):
    """Branches and joins."""

    def arm(self) -> Arm:
        return Arm(Environment(self.env))

    def run_arm(self, arm: Arm, action: Callable[[], Abstract | None]) -> None:
        """Let ``action`` emit into an arm; its result, if any, becomes the arm's value."""
        outside, self.env = self.env, arm.env
        depth = len(self.guards)
        try:
            with self.builder.reopened(arm.statements):
                try:
                    result = action()
                    if result is not None:
                        self.env.names["%value"] = result
                except Unreachable:
                    self.env.dead = True
                except Left:
                    pass
                self.close_guards(depth)
        finally:
            del self.guards[depth:]
            self.env = outside

    # --- expressions that may be left in the middle ---

    def go_on(self) -> None:
        """Put the rest of this statement behind a test, if an exception may be on its way."""
        if self.env.dead:
            raise Unreachable
        jump = self.env.flag("%jump")
        if isinstance(jump, Const):
            if jump.value:
                raise Left
            return
        skip, rest = self.arm(), self.arm()
        skip.env.names.update((f, TRUE) for f in FLAGS if self.env.flag(f) is jump)
        rest.env.names.update(NOT_LEFT)
        self.guards.append((jump, skip, rest, self.env))
        self.env = rest.env
        self.builder.open(rest.statements)

    def close_guards(self, depth: int) -> None:
        """End what stands behind the tests that were set since there were ``depth``."""
        while len(self.guards) > depth:
            jump, skip, rest, outside = self.guards.pop()
            self.builder.close()
            self.env = outside
            self.merge(jump, skip, rest, -1)

    def joined_value(self) -> Abstract:
        """The value of an expression whose arms were merged."""
        value = self.env.names.pop("%value", UNBOUND)
        self.go_on()
        return value

    def choose(
        self,
        test: bool | Atom,
        then: Callable[[], Abstract],
        orelse: Callable[[], Abstract],
    ) -> Abstract:
        """``then() if test else orelse()`` as an expression: only one of them runs."""
        if isinstance(test, Const):
            test = bool(test.value)
        if isinstance(test, bool):
            return then() if test else orelse()
        first, second = self.arm(), self.arm()
        self.run_arm(first, then)
        self.run_arm(second, orelse)
        self.merge(test, first, second, -1)
        return self.joined_value()

    def merge(self, test: Atom, then: Arm, orelse: Arm, live: int) -> None:
        """Emit the If of two finished arms and join what they assigned."""
        results: list[Var] = []
        pairs: dict[tuple[str, str], tuple[Var, Atom, Atom]] = {}
        if then.env.dead and orelse.env.dead:
            self.env.dead = True
        else:
            bits = self.definition.liveness.bits
            self.live = live
            outside = self.env
            self.env = Environment(outside)  # the arms see through to what was there before
            for name in dict.fromkeys((*then.env.names, *orelse.env.names)):
                if name not in SPECIAL and not is_cell(name) and not bits.get(name, 0) & live:
                    self.env.names[name] = DROPPED
                    continue
                self._join_name(test, name, then, orelse, results, pairs)
            outside.names.update(self.env.names)
            self.env = outside
        if results or then.statements or orelse.statements:
            yields = list(pairs.values())
            self.builder.add(
                If(
                    test,
                    closed(then.statements, *(a for _, a, _ in yields)),
                    closed(orelse.statements, *(b for _, _, b in yields)),
                    tuple(results),
                    self.builder.line,
                )
            )

    def _contributes(self, env: Environment, name: str) -> bool:
        if env.dead:
            return False
        if name in ("%result", "%error", "%value") and env.get(name) is UNBOUND:
            return False
        if name in SPECIAL or is_cell(name) or name in self.definition.captured:
            return True
        returned = env.flag("%returned")
        if not (isinstance(returned, Const) and returned.value):
            return True
        return bool(self.definition.liveness.bits.get(name, 0) & self.awaited)

    def _as_flag(self, test: Atom, first: Atom, second: Atom, special: bool) -> Atom | None:
        """``True if test else False`` is the test itself."""
        if first.kind != PY_BOOL or second.kind != PY_BOOL:
            return None
        if not (isinstance(first, Const) and isinstance(second, Const)):
            return None
        if test.kind != PY_BOOL and not special:
            return None
        if test.kind != PY_BOOL and first.value:
            return self.builder.value(structural.convert, test, kind=PY_BOOL)
        return test if first.value else self.builder.value(operators.logical_not, test)

    def _join_name(
        self,
        test: Atom,
        name: str,
        then: Arm,
        orelse: Arm,
        results: list[Var],
        pairs: dict[tuple[str, str], tuple[Var, Atom, Atom]],
    ) -> None:
        first, second = then.env.widened(name), orelse.env.widened(name)
        if name in FLAGS:
            first, second = then.env.flag(name), orelse.env.flag(name)
        one, two = self._contributes(then.env, name), self._contributes(orelse.env, name)
        if is_cell(name) and serial_of_cell(name) > min(then.start, orelse.start):
            # an object that one arm made is none of the other's
            one, two = one and then.env.knows(name), two and orelse.env.knows(name)
        if not one and not two:
            return
        if first is second:
            self.bind(name, first)
            return
        if one and two:
            try:
                layout = unify(layout_of(first), layout_of(second), name)
            except TypeError as error:
                raise self.error(str(error), *reasons_of(error)) from error
        else:
            layout = layout_of(first if one else second)
        with self.builder.reopened(then.statements):
            left = self.coerce(first, layout) if one else self.dummy(layout, first)
        with self.builder.reopened(orelse.statements):
            right = self.coerce(second, layout) if two else self.dummy(layout, second)
        atoms: list[Atom] = []
        hints = names_of_leaves(name, layout)
        for a, b, hint in zip(atoms_of(left), atoms_of(right), hints):
            if same_atom(a, b):
                atoms.append(a if self.is_mixed(a) else b)
                continue
            flag = self._as_flag(test, a, b, name in SPECIAL)
            if flag is not None:
                atoms.append(flag)
                continue
            key = (atom_key(a), atom_key(b))
            if key not in pairs:
                temporary = name.startswith("%")
                result = Var(hint, a.kind, temporary, max(a.bits, b.bits))
                result.mixed = self.is_mixed(a) or self.is_mixed(b)
                result.unsettled = self.is_unsettled(a) or self.is_unsettled(b)
                pairs[key] = (result, a, b)
                results.append(result)
                if isinstance(a.kind, Array):
                    for atom, real in ((a, one), (b, two)):
                        if real and isinstance(atom, Var):
                            self.storage.join(result, self.storage.group(atom))
            atoms.append(pairs[key][0])
        self.bind(name, refill(layout, iter(atoms)))

    # --- conversion to a layout ---

    def coerce(self, value: Abstract, layout: Layout) -> Abstract:
        """A value in another layout that holds it; emits conversions."""
        if layout_of(value) == layout:
            return value
        match layout:
            case Scalar():
                assert isinstance(value, Var | Const)
                converted = self._mixed(self.builder.value(structural.convert, value, kind=layout))
                python = self.is_unsettled(value) or is_python(value.kind)
                return self.unsettled(converted) if python and not layout.python else converted
            case CompositeLayout(form=MaybeForm()):
                if isinstance(value, Unbound):
                    return Composite(layout.form, (FALSE, self.dummy(layout.items[1])))
                if isinstance(value, Composite) and isinstance(value.form, MaybeForm):
                    inner = self.coerce(value.items[1], layout.items[1])
                    return Composite(layout.form, (value.items[0], inner))
                return Composite(layout.form, (TRUE, self.coerce(value, layout.items[1])))
            case CompositeLayout(form=UnionForm()):
                return self._coerce_to_union(value, layout)
            case CompositeLayout(form=GrowingForm()):
                return self._coerce_to_growing(value, layout)
            case CompositeLayout(form=RowForm()):
                return self.as_row(value, layout)
            case CompositeLayout(form=MappingForm()):
                return self._coerce_to_mapping(value, layout)
            case CompositeLayout():
                assert isinstance(value, Composite)
                items = (self.coerce(v, item) for v, item in zip(value.items, layout.items))
                return Composite(layout.form, tuple(items))
            case _:
                raise AssertionError((value, layout))

    def _coerce_to_growing(self, value: Abstract, layout: CompositeLayout) -> Composite:
        """A list as one that grows, of elements of this layout."""
        assert isinstance(value, Composite) and isinstance(layout.form, GrowingForm)
        if isinstance(value.form, GrowingForm):
            return Composite(layout.form, self._widened_lists(value, layout))
        rows = [list(atoms_of(self.coerce(v, layout.form.element))) for v in value.items]
        return Composite(layout.form, self._columns(rows, layout.items))

    def _widened_lists(self, value: Composite, layout: CompositeLayout) -> tuple[Abstract, ...]:
        """The lists of a growing list, for elements that may be something else besides."""
        assert isinstance(value.form, GrowingForm) and isinstance(layout.form, GrowingForm)
        old, new = value.form.element, layout.form.element
        mine = list(value.items)
        if _is_union(new) and old != new:
            assert isinstance(new, CompositeLayout)
            assert isinstance(mine[0], Var)
            count = containers.length(Value(mine[0]))
            before = old.items[1:] if _is_union(old) else (old,)  # type: ignore[union-attr]
            places = [next(i for i, a in enumerate(new.items[1:]) if fits(b, a)) for b in before]
            if _is_union(old) and places != [*range(len(places))]:
                raise KindError("the elements of a list are of several kinds", self.place())
            widths = [sum(1 for _ in kinds_of(b)) for b in before]
            if not _is_union(old):
                tag = containers.list_fill(Value(Const(places[0], PY_INT)), count)
                mine.insert(0, tag.atom)
            given, others = mine[1:], {}
            for place, width in zip(places, widths):
                others[place], given = given[:width], given[width:]
            mine = mine[:1]
            for place, alternative in enumerate(new.items[1:]):
                fresh = (
                    containers.list_fill(Value(self.dummy_atom(kind)), count).atom
                    for kind in (() if place in others else kinds_of(alternative))
                )
                mine += others.get(place, [*fresh])
        if len(mine) != len(layout.items):
            raise KindError("the elements of a list are of several kinds", self.place())
        return tuple(self._converted_list(v, k) for v, k in zip(mine, layout.items))

    def _columns(self, rows: list[list[Atom]], kinds: tuple[Layout, ...]) -> tuple[Atom, ...]:
        """A list of each column of a table of atoms."""
        made: list[Atom] = []
        for j, kind in enumerate(kinds):
            assert isinstance(kind, List)
            column = (row[j] for row in rows)
            made.append(self.builder.value(containers.new_list, *column, item=kind.item))
        return tuple(made)

    def as_row(self, value: Abstract, layout: CompositeLayout) -> Abstract:
        """A list as a row of a family, see `specialise_rows`."""
        raise NotImplementedError

    def _coerce_to_mapping(self, value: Abstract, layout: CompositeLayout) -> Composite:
        """A dict as one whose keys only the running program knows."""
        assert isinstance(value, Composite) and isinstance(layout.form, MappingForm)
        if isinstance(value.form, MappingForm):
            if len(value.items) != len(layout.items):
                raise KindError("the values of a dict are of several kinds", self.place())
            lists = zip(value.items, layout.items)
            return Composite(layout.form, tuple(self._converted_list(v, k) for v, k in lists))
        assert isinstance(value.form, DictForm)
        table = tables.new_table()
        rows = []
        for key, item in zip(value.form.keys, value.items):
            known = self.coerce(self.from_rule(key, "key"), layout.form.key)
            tables.place(table, [Value(atom) for atom in atoms_of(known)])
            rows.append([*atoms_of(known), *atoms_of(self.coerce(item, layout.form.element))])
        return Composite(layout.form, (table.atom, *self._columns(rows, layout.items[1:])))

    def _converted_list(self, value: Abstract, kind: Layout) -> Abstract:
        assert isinstance(value, Var) and isinstance(value.kind, List) and isinstance(kind, List)
        if value.kind == kind:
            return value
        if not isinstance(kind.item, Scalar):
            raise KindError("a list holds arrays of different kinds", self.place())
        numbers = containers.to_array(Value(value))
        converted = structural.as_kind(numbers, Array(kind.item.dtype, 1))
        return containers.from_array(converted, kind.item.python).atom

    def _mixed(self, converted: Atom) -> Atom:
        """Remember of a converted number that Python does not convert it."""
        if isinstance(converted, Var):
            converted.mixed = True
            return converted
        constant = Const(converted.value, converted.kind)
        self.program.mixed[id(constant)] = constant
        return constant

    def is_mixed(self, atom: Abstract) -> bool:
        """Whether a number is of another kind in Python, on some way that leads here."""
        return atom.mixed if isinstance(atom, Var) else id(atom) in self.program.mixed

    def unsettled(self, atom: Atom) -> Atom:
        """A number of NumPy's, which Python's is on some way that leads here."""
        if isinstance(atom, Const):
            return self._mixed(atom)
        atom.unsettled = True
        return atom

    def is_unsettled(self, value: Abstract) -> bool:
        """Whether a number of NumPy's is one of Python's on some way that leads here."""
        if isinstance(value, Var):
            return value.unsettled
        return isinstance(value, Const) and self.is_mixed(value) and not is_python(value.kind)

    def _coerce_to_union(self, value: Abstract, layout: CompositeLayout) -> Composite:
        alternatives = layout.items[1:]

        def position(of: Layout) -> int:
            if of in alternatives:
                return alternatives.index(of)
            return next(i for i, a in enumerate(alternatives) if fits(of, a))

        if isinstance(value, Composite) and isinstance(value.form, UnionForm):
            old, tag = value.items[1:], value.items[0]
            places = [position(layout_of(item)) for item in old]
            items = [self.dummy(a) if i not in places else a for i, a in enumerate(alternatives)]
            filled = [
                self.coerce(old[places.index(i)], a) if i in places else items[i]
                for i, a in enumerate(alternatives)
            ]
            assert isinstance(tag, Var | Const)
            if places != list(range(len(places))):
                tag = self._renumber(tag, places)
            return Composite(UNION, (tag, *filled))  # type: ignore[arg-type]
        place = position(layout_of(value))
        items = [
            self.coerce(value, a) if i == place else self.dummy(a)
            for i, a in enumerate(alternatives)
        ]
        return Composite(UNION, (Const(place, PY_INT), *items))  # type: ignore[arg-type]

    def _renumber(self, tag: Atom, places: list[int]) -> Atom:
        """The tag of another order of the alternatives."""
        result: Atom = Const(places[-1], PY_INT)
        for old, new in reversed(list(enumerate(places[:-1]))):
            test = self.builder.value(operators.equal, tag, Const(old, PY_INT))
            constant = Const(new, PY_INT)
            if not same_atom(constant, result):
                result = self.builder.value(operators.choose, test, constant, result)
        return result

    def dummy(self, layout: Layout, preferred: Abstract = UNBOUND) -> Abstract:
        """A value that nobody reads; ``preferred`` if it has the layout and is at hand."""
        if any(isinstance(k, Array) for k in kinds_of(layout)) and layout_of(preferred) == layout:
            return preferred
        return refill(layout, (self.dummy_atom(kind) for kind in kinds_of(layout)))

    def dummy_atom(self, kind: Kind) -> Atom:
        if isinstance(kind, List):
            return self.builder.value(containers.new_list, item=kind.item)
        if isinstance(kind, Array):
            zeros = [Const(0, PY_INT)] * kind.ndim
            return self.builder.value(structural.empty, *zeros, dtype=kind.dtype)
        assert isinstance(kind, Scalar)
        return zero(kind)

    # --- unions ---

    def distribute(self, values: tuple[Abstract, ...], action: Callable[..., Abstract]) -> Abstract:
        """``action(*values)`` for each alternative of the unions among the values.

        Python raises where an alternative does not fit: where None is used, and what `mistake`
        knows. What only diffpy cannot do is refused.
        """
        for i, value in enumerate(values):
            if not (isinstance(value, Composite) and isinstance(value.form, UnionForm)):
                continue
            tag, *alternatives = value.items
            assert isinstance(tag, Var | Const)

            def attempt(k: int, i: int = i, options: list[Abstract] = alternatives) -> Abstract:
                chosen = (*values[:i], options[k], *values[i + 1 :])
                try:
                    return self.distribute(chosen, action)
                except KindError as error:
                    if not (error.raised or is_nothing(options[k])):
                        raise
                    self.throw(error.raised or "TypeError", error.what)

            def chain(possible: list[int], tag: Atom = tag) -> Abstract:
                if len(possible) == 1:
                    return attempt(possible[0])
                return self.choose(
                    self.builder.value(operators.equal, tag, Const(possible[0], PY_INT)),
                    lambda: attempt(possible[0]),
                    lambda: chain(possible[1:]),
                )

            return chain([k for k, a in enumerate(alternatives) if not is_impossible(a)])
        return action(*values)
