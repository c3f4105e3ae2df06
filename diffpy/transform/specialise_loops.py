"""Loops: for over ranges, arrays, tuples and what is made of them; while.

The variables that a loop carries become its heads. Their kinds are found by running the body with
the kinds that they have on entry; where the body makes a variable of another kind, the head is
widened and the body is run again:

    y = 0                      first with y: int; the body yields a float;
    for i in range(n):         then with y: float, starting from 0.0
        y = y + x
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from diffpy.kinds import PY_BOOL, PY_INT, Array, is_integer
from diffpy.rules.registry import definition_of
from diffpy.transform.build import closed
from diffpy.transform.ir import Atom, Block, Const, For, Statement, Var, While
from diffpy.transform.specialise_frames import FALSE, NOT_LEFT, TRUE
from diffpy.transform.specialise_joins import Arm, names_of_leaves, unify
from diffpy.transform.specialise_statements import Statements
from diffpy.transform.specialise_storage import Group
from diffpy.transform.values import (
    ENUMERATE,
    RANGE,
    REVERSED,
    UNBOUND,
    ZIP,
    Abstract,
    Composite,
    Layout,
    NamedForm,
    Stale,
    Static,
    atoms_of,
    describe_kind,
    is_array,
    is_tuple,
    layout_of,
    refill,
    tuple_of,
)

_LONGEST_UNROLLED = 64
_MOST_ROUNDS = 24


@dataclass(eq=False)
class _Heads:
    """What the variables of a loop are assumed to be at the start of each iteration."""

    layouts: dict[str, Layout]
    stale: dict[str, Stale] = field(default_factory=dict)
    groups: dict[tuple[str, int], Group] = field(default_factory=dict)
    #: array heads that have a group of their own, and those that turned out not to
    own: set[tuple[str, int]] = field(default_factory=set)
    shared: set[tuple[str, int]] = field(default_factory=set)
    #: groups made later belong to arrays that the body makes
    mark: int = field(default_factory=lambda: Group(fresh=True).serial)


class Loops(Statements):
    """How loops are run."""

    # --- sequences ---

    def length(self, value: Abstract) -> Atom:
        """``len(value)``."""
        match value:
            case Var(kind=Array()):
                return self.dim(value, 0)
            case Composite(form=NamedForm(name="range")):
                return self._range_length(*value.items)
            case Composite(form=NamedForm(name="enumerate" | "reversed")):
                return self.length(value.items[0])
            case Composite(form=NamedForm(name="zip")):
                lengths = [self.length(item) for item in value.items]
                meaning = definition_of(min)
                assert meaning is not None
                shortest: Atom = lengths[0]
                for other in lengths[1:]:
                    found = self.run_definition(meaning, "min", (shortest, other), {})
                    assert isinstance(found, Var | Const)
                    shortest = found
                return shortest
            case Composite() if is_tuple(value):
                return Const(len(value.items), PY_INT)
            case Static(value=str() as text):
                return Const(len(text), PY_INT)
        raise self.error(f"a {describe_kind(value)} has no length")

    def _range_length(self, start: Abstract, stop: Abstract, step: Abstract) -> Atom:
        parts = [p.value for p in (start, stop, step) if isinstance(p, Const)]
        if len(parts) == 3:
            return Const(len(range(*parts)), PY_INT)
        if not isinstance(step, Const):
            raise self.unsupported(
                "the length of a range whose step is a variable is needed here",
                "",
                "give the step as a constant",
            )
        first, last = (start, stop) if step.value > 0 else (stop, start)
        span = self.apply(operator.sub, last, first)
        count = abs(step.value)
        if count > 1:
            span = self.apply(operator.add, span, Const(count - 1, PY_INT))
            span = self.apply(operator.floordiv, span, Const(count, PY_INT))
        meaning = definition_of(max)
        assert meaning is not None
        found = self.run_definition(meaning, "max", (Const(0, PY_INT), span), {})
        assert isinstance(found, Var | Const)
        return found

    def item(self, value: Abstract, position: Atom) -> Abstract:
        """Item ``position`` (not negative) of a sequence."""
        match value:
            case Var(kind=Array()):
                return self.subscript(value, position)
            case Composite(form=NamedForm(name="range")):
                start, _, step = value.items
                return self.apply(operator.add, start, self.apply(operator.mul, position, step))
            case Composite(form=NamedForm(name="enumerate")):
                count = self.apply(operator.add, position, value.items[1])
                return tuple_of(count, self.item(value.items[0], position))
            case Composite(form=NamedForm(name="zip")):
                return tuple_of(*(self.item(item, position) for item in value.items))
            case Composite(form=NamedForm(name="reversed")):
                last = self.apply(operator.sub, self.length(value.items[0]), Const(1, PY_INT))
                back = self.apply(operator.sub, last, position)
                assert isinstance(back, Var | Const)
                return self.item(value.items[0], back)
            case Composite() if is_tuple(value):
                return self.subscript(value, position)
        raise self.error(f"a {describe_kind(value)} cannot be iterated over")

    # --- for ---

    def _for(self, node: Any) -> None:
        iterable = self.evaluate(node.iter)
        self.node = node.iter
        self.iterate(node, iterable)

    def iterate(self, node: Any, iterable: Abstract) -> None:
        if not self._is_iterable(iterable):
            raise self.error(f"a {describe_kind(iterable)} cannot be iterated over")
        count = self._known_length(iterable)
        if count is not None:
            if count > _LONGEST_UNROLLED:
                raise self.unsupported(
                    f"a loop over a tuple of {count} items", "it would be unrolled", "use an array"
                )
            self._unrolled(node, iterable, count)
        elif isinstance(iterable, Composite) and iterable.form == RANGE:
            start, stop, step = iterable.items
            assert isinstance(start, Var | Const) and isinstance(stop, Var | Const)
            assert isinstance(step, Var | Const)
            self._counted(node, start, stop, step, lambda index: index)
        else:
            length = self.length(iterable)
            zero, one = Const(0, PY_INT), Const(1, PY_INT)
            self._counted(node, zero, length, one, lambda index: self.item(iterable, index))

    def _is_iterable(self, value: Abstract) -> bool:
        if isinstance(value, Composite) and value.form in (ENUMERATE, REVERSED):
            return self._is_iterable(value.items[0])
        if isinstance(value, Composite) and value.form == ZIP:
            return all(map(self._is_iterable, value.items))
        return (
            is_array(value)
            or is_tuple(value)
            or (isinstance(value, Composite) and value.form == RANGE)
        )

    def _known_length(self, value: Abstract) -> int | None:
        """The length of a tuple, and of what has the length of one."""
        match value:
            case Composite() if is_tuple(value):
                return len(value.items)
            case Composite(form=NamedForm(name="enumerate" | "reversed")):
                return self._known_length(value.items[0])
            case Composite(form=NamedForm(name="zip")):
                known = [self._known_length(item) for item in value.items]
                lengths = [n for n in known if n is not None]
                return min(lengths) if lengths else (None if value.items else 0)
        return None

    def _unrolled(self, node: Any, iterable: Abstract, count: int) -> None:
        """A loop over a tuple: one copy of the body for each item."""
        inside = self.definition.liveness.inside(node)
        self.loops.append(False)

        def iteration(k: int) -> Callable[[], None]:
            def body() -> None:
                self.node = node.iter
                item = self.item(iterable, Const(k, PY_INT))
                self.assign(node.target, item)
                self.run(node.body, inside)
                self.env.names["%jump"] = self.env.flag("%exit")

            return body

        def guarded(k: int) -> Callable[[], None]:
            def action() -> None:
                assert isinstance(iterable, Composite)
                for item in self._others(iterable):
                    ended = self.apply(operator.le, self.length(item), Const(k, PY_INT))
                    assert isinstance(ended, Var | Const)
                    if isinstance(ended, Const) and not ended.value:
                        continue
                    stop, go = self.arm(), self.arm()
                    self.run_arm(stop, lambda: self.env.names.update({"%jump": TRUE}))
                    self.merge(ended, stop, go, inside)

            return action

        steps: list[Any] = []
        for k in range(count):
            if self._others(iterable):
                steps.append(guarded(k))
            steps.append(iteration(k))
        self.run(steps, inside)
        broken = self.loops.pop()
        exited = self.env.flag("%exit")
        self._after_loop(node, exited if broken else FALSE)

    def _others(self, iterable: Abstract) -> list[Abstract]:
        """The parts of a zip whose lengths are not known while compiling."""
        if isinstance(iterable, Composite) and iterable.form == ZIP:
            return [
                item
                for item in iterable.items
                if self._known_length(item) is None or self._others(item)
            ]
        if isinstance(iterable, Composite) and iterable.form in (ENUMERATE, REVERSED):
            return self._others(iterable.items[0])
        return []

    def _counted(
        self, node: Any, start: Atom, stop: Atom, step: Atom, item: Callable[[Atom], Abstract]
    ) -> None:
        """A loop that becomes a For; ``item`` makes the loop variable from the index."""
        for bound in (start, stop, step):
            if not is_integer(bound.kind) and bound.kind != PY_BOOL:
                raise self.error(
                    f"a range is bounded by a {bound.kind}",
                    "a variable that is an int at first and a float later counts as a float",
                    "use int(…)",
                )
        if isinstance(step, Const):
            if step.value == 0:
                self.throw("ValueError", "range() arg 3 must not be zero")
        else:
            wrong = self.apply(operator.eq, step, Const(0, PY_INT))
            assert isinstance(wrong, Var | Const)
            bad, good = self.arm(), self.arm()
            message = "range() arg 3 must not be zero"
            self.run_arm(bad, lambda: self.throw("ValueError", message))
            self.merge(wrong, bad, good, -1)
        hint = _index_name(node.target)
        line = self.builder.line
        index = Var(hint, PY_INT, False, max(start.bits, stop.bits))

        def body() -> None:
            nonlocal index
            index = Var(hint, PY_INT, False, max(start.bits, stop.bits))
            self.assign(node.target, item(index))
            self.run(node.body, self.definition.liveness.inside(node))

        def finish(
            heads: tuple[Var, ...],
            inits: tuple[Atom, ...],
            test: Block,
            block: Block,
            results: tuple[Var, ...],
            exits: bool,
        ) -> Statement:
            return For(index, start, stop, step, heads, inits, block, results, exits, line)

        self._loop(node, None, body, finish)

    # --- while ---

    def _while(self, node: Any) -> None:
        if any(isinstance(n, gast.NamedExpr) for n in gast.walk(node.test)):
            self._while_with_assignment(node)
            return
        line = self.builder.line
        ended = False
        constant = False

        def test() -> Atom:
            nonlocal ended, constant
            found = self.test(node.test)
            if isinstance(found, Const):
                found = bool(found.value)
            ended = found is False
            constant = found is True
            self.narrow(node.test, True)
            return (TRUE if found else FALSE) if isinstance(found, bool) else found

        def body() -> None:
            if not ended:
                self.run(node.body, self.definition.liveness.inside(node))

        def finish(
            heads: tuple[Var, ...],
            inits: tuple[Atom, ...],
            test: Block,
            block: Block,
            results: tuple[Var, ...],
            exits: bool,
        ) -> Statement | None:
            return None if ended else While(test, heads, inits, block, results, exits, line)

        self._loop(node, test, body, finish, lambda: constant)

    def _while_with_assignment(self, node: Any) -> None:
        """``while (y := f()) > 0: …`` as ``while True: if not …: break; …``."""
        raise self.unsupported(
            "an assignment inside the test of a while loop is not supported yet",
            "",
            "write `while True:` and `if not …: break`",
        )

    # --- what both share ---

    def _loop(
        self,
        node: Any,
        test: Callable[[], Atom] | None,
        body: Callable[[], None],
        finish: Callable[..., Statement | None],
        endless: Callable[[], bool] = lambda: False,
    ) -> None:
        names = self.definition.liveness.names(self.definition.liveness.carried(node))
        self._know_groups()
        heads = _Heads({name: layout_of(self.env.get(name)) for name in names})
        for _ in range(_MOST_ROUNDS):
            arm = self.arm()
            head_vars = self._enter(arm, heads)
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
            if not self._widen(node, heads, head_vars, arm):
                break
        else:
            raise self.unsupported("the kinds of this loop's variables do not settle")
        if isinstance(proceed, Const) and not proceed.value:
            return  # the loop is never entered
        self._finish(
            node, heads, head_vars, arm, (test_statements, proceed), finish, broken, endless()
        )

    def _enter(self, arm: Arm, heads: _Heads) -> dict[str, Abstract]:
        """Heads of the assumed layouts, bound at the start of the body."""
        found: dict[str, Abstract] = {}
        for name, layout in heads.layouts.items():
            if name == "%result":
                continue
            hints = names_of_leaves(name, layout)
            atoms = [Var(hint, kind) for hint, kind in zip(hints, _kinds(layout))]
            before = list(atoms_of(self.env.get(name)))
            same = layout_of(self.env.get(name)) == layout
            for i, var in enumerate(atoms):
                if isinstance(var.kind, Array):
                    key = (name, i)
                    if key not in heads.groups:
                        init = before[i] if same else None
                        heads.groups[key] = self._head_group(heads, key, init)
                    self.storage.join(var, heads.groups[key])
            found[name] = refill(layout, iter(atoms))
            arm.env.names[name] = found[name]
            if any(isinstance(a.kind, Array) for a in atoms):
                self.array_names[name] = None
        arm.env.names.update(heads.stale)
        arm.env.names.update(NOT_LEFT)
        return found

    def _widen(self, node: Any, heads: _Heads, head_vars: dict[str, Abstract], arm: Arm) -> bool:
        """Take note of what the body made of the heads; whether it must be run again."""
        changed = False
        env = arm.env
        for name, value in list(env.names.items()):
            if name in heads.layouts or name.startswith("%"):
                continue
            if isinstance(value, Stale) and name not in heads.stale:
                if not isinstance(self.env.get(name), Stale) and self.env.get(name) is not UNBOUND:
                    heads.stale[name] = value
                    changed = True
        if env.dead or not self._contributes(env, "a local name"):
            return changed
        ends: dict[tuple[str, int], Group] = {}
        for name, assumed in heads.layouts.items():
            value = env.widened(name)
            try:
                layout = unify(assumed, layout_of(value), name)
            except TypeError as error:
                self.node = node
                raise self.error(str(error)) from None
            if layout != assumed:
                heads.layouts[name] = layout
                for key in [k for k in heads.groups if k[0] == name]:
                    del heads.groups[key]
                changed = True
            elif layout_of(value) == layout:
                for i, atom in enumerate(atoms_of(value)):
                    if isinstance(atom, Var) and isinstance(atom.kind, Array):
                        ends[name, i] = self.storage.group(atom)
        return self._merge_groups(heads, ends) or changed

    def _head_group(self, heads: _Heads, key: tuple[str, int], init: Atom | None) -> Group:
        """The group of a head: one of its own where nothing else shows the same memory."""
        if not isinstance(init, Var):
            return Group(fresh=True)
        group = self.storage.group(init)
        if not group.fresh or key in heads.shared:
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

    def _know_groups(self) -> None:
        """Groups are counted from when they are asked for; those from outside come first."""
        for name in self.array_names:
            for atom in atoms_of(self.env.get(name)):
                if isinstance(atom, Var) and isinstance(atom.kind, Array):
                    self.storage.group(atom)

    def _merge_groups(self, heads: _Heads, ends: dict[tuple[str, int], Group]) -> bool:
        """Compare the arrays that heads end with to what was assumed; whether to run again.

        Heads with a group of their own may be exchanged (``u, w = w, u``) or become new arrays; if
        two of them end as one array, or one as another array from outside, they share a group.
        """
        own = {self.storage.root(heads.groups[key]): key for key in heads.own}
        seen: dict[Group, tuple[str, int]] = {}
        wrong: set[tuple[str, int]] = set()
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

    def _merge_group(self, heads: _Heads, key: tuple[str, int], other: Group) -> bool:
        mine = self.storage.root(heads.groups[key])
        if other is mine:
            return False
        fresh = mine.fresh
        matters = other.serial < heads.mark or any(
            self.storage.root(g) is other for k, g in heads.groups.items() if k != key
        )
        heads.groups[key] = self.storage.union(mine, other)
        return matters or heads.groups[key].fresh != fresh

    def _finish(
        self,
        node: Any,
        heads: _Heads,
        head_vars: dict[str, Abstract],
        arm: Arm,
        test: tuple[list[Statement], Atom],
        finish: Callable[..., Statement | None],
        broken: bool,
        endless: bool,
    ) -> None:
        """Emit the loop and bind its results."""
        variables: list[Var] = []
        inits: list[Atom] = []
        yields: list[Atom] = []
        results: list[Var] = []
        env = arm.env
        lost = env.dead or not self._contributes(env, "a local name")

        def carry(name: str, layout: Layout, start: Abstract, head: Abstract, end: Abstract) -> Any:
            atoms = []
            hints = names_of_leaves(name, layout)
            for first, var, last, hint in zip(
                atoms_of(start), atoms_of(head), atoms_of(end), hints
            ):
                assert isinstance(var, Var)
                result = Var(hint, var.kind, name.startswith("%"))
                variables.append(var)
                inits.append(first)
                yields.append(last)
                results.append(result)
                atoms.append(result)
                if isinstance(var.kind, Array):
                    if (name, len(atoms) - 1) in heads.own:
                        self.storage.join(result, Group(fresh=True))
                        continue
                    group = self.storage.group(var)
                    if isinstance(first, Var):
                        group = self.storage.join(first, group)
                    self.storage.join(result, group)
            return refill(layout, iter(atoms))

        after: dict[str, Abstract] = {}
        for name, layout in heads.layouts.items():
            start = self.coerce(self.env.get(name), layout)
            with self.builder.reopened(arm.statements):
                end = head_vars[name] if lost else self.coerce(env.widened(name), layout)
            after[name] = carry(name, layout, start, head_vars[name], end)
        returned, exits = env.flag("%returned"), env.flag("%exit")
        if env.dead:
            returned = exits = FALSE
        flags = {}
        if returned is not FALSE and (broken or not endless):
            flags["%returned"] = returned
        if node.orelse and broken:
            flags["%exit"] = exits
        for name, flag in flags.items():
            head = Var(next(names_of_leaves(name, PY_BOOL)), PY_BOOL, True)
            after[name] = carry(name, PY_BOOL, FALSE, head, flag)
        if returned is not FALSE:
            value = env.get("%result")
            layout = layout_of(value)
            start = self.dummy(layout)
            hints = names_of_leaves("%result", layout)
            head_result = refill(layout, (Var(h, k, True) for h, k in zip(hints, _kinds(layout))))
            for var, atom in zip(atoms_of(head_result), atoms_of(value)):
                if isinstance(var, Var) and isinstance(var.kind, Array) and isinstance(atom, Var):
                    self.storage.join(var, self.storage.group(atom))
            after["%result"] = carry("%result", layout, start, head_result, value)
        has_exits = exits is not FALSE
        last = (exits,) if has_exits else ()
        statement = finish(
            tuple(variables),
            tuple(inits),
            closed(test[0], test[1]),
            closed(arm.statements, *yields, *last),
            tuple(results),
            has_exits,
        )
        assert statement is not None
        self.builder.add(statement)
        for name, value in after.items():
            if name not in ("%exit", "%returned", "%result"):
                self.bind(name, value)
        for name, value in env.names.items():
            if name not in after and not name.startswith("%"):
                is_stale = isinstance(value, Stale) and self.env.get(name) is not UNBOUND
                if is_stale:
                    self.env.names[name] = value
        exited: Atom = FALSE
        if returned is not FALSE:
            self.env.names["%result"] = after["%result"]
            done = after.get("%returned", TRUE)
            self.env.names["%returned"] = done
        if broken and node.orelse:
            found = after["%exit"]
            assert isinstance(found, Var | Const)
            exited = found
        if endless and not broken:
            if returned is FALSE:
                self.env.dead = True
            else:
                self.env.names.update({"%jump": TRUE, "%exit": TRUE, "%returned": TRUE})
            return
        self._after_loop(node, exited)

    def _after_loop(self, node: Any, exited: Atom) -> None:
        """The else part, which runs unless the loop was left; then only a return goes on."""
        returned = self.env.flag("%returned")
        self.env.names["%exit"] = self.env.names["%jump"] = returned
        if not node.orelse or self.env.dead:
            return
        after = self.definition.liveness.after(node)
        if isinstance(exited, Const):
            if not exited.value:
                self.run(node.orelse, after)
            return
        left, rest = self.arm(), self.arm()
        self.run_arm(rest, lambda: self.run(node.orelse, after))
        self.merge(exited, left, rest, after)


def _kinds(layout: Layout) -> Any:
    from diffpy.transform.values import kinds_of

    return kinds_of(layout)


def _index_name(target: Any) -> str:
    if isinstance(target, gast.Name):
        return str(target.id)
    if isinstance(target, gast.Tuple) and isinstance(target.elts[0], gast.Name):
        return str(target.elts[0].id)
    return "i"
