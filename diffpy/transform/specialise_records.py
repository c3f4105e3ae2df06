"""Instances of the user's classes: their attributes are variables.

    class Ball:
        def __init__(self, v):         ball = Ball(x)       ball_v = x
            self.v = v                 ball.kick(2.0)       ball_v = ball_v + 2.0
        def kick(self, dv):            return ball.v        return ball_v
            self.v += dv

Methods are functions that get the instance, so that what they change is returned to the caller
with their result.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import inspect
import operator
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gast
import numpy as np

from diffpy.errors import KindError
from diffpy.rules import iteration
from diffpy.rules.consumers import CONSUMERS
from diffpy.structure import is_record
from diffpy.transform.ir import Atom
from diffpy.transform.specialise_expressions import BINARY
from diffpy.transform.specialise_library import is_library
from diffpy.transform.specialise_objects import (
    CONTAINERS,
    is_growing,
    is_mapping,
    is_object,
    state_of,
)
from diffpy.transform.specialise_queues import Queues
from diffpy.transform.values import (
    METHOD,
    NONE,
    UNBOUND,
    Abstract,
    Composite,
    CompositeLayout,
    GrowingForm,
    HandleForm,
    MappingForm,
    NamedForm,
    RecordForm,
    RowForm,
    Static,
    UnionForm,
    describe_kind,
    is_array,
    is_none,
    is_tuple,
    tuple_of,
)

#: items: the class after which to look, the instance
SUPER = NamedForm("super")
#: what C code keeps of an instance
_OF_C = (types.GetSetDescriptorType, types.MemberDescriptorType)

#: operator -> the method of the left operand, and of the right one
_OPERATORS: dict[Callable[..., Any], tuple[str, str]] = {
    operator.add: ("__add__", "__radd__"),
    operator.sub: ("__sub__", "__rsub__"),
    operator.mul: ("__mul__", "__rmul__"),
    operator.truediv: ("__truediv__", "__rtruediv__"),
    operator.floordiv: ("__floordiv__", "__rfloordiv__"),
    operator.mod: ("__mod__", "__rmod__"),
    operator.pow: ("__pow__", "__rpow__"),
    operator.matmul: ("__matmul__", "__rmatmul__"),
    operator.and_: ("__and__", "__rand__"),
    operator.or_: ("__or__", "__ror__"),
    operator.eq: ("__eq__", "__eq__"),
    operator.ne: ("__ne__", "__ne__"),
    operator.lt: ("__lt__", "__gt__"),
    operator.le: ("__le__", "__ge__"),
    operator.gt: ("__gt__", "__lt__"),
    operator.ge: ("__ge__", "__le__"),
}

NOT_IMPLEMENTED = Static(NotImplemented)


class Records(Queues):
    """How instances are made, read and changed."""

    # --- making ---

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        cls = function.value
        if cls is setattr and len(arguments) == 3 and is_instance(arguments[0]):
            name = arguments[1].value if isinstance(arguments[1], Static) else None
            if isinstance(name, str):
                self.set_attribute(arguments[0], name, arguments[2])
                return NONE
        if cls in (copy.copy, copy.deepcopy) and len(arguments) == 1 and not keywords:
            return self.copied(arguments[0], cls is copy.deepcopy, {})
        if cls is fields_of:
            (value,) = arguments
            fields = dataclasses.fields(self._class_of(value))
            return tuple_of(*(self.attribute(value, f.name) for f in fields if f.compare))
        if cls is dataclasses.replace and len(arguments) == 1 and is_instance(arguments[0]):
            return self._replaced(arguments[0], keywords)
        if is_record(cls):
            return self.make_instance(cls, arguments, keywords)
        if cls in (min, max) and arguments[1:] and any(map(_has_methods, arguments)):
            return self.call_source(CONSUMERS[cls][1], tuple_of(*arguments), **keywords)
        if arguments and _has_methods(arguments[0]) and not keywords:
            special = {len: "__len__", abs: "__abs__", bool: "__bool__", next: "__next__"}
            name = special.get(cls) if isinstance(cls, types.BuiltinFunctionType | type) else None
            method = None if name is None else self.method_of(arguments[0], name)
            if method is not None and not arguments[1:]:
                return self.call(method, [], {})
            if method is not None and cls is next:
                return self.call_source(iteration.next_of, *arguments)
        return super()._call_static(function, arguments, keywords)

    def new_instance(self, cls: type, label: str = "") -> Composite:
        return self.new_object(cls, label)

    def hold(self, owner: Abstract, name: str, value: Abstract) -> None:
        """Let an attribute hold a value."""
        state_of(owner).rebind(name, value)

    def make_instance(
        self, cls: type, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if inspect.isabstract(cls):
            self.throw("TypeError", _why_abstract(cls))
        found = self.new_instance(cls)
        if not self.initialise(found, cls, arguments, keywords) and (arguments or keywords):
            raise self.error(f"{cls.__name__}() takes no arguments")
        return found

    def initialise(
        self, made: Abstract, cls: type, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> bool:
        """Run the ``__init__`` of a class; whether it has one in Python."""
        initialise = self.member(cls, "__init__")
        if generated_by_dataclass(cls):
            self._fill_fields(made, cls, arguments, keywords)
        elif isinstance(initialise, types.FunctionType):
            self.call(Static(initialise), [made, *arguments], keywords)
        else:
            return False
        return True

    def _fill_fields(
        self, made: Abstract, cls: Any, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> None:
        """The ``__init__`` that `dataclasses` writes."""
        fields = [f for f in dataclasses.fields(cls) if f.init]
        positional = [f.name for f in fields if not f.kw_only]
        if len(arguments) > len(positional):
            raise self.error(f"{cls.__name__}() takes {len(positional)} positional arguments")
        given = dict(zip(positional, arguments))
        for key, value in keywords.items():
            if key in given or key not in {f.name for f in fields}:
                raise self.error(f"{cls.__name__}() got an unexpected argument '{key}'")
            given[key] = value
        for field in dataclasses.fields(cls):
            if field.name in given:
                value = given[field.name]
            elif field.default is not dataclasses.MISSING:
                place = ("field", cls, field.name)
                fetch = partial(getattr, field, "default")
                value = self.lift(field.default, field.name, place, fetch, constant=True)
            elif field.default_factory is not dataclasses.MISSING:
                value = self.call(Static(field.default_factory), [], {})
            elif field.init:
                raise self.error(f"{cls.__name__}() is missing an argument: '{field.name}'")
            else:
                continue
            self.hold(made, field.name, self.owned(value))
        finish = self.method_of(made, "__post_init__")
        if finish is not None:
            self.call(finish, [], {})

    def copied(self, value: Abstract, deep: bool, known: dict[Any, Abstract]) -> Abstract:
        """What `copy` makes; ``known`` are the objects that were copied before."""
        if is_array(value):
            return self.apply(np.copy, value)
        if not isinstance(value, Composite):
            return value
        if isinstance(value.form, UnionForm):
            return self.distribute((value,), lambda one: self.copied(one, deep, known))
        if not is_object(value):
            parts = tuple(self.copied(v, True, known) for v in value.items) if deep else value.items
            return Composite(value.form, parts) if is_tuple(value) else self.owned(value)
        state, cls = state_of(value), self._class_of(value)
        if state in known:
            return known[state]
        for special in ("__copy__", "__deepcopy__", "__getstate__", "__reduce__"):
            if member_of(cls, special) not in (None, member_of(object, special)):
                raise self.unsupported(f"an instance with a `{special}` is copied here")
        made = known[state] = self.new_object(cls)
        for name in state.attributes:
            found = self.held(value, name)
            if deep and any(map(_holds_handles, _elements(found))):
                raise self.unsupported(
                    "a list is copied here together with the instances or lists in it",
                    "only the running program knows which these are",
                    "copy.copy",
                )
            if is_growing(found) or is_mapping(found):
                found = self._copied(found)
            elif deep and isinstance(found, Composite) and not is_object(found):
                items = tuple(self.copied(v, True, known) for v in found.items)
                found = Composite(found.form, items)
            elif deep:
                found = self.copied(found, True, known)
            if found is not UNBOUND:
                state_of(made).rebind(name, found)
        return made

    def _replaced(self, old: Abstract, changes: dict[str, Abstract]) -> Abstract:
        """``dataclasses.replace``."""
        cls: Any = self._class_of(old)
        kept = {f.name for f in dataclasses.fields(cls) if f.init} - changes.keys()
        values = {name: self.attribute(old, name) for name in kept}
        return self.make_instance(cls, [], {**values, **changes})

    def assign_name(self, name: str, value: Abstract) -> None:
        if is_object(value) and not state_of(value).label and not state_of(value).attributes:
            state_of(value).label = name
        super().assign_name(name, value)

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        if not (isinstance(value, Composite) and isinstance(value.form, RecordForm)):
            return super().owned(value, label)
        found = self.new_instance(value.form.cls, label)
        for key, item in zip(value.form.keys, value.items):
            self.hold(found, key, self.owned(item))
        return found

    def exported(self, value: Abstract) -> Abstract:
        if not is_instance(value):
            return super().exported(value)
        state = state_of(value)
        held = {name: self.held(value, name) for name in state.attributes}
        bound = {name: self.exported(v) for name, v in held.items() if v is not UNBOUND}
        return Composite(RecordForm(self._class_of(value), tuple(bound)), tuple(bound.values()))

    # --- attributes ---

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if isinstance(owner, Composite) and owner.form == SUPER:
            start, instance = owner.items
            return self._attribute_of_base(start, instance, name)
        if not is_instance(owner):
            return super().attribute(owner, name)
        cls = self._class_of(owner)
        member = self.member(cls, name)
        if isinstance(member, property):
            return self.call(Static(member.fget), [owner], {})
        get = self._by_descriptor(member, "__get__")
        if get is not None and hasattr(type(member), "__set__"):
            return self.call(get, [owner, Static(cls)], {})
        found = self.held(owner, name)
        if found is not UNBOUND:
            return found
        if name == "__class__":
            return Static(cls)
        if get is not None:
            return self.call(get, [owner, Static(cls)], {})
        if isinstance(member, _OF_C) and not is_slot(member):
            raise self.unsupported(f"`{name}` of an instance is not followed")
        if is_slot(member) or not has_member(cls, name):
            self.throw("AttributeError", f"'{cls.__name__}' object has no attribute '{name}'")
        return self._bound(owner, cls, member, name)

    def _attribute_of_base(self, start: Abstract, instance: Abstract, name: str) -> Abstract:
        """What ``super().name`` is, in a method of an instance or of a class."""
        assert isinstance(start, Static)
        of_class = isinstance(instance, Static) and isinstance(instance.value, type)
        cls = instance.value if of_class else self._class_of(instance)  # type: ignore[union-attr]
        member = member_after(start.value, cls, name)
        fetch = partial(member_after, start.value, cls, name)
        self._guard(("member after", start.value, cls, name), f"super().{name}", fetch, member)
        if not of_class:
            return self._bound(instance, start.value, member, name)
        if isinstance(member, classmethod):
            return Composite(METHOD, (Static(member.__func__), instance))
        return Static(member.__func__ if isinstance(member, staticmethod) else member)

    def _by_descriptor(self, member: Any, name: str) -> Abstract | None:
        """How a member of a class is read or set, if its own class says so in Python."""
        if isinstance(member, functools.cached_property):
            return None
        function = self.member(type(member), name)
        if not isinstance(function, types.FunctionType):
            return None
        return Composite(METHOD, (Static(function), Static(member)))

    def has_attribute(self, value: Abstract, name: Abstract) -> bool | Atom:
        if is_instance(value) and isinstance(name, Static) and isinstance(name.value, str):
            bound = self.is_held(value, name.value)
            if bound is not False or is_slot(member_of(self._class_of(value), name.value)):
                return bound
        return super().has_attribute(value, name)

    def member(self, cls: type, name: str) -> Any:
        """What a class has under a name; a version lasts as long as a method does."""
        found = member_of(cls, name)
        match found:
            case types.FunctionType() | property():
                fetch = partial(getattr, cls, name)
            case staticmethod() | classmethod() | functools.cached_property():
                fetch = partial(member_of, cls, name)
            case _:
                return found
        self._guard(("member", cls, name), f"{cls.__name__}.{name}", fetch, found)
        return found

    def is_callable(self, value: Abstract) -> bool:
        if is_instance(value):
            return member_of(self._class_of(value), "__call__") is not None
        return super().is_callable(value)

    def _bound(self, owner: Abstract, cls: type, member: Any, name: str) -> Abstract:
        """A member of a class as an attribute of an instance."""
        match member:
            case types.FunctionType():
                return Composite(METHOD, (Static(member), owner))
            case staticmethod():
                return Static(member.__func__)
            case classmethod():
                return Composite(METHOD, (Static(member.__func__), Static(self._class_of(owner))))
            case property():
                return self.call(Static(member.fget), [owner], {})
            case functools.cached_property():
                found = self.owned(self.call(Static(member.func), [owner], {}))
                self.hold(owner, name, found)
                return found
            case types.WrapperDescriptorType() if name == "__init__":
                return Static(_initialise_object)
        fetch = partial(getattr, cls, name)
        return self.lift(member, name, ("attribute", id(cls), name), fetch)

    def method_of(self, owner: Abstract, name: str) -> Abstract | None:
        """A special method, if the class of an instance has it."""
        if not _has_methods(owner):
            return None
        member = self.member(self._class_of(owner), name)
        if member is None or member is getattr(object, name, None):
            return None
        if name in _COMPARED and _is_generated(member):
            return Composite(METHOD, (Static(_COMPARED[name]), owner))
        if not isinstance(member, types.FunctionType):
            return None
        if isinstance(owner, Static) and is_library(member):  # as that of np.mgrid
            return None
        return Composite(METHOD, (Static(member), owner))

    def set_attribute(self, owner: Abstract, name: str, value: Abstract) -> None:
        """``owner.name = value``, for whichever of several objects the owner is."""

        def action(one: Abstract) -> Abstract:
            self._set_attribute(one, name, value)
            return NONE

        self.distribute((owner,), action)

    def _set_attribute(self, owner: Abstract, name: str, value: Abstract) -> None:
        if is_none(owner):
            self.throw("AttributeError", f"'NoneType' object has no attribute '{name}'")
        if not is_instance(owner):
            raise self.unsupported(
                f"an attribute of {describe_kind(owner):an} is assigned here",
                "what is written to objects from outside would outlast the call",
                "make the object in the function that is differentiated",
            )
        cls = self._class_of(owner)
        member = self.member(cls, name)
        if isinstance(member, property):
            if member.fset is None:
                what = f"property '{name}' of '{cls.__name__}' object has no setter"
                self.throw("AttributeError", what)
            self.call(Static(member.fset), [owner, value], {})
            return
        set_by = self._by_descriptor(member, "__set__")
        if set_by is not None:
            self.call(set_by, [owner, value], {})
            return
        if isinstance(member, _OF_C) and not is_slot(member):
            raise self.unsupported(f"`{name}` of an instance is assigned here")
        parameters = getattr(cls, "__dataclass_params__", None)
        if parameters is not None and parameters.frozen:
            self.throw("AttributeError", f"cannot assign to field '{name}'")
        self.hold(owner, name, self.owned(value))

    def assign(self, target: Any, value: Abstract) -> None:
        if isinstance(target, gast.Attribute):
            owner = self.evaluate(target.value)
            self.node = target
            if is_array(owner):
                self.reshape_in_place(target, owner, value)
            else:
                self.set_attribute(owner, target.attr, value)
        else:
            super().assign(target, value)

    def visit_AugAssign(self, node: Any) -> None:
        if not isinstance(node.target, gast.Attribute):
            super().visit_AugAssign(node)
            return
        function = BINARY[type(node.op).__name__]
        owner, name = self.evaluate(node.target.value), node.target.attr
        old = self.distribute((owner,), lambda one: self.attribute(one, name))
        value = self.evaluate(node.value)
        self.node = node
        self.set_attribute(owner, name, self.updated(function, old, value, node.target))

    # --- operators ---

    def _unary(self, function: Callable[..., Any], value: Abstract) -> Abstract:
        method = self.method_of(value, f"__{function.__name__.rstrip('_')}__")
        return super()._unary(function, value) if method is None else self.call(method, [], {})

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        found = self._by_method(function, left, right)
        if found is not None:
            return found
        with _without_methods(left, right):
            return super()._binary(function, left, right)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        found = self._by_method(function, left, right)
        if found is not None:
            return found
        if function in (operator.eq, operator.ne):
            for one, other in ((left, right), (right, left)):
                outside = isinstance(other, Static) and is_record(type(other.value))
                if is_instance(one) and (is_instance(other) or outside):
                    return self._identical(left, right, function)
        with _without_methods(left, right):
            return super()._compared(function, left, right)

    def _by_method(
        self, function: Callable[..., Any], left: Abstract, right: Abstract
    ) -> Abstract | None:
        names = _OPERATORS.get(function)
        if names is None:
            return None
        ways = [(left, right, names[0]), (right, left, names[1])]
        if self._comes_first(right, left, names[1]):
            ways.reverse()
        for one, other, name in ways:
            method = self.method_of(one, name)
            found = NOT_IMPLEMENTED if method is None else self.call(method, [other], {})
            if not (isinstance(found, Static) and found.value is NotImplemented):
                return found
        if function is operator.ne:
            same = self._by_method(operator.eq, left, right)
            return None if same is None else self._negated(self.truth(same))
        return None

    def _comes_first(self, right: Abstract, left: Abstract, name: str) -> bool:
        """Whether Python asks the right operand first: its class refines the left one's."""
        if not (_has_methods(right) and _has_methods(left)):
            return False
        mine, other = self._class_of(right), self._class_of(left)
        refined = issubclass(mine, other) and mine is not other
        return refined and member_of(mine, name) is not member_of(other, name)

    def updated(self, function: Any, old: Abstract, value: Abstract, target: Any) -> Abstract:
        name = _OPERATORS[function][0].replace("__", "__i", 1) if function in _OPERATORS else ""
        method = self.method_of(old, name)
        if method is not None:
            return self.call(method, [value], {})
        return super().updated(function, old, value, target)

    def call(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        method = self.method_of(function, "__call__") if is_instance(function) else None
        return super().call(function if method is None else method, arguments, keywords)

    def truth(self, value: Abstract) -> bool | Atom:
        method = self.method_of(value, "__bool__") or self.method_of(value, "__len__")
        return super().truth(value if method is None else self.call(method, [], {}))

    def length(self, value: Abstract) -> Atom:
        method = self.method_of(value, "__len__")
        if method is None:
            return super().length(value)
        return self._as_atom(self.call(method, [], {}))

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        method = self.method_of(container, "__getitem__")
        if method is None:
            return super().subscript(container, key)
        return self.call(method, [key], {})

    def store(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        method = self.method_of(array, "__setitem__")
        if method is None:
            super().store(array, key, value, target)
        else:
            self.call(method, [key, value], {})

    def once(self, value: Abstract) -> Abstract:
        return super().once(self._iterated(value))

    def iterate(self, node: Any, iterable: Abstract) -> None:
        super().iterate(node, self._iterated(iterable))

    def _readable_by_position(self, name: str, *values: Abstract) -> tuple[Abstract, ...]:
        return super()._readable_by_position(name, *map(self._iterated, values))

    def consumer_of(self, function: Any, arguments: list[Abstract]) -> Any:
        places = [k for k, a in enumerate(arguments) if self.method_of(a, "__iter__") is not None]
        if places and function in (sum, min, max, any, all, sorted) and not arguments[2:]:
            return self.consumer_at(function, places)
        return super().consumer_of(function, arguments)

    def _iterated(self, value: Abstract) -> Abstract:
        """What ``iter`` makes of an instance; other values as they are."""
        method = self.method_of(value, "__iter__")
        found = value if method is None else self.call(method, [], {})
        if self.method_of(found, "__next__") is not None:
            return self.call_source(iteration.by_next, found)
        return found

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        method = self.method_of(container, "__contains__")
        if method is None:
            return super()._contained(item, container)
        return self.as_python_bool(self.truth(self.call(method, [item], {})))

    def visit_Call(self, node: Any) -> Abstract:
        match node:
            case gast.Call(func=gast.Name(id="super"), args=[], keywords=[]):
                cell = self.definition.cells.get("__class__")
                names = self.definition.parameters.names()
                if cell is not None and names:
                    return Composite(SUPER, (Static(cell.cell_contents), self.load(names[0])))
            case gast.Call(func=gast.Name(id="super"), args=[start, instance], keywords=[]):
                return Composite(SUPER, (self.evaluate(start), self.evaluate(instance)))
        return super().visit_Call(node)


def generated_by_dataclass(cls: type) -> bool:
    """Whether `dataclasses` wrote the ``__init__`` that a class has."""
    owner = next((base for base in cls.__mro__ if "__init__" in vars(base)), object)
    parameters = vars(owner).get("__dataclass_params__")
    if parameters is None or not parameters.init:
        return False
    return _is_generated(vars(owner)["__init__"])


def _is_generated(function: Any) -> bool:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_filename == "<string>"


def _why_abstract(cls: type) -> str:
    """What Python says of an instance of an abstract class."""
    try:
        object.__new__(cls)
    except TypeError as error:
        return str(error)
    raise AssertionError(f"{cls} is not abstract")


def _equal(one: Any, other: Any) -> Any:
    return fields_of(one) == fields_of(other) if type(one) is type(other) else NotImplemented


def _less(one: Any, other: Any) -> Any:
    return fields_of(one) < fields_of(other) if type(one) is type(other) else NotImplemented


def _less_or_equal(one: Any, other: Any) -> Any:
    return fields_of(one) <= fields_of(other) if type(one) is type(other) else NotImplemented


def _greater(one: Any, other: Any) -> Any:
    return fields_of(one) > fields_of(other) if type(one) is type(other) else NotImplemented


def _greater_or_equal(one: Any, other: Any) -> Any:
    return fields_of(one) >= fields_of(other) if type(one) is type(other) else NotImplemented


#: the comparisons that `dataclasses` writes
_COMPARED = {
    "__eq__": _equal,
    "__lt__": _less,
    "__le__": _less_or_equal,
    "__gt__": _greater,
    "__ge__": _greater_or_equal,
}


def fields_of(value: Any) -> Any:
    """What the fields of a dataclass that are compared hold."""
    return tuple(getattr(value, f.name) for f in dataclasses.fields(value) if f.compare)


def _initialise_object(*_: object) -> None:
    """``object.__init__``."""


def member_of(cls: type, name: str) -> Any:
    """What a class, or a base of it, has under a name."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def is_slot(member: Any) -> bool:
    """Whether a member of a class stands for an attribute that ``__slots__`` names."""
    slot = isinstance(member, types.MemberDescriptorType)
    return slot and member.__objclass__.__module__ != "builtins"


def has_member(cls: type, name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__)


def member_after(start: type, cls: type, name: str) -> Any:
    """What ``super().name`` is in a class, of an instance of another one."""
    order = cls.__mro__
    rest = order[order.index(start) + 1 :]
    return next((vars(base)[name] for base in rest if name in vars(base)), None)


def is_instance(value: Abstract) -> bool:
    """Whether a value is an instance of a class of the user's."""
    if isinstance(value, Composite) and isinstance(value.form, HandleForm):
        return True
    return is_object(value) and value.form.cls not in CONTAINERS  # type: ignore[union-attr, operator]


@contextlib.contextmanager
def _without_methods(left: Abstract, right: Abstract) -> Iterator[None]:
    """Where no method of an instance takes the other operand, Python raises a TypeError too."""
    try:
        yield
    except KindError as error:
        if is_instance(left) or is_instance(right):
            error.raised = "TypeError"
        raise


def _has_methods(value: Abstract) -> bool:
    """Whether a value is an instance of the user's, made in the function or outside of it."""
    return is_instance(value) or (isinstance(value, Static) and is_record(type(value.value)))


def _elements(held: Abstract) -> list[Any]:
    """The layouts of what a list or a dict holds that is kept in lists."""
    if not (is_growing(held) or is_mapping(held)):
        return []
    assert isinstance(held, Composite) and isinstance(held.form, GrowingForm | MappingForm)
    return [held.form.element]


def _holds_handles(layout: Any) -> bool:
    """Whether a layout is that of instances or rows in pools, or of what holds some."""
    return isinstance(layout, CompositeLayout) and (
        isinstance(layout.form, HandleForm | RowForm) or any(map(_holds_handles, layout.items))
    )
