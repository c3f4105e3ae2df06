"""The builtins that act on what is known while compiling: len, range, enumerate, isinstance, …

A method that returns None leaves the call to the definition of the function in `diffpy.rules`.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import (
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    Array,
    Kind,
    Scalar,
)
from diffpy.rules.notation import Value
from diffpy.rules.operators import is_python, must_be_int
from diffpy.rules.printing import Part, show
from diffpy.rules.reductions import python_sum
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_generators import Generators
from diffpy.transform.values import (
    ENUMERATE,
    NONE,
    RANGE,
    REVERSED,
    SLICE,
    ZIP,
    Abstract,
    Composite,
    Formatted,
    FunctionForm,
    NamedForm,
    PartialForm,
    Static,
    TextForm,
    TupleForm,
    describe_kind,
    is_atom,
    is_tuple,
    tuple_of,
)

_CLASSES: dict[Any, type] = {
    PY_FLOAT: float,
    PY_INT: int,
    PY_BOOL: bool,
    PY_COMPLEX: complex,
}


class Builtins(Generators):
    """How builtins are called."""

    def seen(self, value: Abstract) -> Abstract:
        """What a list or a dict holds now; other values are what they are."""
        return value

    def once(self, value: Abstract) -> Abstract:
        """An iterable that is gone through now, as what has items."""
        return self.seen(value)

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
                raise self.error(f"{describe_kind(bound):an} cannot be the bound of a range")
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
        return Composite(REVERSED, (value, self.length(value)))  # as it is now

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
                f"a tuple of {describe_kind(values[0]):an}",
                "the length of a tuple must be known while compiling",
                "keep the array",
            )
        return tuple_of(*(self.item(values[0], Const(k, PY_INT)) for k in range(count)))

    def _isinstance(self, value: Abstract, classes: Abstract) -> Abstract:
        return self.distribute((value,), lambda x: TRUE if self.is_instance(x, classes) else FALSE)

    def _issubclass(self, cls: Abstract, classes: Abstract) -> Abstract:
        def is_subclass(one: Abstract) -> Abstract:
            if not isinstance(one, Static) or not isinstance(one.value, type):
                self.throw("TypeError", "issubclass() arg 1 must be a class")
            many = classes.items if isinstance(classes, Composite) else (classes,)
            wanted = tuple(c.value for c in many if isinstance(c, Static))
            return TRUE if issubclass(one.value, wanted) else FALSE

        return self.distribute((cls,), is_subclass)

    def is_instance(self, value: Abstract, classes: Abstract) -> bool:
        """Whether a value is an instance of a class or of one of several."""
        many = classes.items if isinstance(classes, Composite) else (classes,)
        wanted = tuple(c.value for c in many if isinstance(c, Static))
        if self.is_mixed(value) and isinstance(value, Var | Const):
            found = {issubclass(c, wanted) for c in (bool, int, float, _number_class(value.kind))}
            if len(found) == 1:
                return found.pop()
        return issubclass(self._class_of(value), wanted)

    def _class_of(self, value: Abstract) -> type:
        match value:
            case Var(kind=Array()):
                return np.ndarray
            case Var() | Const():
                if self.is_mixed(value):
                    raise self.unsupported(
                        f"the type of a number is asked that is {value.kind} only sometimes",
                        "diffpy makes one kind of it",
                        "convert it where it is made, as with float(n)",
                    )
                if value.kind == PY_INT:
                    self.builder.emit(must_be_int, (value,))
                return _number_class(value.kind)
            case Static():
                return type(value.value)
            case Composite(form=TupleForm(cls=cls)):
                return cls
            case Composite(form=NamedForm(name="range")):
                return range
            case Composite(form=FunctionForm()):
                return types.FunctionType
        raise self.error(f"the type of {describe_kind(value):an} is not known")

    def _type(self, value: Abstract) -> Abstract:
        return Static(self._class_of(value))

    def _print(self, *values: Abstract, **options: Abstract) -> Abstract:
        parts: list[Part] = []
        shown: list[Value] = []
        for value in values:
            if isinstance(value, Var | Const):
                parts.append(None)
                shown.append(Value(value))
            elif isinstance(value, Static):
                parts.append(str(value.value))
            else:
                template, items = self._template(Formatted(), value)
                parts.append((template, len(items)) if items else template.format())
                shown += items
        named = []
        for key, option in options.items():
            if key not in ("sep", "end", "flush") or not isinstance(option, Static | Const):
                raise self.unsupported(f"the option `{key}` of print is not supported")
            named.append((key, option.value))
        show(*shown, parts=tuple(parts), options=tuple(named))
        return NONE

    def _template(self, how: Formatted, value: Abstract) -> tuple[str, list[Value]]:
        """A value as a template of ``str.format`` and what goes into it."""
        conversion = f"!{how.conversion}" if how.conversion else ""
        spec = f":{how.spec}" if how.spec else ""
        match value:
            case Var() | Const():
                return f"{{{conversion}{spec}}}", [Value(value)]
            case Static():
                template = f"{{{conversion}{spec}}}".format(value.value)
                return template.replace("{", "{{").replace("}", "}}"), []
            case Composite(form=TextForm(pieces=pieces)) if not conversion and not spec:
                items = iter(value.items)
                texts, found = [], []
                for piece in pieces:
                    if isinstance(piece, str):
                        texts.append(piece.replace("{", "{{").replace("}", "}}"))
                    else:
                        text, inner = self._template(piece, next(items))
                        texts.append(text)
                        found += inner
                return "".join(texts), found
            case Composite(form=TupleForm(cls=cls)) if not spec and how.conversion != "a":
                return self._tuple_template(cls, value.items)
        raise self.unsupported(
            f"{describe_kind(value):an} is printed here", "", "print numbers, arrays and texts"
        )

    def _tuple_template(self, cls: type, items: tuple[Abstract, ...]) -> tuple[str, list[Value]]:
        """What ``repr`` of a tuple, a namedtuple or a list shows."""
        parts = [self._template(Formatted("r"), item) for item in items]
        found = [value for _, inner in parts for value in inner]
        texts = [text for text, _ in parts]
        fields = getattr(cls, "_fields", None)
        if fields is not None:
            named = (f"{field}={text}" for field, text in zip(fields, texts))
            return f"{cls.__name__}({', '.join(named)})", found
        inside = ", ".join(texts)
        if cls is list:
            return f"[{inside}]", found
        return (f"({inside},)" if len(texts) == 1 else f"({inside})"), found

    def _sum(self, value: Abstract, start: Abstract = Const(0, PY_INT)) -> Abstract | None:  # noqa: B008
        if isinstance(value, Var) and isinstance(value.kind, Array) and value.kind.ndim == 1:
            if isinstance(start, Const) and is_python(start.kind):
                total = self.run_definition(python_sum, "sum", (value, start), {})
                return self.unsettled(total)  # type: ignore[arg-type]
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
        numbers = [v for v in values if isinstance(v, Var | Const)]
        if options or len(numbers) != len(values) or len(values) < 2:
            return None
        found = self.apply(function, *numbers)
        python = any(is_python(v.kind) or self.is_unsettled(v) for v in numbers)
        if python and isinstance(found, Var | Const) and not is_python(found.kind):
            return self.unsettled(found)
        return found

    def _divmod(self, left: Abstract, right: Abstract) -> Abstract | None:
        if not (is_atom(left) and is_atom(right)):
            return None
        functions = (operator.floordiv, operator.mod)
        return tuple_of(*(self.binary(function, left, right) for function in functions))

    def _any_all(self, conjunction: bool, value: Abstract) -> Abstract | None:
        count = self._known_length(value)
        if count is None:
            return None
        parts = [lambda k=k: self.truth(self.item(value, Const(k, PY_INT))) for k in range(count)]
        return self.as_python_bool(self._connect(conjunction, [lambda: conjunction, *parts]))

    def _bool(self, value: Abstract = FALSE) -> Abstract:
        return self.as_python_bool(self.truth(value))

    def _getattr(self, owner: Abstract, name: Abstract, *default: Abstract) -> Abstract:
        if not (isinstance(name, Static) and isinstance(name.value, str)):
            raise self.error("the name of an attribute must be known while compiling")

        def found(value: Abstract) -> Abstract:
            return self.attribute(value, name.value)

        def one(value: Abstract) -> Abstract:
            there = self.has_attribute(value, name)
            if isinstance(there, bool):
                return found(value) if there else default[0]
            return self.choose(there, lambda: found(value), lambda: default[0])

        return self.distribute((owner,), one if default else found)

    def has_attribute(self, value: Abstract, name: Abstract) -> bool | Atom:
        raise NotImplementedError

    def _str(self, value: Abstract = Static("")) -> Abstract:  # noqa: B008
        return self.text([(Formatted("s"), value)])

    def _repr(self, value: Abstract) -> Abstract:
        return self.text([(Formatted("r"), value)])

    def _format(self, value: Abstract, spec: Abstract = Static("")) -> Abstract:  # noqa: B008
        if not (isinstance(spec, Static) and isinstance(spec.value, str)):
            raise self.unsupported("a format is not known while compiling")
        return self.text([(Formatted("", spec.value), value)])

    def _pow(self, base: Abstract, exponent: Abstract, *modulus: Abstract) -> Abstract | None:
        """``pow(b, e, m)`` of integers that are known or small enough to multiply."""
        if not modulus:
            return self.binary(operator.pow, base, exponent)
        given = (base, exponent, *modulus)
        if all(isinstance(value, Const) for value in given):
            return self.from_rule(pow(*(v.value for v in given if isinstance(v, Const))), "pow")
        power = self.binary(operator.pow, base, exponent)
        if not all(is_atom(v) and v.kind == PY_INT for v in (*given, power)):  # type: ignore[union-attr]
            raise self.unsupported("`pow` with three arguments of which not all are integers")
        return self.binary(operator.mod, power, *modulus)

    def _partial(self, function: Abstract, *given: Abstract, **keywords: Abstract) -> Abstract:
        return Composite(
            PartialForm(len(given), tuple(keywords)), (function, *given, *keywords.values())
        )


BUILTINS: dict[int, Callable[..., Abstract | None]] = {
    id(len): Builtins._len,
    id(range): Builtins._range,
    id(enumerate): Builtins._enumerate,
    id(zip): Builtins._zip,
    id(reversed): Builtins._reversed,
    id(slice): Builtins._slice,
    id(tuple): Builtins._tuple_of,
    id(isinstance): Builtins._isinstance,
    id(issubclass): Builtins._issubclass,
    id(type): Builtins._type,
    id(print): Builtins._print,
    id(sum): Builtins._sum,
    id(bool): Builtins._bool,
    id(getattr): Builtins._getattr,
    id(str): Builtins._str,
    id(repr): Builtins._repr,
    id(format): Builtins._format,
    id(pow): Builtins._pow,
    id(divmod): Builtins._divmod,
    id(functools.partial): Builtins._partial,
    id(min): lambda self, *a, **k: self._largest(min, *a, **k),
    id(max): lambda self, *a, **k: self._largest(max, *a, **k),
    id(any): lambda self, a: self._any_all(False, a),
    id(all): lambda self, a: self._any_all(True, a),
}


def _number_class(kind: Kind) -> type:
    assert isinstance(kind, Scalar)
    return _CLASSES.get(kind) or np.dtype(kind.dtype).type
