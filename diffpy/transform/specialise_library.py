"""Calls of everything that is no function of the user's: classes, rules, methods, partials.

Numerical functions mean what their definition in `diffpy.rules` says.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from diffpy.errors import MissingRuleError
from diffpy.kinds import Array, sample
from diffpy.rules import structural
from diffpy.rules.consumers import CONSUMERS
from diffpy.rules.registry import definition_of, method_definition, python_of
from diffpy.structure import is_namedtuple, why_no_record
from diffpy.transform.find_source import call_method, plain_function
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_builtins import BUILTINS
from diffpy.transform.specialise_dictionaries import DICTIONARY_CALLS
from diffpy.transform.specialise_folds import FOLD_CALLS
from diffpy.transform.specialise_getters import GETTER_CALLS, GETTERS, Getters
from diffpy.transform.specialise_itertools import ITERTOOLS_CALLS
from diffpy.transform.specialise_patterns import PATTERN_CALLS
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
    atoms_of,
    describe_kind,
    is_array,
    is_dict,
    layout_of,
    refill,
)

_PURE = (str, repr, np.dtype, getattr, hasattr, tuple, bool, callable, round, divmod, ord, chr)


_OWN = {
    **BUILTINS,
    **DICTIONARY_CALLS,
    **ITERTOOLS_CALLS,
    **FOLD_CALLS,
    **PATTERN_CALLS,
    **GETTER_CALLS,
}


class Library(Getters):
    """How everything else is called."""

    def visit_Call(self, node: Any) -> Abstract:
        function = self.evaluate(node.func)
        arguments: list[Abstract] = []
        for argument in node.args:
            if isinstance(argument, gast.Starred):
                arguments += self.unpacked(self.evaluate(argument.value))
            else:
                arguments.append(self.evaluate(argument))
        keywords: dict[str, Abstract] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            given = {keyword.arg: value} if keyword.arg is not None else self.mapping(value)
            for name, item in given.items():
                if name in keywords:
                    self.throw("TypeError", f"got multiple values for keyword argument '{name}'")
                if not isinstance(name, str):
                    self.throw("TypeError", "keywords must be strings")
                keywords[name] = item
        self.node = node
        return self.call(function, arguments, keywords)

    def call(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """Call any value."""
        self.hand_on(function, (*arguments, *keywords.values()))
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
            case Composite(form=NamedForm(name="itemgetter" | "attrgetter" | "methodcaller")):
                return self.call_getter(function, arguments, keywords)
        raise self.mistake(f"{describe_kind(function):an} cannot be called", function)

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        value = function.value
        name = getattr(value, "__name__", None) or type(value).__name__
        if self.may_be_generators(arguments) and value in CONSUMERS:
            return self.distribute(
                tuple(arguments), lambda *one: self._call_static(function, [*one], keywords)
            )
        consumer = self.consumer_of(value, arguments)
        if consumer is not None:
            return self.call_python(consumer, arguments, keywords)
        own = _OWN.get(id(value))
        if own is not None:
            found: Abstract | None = own(self, *arguments, **keywords)
            if found is not None:
                return found
        transform = getattr(value, "transform", None)
        if transform is not None and hasattr(transform, "argnums"):
            inner = self.lift_callable(transform.fun)
            return self.call_transformed(transform, inner, arguments, keywords)
        if getattr(sys.modules["diffpy.api"], name, self) is value:
            return self.apply_transform(name, arguments, keywords)
        meaning = definition_of(value)
        if meaning is not None:
            return self._by_definition(meaning, value, _full_name(value, name), arguments, keywords)
        if isinstance(value, functools.partial):
            return self.call(self.lift_callable(value, frozenset(keywords)), arguments, keywords)
        if isinstance(value, GETTERS):
            return self.call(self.lifted_getter(value), arguments, keywords)
        if isinstance(value, types.MethodType):
            return self.call(Static(value.__func__), [Static(value.__self__), *arguments], keywords)
        if isinstance(value, type) and is_namedtuple(value):
            return self._make_namedtuple(value, arguments, keywords)
        read = python_of(value)
        if read is not None:
            return self.call_python(read, arguments, keywords)
        python = plain_function(value)
        if python is not None and not is_library(python):
            return self.call_python(python, arguments, keywords)
        if python is None:
            call = call_method(value)
            if call is not None and not is_library(call):
                self.member(type(value), "__call__")
                return self.call_python(call, [function, *arguments], keywords)
        if isinstance(getattr(value, "__self__", None), str):
            return self.call_text_method(value, arguments, keywords)
        constants = [*arguments, *keywords.values()]
        if value in _PURE and all(isinstance(a, Static | Const) for a in constants):
            plain = [a.value for a in arguments if isinstance(a, Static | Const)]
            if not all(isinstance(a, str | int | float | complex | None) for a in plain):
                self.program.reads["inside", name] = plain  # of objects, nobody knows which part
            try:
                return self.from_rule(value(*plain), name)
            except (TypeError, ValueError, AttributeError) as error:
                raise self.error(f"`{name}`: {error}") from None
        special = why_no_record(value) if isinstance(value, type) else None
        if special is not None and not is_library(value):
            what = f"an instance of `{value.__name__}` is made here"
            raise self.unsupported(what, special, "a plain class, or a function that makes one")
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
        if isinstance(owner, Static):
            return self.call_outside_method(name, owner, arguments, keywords)
        if isinstance(owner, Composite) and is_dict(owner):
            return self.call_dict_method(name, owner, arguments, keywords)
        if isinstance(owner, Composite):
            return self._call_tuple_method(name, owner, arguments, keywords)
        meaning = method_definition(name)
        assert meaning is not None
        return self._by_definition(
            meaning,
            lambda a, *rest, **options: getattr(a, name)(*rest, **options),
            name,
            [owner, *arguments],
            keywords,
        )

    def _by_definition(
        self,
        meaning: Callable[..., Any],
        function: Callable[..., Any],
        name: str,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        """What ``function`` means by its definition, whichever alternatives the arguments are."""
        names, count = tuple(keywords), len(arguments)

        def action(*values: Abstract) -> Abstract:
            options = dict(zip(names, values[count:]))
            result = self.run_definition(meaning, name, values[:count], options)
            return self._apart(result, function, values, count, names)

        return self.distribute((*arguments, *keywords.values()), action)

    def _apart(
        self,
        result: Abstract,
        function: Callable[..., Any],
        values: tuple[Abstract, ...],
        count: int,
        names: tuple[str, ...],
    ) -> Abstract:
        """A result that is one of the arguments, copied where NumPy copies.

        A definition may hand its argument back (``np.conj`` of a real array); a store into the
        result must not be one into the argument. NumPy itself says, on small arrays, whether the
        two share memory; where that depends on the layout, the result is either.
        """
        given = [atom for value in values for atom in atoms_of(value)]
        atoms = list(atoms_of(result))
        if not any(is_array(r) and any(r is g for g in given) for r in atoms):
            return result
        shared = {shares_by_example(function, values, count, names, c) for c in (True, False)}
        if shared == {True}:
            return result
        primitive = structural.copy if shared == {False} else structural.contiguous
        for i, atom in enumerate(atoms):
            if not is_array(atom) or not any(atom is g for g in given):
                continue
            assert isinstance(atom.kind, Array)
            if primitive is structural.copy or atom.kind.ndim > 0:
                atoms[i] = self.builder.value(primitive, atom)
        return refill(layout_of(result), iter(atoms))

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


def is_library(function: types.FunctionType | type) -> bool:
    top = function.__module__.partition(".")[0] if function.__module__ else ""
    return top in ("numpy", "scipy", "numba", "cupy", "math")


def _full_name(value: Any, name: str) -> str:
    """The name by which people import a function."""
    homes = [
        module
        for module, contents in sys.modules.copy().items()  # other threads import
        if module.partition(".")[0] in ("numpy", "scipy", "math", "cmath", "operator")
        and not any(part.startswith("_") for part in module.split("."))
        and vars(contents).get(name) is value
    ]
    home = min(homes, key=lambda module: (module.count("."), module), default=None)
    if home is None:
        home = getattr(value, "__module__", None) or "builtins"
    if home == "builtins":
        return name
    top, *rest = home.split(".")
    return ".".join(["np" if top == "numpy" else top, *rest, name])


def shares_by_example(
    function: Callable[..., Any],
    values: tuple[Abstract, ...],
    count: int,
    names: tuple[str, ...],
    contiguous: bool,
) -> bool | None:
    """Whether a function's result shares memory with an argument; None if it cannot be told."""
    arrays: list[Any] = []

    def example(value: Abstract) -> Any:
        match value:
            case Var(kind=Array() as kind):
                array = sample(kind)
                arrays.append(array if contiguous else np.repeat(array, 2, axis=0)[::2])
                return arrays[-1]
            case Var():
                return sample(value.kind)
            case Const() | Static():
                return value.value
            case Composite(form=TupleForm(cls=cls)) if cls in (tuple, list):
                return cls(map(example, value.items))
        raise TypeError(describe_kind(value))

    try:
        given = [example(value) for value in values]
        with np.errstate(all="ignore"):
            found = function(*given[:count], **dict(zip(names, given[count:])))
    except Exception:  # whatever NumPy raises for these values
        return None
    parts = found if isinstance(found, tuple | list) else (found,)
    return any(
        isinstance(part, np.ndarray) and np.shares_memory(part, array)
        for part in parts
        for array in arrays
    )
