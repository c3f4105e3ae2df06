"""Instances of which only the running program knows how many there are.

If a program cannot be read with each instance as variables of its own, it is read once more with
the instances of a class in a *pool*: a list for each number of an attribute. An instance is its
place there.

    class Ball:                        balls = [Ball(x * i) for i in range(n)]
        def __init__(self, v):             Ball_v.append(x * i); balls.append(len(Ball_v) - 1)
            self.v = v                 for ball in balls: ball.v *= 0.5
                                           Ball_v[ball] = Ball_v[ball] * 0.5

The lists belong to the program: functions get them like globals. What attributes hold is found out
by reading the program until nothing new is stored.
"""

from __future__ import annotations

import dataclasses
import operator
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import gast

from diffpy.kinds import PY_BOOL, PY_INT, Array, List, Scalar
from diffpy.rules import containers
from diffpy.rules.notation import Value
from diffpy.transform.ir import Atom, Function, Instr, Var
from diffpy.transform.specialise_frames import FALSE, TRUE, is_pool_key
from diffpy.transform.specialise_layouts import holds_scopes, unify
from diffpy.transform.specialise_records import Records, generated_by_dataclass
from diffpy.transform.values import (
    UNBOUND,
    Abstract,
    Composite,
    CompositeLayout,
    HandleForm,
    Layout,
    MaybeForm,
    RecordForm,
    RowForm,
    UnionForm,
    atoms_of,
    describe_kind,
    is_none,
    kinds_of,
    layout_of,
    refill,
    tuple_of,
)

#: what the pools of a program hold: class -> attribute -> its layout
PoolKey: TypeAlias = type | RowForm
PoolLayouts = dict[PoolKey, dict[str, Layout]]
#: a list with an item for each instance of a class
_COUNT = ""


class PoolChanged(Exception):
    """An attribute holds other things than those that the program was read for."""


