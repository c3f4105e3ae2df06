"""The variables that a loop carries: its heads.

Their kinds are found by running the body with the kinds that they have on entry; where the body
makes a variable of another kind, the head is widened and the body is run again:

    y = 0                      first with y: int; the body yields a float;
    for i in range(n):         then with y: float, starting from 0.0
        y = y + x
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from diffpy.kinds import (
    PY_BOOL,
    Array,
    Scalar,
)
from diffpy.rules import operators
from diffpy.rules.operators import is_python
from diffpy.transform.build import closed
from diffpy.transform.ir import (
    Atom,
    Const,
    Statement,
    Var,
)
from diffpy.transform.specialise_frames import FALSE, NOT_LEFT, TRUE, Environment
from diffpy.transform.specialise_joins import Arm
from diffpy.transform.specialise_layouts import (
    names_of_leaves,
    reasons_of,
    unify,
)
from diffpy.transform.specialise_scopes import Image, is_cell, scope_serial, serial_of_cell
from diffpy.transform.specialise_statements import Statements
from diffpy.transform.specialise_storage import Group
from diffpy.transform.values import (
    UNBOUND,
    Abstract,
    Composite,
    Layout,
    atoms_of,
    is_array,
    is_atom,
    kinds_of,
    layout_of,
    refill,
)

_MOST_ROUNDS = 24


@dataclass(eq=False)
class Carrying:
    """What the variables of a loop are assumed to be at the start of each iteration."""

    layouts: dict[str, Layout]
    #: the else part
    orelse: list[Any] = field(default_factory=list)
    #: names for objects that are others after each iteration
    objects: set[str] = field(default_factory=set)
    #: names whose arrays stay the same, see `_names_updated`
    updated: set[str] = field(default_factory=set)
    groups: dict[tuple[str, int], Group] = field(default_factory=dict)
    #: array heads that have a group of their own, and those that turned out not to
    own: set[tuple[str, int]] = field(default_factory=set)
    shared: set[tuple[str, int]] = field(default_factory=set)
    #: leaves that are numbers of Python's after some iteration, and NumPy's here
    unsettled: set[tuple[str, int]] = field(default_factory=set)
    #: scopes made later belong to the body
    scopes: int = field(default_factory=lambda: next(scope_serial))
    #: groups made later belong to arrays that the body makes
    mark: int = field(default_factory=lambda: Group(fresh=True).serial)


@dataclass(eq=False)
class _Carried:
    """The variables of a loop, leaf by leaf."""

    heads: list[Var] = field(default_factory=list)
    inits: list[Atom] = field(default_factory=list)
    yields: list[Atom] = field(default_factory=list)
    results: list[Var] = field(default_factory=list)


class Heads(Statements):
    """What for and while have in common."""

    def _loop(
        self,
        node: Any,
        test: Callable[[], Atom] | None,
        body: Callable[[], None],
        finish: Callable[..., Statement | None],
        endless: Callable[[], bool] = lambda: False,
        orelse: list[Any] | None = None,
    ) -> None:
        names = self.definition.liveness.names(self.definition.liveness.carried(node))
        self._known_groups()
        orelse = node.orelse if orelse is None else orelse
        heads = Carrying({name: layout_of(self.env.get(name)) for name in names}, orelse)
        heads.updated = _names_updated(node)
        for _ in range(_MOST_ROUNDS):
            arm = self.arm()
            head_vars = self._enter(arm, heads)
            groups = [*self._known_groups(), *heads.groups.values()]
            roots = [*map(self.storage.root, groups)]
            test_statements: list[Statement] = []
            proceed: Atom = TRUE
            self.loops.append(False)
            if test is not None:
                outside, self.env = self.env, arm.env
                try:
                    with self.builder.reopened(test_statements):
                        proceed = test()
                finally:
                    self.env = outside
            self.run_arm(arm, body)
            broken = self.loops.pop()
            # a store early in the body did not know what was joined further down
            settled = roots == [*map(self.storage.root, groups)]
            if not self._widen(node, heads, head_vars, arm) and settled:
                break
        else:
            raise self.unsupported("the kinds of this loop's variables do not settle")
        if isinstance(proceed, Const) and not proceed.value:
            return  # the loop is never entered
        self._finish(
            node, heads, head_vars, arm, (test_statements, proceed), finish, broken, endless()
        )

    def _enter(self, arm: Arm, heads: Carrying) -> dict[str, Abstract]:
        """Heads of the assumed layouts, bound at the start of the body."""
        found: dict[str, Abstract] = {}
        for name, layout in heads.layouts.items():
            hints = names_of_leaves(name, layout)
            atoms = [Var(hint, kind) for hint, kind in zip(hints, kinds_of(layout))]
            for atom, start in zip(atoms, atoms_of(self.env.get(name))):
                atom.mixed = self.is_mixed(start) or atom.kind != start.kind
                atom.unsettled = self._is_unsettled_as(start, atom)
            for i, atom in enumerate(atoms):
                atom.unsettled |= (name, i) in heads.unsettled
            before = list(atoms_of(self.env.get(name)))
            same = layout_of(self.env.get(name)) == layout
            for i, var in enumerate(atoms):
                if isinstance(var.kind, Array):
                    key = (name, i)
                    if name in heads.updated and same:
                        init = before[i]
                        assert isinstance(init, Var)
                        atoms[i] = init
                        continue
                    if key not in heads.groups:
                        first = before[i] if same else None
                        heads.groups[key] = self._head_group(heads, key, first)
                    self.storage.join(var, heads.groups[key])
            found[name] = refill(layout, iter(atoms))
            arm.env.names[name] = found[name]
            if any(isinstance(a.kind, Array) for a in atoms):
                self.array_names[name] = None
        arm.env.names.update(NOT_LEFT)
        return found

    def _widen(self, node: Any, heads: Carrying, head_vars: dict[str, Abstract], arm: Arm) -> bool:
        """Take note of what the body made of the heads; whether it must be run again."""
        entered = list(heads.layouts)
        changed = self._carry_rebound(heads, arm.env)
        changed = self.carry_objects(node, heads, arm.env) or changed
        env = arm.env
        if env.dead:
            return changed
        ends: dict[tuple[str, int], Group] = {}
        for name in entered:
            assumed = heads.layouts[name]
            if not self._contributes(env, name):
                continue
            value = env.widened(name)
            try:
                layout = unify(assumed, layout_of(value), name)
            except TypeError as error:
                self.node = node
                raise self.error(str(error), *reasons_of(error)) from error
            if layout != assumed:
                heads.layouts[name] = layout
                for key in [k for k in heads.groups if k[0] == name]:
                    del heads.groups[key]
                    heads.own.discard(key)
                changed = True
            pairs = [*zip(atoms_of(value), atoms_of(head_vars[name]))]
            if is_atom(value) or layout_of(value) == layout == assumed:
                late = {(name, i) for i, pair in enumerate(pairs) if self._is_unsettled_as(*pair)}
                changed = changed or not late <= heads.unsettled
                heads.unsettled |= late
            if layout_of(value) == layout == assumed:
                for i, (atom, head) in enumerate(pairs):
                    if not isinstance(atom, Var) or not isinstance(atom.kind, Array):
                        continue
                    if (name, i) in heads.groups:
                        ends[name, i] = self.storage.group(atom)
                    elif atom is not head:
                        heads.updated.discard(name)
                        changed = True
        return self._merge_groups(heads, ends) or changed

    def _is_unsettled_as(self, value: Atom, head: Atom) -> bool:
        """Whether a number is, or may be, one of Python's where the head of a loop is NumPy's."""
        if not isinstance(head.kind, Scalar) or head.kind.python:
            return False
        return self.is_unsettled(value) or is_python(value.kind)

    def carry_objects(self, node: Any, heads: Carrying, env: Environment) -> bool:
        """Carry what objects hold where a name is another object after each iteration."""
        raise NotImplementedError

    def _carry_rebound(self, heads: Carrying, env: Environment) -> bool:
        """Carry also what calls in the body rebind; whether there is more of it."""
        more = [
            name
            for name in env.names
            if name not in heads.layouts
            and (
                serial_of_cell(name) < heads.scopes
                if is_cell(name)
                else name in self.definition.rebound
            )
        ]
        heads.layouts.update((name, layout_of(self.env.get(name))) for name in more)
        return bool(more)

    def _finish(
        self,
        node: Any,
        heads: Carrying,
        head_vars: dict[str, Abstract],
        arm: Arm,
        test: tuple[list[Statement], Atom],
        finish: Callable[..., Statement | None],
        broken: bool,
        endless: bool,
    ) -> None:
        """Emit the loop and bind its results."""
        env = arm.env
        carried = _Carried()
        after: dict[str, Abstract] = {}
        for name, layout in heads.layouts.items():
            start = self.coerce(self.env.get(name), layout)
            lost = not self._contributes(env, name)
            with self.builder.reopened(arm.statements):
                end = head_vars[name] if lost else self.coerce(env.widened(name), layout)
            after[name] = self._carry(carried, heads, name, layout, (start, head_vars[name], end))
        exits = FALSE if env.dead else env.flag("%exit")
        ways = {"%returned": "%result", "%raised": "%error"}
        leaving = {f: env.flag(f) for f in ways if not env.dead and env.flag(f) is not FALSE}
        flags: dict[str, Atom] = {}
        if broken or not endless or len(leaving) > 1:
            flags.update(leaving)
        if heads.orelse and broken:
            flags["%exit"] = exits
        left: dict[str, Abstract] = {"%returned": TRUE, "%raised": TRUE, "%exit": FALSE}
        for name, flag in flags.items():
            head = Var(next(names_of_leaves(name, PY_BOOL)), PY_BOOL, True)
            left[name] = self._carry(carried, heads, name, PY_BOOL, (FALSE, head, flag))
        for way in leaving:
            name = ways[way]
            self._carry_made(carried, heads, env, env.get(name))
            self.env.names[name] = self._carry_result(carried, heads, name, env.get(name))
            self.env.names[way] = left[way]
        has_exits = exits is not FALSE
        statement = finish(
            tuple(carried.heads),
            tuple(carried.inits),
            closed(test[0], test[1]),
            closed(arm.statements, *carried.yields, *((exits,) if has_exits else ())),
            tuple(carried.results),
            has_exits,
        )
        assert statement is not None
        self.builder.add(statement)
        for name, value in after.items():
            self.bind(name, value)
        if not endless or broken:
            exited = left["%exit"]
            assert isinstance(exited, Var | Const)
            self._after_loop(node, heads.orelse, exited)
        elif not leaving:
            self.env.dead = True
        else:
            self.env.names.update({"%jump": TRUE, "%exit": TRUE})

    def _carry(
        self,
        carried: _Carried,
        heads: Carrying,
        name: str,
        layout: Layout,
        values: tuple[Abstract, Abstract, Abstract],
    ) -> Abstract:
        """Carry a variable by its values before the loop, at its head and after an iteration."""
        leaves = zip(*map(atoms_of, values), names_of_leaves(name, layout))
        atoms: list[Atom] = []
        for i, (init, head, last, hint) in enumerate(leaves):
            assert isinstance(head, Var)
            if init is head is last:  # an array that is only updated in place
                atoms.append(head)
                continue
            result = Var(hint, head.kind, name.startswith("%"))
            result.mixed = any(map(self.is_mixed, (init, head, last)))
            result.unsettled = any(map(self.is_unsettled, (init, head, last)))
            carried.heads.append(head)
            carried.inits.append(init)
            carried.yields.append(last)
            carried.results.append(result)
            atoms.append(result)
            if isinstance(head.kind, Array):
                group = Group(fresh=True)
                if (name, i) not in heads.own:
                    group = self.storage.group(head)
                    if isinstance(init, Var):
                        group = self.storage.join(init, group)
                self.storage.join(result, group)
        return refill(layout, iter(atoms))

    def _carry_result(
        self, carried: _Carried, heads: Carrying, name: str, value: Abstract
    ) -> Abstract:
        """Carry what a return inside of the loop returns; before it there is nothing to read."""
        layout = layout_of(value)
        hints = names_of_leaves(name, layout)
        head = refill(layout, (Var(h, k, True) for h, k in zip(hints, kinds_of(layout))))
        for var, atom in zip(atoms_of(head), atoms_of(value)):
            if is_array(var) and isinstance(var, Var) and isinstance(atom, Var):
                self.storage.join(var, self.storage.group(atom))
        return self._carry(carried, heads, name, layout, (self.dummy(layout), head, value))

    def _carry_made(
        self, carried: _Carried, heads: Carrying, env: Environment, leaving: Abstract
    ) -> None:
        """Carry what objects hold that the body made and that leave the loop."""
        if not isinstance(leaving, Composite):
            return
        for item in leaving.items:
            self._carry_made(carried, heads, env, item)
        state = getattr(leaving.form, "state", None)
        if not isinstance(state, Image) or state.serial < heads.scopes:
            return
        for attribute in state.attributes:
            cell = state.cell(attribute)
            held = env.get(cell)
            if held is UNBOUND or cell in self.env.names:
                continue
            self.bind(cell, self._carry_result(carried, heads, cell, held))
            self._carry_made(carried, heads, env, held)

    def _after_loop(self, node: Any, orelse: list[Any], exited: Atom) -> None:
        """The else part, which runs unless the loop was left; then only a return goes on."""
        gone = self.either(self.env.flag("%returned"), self.env.flag("%raised"))
        self.env.names["%exit"] = self.env.names["%jump"] = gone
        if not orelse or self.env.dead:
            return
        after = self.definition.liveness.after(node)
        if isinstance(exited, Const):
            if not exited.value:
                self.run(orelse, after)
            return
        left, rest = self.arm(), self.arm()
        self.run_arm(rest, lambda: self.run(orelse, after))
        self.merge(exited, left, rest, after)

    def either(self, first: Atom, second: Atom) -> Atom:
        """``first or second`` of two flags."""
        for one, other in ((first, second), (second, first)):
            if isinstance(one, Const):
                return TRUE if one.value else other
        return self.builder.value(operators.logical_or, first, second)

    # --- arrays that a loop carries ---

    def _head_group(self, heads: Carrying, key: tuple[str, int], init: Atom | None) -> Group:
        """The group of a head: one of its own where nothing else shows the same memory."""
        if not isinstance(init, Var):
            return Group(fresh=True)
        group = self.storage.group(init)
        if not group.fresh or group.params or key in heads.shared:
            return group
        sharing = 0
        for name in self.array_names:
            for i, atom in enumerate(atoms_of(self.env.get(name))):
                if (
                    isinstance(atom, Var)
                    and isinstance(atom.kind, Array)
                    and self.storage.group(atom) is group
                ):
                    sharing += 1
                    if (name, i) != key:
                        return group
        heads.own.add(key)
        return Group(fresh=True)

    def _known_groups(self) -> list[Group]:
        """Groups are counted from when they are asked for; those from outside come first."""
        return [
            self.storage.group(atom)
            for name in self.array_names
            for atom in atoms_of(self.env.get(name))
            if isinstance(atom, Var) and isinstance(atom.kind, Array)
        ]

    def _merge_groups(self, heads: Carrying, ends: dict[tuple[str, int], Group]) -> bool:
        """Compare the arrays that heads end with to what was assumed; whether to run again.

        Heads with a group of their own may be exchanged (``u, w = w, u``) or become new arrays; if
        two of them end as one array, or one as another array from outside, they share a group.
        """
        own: dict[Group, tuple[str, int]] = {}
        seen: dict[Group, tuple[str, int]] = {}
        wrong: set[tuple[str, int]] = set()
        for key in sorted(heads.own):
            group = self.storage.root(heads.groups[key])
            if group in own or group.serial < heads.mark:  # joined with another in the body
                wrong |= {key, own.get(group, key)}
            own[group] = key
        for key, group in ends.items():
            known = group in own or (group.fresh and group.serial > heads.mark)
            if key in heads.own and not known:
                wrong.add(key)
            if key not in heads.own and group in own:
                wrong.add(own[group])
            if group in seen and (key in heads.own or seen[group] in heads.own):
                wrong |= {key, seen[group]}
            seen[group] = key
        if wrong & heads.own:
            # What is exchanged among several heads is shared by all of them.
            for key in list(heads.own):
                heads.shared.add(key)
                heads.own.discard(key)
                del heads.groups[key]
            return True
        changed = False
        for key, group in ends.items():
            if key not in heads.own:
                changed |= self._merge_group(heads, key, group)
        return changed

    def _merge_group(self, heads: Carrying, key: tuple[str, int], other: Group) -> bool:
        mine = self.storage.root(heads.groups[key])
        if other is mine:
            return False
        fresh = mine.fresh
        matters = other.serial < heads.mark or any(
            self.storage.root(g) is other for k, g in heads.groups.items() if k != key
        )
        heads.groups[key] = self.storage.union(mine, other)
        return matters or heads.groups[key].fresh != fresh


def _names_updated(node: Any) -> set[str]:
    """The names that a loop assigns to by ``+=`` and the like only: their arrays stay the same."""
    targets = [n.target for n in gast.walk(node) if isinstance(n, gast.AugAssign)]
    updated = {id(t): t.id for t in targets if isinstance(t, gast.Name)}
    bound = {
        n.id
        for n in gast.walk(node)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load) and id(n) not in updated
    }
    return set(updated.values()) - bound
