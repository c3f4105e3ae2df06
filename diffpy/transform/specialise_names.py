"""Names and constants, and the objects of the user's module that they stand for.

A number or an array of the module becomes a hidden argument that is read at each call; a function,
a class or a module is known while compiling, and guarded:

    SCALE = 2.0
    def f(x):                    f(x, SCALE):
        return x * SCALE             return x * SCALE
"""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable
from operator import getitem
from typing import Any

import numpy as np

from diffpy.errors import KindError, UndefinedNameError, UnsupportedSyntaxError
from diffpy.kinds import (
    Scalar,
    kind_of_value,
    type_code,
)
from diffpy.rules import structural
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of
from diffpy.structure import Sequence, describe, leaves
from diffpy.transform.ir import (
    Const,
    Var,
)
from diffpy.transform.program import Guard, Hidden
from diffpy.transform.specialise_joins import Joining
from diffpy.transform.specialise_layouts import (
    DROPPED,
)
from diffpy.transform.specialise_scopes import Scope
from diffpy.transform.values import (
    METHOD,
    SLICE,
    UNBOUND,
    Abstract,
    Composite,
    MaybeForm,
    NamedForm,
    PartialForm,
    Static,
    TupleForm,
    describe_kind,
    is_tuple,
)


class Names(Joining):
    """How names are read and bound."""

    def evaluate(self, node: Any) -> Abstract:
        """The value of an expression; code that computes it is emitted."""
        outside, self.node = self.node, node
        line, self.builder.line = self.builder.line, self.line_of(node, self.builder.line)
        try:
            method = getattr(self, f"visit_{type(node).__name__}", None)
            if method is None:
                raise self.unsupported(f"`{type(node).__name__}` is not supported")
            value: Abstract = method(node)
            return value
        finally:
            self.node, self.builder.line = outside, line

    def unsupported(self, what: str, why: str = "", fix: str = "") -> UnsupportedSyntaxError:
        return UnsupportedSyntaxError(what, self.place(), why, fix)

    # --- to and from rules ---

    def lasting(self, value: Static) -> Static:
        """An object whose contents may go into the program; others may change a list's."""
        if isinstance(value.value, list | dict | set | bytearray):
            raise self.unsupported(
                f"the contents of a {type(value.value).__name__} from outside are used here",
                "they may be others when the derivative is called again",
                "make it a tuple or an array, or pick its elements one by one",
            )
        return value

    def to_rule(self, value: Abstract, name: str) -> Any:
        match value:
            case Var() | Const():
                return Value(value)
            case Static():
                return self.lasting(value).value
            case Composite(form=TupleForm(cls=cls)):
                items = [self.to_rule(item, name) for item in value.items]
                return cls(items) if cls in (tuple, list) else cls(*items)
            case Composite(form=NamedForm(name="slice")):
                return slice(*(self.to_rule(item, name) for item in value.items))
            case Composite(form=NamedForm(name="range")):  # NumPy makes an array of it
                arange = definition_of(np.arange)
                assert arange is not None
                return arange(*(self.to_rule(item, name) for item in value.items))
            case _:
                raise KindError(
                    f"`{name}` cannot take {describe_kind(value):an}", self.place(self.node)
                )

    def from_rule(self, value: Any, name: str) -> Abstract:
        if isinstance(value, Value):
            return value.atom
        if isinstance(value, tuple | list):
            items = tuple(self.from_rule(item, name) for item in value)
            return Composite(TupleForm(type(value)), items)
        kind = kind_of_value(value)
        if isinstance(kind, Scalar):
            return Const(value, kind)
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return Composite(SLICE, tuple(self.from_rule(part, name) for part in parts))
        return Static(value)

    # --- names and constants ---

    def visit_Constant(self, node: Any) -> Abstract:
        kind = kind_of_value(node.value)
        return Const(node.value, kind) if isinstance(kind, Scalar) else Static(node.value)

    def visit_Name(self, node: Any) -> Abstract:
        return self.load(node.id)

    def load(self, name: str) -> Abstract:
        """The value of a name, by Python's scopes."""
        if name in self.definition.locals:
            value: Abstract = self.env.get(name)
            if value is UNBOUND:
                self.throw(
                    "UnboundLocalError",
                    f"cannot access local variable '{name}' where it is not associated "
                    "with a value",
                )
            if isinstance(value, Composite) and isinstance(value.form, MaybeForm):
                flag, inner = value.items
                assert isinstance(flag, Var | Const)
                structural.check_bound(Value(flag), name=name)
                self.env.narrow(name, inner, value)
                value = inner
            assert value is not DROPPED, f"liveness lost {name}"
            return value
        scope = self._scope_of(name)
        if scope is None:
            return self.load_global(name)
        found = scope.lookup(name)
        if found is None or found is UNBOUND:
            self.throw(
                "NameError",
                f"cannot access free variable '{name}' where it is not associated "
                "with a value in enclosing scope",
            )
        if isinstance(found, Composite) and isinstance(found.form, MaybeForm):
            flag, found = found.items
            assert isinstance(flag, Var | Const)
            structural.check_bound(Value(flag), name=name)
        return found

    def _scope_of(self, name: str) -> Scope | None:
        """The function around this one that a free name belongs to."""
        scope = self.parent
        while scope is not None and not scope.has(name):
            scope = scope.parent
        return scope

    def load_global(self, name: str) -> Abstract:
        """A closure cell of the real function, a global of its module, or a builtin."""
        cell = self.definition.cells.get(name)
        if cell is not None:
            try:
                value = cell.cell_contents
            except ValueError:
                self.program.reads["empty", name] = None
                self.throw("NameError", f"free variable '{name}' has no value")
            return self.lift(value, name, ("cell", id(cell)), lambda: cell.cell_contents)
        space = self.definition.globals
        if name in space:
            fetch = functools.partial(space.get, name)
            return self.lift(space[name], name, ("global", id(space), name), fetch)
        if hasattr(builtins, name):
            builtin = getattr(builtins, name)
            self.program.reads.setdefault(("builtin", id(space), name), builtin)
            names = self.program.builtins.setdefault(id(space), [])
            names.append(name)
            clear = functools.partial(space.keys().isdisjoint, names)  # no global stands before it
            self._guard(("builtins", id(space)), "builtins", clear, True)
            return Static(builtin, name)
        raise UndefinedNameError(f"name `{name}` is not defined", self.place())

    def assign_name(self, name: str, value: Abstract) -> None:
        """Bind a name; temporaries made for it are called like it."""
        if name in self.definition.nonlocals:
            scope = self._scope_of(name)
            if scope is None:
                raise self.unsupported(
                    f"`{name}` belongs to a function around this one that is not differentiated",
                    "what is written there would outlast the call",
                    "pass the value in and return the new one",
                )
            scope.rebind(name, value)
        else:
            self.bind(name, value)
        if isinstance(value, Var):
            if value.temporary:
                value.name, value.temporary = name, False
        elif isinstance(value, Composite) and is_tuple(value):
            for item, hint in zip(value.items, names_of_items(name, value)):
                if isinstance(item, Var) and item.temporary:
                    item.name, item.temporary = hint, False

    # --- objects of the user's module ---

    def lift(
        self, value: Any, name: str, key: Any, fetch: Callable[[], Any], constant: bool = False
    ) -> Abstract:
        """A real object as a value: numbers become hidden arguments, functions guards."""
        self.program.reads.setdefault(key, value)
        known = self.hidden.get(key)
        if known is not None or key in self.program.hidden:
            return self.hidden_value(key)
        if isinstance(value, types.MethodType):
            if not constant:
                self._guard(key, name, fetch, value)
            return Composite(METHOD, (Static(value.__func__), Static(value.__self__)))
        if isinstance(value, functools.partial):
            self._guard(key, name, fetch, value)
            return self.lift_callable(value)
        structure = describe(value, containers=False)
        kind = kind_of_value(value)
        if constant and isinstance(kind, Scalar):
            return Const(value, kind)
        if self.program.constants and isinstance(kind, Scalar) and type_code(kind) in "ib":
            self._guard(key, name, fetch, value)
            return Const(value, kind)
        if structure is not None and any(True for _ in leaves(structure)):
            self.program.hidden[key] = Hidden(name, fetch, structure)
            return self.hidden_value(key)
        if isinstance(structure, Sequence):
            if not constant:
                self._guard(key, name, fetch, value)
            return self._static_tuple(value)
        if not constant:
            self._guard(key, name, fetch, value)
        return Static(value, name)

    def _static_tuple(self, value: tuple[Any, ...]) -> Abstract:
        items = (self._static_tuple(v) if isinstance(v, tuple) else Static(v) for v in value)
        return Composite(TupleForm(type(value)), tuple(items))

    def _guard(self, key: Any, name: str, fetch: Callable[[], Any], expected: Any) -> None:
        self.program.guards.setdefault(key, Guard(name, fetch, expected))

    def lift_callable(self, value: Any, replaced: frozenset[str] = frozenset()) -> Abstract:
        """A callable object; the arguments that a partial holds are hidden arguments."""
        if not isinstance(value, functools.partial):
            return Static(value)
        items = [self.lift_callable(value.func)]
        kept = {name: v for name, v in value.keywords.items() if name not in replaced}
        held: list[tuple[Any, Any, Callable[[], Any]]] = [
            *(
                (i, v, functools.partial(value.args.__getitem__, i))
                for i, v in enumerate(value.args)
            ),
            *((n, v, functools.partial(getitem, value.keywords, n)) for n, v in kept.items()),
        ]
        for part, argument, fetch in held:
            key = ("partial", id(value), part)
            items.append(self.lift(argument, f"argument_{part}", key, fetch))
        self._guard(("partial", id(value)), "partial", lambda: value, value)
        return Composite(PartialForm(len(value.args), tuple(kept)), tuple(items))


def names_of_items(name: str, value: Composite) -> list[str]:
    form = value.form
    fields = getattr(getattr(form, "cls", None), "_fields", None)
    return [f"{name}_{fields[i] if fields else i}" for i in range(len(value.items))]