class Pools(Records):
    """How instances in pools are made, read and changed."""

    # --- making ---

    def new_instance(self, cls: type, label: str = "") -> Composite:
        self.program.makes_instances = True
        if not self.program.pooled:
            return super().new_instance(cls, label)
        fields = self.program.pools.setdefault(cls, {})
        (counted,) = self._pool(cls, _COUNT, PY_INT)
        place = containers.length(counted)
        containers.append(counted, place)
        for name, layout in fields.items():
            for one, kind in zip(self._pool(cls, name, layout), kinds_of(layout)):
                containers.append(one, Value(self.dummy_atom(kind)))
        return Composite(HandleForm(cls), (place.atom,))

    def _pool(self, cls: PoolKey, name: str, layout: Layout) -> list[Value]:
        """The lists that hold an attribute of all the instances of a class."""
        key = ("pool", cls, name)
        found = self.hidden.get(key)
        if found is None:
            kinds = [List(k) for k in kinds_of(layout) if isinstance(k, Scalar | Array)]
            owner = getattr(cls, "__name__", "row")
            hints = [f"{owner}_{name.lstrip('%') or 'number'}"] * len(kinds)
            atoms = tuple(Var(hint, kind) for hint, kind in zip(hints, kinds))
            found = self.hidden[key] = tuple_of(*atoms)
        assert isinstance(found, Composite)
        return [Value(atom) for atom in found.items]

    def hidden_value(self, key: Any) -> Abstract:
        if not is_pool_key(key):
            return super().hidden_value(key)
        _, cls, name = key
        own = name == _COUNT or name.startswith("%")
        self._pool(cls, name, PY_INT if own else self.program.pools[cls][name])
        return self.hidden[key]

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        if not (isinstance(value, Composite) and isinstance(value.form, RecordForm)):
            return super().owned(value, label)
        self.program.makes_instances = True
        if self.program.pooled:
            self.program.tells_objects_apart = True  # each argument has a place of its own
            cls = value.form.cls
            if not self._set_by_initialiser(cls) <= set(value.form.keys):
                raise self.unsupported(f"an attribute of {describe_kind(value):an} is missing")
        return super().owned(value, label)

    # --- attributes ---

    def held(self, value: Abstract, name: str) -> Abstract:
        if not is_handle(value):
            return super().held(value, name)
        assert isinstance(value, Composite) and isinstance(value.form, HandleForm)
        cls = value.form.cls
        layout = self.program.pools.get(cls, {}).get(name)
        if layout is None:
            return UNBOUND
        place = Value(value.items[0])
        lists = self._pool(cls, name, layout)
        atoms = [containers.get(one, place, inside=True).atom for one in lists]
        found = refill(layout, iter(atoms))
        if _is_uncertain(layout):
            assert isinstance(found, Composite)
            return self._certain(value, found, name)
        return found

    def is_held(self, value: Abstract, name: str) -> bool | Atom:
        if not is_handle(value):
            return super().is_held(value, name)
        assert isinstance(value, Composite) and isinstance(value.form, HandleForm)
        if self.definition.name == "__init__":
            raise self.unsupported(
                "whether an attribute is there is asked while an instance is made",
                "only the running program knows how many instances there are",
                "give all attributes values before",
            )
        layout = self.program.pools.get(value.form.cls, {}).get(name)
        if layout is None or not _is_uncertain(layout):
            return layout is not None
        bound, *_ = self._pool(value.form.cls, name, layout)
        return containers.get(bound, Value(value.items[0]), inside=True).atom

    def hold(self, owner: Abstract, name: str, value: Abstract) -> None:
        if not is_handle(owner):
            super().hold(owner, name, value)
            return
        assert isinstance(owner, Composite) and isinstance(owner.form, HandleForm)
        cls = owner.form.cls
        layout = self._widened_field(cls, name, value)
        place = Value(owner.items[0])
        atoms = atoms_of(self.coerce(value, layout))
        for one, atom in zip(self._pool(cls, name, layout), atoms):
            containers.list_set(one, place, Value(atom), inside=True)

    def _widened_field(self, cls: type, name: str, value: Abstract) -> Layout:
        """The layout of an attribute; what it is stored for the first time is noted."""
        fields = self.program.pools[cls]
        wanted: Layout = layout_of(value)
        if holds_scopes(wanted) or not all(isinstance(k, Scalar | Array) for k in kinds_of(wanted)):
            raise self.unsupported(
                f"{describe_kind(value):an} is an attribute of instances of which only the running "
                "program knows how many there are",
                "attributes of these are numbers, arrays, None, strings, instances, and tuples",
                "an attribute for each of its items, or an array",
            )
        known = fields.get(name)
        certain = name in self._set_by_initialiser(cls)
        if known is None:
            start: Layout = (
                wanted if certain else CompositeLayout(MaybeForm(name), (PY_BOOL, wanted))
            )
            fields[name] = start
            self.program.pools_changed = True
            return start
        try:
            layout = unify(known, wanted, name)
        except TypeError as error:
            raise self.error(str(error)) from None
        if layout != known:
            fields[name] = layout
            raise PoolChanged
        return known

    def copied(self, value: Abstract, deep: bool, known: dict[Any, Abstract]) -> Abstract:
        if not is_handle(value):
            return super().copied(value, deep, known)
        if deep:
            raise self.unsupported(
                "an instance is copied here together with what it holds",
                "only the running program knows which instances these are",
                "copy.copy",
            )
        assert isinstance(value, Composite) and isinstance(value.form, HandleForm)
        cls = value.form.cls
        made = self.new_instance(cls)
        for name, layout in self.program.pools[cls].items():
            for one in self._pool(cls, name, layout):
                item = containers.get(one, Value(value.items[0]), inside=True)
                containers.list_set(one, Value(made.items[0]), item, inside=True)
        return made

    def exported(self, value: Abstract) -> Abstract:
        if not is_handle(value):
            return super().exported(value)
        assert isinstance(value, Composite) and isinstance(value.form, HandleForm)
        cls = value.form.cls
        fields = self.program.pools[cls]
        if any(_refers_to(layout, cls, self.program.pools, set()) for layout in fields.values()):
            raise self.unsupported(
                f"{cls.__name__} objects are returned that refer to others of their kind",
                "",
                "return what they hold",
            )
        if any(_is_uncertain(layout) for layout in fields.values()):
            raise self.unsupported(
                f"{cls.__name__} objects are returned of which some may lack an attribute",
                "",
                "give all attributes values in __init__, or return what they hold",
            )
        held = {name: self.exported(self.held(value, name)) for name in fields}
        return Composite(RecordForm(cls, tuple(held)), tuple(held.values()))

    # --- identity ---

    def _class_of(self, value: Abstract) -> type:
        if isinstance(value, Composite) and isinstance(value.form, HandleForm):
            return value.form.cls
        return super()._class_of(value)

    def _identical(self, left: Abstract, right: Abstract, function: Any = operator.eq) -> Abstract:
        if is_handle(left) and is_handle(right):
            assert isinstance(left, Composite) and isinstance(right, Composite)
            if left.form == right.form:
                return self.apply(function, left.items[0], right.items[0])
            return TRUE if function is operator.ne else FALSE
        if not is_none(left) and not is_none(right):
            if any(_is_union(v) and any(map(is_handle, v.items)) for v in (left, right)):  # type: ignore[union-attr]
                return self.distribute((left, right), lambda x, y: self._identical(x, y, function))
        return super()._identical(left, right, function)

    # --- which attributes an instance surely has ---

    def _set_by_initialiser(self, cls: type) -> frozenset[str]:
        """The attributes that every instance has when it is made."""
        known = self.program.certain.get(cls)
        if known is None:
            known = self.program.certain[cls] = frozenset(self._find_certain(cls))
        return known

    def _find_certain(self, cls: type) -> Iterator[str]:
        if generated_by_dataclass(cls):
            missing = dataclasses.MISSING
            for field in dataclasses.fields(cls):
                given = (field.default, field.default_factory) != (missing, missing)
                if field.init or given:
                    yield field.name
            return
        if issubclass(cls, BaseException):
            yield "args"
        initialise = self.member(cls, "__init__")
        if isinstance(initialise, types.FunctionType):
            definition = self.definition_for(initialise)
            names = definition.parameters.names()
            if names:
                yield from assigned_first(definition.body, names[0])


