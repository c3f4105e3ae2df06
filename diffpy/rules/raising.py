"""Raising the user's exceptions.

Generated text raises the builtin class that is nearest to the user's, because his may not be
importable from it, and compiled code the values that the arguments are made of, because it knows no
text of numbers. Whoever calls the program makes the user's exception of either (`Raised.made`):

    raise TooFast(f"v = {v:.1f}", n)      python     raise ValueError("v = {:.1f}".format(v), n)
                                          compiled   raise ValueError(v, n)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from diffpy.kinds import PY_INT, Kind, Scalar
from diffpy.rules.registry import Primitive


@dataclass(frozen=True, eq=False)
class Plain:
    """An argument that is known while compiling."""

    value: Any


@dataclass(frozen=True, eq=False)
class Operand:
    """An argument that is the next operand."""


@dataclass(frozen=True, eq=False)
class Text:
    """A template of ``str.format``, and how many operands it takes."""

    template: str
    count: int


@dataclass(frozen=True, eq=False)
class Items:
    """A tuple, or a list."""

    items: tuple[Argument, ...]
    cls: type = tuple


Argument: TypeAlias = Plain | Operand | Text | Items
#: what stands for an operand that compiled code does not hand out
UNKNOWN = "{…}"


class _Unknown:
    """Formats as `UNKNOWN`, whatever the format."""

    def __format__(self, spec: str) -> str:
        return UNKNOWN

    def __repr__(self) -> str:
        return UNKNOWN


@dataclass(frozen=True, eq=False)
class Raised:
    """What a ``raise`` of the user's says.

    Attributes
    ----------
    error
        The class, or an exception that exists already.
    arguments, keywords
        The last arguments have these names.
    cause
        What follows ``from``: None, a class, or nothing (`Ellipsis`).
    attributes
        Of an exception that was initialised: the last arguments are its attributes, the others its
        ``args``.
    """

    error: Any
    arguments: tuple[Argument, ...] = ()
    keywords: tuple[str, ...] = ()
    cause: Any = ...
    attributes: tuple[str, ...] | None = None

    def made(self, operands: Iterator[Any]) -> BaseException:
        """The user's exception, from the values of the operands."""
        return self.of([_value(a, operands) for a in self.arguments])

    def of(self, arguments: list[Any]) -> BaseException:
        """The user's exception, from its arguments."""
        made = self.error
        if self.attributes is not None:
            count = len(arguments) - len(self.attributes)
            made = made.__new__(made)
            made.args = tuple(arguments[:count])
            for name, value in zip(self.attributes, arguments[count:], strict=True):
                BaseException.__setattr__(made, name, value)
        elif isinstance(made, type):
            count = len(arguments) - len(self.keywords)
            named = dict(zip(self.keywords, arguments[count:], strict=True))
            made = made(*arguments[:count], **named)
        assert isinstance(made, BaseException)
        if self.cause is not ...:
            made.__cause__ = self.cause() if isinstance(self.cause, type) else self.cause
        return made

    @property
    def builtin(self) -> type:
        """The class that generated text raises."""
        cls = self.error if isinstance(self.error, type) else type(self.error)
        return next(c for c in cls.__mro__ if c.__module__ == "builtins" and _takes_text(c))

    @property
    def is_plain(self) -> bool:
        """Whether Python's text raises just this."""
        return self.error is self.builtin and not self.keywords and self.cause is ...


def given_operands(kinds: tuple[Kind, ...], values: tuple[Any, ...]) -> Iterator[Any]:
    """The operands, of which compiled code gives those that are numbers."""
    given = iter(values)
    for kind in kinds:
        yield next(given) if isinstance(kind, Scalar) else _Unknown()


def _takes_text(cls: type) -> bool:
    try:
        cls("text")
    except TypeError:  # UnicodeDecodeError has five arguments
        return False
    return True


def _value(argument: Argument, operands: Iterator[Any]) -> Any:
    match argument:
        case Plain(value):
            return value
        case Operand():
            value = next(operands)
            return UNKNOWN if isinstance(value, _Unknown) else value
        case Text(template, count):
            return template.format(*(next(operands) for _ in range(count)))
        case Items(items, cls):
            return cls(_value(item, operands) for item in items)


def _written(argument: Argument, names: Iterator[str]) -> str:
    match argument:
        case Plain(value):
            simple = value is None or isinstance(value, str | int | float)
            return repr(value if simple else str(value))
        case Operand():
            return next(names)
        case Text(template, count):
            return f"{template!r}.format({', '.join(next(names) for _ in range(count))})"
        case Items(items, cls):
            inner = "".join(f"{_written(item, names)}, " for item in items)
            return f"[{inner}]" if cls is list else f"({inner})"


def _in_python(count: int, raised: Raised) -> str:
    names: Iterator[str] = (f"_{k}" for k in range(count))
    arguments = ", ".join(_written(a, names) for a in raised.arguments)
    return f"raise {raised.builtin.__name__}({arguments})"


def _in_compiled_code(args: tuple[Any, ...], bits: int, raised: Raised) -> str:
    given = [f"_{k}" for k, a in enumerate(args) if isinstance(a.kind, Scalar)]
    if not given:
        text = next((a.value for a in raised.arguments if isinstance(a, Plain)), "")
        given = [repr(str(text))]
    return f"raise {raised.builtin.__name__}({', '.join(given)})"


_nothing: Callable[..., Kind] = lambda kinds, **static: PY_INT  # noqa: E731

#: Raise an exception of the user's; what follows in its block never runs.
throw_user = Primitive("throw", _in_python, _nothing, checked=_in_compiled_code, effect=True)
