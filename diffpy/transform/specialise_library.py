"""Calls of everything that is no function of the user's: classes, rules, methods, partials.

Numerical functions mean what their definition in `diffpy.rules` says.
"""

from __future__ import annotations

import functools
import types
from typing import Any

import gast
import numpy as np

from diffpy.errors import MissingRuleError
from diffpy.rules.registry import definition_of, method_definition
from diffpy.transform.find_source import call_method, plain_function
from diffpy.transform.ir import (
    Const,
)
from diffpy.transform.specialise_builtins import BUILTINS, Builtins
from diffpy.transform.values import (
    Abstract,
    ArrayMethod,
    Composite,
    FunctionForm,
    NamedForm,
    PartialForm,
    Static,
    TransformForm,
    TupleForm,
    UnionForm,
    describe_kind,
)

_PURE = (str, repr, np.dtype, getattr, hasattr, tuple, bool, callable, round, divmod, ord, chr)


class Library(Builtins):
    """How everything else is called."""

    def visit_Call(self, node: Any) -> Abstract:
        function = self.evaluate(node.func)
        arguments: list[Abstract] = []
        for argument in node.args:
            if isinstance(argument, gast.Starred):
                arguments += self.unpacked(self.evaluate(argument.value))
            else:
                arguments.append(self.evaluate(argument))
        keywords = {k.arg: self.evaluate(k.value) for k in node.keywords}
        self.node = node
        return self.call(function, arguments, keywords)

    def call(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """Call any value."""
        match function:
            case Composite(form=FunctionForm()):
                return self.call_nested(function, arguments, keywords)
            case Composite(form=PartialForm(positional=count, keywords=names)):
                inner, *given = function.items
                fixed = dict(zip(names, given[count:]))
                return self.call(inner, [*given[:count], *arguments], {**fixed, **keywords})
            case Composite(form=NamedForm(name="method")):
                return self._call_method(function, arguments, keywords)
            case Composite(form=TransformForm(transform=transform)):
                return self.call_transformed(transform, function.items[0], arguments, keywords)
            case Static():
                return self._call_static(function, arguments, keywords)
            case Composite(form=UnionForm()):
                return self.distribute((function,), lambda f: self.call(f, arguments, keywords))
        raise self.error(f"a {describe_kind(function)} cannot be called")

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        value = function.value
        name = getattr(value, "__name__", None) or type(value).__name__
        own = BUILTINS.get(id(value))
        if own is not None:
            found: Abstract | None = own(self, *arguments, **keywords)
            if found is not None:
                return found
        transform = getattr(value, "transform", None)
        if transform is not None and hasattr(transform, "argnums"):
            inner = self.lift_callable(transform.fun)
            return self.call_transformed(transform, inner, arguments, keywords)
        if getattr(value, "__module__", None) == "diffpy.api":
            return self.apply_transform(name, arguments, keywords)
        meaning = definition_of(value)
        if meaning is not None:
            values = (*arguments, *keywords.values())
            names = tuple(keywords)
            count = len(arguments)
            return self.distribute(
                values,
                lambda *v: self.run_definition(
                    meaning, _full_name(value, name), v[:count], dict(zip(names, v[count:]))
                ),
            )
        if isinstance(value, functools.partial):
            return self.call(self.lift_callable(value, frozenset(keywords)), arguments, keywords)
        if isinstance(value, types.MethodType):
            return self.call(Static(value.__func__), [Static(value.__self__), *arguments], keywords)
        if isinstance(value, type) and is_namedtuple(value):
            return self._make_namedtuple(value, arguments, keywords)
        python = plain_function(value)
        if python is not None and not _is_library(python):
            return self.call_python(python, arguments, keywords)
        if python is None:
            call = call_method(value)
            if call is not None and not _is_library(call):
                return self.call_python(call, [function, *arguments], keywords)
        constants = [*arguments, *keywords.values()]
        if value in _PURE and all(isinstance(a, Static | Const) for a in constants):
            plain = [a.value for a in arguments if isinstance(a, Static | Const)]
            try:
                return self.from_rule(value(*plain), name)
            except (TypeError, ValueError, AttributeError) as error:
                raise self.error(f"`{name}`: {error}") from None
        raise MissingRuleError(
            f"there is no rule for `{_full_name(value, name)}`",
            self.place(),
            "its source is not Python, or belongs to a library",
            "write it with functions that have rules",
        )

    def _call_method(
        self, method: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        function, owner = method.items
        assert isinstance(function, Static)
        if not isinstance(function.value, ArrayMethod):
            return self.call(function, [owner, *arguments], keywords)
        name = function.value.name
        if isinstance(owner, Composite):
            return self._call_tuple_method(name, owner, arguments, keywords)
        meaning = method_definition(name)
        assert meaning is not None
        values = (*arguments, *keywords.values())
        names, count = tuple(keywords), len(arguments)
        return self.distribute(
            values,
            lambda *v: self.run_definition(
                meaning, name, (owner, *v[:count]), dict(zip(names, v[count:]))
            ),
        )

    def _call_tuple_method(
        self,
        name: str,
        owner: Composite,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        assert isinstance(owner.form, TupleForm)
        fields = getattr(owner.form.cls, "_fields", ())
        if name == "_replace" and not arguments:
            unknown = [key for key in keywords if key not in fields]
            if unknown:
                raise self.error(f"got unexpected field names: {unknown}")
            items = (keywords.get(field, old) for field, old in zip(fields, owner.items))
            return Composite(owner.form, tuple(items))
        raise self.unsupported(f"the method `{name}` of a tuple is not supported yet")

    def _make_namedtuple(
        self, cls: Any, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        fields = cls._fields
        values = dict(zip(fields, arguments))
        for key, value in keywords.items():
            if key not in fields or key in values:
                raise self.error(f"{cls.__name__}() got an unexpected argument '{key}'")
            values[key] = value
        for field, default in getattr(cls, "_field_defaults", {}).items():
            if field not in values:
                values[field] = self.from_rule(default, cls.__name__)
        missing = [field for field in fields if field not in values]
        if missing or len(arguments) > len(fields):
            raise self.error(f"{cls.__name__}() takes {len(fields)} arguments: {', '.join(fields)}")
        return Composite(TupleForm(cls), tuple(values[field] for field in fields))

    # --- transforms inside of a program: see specialise_transforms ---

    def call_transformed(
        self,
        transform: Any,
        function: Abstract,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        raise NotImplementedError

    def apply_transform(
        self, name: str, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        raise NotImplementedError


def _is_library(function: types.FunctionType) -> bool:
    top = function.__module__.partition(".")[0] if function.__module__ else ""
    return top in ("numpy", "scipy", "numba", "cupy", "math")


def _full_name(value: Any, name: str) -> str:
    module = getattr(value, "__module__", None) or ""
    if module.startswith("numpy") or isinstance(value, np.ufunc):
        return f"np.{name}"
    return name if module in ("builtins", "") else f"{module}.{name}"
