"""Elements and attributes: ``a[i, 1:]``, ``t[0]``, ``a.shape``, ``p.x``, ``np.pi``."""

from __future__ import annotations

import operator
import types
from typing import Any

import gast
import numpy as np

from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    Array,
    Scalar,
    is_integer,
)
from diffpy.rules import structural
from diffpy.rules.creation import mgrid
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of, method_definition
from diffpy.transform.ir import (
    Atom,
    Const,
    Var,
)
from diffpy.transform.specialise_conditions import Conditions
from diffpy.transform.values import (
    METHOD,
    NONE,
    SLICE,
    Abstract,
    ArrayMethod,
    Composite,
    FunctionForm,
    NamedForm,
    Static,
    TupleForm,
    describe_kind,
    is_atom,
    tuple_of,
)


class Subscripts(Conditions):
    """How elements and attributes are read."""

    # --- subscripts ---

    def visit_Subscript(self, node: Any) -> Abstract:
        container = self.evaluate(node.value)
        key = self.key(node.slice)
        return self.distribute((container, key), self.subscript)

    def key(self, node: Any) -> Abstract:
        if isinstance(node, gast.Slice):
            parts = (node.lower, node.upper, node.step)
            return Composite(SLICE, tuple(NONE if p is None else self.evaluate(p) for p in parts))
        if isinstance(node, gast.Tuple):
            return tuple_of(*(self.key(element) for element in node.elts))
        return self.evaluate(node)

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        match container:
            case Var(kind=Array()):
                return self.run_definition(structural.read, "[]", (container, key), {})
            case Composite(form=TupleForm(cls=cls)):
                return self._tuple_item(container, key, cls)
            case Composite(form=NamedForm(name="range")) if is_atom(key):
                return self.item(container, self._wrapped(key, self.length(container)))
            case Static() if container.value is np.mgrid:
                return self.run_definition(mgrid, "np.mgrid", (key,), {})
            case Static() if isinstance(key, Const | Static):
                return self._static_item(container, key)
        raise self.mistake(f"{describe_kind(container):an} has no elements", container)

    def _static_item(self, container: Static, key: Const | Static) -> Abstract:
        """An element of an object from outside, read at each call: others may change it."""
        whole, place = container.value, key.value
        try:
            found = whole[place]
        except (TypeError, KeyError, IndexError) as error:
            raise self.mistake(f"{describe_kind(container)}: {error!r}", container) from None
        if isinstance(whole, str | bytes | types.GenericAlias | type):
            return self.from_rule(found, "[]")
        self.program.outside[id(whole)] = whole
        label = f"{container.name or 'item'}_{place}"
        return self.lift(found, label, ("item", id(whole), place), lambda: whole[place])

    def _tuple_item(self, container: Composite, key: Abstract, cls: type) -> Abstract:
        items = container.items
        if isinstance(key, Const):
            try:
                return items[operator.index(key.value)]
            except IndexError:
                self.throw("IndexError", "tuple index out of range")
            except TypeError:
                raise self.error("a tuple index is no integer") from None
        if isinstance(key, Composite) and key.form == SLICE:
            parts = [p.value for p in key.items if isinstance(p, Const | Static)]
            if len(parts) < 3:
                raise self.unsupported(
                    "a slice of a tuple has bounds that are not known while compiling",
                    "the length of a tuple is part of its kind",
                    "use constants, or an array",
                )
            kept = items[slice(*parts)]
            return tuple_of(*kept, cls=list if cls is list else tuple)
        if isinstance(key, Var):
            return self._dynamic_item(items, key)
        raise self.error(f"a tuple cannot be indexed with {describe_kind(key):an}")

    def _dynamic_item(self, items: tuple[Abstract, ...], key: Var) -> Abstract:
        if len(items) > 64:
            raise self.unsupported("a tuple of more than 64 items is indexed with a variable")
        position = self._wrapped(key, Const(len(items), PY_INT))

        def chain(k: int) -> Abstract:
            if k == len(items):
                self.throw("IndexError", "tuple index out of range")
            test = self.apply(operator.eq, position, Const(k, PY_INT))
            return self.choose(self._as_test(test), lambda: items[k], lambda: chain(k + 1))

        return chain(0)

    def _wrapped(self, key: Abstract, length: Abstract) -> Atom:
        """A Python index, negative ones counted from the end."""
        assert isinstance(key, Var | Const)
        if key.kind == PY_BOOL:
            key = self.builder.value(structural.convert, key, kind=PY_INT)
        elif not is_integer(key.kind):
            raise self.error(f"an index is {describe_kind(key)}, no integer")
        if isinstance(key, Const):
            if key.value >= 0:
                return key
            return self._as_atom(self.apply(operator.add, length, key))
        negative = self._as_test(self.apply(operator.lt, key, Const(0, PY_INT)))
        found = self.choose(negative, lambda: self.apply(operator.add, key, length), lambda: key)
        return self._as_atom(found)

    def length(self, value: Abstract) -> Atom:
        raise NotImplementedError

    def item(self, value: Abstract, position: Atom) -> Abstract:
        raise NotImplementedError

    # --- attributes ---

    def visit_Attribute(self, node: Any) -> Abstract:
        owner = self.evaluate(node.value)
        return self.distribute((owner,), lambda value: self.attribute(value, node.attr))

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        match owner:
            case Var() | Const():
                return self._number_attribute(owner, name)
            case Composite(form=TupleForm(cls=cls)):
                fields = getattr(cls, "_fields", None)
                if fields is not None:
                    if name in fields:
                        return owner.items[fields.index(name)]
                    if name == "_fields":
                        return tuple_of(*map(Static, fields))
                    if name in ("_replace", "_asdict") or name in vars(cls):
                        return self._class_attribute(owner, cls, name)
                if name in ("index", "count"):
                    return Composite(METHOD, (Static(ArrayMethod(name)), owner))
            case Composite(form=NamedForm(name="range" | "slice" as form)):
                names = ("start", "stop", "step")
                if name in names:
                    return owner.items[names.index(name)]
                raise self.error(f"a {form} has no attribute `{name}`")
            case Composite(form=FunctionForm(definition=definition)):
                if name in ("__name__", "__doc__"):
                    return Static(definition.name if name == "__name__" else definition.doc)
            case Static():
                return self._static_attribute(owner, name)
        raise self.error(f"{describe_kind(owner):an} has no attribute `{name}` that diffpy knows")

    def own_method(self, name: str, owner: Abstract) -> Abstract:
        """A method that the interpreter runs itself."""
        return Composite(METHOD, (Static(ArrayMethod(name)), owner))

    def member(self, cls: type, name: str) -> Any:
        raise NotImplementedError

    def _class_attribute(self, owner: Composite, cls: type, name: str) -> Abstract:
        if name == "_replace":
            return Composite(METHOD, (Static(ArrayMethod(name)), owner))
        member = self.member(cls, name)
        if isinstance(member, types.FunctionType):
            return Composite(METHOD, (Static(member), owner))
        if isinstance(member, property) and member.fget is not None:
            return self.call(Static(member.fget), [owner], {})
        raise self.unsupported(f"`{name}` of a {cls.__name__} is not supported")

    def _number_attribute(self, owner: Var | Const, name: str) -> Abstract:
        kind = owner.kind
        if isinstance(kind, Array):
            match name:
                case "shape":
                    return tuple_of(*(self.dim(owner, axis) for axis in range(kind.ndim)))
                case "ndim":
                    return Const(kind.ndim, PY_INT)
                case "size":
                    total: Abstract = Const(1, PY_INT)
                    for axis in range(kind.ndim):
                        total = self.apply(operator.mul, total, self.dim(owner, axis))
                    return total
        if isinstance(kind, Scalar | Array):
            if name == "dtype" and not getattr(kind, "python", False):
                return Static(np.dtype(kind.dtype))
            if isinstance(kind, Scalar) and not kind.python:
                if name in ("shape", "ndim", "size"):
                    return tuple_of() if name == "shape" else Const(int(name == "size"), PY_INT)
        meaning = method_definition(name)
        if meaning is not None:
            if name in ("T", "real", "imag", "mT", "flat"):
                return self.run_definition(meaning, name, (owner,), {})
            return Composite(METHOD, (Static(ArrayMethod(name)), owner))
        if name == "T" and isinstance(kind, Array):
            return self.from_rule(Value(owner).T, name)
        if name in ("real", "imag"):
            function = definition_of(getattr(np, name))
            if function is not None:
                return self.run_definition(function, name, (owner,), {})
        raise self.error(f"{describe_kind(owner):an} has no attribute `{name}` that diffpy knows")

    def dim(self, array: Abstract, axis: int) -> Atom:
        assert isinstance(array, Var)
        return self.builder.value(structural.dim, array, axis=axis)

    def _static_attribute(self, owner: Static, name: str) -> Abstract:
        value = owner.value
        try:
            found = getattr(value, name)
        except AttributeError:
            what = f"{describe_kind(owner)} has no attribute `{name}`"
            raise self.mistake(what, owner, "AttributeError") from None
        if isinstance(value, str):
            return Static(found)
        if not isinstance(value, types.ModuleType | type):
            self.program.outside[id(value)] = value
        constant = isinstance(value, types.ModuleType) and not _is_user_module(value)
        label = f"{owner.name}.{name}" if owner.name else name
        return self.lift(
            found, label, ("attribute", id(value), name), lambda: getattr(value, name), constant
        )


def _is_user_module(module: types.ModuleType) -> bool:
    top = module.__name__.partition(".")[0]
    return top not in ("numpy", "math", "cmath", "scipy", "operator", "builtins", "cupy", "sys")
