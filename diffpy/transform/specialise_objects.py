"""Lists and dicts that may change: objects with an identity.

    xs = [x, 2.0]              the list is an object; what it holds is a variable of the frame
    ys = xs                    the same object
    ys.append(x * x)           that variable is (x, 2.0, x * x) from here on
    return xs[2]

A display becomes an object when it gets a name (or is stored, or passed to a function of the
user's). Branches join and loops carry what objects hold like any variable, so every name for an
object sees its changes.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any, NoReturn

from diffpy.kinds import PY_INT
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_frames import NOT_LEFT, Environment
from diffpy.transform.specialise_heads import Carrying
from diffpy.transform.specialise_joins import Arm
from diffpy.transform.specialise_layouts import ManyObjects, reasons_of
from diffpy.transform.specialise_packing import Packed, Packing
from diffpy.transform.specialise_scopes import Definition, Image, is_cell, serial_of_cell
from diffpy.transform.specialise_transforms import Transforms
from diffpy.transform.values import (
    METHOD,
    NONE,
    UNBOUND,
    Abstract,
    ArrayMethod,
    Composite,
    DictForm,
    GrowingForm,
    MappingForm,
    MaybeForm,
    ObjectForm,
    Static,
    TupleForm,
    UnionForm,
    describe_kind,
    dict_of,
    is_array,
    is_atom,
    is_dict,
    is_none,
    layout_of,
    tuple_of,
)

ITEMS = "items"
#: classes of objects that hold items; those of others hold attributes
CONTAINERS = (
    list,
    dict,
    collections.OrderedDict,
    collections.defaultdict,
    collections.Counter,
    set,
    frozenset,
    collections.deque,
)


class Objects(Transforms):
    """What lists and dicts are, and how the rest of the interpreter sees them."""

    # --- identity ---

    def new_object(self, cls: type, label: str = "") -> Composite:
        state = Image(None, None, self, label=label)
        self.images.append(state)
        return Composite(ObjectForm(cls, state), ())

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        """A value as something that may be changed: displays in it become objects."""
        if not isinstance(value, Composite):
            return value
        match value.form:
            case TupleForm(cls=cls) if cls is list:
                held: Composite = tuple_of(*map(self.owned, value.items), cls=list)
            case TupleForm():
                return Composite(value.form, tuple(map(self.owned, value.items)))
            case DictForm():
                held = Composite(value.form, tuple(map(self.owned, value.items)))
                cls = dict
            case _:
                return value
        found = self.new_object(cls, label)
        state_of(found).rebind(ITEMS, held)
        return found

    def exported(self, value: Abstract) -> Abstract:
        """A result without identities: what its lists and dicts hold."""
        value = self.seen(value)
        if isinstance(value, Composite) and isinstance(value.form, TupleForm | DictForm):
            return Composite(value.form, tuple(map(self.exported, value.items)))
        if isinstance(value, Composite) and isinstance(value.form, UnionForm):
            return self._not_none(value)
        return value

    def _not_none(self, value: Composite) -> Abstract:
        """A result that is None or a number, as a number."""
        tag, *alternatives = value.items
        others = [a for a in alternatives if not is_none(a)]
        if len(others) != 1 or len(alternatives) != 2 or self.env.dead:
            return value
        assert isinstance(tag, Var | Const)
        place = Const(int(is_none(alternatives[1])), PY_INT)
        missing = self.apply(operator.eq, tag, place)
        self.env.names.update(NOT_LEFT)

        def fail() -> NoReturn:
            self.throw("TypeError", "the function returned None instead of a number")

        return self.choose(self._as_test(missing), fail, lambda: self.exported(others[0]))

    def seen(self, value: Abstract) -> Abstract:
        """What a list or a dict holds now; other values are what they are."""
        if is_object(value) and value.form.cls in CONTAINERS:  # type: ignore[union-attr, operator]
            return self.held(value, ITEMS)
        return value

    def seen_inside(self, value: Abstract) -> Abstract:
        """A value with what the lists in it hold."""
        value = self.seen(value)
        if isinstance(value, Composite) and isinstance(value.form, TupleForm | DictForm):
            return Composite(value.form, tuple(map(self.seen_inside, value.items)))
        return value

    def held(self, value: Abstract, name: str) -> Abstract:
        """A variable of an object."""
        found = state_of(value).lookup(name)
        if isinstance(found, Composite) and isinstance(found.form, MaybeForm):
            return self._certain(value, found, name)
        return UNBOUND if found is None else found

    def is_held(self, value: Abstract, name: str) -> bool | Atom:
        """Whether an object has a variable."""
        found = state_of(value).lookup(name)
        if isinstance(found, Composite) and isinstance(found.form, MaybeForm):
            bound = found.items[0]
            assert isinstance(bound, Var | Const)
            return bool(bound.value) if isinstance(bound, Const) else bound
        return found is not None and found is not UNBOUND

    def _certain(self, owner: Abstract, found: Composite, name: str) -> Abstract:
        """An attribute that some ways assign and others do not."""
        bound, inner = found.items
        assert isinstance(bound, Var | Const)

        def missing() -> NoReturn:
            what = f"'{describe_kind(owner)}' object has no attribute '{name}'"
            self.throw("AttributeError", what)

        return self.choose(bound, lambda: inner, missing)

    def change(self, value: Abstract, held: Abstract) -> None:
        """Replace what a list or a dict holds."""
        state_of(value).rebind(ITEMS, held)

    # --- where objects come to be ---

    def assign_name(self, name: str, value: Abstract) -> None:
        super().assign_name(name, self.owned(value, name))

    def bind_arguments(self, *arguments: Any) -> list[Abstract]:
        return [self.owned(value) for value in super().bind_arguments(*arguments)]

    def nested_function(self, node: Any) -> Abstract:
        value = super().nested_function(node)
        assert isinstance(value, Composite)
        return Composite(value.form, tuple(map(self.owned, value.items)))

    def visit_Tuple(self, node: Any) -> Abstract:
        value = super().visit_Tuple(node)
        assert isinstance(value, Composite)
        return Composite(value.form, tuple(map(self.owned, value.items)))

    # --- one name for several objects ---

    def _join_name(
        self, test: Atom, name: str, then: Arm, orelse: Arm, results: Any, pairs: Any
    ) -> None:
        first, second = then.env.widened(name), orelse.env.widened(name)
        both = self._contributes(then.env, name) and self._contributes(orelse.env, name)
        if not (
            both
            and _are_alike(first, second)
            and self._is_alone(first, {name}, then.env, self.live)
            and self._is_alone(second, {name}, orelse.env, self.live)
        ):
            super()._join_name(test, name, then, orelse, results, pairs)
            return
        joined = self.new_object(first.form.cls, state_of(first).label)  # type: ignore[union-attr]
        self.moved |= {state_of(first).serial, state_of(second).serial}
        for attribute in {**state_of(first).attributes, **state_of(second).attributes}:
            cell = state_of(joined).cell(attribute)
            for value, arm in ((first, then), (second, orelse)):
                arm.env.names[cell] = arm.env.get(state_of(value).cell(attribute))
            self._join_name(test, cell, then, orelse, results, pairs)
            state_of(joined).attributes[attribute] = None
        self.bind(name, joined)

    def carry_objects(self, node: Any, heads: Carrying, env: Environment) -> bool:
        """Let names have the same objects after each iteration, with other contents.

        Several may exchange theirs: ``a, b = b, a``, or ``old = new; new = Ball(old.v)``.
        """
        live = self.definition.liveness.inside(node)
        changed = False
        for cells in (False, True):  # what objects hold after the names for them
            names = [n for n in heads.layouts if is_cell(n) == cells]
            for together in [[n] for n in names] if cells else [names]:
                changed = self._carry_together(together, heads, env, live) or changed
        return changed

    def _carry_together(
        self, names: list[str], heads: Carrying, env: Environment, live: int
    ) -> bool:
        ends = {n: env.widened(n) for n in names if self._contributes(env, n)}
        group = {n for n, end in ends.items() if _are_alike(self.env.get(n), end)}
        for name in sorted(group & heads.objects):
            if not self._has_moved(name, group, heads, env, live):
                what = f"`{name}` is another {describe_kind(ends[name])} after each iteration"
                error = ManyObjects(f"{what}, and not the only name for it")
                raise self.error(str(error), *reasons_of(error)) from error
        while True:
            kept = {n for n in group if self._has_moved(n, group, heads, env, live)}
            if kept == group:
                break
            group = kept
        made = [n for n in names if n in group - heads.objects]
        for name in made:
            self._carried_object(name, self.env.get(name), heads)
        held = {
            n: {a: env.get(state_of(ends[n]).cell(a)) for a in state_of(ends[n]).attributes}
            for n in group
        }
        for name, attributes in held.items():
            start = self.env.get(name)
            self.moved.add(state_of(ends[name]).serial)
            for attribute, value in attributes.items():
                env.names[state_of(start).cell(attribute)] = value
            env.names[name] = start
        return bool(made)

    def _has_moved(
        self, name: str, group: set[str], heads: Carrying, env: Environment, live: int
    ) -> bool:
        """Whether only names of the group refer to an object, each to another one."""
        start, end = self.env.get(name), env.widened(name)
        ends = [state_of(env.widened(n)) for n in group]
        starts = [state_of(self.env.get(n)) for n in group]
        return (
            ends.count(state_of(end)) == starts.count(state_of(start)) == 1
            and self._is_alone(end, group, env, live)
            and self._is_alone(start, group, env, live)
            and (name in heads.objects or self._is_alone(start, group, self.env, live))
        )

    def _carried_object(self, name: str, start: Abstract, heads: Carrying) -> Abstract:
        """An object of its own for a name that a loop rebinds."""
        made = self.new_object(start.form.cls, state_of(start).label)  # type: ignore[union-attr]
        for attribute in state_of(start).attributes:
            held = self.env.get(state_of(start).cell(attribute))
            state_of(made).receive(attribute, held)
            heads.layouts[state_of(made).cell(attribute)] = layout_of(held)
        self.moved.add(state_of(start).serial)
        self.bind(name, made)
        heads.layouts[name] = layout_of(made)
        heads.objects.add(name)
        return made

    def _is_alone(self, value: Abstract, but: set[str], env: Environment, live: int) -> bool:
        """Whether nothing else that is read later refers to an object."""
        state = state_of(value)
        if state in self.foreign:
            return False
        bits = self.definition.liveness.bits
        if but == {"%result"}:
            live = self.awaited
        names = visible_names(env) - but
        moved = {n for n in names if is_cell(n) and serial_of_cell(n) in self.moved}
        pending = [n for n in names - moved if is_cell(n) or bits.get(n, 0) & live]
        reached: set[Image] = set()
        while pending:
            found = _states_in(env.get(pending.pop())) - reached
            reached |= found
            pending += [n for n in moved if serial_of_cell(n) in {s.serial for s in found}]
        return state not in reached

    def captured_alone(
        self, definition: Definition, packing: Packing, packed: Packed, values: list[Abstract]
    ) -> frozenset[int]:
        if not definition.at_statement:
            return frozenset()  # the rest of an expression may hold what no variable does
        passed = {state for value in values for state in _states_in(value)}
        found = set()
        for ref, name, _ in packed.captured:
            owner = packing.order[ref.index]
            value = owner.lookup(name)
            if value is None or not is_object(value) or state_of(value) in passed:
                continue
            variable = owner.cell(name) if isinstance(owner, Image) else name
            if self._is_alone(value, {variable}, self.env, -1):
                found.add(packing.known[state_of(value)].index)
        return frozenset(found)

    # --- what the rest sees ---

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        return super().subscript(self.seen(container), self.seen_inside(key))

    def length(self, value: Abstract) -> Atom:
        return super().length(self.seen(value))

    def item(self, value: Abstract, position: Atom) -> Abstract:
        return super().item(self.seen(value), position)

    def once(self, value: Abstract) -> Abstract:
        held = self.seen(value)
        if is_list(held):
            return value  # a loop sees its changes
        return super().once(held)

    def _is_iterable(self, value: Abstract) -> bool:
        return super()._is_iterable(self.seen(value))

    def _known_length(self, value: Abstract) -> int | None:
        return super()._known_length(self.seen(value))

    def truth(self, value: Abstract) -> bool | Atom:
        return super().truth(self.seen(value))

    def unpacked(self, value: Abstract) -> list[Abstract]:
        return super().unpacked(self.seen(value))

    def mapping(self, value: Abstract) -> dict[Any, Abstract]:
        return super().mapping(self.seen(value))

    def opened(self, value: Abstract) -> Abstract:
        return super().opened(self.seen(value))

    def to_rule(self, value: Abstract, name: str) -> Any:
        return super().to_rule(self.seen(value), name)

    def encode(self, key: Abstract) -> Any:
        return super().encode(self.seen_inside(key))

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        super()._unpack(targets, self.seen(value))

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        left, right = self.seen(left), self.seen(right)
        if function is operator.add and is_list(left) and is_list(right):
            return self.joined_lists(left, right)
        for value, count in ((left, right), (right, left)):
            scalar = is_atom(count) and not is_array(count)
            if function is operator.mul and is_list(value) and scalar:
                return self.repeated_list(value, self._as_atom(count))
        return super()._binary(function, left, right)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        return super()._compared(function, self.seen(left), self.seen(right))

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        return super()._contained(item, self.seen(container))

    def _class_of(self, value: Abstract) -> type:
        if is_object(value):
            cls: type = value.form.cls  # type: ignore[union-attr]
            return cls
        return super()._class_of(value)

    # --- changes ---

    def store(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        def action(one: Abstract) -> Abstract:
            self.store_in(one, key, value, target)
            return NONE

        self.distribute((array,), action)

    def store_in(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        held = self.seen(array)
        if held is array:
            super().store(array, key, self.seen_inside(value), target)
        elif is_list(held):
            self.store_in_list(array, key, value)
        else:
            values = self.mapping(held)
            self.change(array, dict_of({**values, self.key_of(key): self.owned(value)}))

    def holds_references(self, value: Abstract) -> bool:
        held = self.seen(value)
        return is_dict(held) or is_mapping(held) or is_growing(held)

    def _check_store(self, array: Abstract, target: Any) -> None:
        if isinstance(array, Static) and isinstance(array.value, list | dict):
            raise self.unsupported(
                f"a {type(array.value).__name__} from outside is changed here",
                "what is written to objects from outside would outlast the call",
                "make it in the function that is differentiated",
            )
        super()._check_store(array, target)

    def _update_in_place(
        self, array: Abstract, key: Abstract, function: Any, value: Abstract, target: Any
    ) -> None:
        super()._update_in_place(array, key, function, self.seen_inside(value), target)

    def updated(self, function: Any, old: Abstract, value: Abstract, target: Any) -> Abstract:
        """``old op= value``: an array and a list are changed where they are."""
        if is_array(old):
            whole = tuple_of(Static(...))
            super()._update_in_place(old, whole, function, self.seen_inside(value), target)
            return old
        held = self.seen(old)
        if held is not old and is_list(held) and function is operator.add:
            self.list_method("extend", old, [value], {})
            return old
        if held is not old and is_list(held) and function is operator.mul:
            self.change(old, self._binary(function, old, value))
            return old
        if held is not old and function is operator.or_:
            self.change(old, self._binary(function, old, value))
            return old
        if isinstance(old, Composite) and isinstance(old.form, UnionForm):
            return self.distribute((old,), lambda one: self.updated(function, one, value, target))
        return super().updated(function, old, value, target)

    def joined_lists(self, first: Abstract, second: Abstract) -> Abstract:
        raise NotImplementedError

    def repeated_list(self, value: Abstract, count: Atom) -> Abstract:
        raise NotImplementedError

    def store_in_list(self, value: Abstract, key: Abstract, item: Abstract) -> None:
        raise NotImplementedError

    def list_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        raise NotImplementedError

    # --- methods ---

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        held = self.seen(owner)
        if held is not owner and hasattr(owner.form.cls, name):  # type: ignore[union-attr]
            return Composite(METHOD, (Static(ArrayMethod(name)), owner))
        return super().attribute(owner, name)

    def _call_method(
        self, method: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        function, owner = method.items
        if isinstance(owner, Composite) and isinstance(owner.form, UnionForm):
            return self.distribute(
                (owner,),
                lambda one: self.call(Composite(METHOD, (function, one)), arguments, keywords),
            )
        named = isinstance(function, Static) and isinstance(function.value, ArrayMethod)
        held = self.seen(owner)
        if not named or held is owner:
            return super()._call_method(method, arguments, keywords)
        name = function.value.name  # type: ignore[union-attr]
        if is_list(held):
            return self.list_method(name, owner, arguments, keywords)
        return self._dict_method(name, owner, arguments, keywords)

    def _dict_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        values = self.mapping(owner)
        match name, arguments:
            case "update", [*given] if len(given) < 2:
                self.change(owner, self._dict(owner, *given, **keywords))
                return NONE
            case "setdefault", [key, default]:
                known = self.key_of(key)
                if known not in values:
                    values[known] = self.owned(default)
                    self.change(owner, dict_of(values))
                return values[known]
            case "pop", [key, *default] if len(default) < 2:
                known = self.key_of(key)
                if known not in values:
                    if not default:
                        self.throw("KeyError", str(known))
                    return default[0]
                self.change(owner, dict_of({k: v for k, v in values.items() if k != known}))
                return values[known]
            case "clear", []:
                self.change(owner, dict_of({}))
                return NONE
            case "copy", []:
                return dict_of(values)
        held = self.seen(owner)
        assert isinstance(held, Composite)
        return self.call_dict_method(name, held, arguments, keywords)


def _are_alike(first: Abstract, second: Abstract) -> bool:
    """Whether two values are different objects of one class."""
    if not (is_object(first) and is_object(second)):
        return False
    same = first.form.cls is second.form.cls  # type: ignore[union-attr]
    return same and state_of(first) is not state_of(second)


def visible_names(env: Environment) -> set[str]:
    found: set[str] = set()
    inner: Environment | None = env
    while inner is not None:
        found.update(inner.names)
        inner = inner.outer
    return found


def _states_in(value: Abstract) -> set[Image]:
    """The objects that a value refers to."""
    if not isinstance(value, Composite):
        return set()
    found = {state for item in value.items for state in _states_in(item)}
    state = getattr(value.form, "state", None)
    return found | {state} if isinstance(state, Image) else found


def is_object(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, ObjectForm)


def state_of(value: Abstract) -> Image:
    assert isinstance(value, Composite) and isinstance(value.form, ObjectForm)
    assert isinstance(value.form.state, Image)
    return value.form.state


def is_list(value: Abstract) -> bool:
    """Whether a value is what a list holds."""
    return is_growing(value) or (
        isinstance(value, Composite)
        and isinstance(value.form, TupleForm)
        and value.form.cls is list
    )


def is_growing(value: Abstract) -> bool:
    """Whether a value is what a list holds whose length is not known while compiling."""
    return isinstance(value, Composite) and isinstance(value.form, GrowingForm)


def is_mapping(value: Abstract) -> bool:
    """Whether a value is what a dict holds whose keys are not known while compiling."""
    return isinstance(value, Composite) and isinstance(value.form, MappingForm)


def items_of(value: Abstract) -> tuple[Abstract, ...]:
    assert isinstance(value, Composite)
    return value.items
