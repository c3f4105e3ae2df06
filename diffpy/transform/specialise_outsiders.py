"""Calls of what only Python can do: logs, locks, clocks, random numbers.

    logger.info("at %s", x)        act(logger_info, x, parts=("'at %s'", None))
    with lock: …                   act(lock_acquire); …; act(lock_release)
    z = rng.normal(m, s)           z = m + s * ask(rng_standard_normal)

The object is a hidden argument of its own kind, which no compiled code takes: such a program runs
in Python.
"""

from __future__ import annotations

import types
from typing import Any

from diffpy.errors import MissingRuleError
from diffpy.kinds import PY_FLOAT, Array, Kind, Opaque, is_integer
from diffpy.rules.notation import Value
from diffpy.rules.outside import Draw, act, ask, clock_kind, draw_of, is_effect
from diffpy.structure import Leaf
from diffpy.transform.ir import Const, Var
from diffpy.transform.program import Hidden
from diffpy.transform.specialise_exceptions import Exceptions
from diffpy.transform.values import (
    METHOD,
    NONE,
    Abstract,
    Composite,
    ExceptionForm,
    Static,
    TextForm,
    describe_kind,
    is_tuple,
    tuple_of,
)


class Outsiders(Exceptions):
    """How what is outside of the program is called."""

    def call(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        found = _outside_function(function)
        if found is not None:
            result = self._called_outside(found, arguments, keywords)
            if result is not None:
                return result
        return super().call(function, arguments, keywords)

    def _called_outside(
        self, function: Any, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract | None:
        if is_effect(function):
            self._emit(act, function, arguments, keywords)
            return NONE
        clock = clock_kind(function)
        if clock is not None:
            return self._emit(ask, function, [], {}, clock)
        drawn = draw_of(function)
        if drawn is not None:
            return self._drawn(*drawn, arguments, keywords)
        return None

    def _emit(
        self,
        primitive: Any,
        function: Any,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
        kind: Kind | None = None,
    ) -> Abstract:
        operands: list[Value] = []
        parts = tuple(self._part_for(a, operands) for a in (*arguments, *keywords.values()))
        options: dict[str, Any] = {"parts": parts, "keywords": tuple(keywords)}
        if kind is not None:
            options["kind"] = kind
        found = primitive(self._object(function), *operands, **options)
        return NONE if found is None else found.atom

    def _object(self, function: Any) -> Value:
        """The hidden argument that a callable from outside is."""
        owner = getattr(function, "__self__", None)
        key = ("outside", id(owner), function.__name__)
        name = getattr(owner, "name", None) or type(owner).__name__
        label = f"{name}_{function.__name__}" if owner is not None else function.__name__
        label = "".join(c if c.isalnum() else "_" for c in label).strip("_").lower()
        kind = Opaque(type(function))
        hidden = Hidden(label, lambda: function, Leaf(kind))
        self.program.hidden.setdefault(key, hidden)
        self.program.reads.setdefault(key, function)
        atom = self.hidden_value(key)
        assert isinstance(atom, Var)
        return Value(atom)

    def _part_for(self, value: Abstract, operands: list[Value]) -> Any:
        """How an argument is written; what it is made of joins the operands."""
        match value:
            case Var() | Const():
                operands.append(Value(value))
                return None
            case Static(found) if found is None or isinstance(found, str | bytes | bool):
                return repr(found)
            case Static(found) if isinstance(found, type) and found.__module__ == "builtins":
                return found.__name__
            case Composite(form=ExceptionForm(cls=cls)):  # to ``__exit__``, which ignores it
                return next(c.__name__ for c in cls.__mro__ if c.__module__ == "builtins") + "()"
            case Composite(form=TextForm() as form) if all(
                isinstance(i, Var | Const) for i in value.items
            ):
                operands += [Value(i) for i in value.items if isinstance(i, Var | Const)]
                return form.template, len(value.items)
        raise self.unsupported(
            f"{describe_kind(value):an} is handed to a function outside of the program",
            "numbers, arrays and texts may be",
            "",
        )

    def _drawn(
        self,
        generator: Any,
        draw: Draw,
        by_extents: bool,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        names = [name for name, _ in draw.parameters]
        given: dict[str, Abstract] = {}
        size: Abstract = NONE
        if by_extents:
            size = tuple_of(*arguments) if arguments else NONE
        else:
            given = dict(zip([*names, "size"], arguments))
            given.update(keywords)
            size = given.pop("size", NONE)
        if given.keys() - set(names) or (len(arguments) > len(names) + 1 and not by_extents):
            raise MissingRuleError(
                "a random number is drawn with options that diffpy does not know",
                self.place(),
                fix="draw it outside and pass it in",
            )
        z = self._standard(generator, draw, size)
        parameters = [
            self.to_rule(given[name], name) if name in given else default
            for name, default in draw.parameters
        ]
        if not given:
            return z.atom
        scaled = draw.scaled(z, *parameters)
        return self.from_rule(scaled, "random")

    def _standard(self, generator: Any, draw: Draw, size: Abstract) -> Value:
        extents = size.items if isinstance(size, Composite) and is_tuple(size) else (size,)
        operands: list[Value] = []
        parts: tuple[Any, ...] = draw.given
        kind: Kind = PY_FLOAT
        if size is not NONE:
            for extent in extents:
                if not isinstance(extent, Var | Const) or not is_integer(extent.kind):
                    raise self.error("the size of a sample is an int or a tuple of ints")
                operands.append(Value(extent))
            parts, kind = (*parts, len(extents)), Array("float64", len(extents))
        function = getattr(generator, draw.standard)
        found: Value = ask(self._object(function), *operands, parts=parts, kind=kind)
        return found

    def _special(self, manager: Abstract, name: str) -> Abstract:
        if isinstance(manager, Static):
            found = getattr(manager.value, name, None)
            if found is not None and is_effect(found):
                return Static(found)
        return super()._special(manager, name)


def _outside_function(function: Abstract) -> Any:
    """The real function that a value is."""
    match function:
        case Static(value=types.FunctionType() | types.BuiltinFunctionType() as found):
            return found
        case Composite(form=form, items=(Static(method), Static(owner))) if form == METHOD:
            return types.MethodType(method, owner) if callable(method) else None
    return None
