"""Calls of everything that is no function of the user's: builtins, classes, rules, methods.

The few builtins that act on what is known while compiling (len, range, enumerate, zip, isinstance,
…) are methods here; numerical functions mean what their definition in `diffpy.rules` says.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable
from operator import getitem
from typing import Any

import gast
import numpy as np

from diffpy.errors import MissingRuleError
from diffpy.kinds import PY_BOOL, PY_COMPLEX, PY_FLOAT, PY_INT, Array, Scalar, kind_of_value, type_code
from diffpy.rules.notation import Value
from diffpy.rules.printing import show
from diffpy.rules.registry import definition_of, method_definition
from diffpy.structure import Sequence, describe, leaves
from diffpy.transform.find_source import call_method, plain_function
from diffpy.transform.ir import Const, Var
from diffpy.transform.program import Guard, Hidden
from diffpy.transform.specialise_calls import Calls
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.values import (
    ENUMERATE,
    METHOD,
    NONE,
    RANGE,
    REVERSED,
    SLICE,
    ZIP,
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
    is_atom,
    is_tuple,
    tuple_of,
)

_PURE = (str, repr, np.dtype, getattr, hasattr, tuple, bool, callable, round, divmod, ord, chr)
_CLASSES: dict[Any, type] = {
    PY_FLOAT: float,
    PY_INT: int,
    PY_BOOL: bool,
    PY_COMPLEX: complex,
}


class Library(Calls):
    """How everything else is called."""

    def _call(self, node: Any) -> Abstract:
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
        own = _BUILTINS.get(id(value))
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
        if isinstance(value, type) and hasattr(value, "_fields") and issubclass(value, tuple):
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

    # --- objects of the user's module ---

    def lift(
        self, value: Any, name: str, key: Any, fetch: Callable[[], Any], constant: bool = False
    ) -> Abstract:
        """A real object as a value: numbers become hidden arguments, functions guards."""
        known = self.hidden.get(key)
        if known is not None or key in self.program.hidden:
            return self.hidden_value(key)
        if isinstance(value, types.MethodType):
            if not constant:
                self._guard(key, name, lambda: fetch().__func__, value.__func__)
            return Composite(METHOD, (Static(value.__func__), Static(value.__self__)))
        if isinstance(value, functools.partial):
            self._guard(key, name, fetch, value)
            return self.lift_callable(value)
        structure = describe(value)
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

    # --- builtins ---

    def _len(self, value: Abstract) -> Abstract:
        return self.distribute((value,), self.length)

    def _range(self, *bounds: Abstract) -> Abstract:
        if not 1 <= len(bounds) <= 3:
            raise self.error("range takes one to three arguments")
        start: Abstract = Const(0, PY_INT)
        step: Abstract = Const(1, PY_INT)
        if len(bounds) == 1:
            (stop,) = bounds
        else:
            start, stop, *steps = bounds
            step = steps[0] if steps else step
        for bound in (start, stop, step):
            if not is_atom(bound):
                raise self.error(f"a {describe_kind(bound)} cannot be the bound of a range")
        return Composite(RANGE, (start, stop, step))

    def _enumerate(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract:  # noqa: B008
        return Composite(ENUMERATE, (value, start))

    def _zip(self, *values: Abstract, strict: Abstract = FALSE) -> Abstract:
        if not (isinstance(strict, Const) and not strict.value):
            raise self.unsupported("zip(…, strict=True) is not supported yet")
        return Composite(ZIP, values)

    def _reversed(self, value: Abstract) -> Abstract:
        if isinstance(value, Composite) and is_tuple(value):
            return Composite(value.form, value.items[::-1])
        return Composite(REVERSED, (value,))

    def _slice(self, *parts: Abstract) -> Abstract:
        given = {1: (NONE, *parts, NONE), 2: (*parts, NONE), 3: parts}.get(len(parts))
        if given is None:
            raise self.error("slice takes one to three arguments")
        return Composite(SLICE, tuple(given))

    def _tuple_of(self, *values: Abstract) -> Abstract:
        if not values:
            return tuple_of()
        count = self._known_length(values[0])
        if count is None:
            raise self.unsupported(
                f"a tuple of a {describe_kind(values[0])}",
                "the length of a tuple must be known while compiling",
                "keep the array",
            )
        return tuple_of(*(self.item(values[0], Const(k, PY_INT)) for k in range(count)))

    def _isinstance(self, value: Abstract, classes: Abstract) -> Abstract:
        return self.distribute((value,), lambda x: TRUE if self.is_instance(x, classes) else FALSE)

    def is_instance(self, value: Abstract, classes: Abstract) -> bool:
        """Whether a value is an instance of a class or of one of several."""
        many = classes.items if isinstance(classes, Composite) else (classes,)
        wanted = tuple(c.value for c in many if isinstance(c, Static))
        return issubclass(self._class_of(value), wanted)

    def _class_of(self, value: Abstract) -> type:
        match value:
            case Var(kind=Array()):
                return np.ndarray
            case Var() | Const():
                assert isinstance(value.kind, Scalar)
                return _CLASSES.get(value.kind) or np.dtype(value.kind.dtype).type
            case Static():
                return type(value.value)
            case Composite(form=TupleForm(cls=cls)):
                return cls
            case Composite(form=NamedForm(name="range")):
                return range
            case Composite(form=FunctionForm()):
                return types.FunctionType
        raise self.error(f"the type of a {describe_kind(value)} is not known")

    def _type(self, value: Abstract) -> Abstract:
        return Static(self._class_of(value))

    def _callable(self, value: Abstract) -> Abstract:
        if isinstance(value, Composite) and not is_tuple(value):
            return TRUE
        return TRUE if isinstance(value, Static) and callable(value.value) else FALSE

    def _print(self, *values: Abstract, **options: Abstract) -> Abstract:
        parts: list[str | None] = []
        shown = []
        for value in values:
            if isinstance(value, Var | Const):
                parts.append(None)
                shown.append(Value(value))
            else:
                parts.append(str(value.value) if isinstance(value, Static) else "…")
        show(*shown, parts=tuple(parts))
        return NONE

    def _sum(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract | None:  # noqa: B008
        count = self._known_length(value)
        if count is None:
            return None
        total = start
        for k in range(count):
            total = self.binary(operator.add, total, self.item(value, Const(k, PY_INT)))
        return total

    def _largest(self, function: Any, *values: Abstract, **options: Abstract) -> Abstract | None:
        """min and max of a tuple are those of its items."""
        if len(values) == 1 and not options:
            count = self._known_length(values[0])
            if count:
                items = [self.item(values[0], Const(k, PY_INT)) for k in range(count)]
                return items[0] if count == 1 else self.call(Static(function), items, {})
        return None

    def _any_all(self, conjunction: bool, value: Abstract) -> Abstract | None:
        count = self._known_length(value)
        if count is None:
            return None
        parts = [lambda k=k: self.truth(self.item(value, Const(k, PY_INT))) for k in range(count)]
        found = self._connect(conjunction, [lambda: conjunction, *parts])
        return (TRUE if found else FALSE) if isinstance(found, bool) else found

    def _bool(self, value: Abstract = FALSE) -> Abstract:
        found = self.truth(value)
        return (TRUE if found else FALSE) if isinstance(found, bool) else found

    def _getattr(self, owner: Abstract, name: Abstract) -> Abstract:
        if not (isinstance(name, Static) and isinstance(name.value, str)):
            raise self.error("the name of an attribute must be known while compiling")
        return self.attribute(owner, name.value)

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


_BUILTINS: dict[int, Callable[..., Abstract | None]] = {
    id(len): Library._len,
    id(range): Library._range,
    id(enumerate): Library._enumerate,
    id(zip): Library._zip,
    id(reversed): Library._reversed,
    id(slice): Library._slice,
    id(tuple): Library._tuple_of,
    id(isinstance): Library._isinstance,
    id(type): Library._type,
    id(callable): Library._callable,
    id(print): Library._print,
    id(sum): Library._sum,
    id(bool): Library._bool,
    id(getattr): Library._getattr,
    id(min): lambda self, *a, **k: self._largest(min, *a, **k),
    id(max): lambda self, *a, **k: self._largest(max, *a, **k),
    id(any): lambda self, a: self._any_all(False, a),
    id(all): lambda self, a: self._any_all(True, a),
}


def _is_library(function: types.FunctionType) -> bool:
    top = function.__module__.partition(".")[0] if function.__module__ else ""
    return top in ("numpy", "scipy", "numba", "cupy", "math")


def _full_name(value: Any, name: str) -> str:
    module = getattr(value, "__module__", None) or ""
    if module.startswith("numpy") or isinstance(value, np.ufunc):
        return f"np.{name}"
    return name if module in ("builtins", "") else f"{module}.{name}"