def assigned_first(body: list[Any], instance: str) -> set[str]:
    r"""The attributes that statements assign before the instance is used for anything else.

    >>> body = gast.parse("self.a: int = 1\nself.b = self.a\nself.f()\nself.c = 2").body
    >>> sorted(assigned_first(body, "self"))
    ['a', 'b']
    """
    found: set[str] = set()

    def harmless(node: Any) -> bool:
        match node:
            case gast.Attribute(value=gast.Name(id=name), attr=attribute) if name == instance:
                return attribute in found
            case gast.Name(id=name):
                return bool(name != instance)
            case gast.Return() | gast.Yield() | gast.YieldFrom():
                return False
        return all(map(harmless, gast.iter_child_nodes(node)))

    for statement in body:
        match statement:
            case (
                gast.Assign(targets=[gast.Attribute(value=gast.Name(id=name)) as to], value=value)
                | gast.AnnAssign(target=gast.Attribute(value=gast.Name(id=name)) as to, value=value)
            ) if name == instance and value is not None and harmless(value):
                found.add(to.attr)
            case _ if not harmless(statement):
                break
    return found


def is_handle(value: Abstract) -> bool:
    """Whether a value is an instance in a pool."""
    return isinstance(value, Composite) and isinstance(value.form, HandleForm)


def with_pools(function: Function, pools: list[Var]) -> None:
    """Let a function make the lists of the pools, which were parameters of it."""
    made = [
        Instr(pool, containers.new_list, (), (("item", pool.kind.item),))
        for pool in pools
        if isinstance(pool.kind, List)
    ]
    function.params = tuple(p for p in function.params if p not in set(pools))
    function.body = replace(function.body, statements=(*made, *function.body.statements))


def _is_uncertain(layout: Layout) -> bool:
    """Whether not every instance has the attribute."""
    return isinstance(layout, CompositeLayout) and isinstance(layout.form, MaybeForm)


def _is_union(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, UnionForm)


def _refers_to(layout: Layout, cls: type, pools: PoolLayouts, seen: set[PoolKey]) -> bool:
    """Whether something of a layout holds, somewhere inside, an instance of a class."""
    if not isinstance(layout, CompositeLayout):
        return False
    if isinstance(layout.form, HandleForm | RowForm):
        other = layout.form.cls if isinstance(layout.form, HandleForm) else layout.form
        if other is cls or other in seen:
            return other is cls
        seen.add(other)
        return any(_refers_to(inner, cls, pools, seen) for inner in pools[other].values())
    return any(_refers_to(item, cls, pools, seen) for item in layout.items)
