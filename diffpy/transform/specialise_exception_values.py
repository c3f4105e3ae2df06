"""Exceptions as values.

    class Diverged(Exception):
        def __init__(self, v):             raise Diverged(x):  %error = an instance whose attributes
            super().__init__("diverged")       are args = ("diverged",) and v = x
            self.v = v

An exception of a class with code of its own is an instance like that of any class, made and
initialised where it is raised; one of Python's, or of a class that adds nothing to one, is its
arguments.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from typing import Any, NoReturn

from diffpy.errors import MissingRuleError, Noun, UnsupportedSyntaxError
from diffpy.structure import why_no_record
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_expressions import UNKNOWN_TEXT, pieces_of
from diffpy.transform.specialise_frames import FALSE
from diffpy.transform.specialise_objects import is_object, state_of
from diffpy.transform.specialise_records import is_instance, member_of
from diffpy.transform.specialise_rows import Rows
from diffpy.transform.values import (
    METHOD,
    UNBOUND,
    UNION,
    Abstract,
    Composite,
    ExceptionForm,
    Formatted,
    HandleForm,
    ObjectForm,
    Static,
    Unreachable,
    describe_kind,
    is_impossible,
    is_text,
    is_tuple,
    tuple_of,
)

ARGS = "args"
#: what an exception was raised ``from``; no user can write this attribute
CAUSE = "from"
_SHOWN_BY = ("__str__", "__repr__")
#: those of Python's that show all arguments
_SHOW_ARGS = (BaseException.__str__, KeyError.__str__)


class ExceptionValues(Rows):
    """What exceptions are."""

    # --- making ---

    def made_exception(
        self, error: Any, arguments: list[Abstract], keywords: list[str], cause: Any = ...
    ) -> Composite:
        if isinstance(error, BaseException):
            form = ExceptionForm(type(error), (), cause, error)
            return Composite(form, tuple(map(Static, error.args)))
        arguments = [self.owned(argument) for argument in arguments]
        count = len(arguments) - len(keywords)
        named = dict(zip(keywords, arguments[count:]))
        if not has_own_code(error):
            cls = self._refined(error, arguments[:count])
            if named and _keeps_more(cls) is None:
                self.throw("TypeError", f"{cls.__name__}() takes no keyword arguments")
            return Composite(ExceptionForm(cls, tuple(keywords), cause), tuple(arguments))
        self._check_exception(error)
        made = self.make_instance(error, arguments[:count], named)
        if cause is not ...:
            self.hold(made, CAUSE, Static(cause))
        assert isinstance(made, Composite)
        return made

    def _refined(self, cls: type, arguments: list[Abstract]) -> type:
        """The class of what is made: ``OSError(2, "text")`` is a FileNotFoundError."""
        if cls is not OSError or len(arguments) < 2:
            return cls
        number = arguments[0]
        if not isinstance(number, Const | Static):
            raise self.unsupported(
                "an OSError is made here whose number only the running program knows",
                "its class depends on the number",
                "name the class: raise FileNotFoundError(…)",
            )
        return type(OSError(number.value, ""))

    def _check_exception(self, cls: type) -> None:
        """Refuse to make exceptions that are more than their attributes."""
        what = why_no_exception(cls)
        if what is not None:
            raise self.unsupported(
                f"{Noun(cls.__name__):an} is made here, which a handler may see",
                what,
                "a class with an __init__ alone, derived from Exception",
            )

    def initialise(
        self, made: Abstract, cls: type, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> bool:
        if not issubclass(cls, BaseException):
            return super().initialise(made, cls, arguments, keywords)
        self.hold(made, ARGS, tuple_of(*arguments))
        if not super().initialise(made, cls, arguments, keywords) and keywords:
            self.throw("TypeError", f"{cls.__name__}() takes no keyword arguments")
        return True

    def _bound(self, owner: Abstract, cls: type, member: Any, name: str) -> Abstract:
        if is_exception(owner) and _is_of_c(member):
            if name == "__init__":
                return Composite(METHOD, (Static(_initialise_exception), owner))
            if name in _SHOWN_BY:
                return Composite(METHOD, (Static(member), owner))
        return super()._bound(owner, cls, member, name)

    def _set_attribute(self, owner: Abstract, name: str, value: Abstract) -> None:
        if name == ARGS and is_instance(owner) and is_exception(owner):
            if member_of(self._class_of(owner), ARGS) is vars(BaseException)[ARGS]:
                if not is_tuple(self.seen(value)):
                    raise self.unsupported("the `args` of an exception are assigned no tuple")
                self.hold(owner, ARGS, tuple_of(*self.unpacked(value)))
                return
        super()._set_attribute(owner, name, value)

    def exported(self, value: Abstract) -> Abstract:
        return value if is_exception(value) else super().exported(value)

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        value = function.value
        if isinstance(value, type) and issubclass(value, BaseException):
            values = [*arguments, *keywords.values()]
            return self.made_exception(value, values, list(keywords))
        if _is_of_c(value) and arguments and is_exception(arguments[0]):
            if value.__name__ == "__init__":
                return self.call(Static(_initialise_exception), arguments, keywords)
            if value.__name__ in _SHOWN_BY and not arguments[1:] and not keywords:
                return self._shown_by_python(arguments[0], value)
        if any(map(is_exception, arguments)) and value in (str, print, repr):
            conversion = "r" if value is repr else ""
            arguments = [self._shown(a, conversion) for a in arguments]
            if value is not print:
                return arguments[0]
        return super()._call_static(function, arguments, keywords)

    def text(self, parts: list[str | tuple[Formatted, Abstract]]) -> Abstract:
        shown: list[str | tuple[Formatted, Abstract]] = []
        for part in parts:
            if isinstance(part, str) or not is_exception(part[1]):
                shown.append(part)
                continue
            how, error = part
            try:
                written = self._shown(error, how.conversion)
            except (MissingRuleError, UnsupportedSyntaxError):  # only a message shows it
                return UNKNOWN_TEXT
            shown.append((Formatted("", how.spec), written))
            if is_text(written) and not how.spec:
                shown[-1:] = pieces_of(written)
        return super().text(shown)

    def _shown(self, value: Abstract, conversion: str) -> Abstract:
        """The text of exceptions among the alternatives of a value."""

        def action(one: Abstract) -> Abstract:
            if not is_exception(one):
                return one
            name = "__repr__" if conversion else "__str__"
            cls = self._class_of(one)
            method = self.method_of(one, name)
            if method is not None:
                return self.call(method, [], {})
            shows = member_of(cls, name)
            if not _is_of_c(shows) or conversion == "a":
                raise self.unsupported(f"the `{name}` of {describe_kind(one):an} is not followed")
            return self._shown_by_python(one, shows)

        return self.distribute((value,), action)

    def _shown_by_python(self, error: Abstract, shows: Any) -> Abstract:
        """What a ``__str__`` or ``__repr__`` of Python's own makes of an exception."""
        cls = self._class_of(error)

        def action(arguments: Abstract) -> Abstract:
            assert isinstance(arguments, Composite)
            items = arguments.items
            if shows.__name__ == "__repr__":
                return self._listed(cls.__name__, items)
            if len(items) > 1 and shows not in _SHOW_ARGS:
                raise self.unsupported(f"the text of {describe_kind(error):an} is needed here")
            if len(items) != 1:
                return self._listed("", items) if items else Static("")
            how = "r" if shows is KeyError.__str__ else ""
            return self.distribute(items, lambda item: self.text([self._piece(item, how)]))

        return self.distribute((self._args_of(error),), action)

    def _listed(self, name: str, items: tuple[Abstract, ...]) -> Abstract:
        """``name(first, second)``."""
        parts: list[str | tuple[Formatted, Abstract]] = [f"{name}("]
        for k, item in enumerate(items):
            parts += [", "] * (k > 0) + [self._piece(item, "r")]
        return self.text([*parts, ")"])

    def _piece(self, item: Abstract, conversion: str) -> tuple[Formatted, Abstract]:
        if isinstance(item, Var | Const | Static) or (is_text(item) and not conversion):
            return Formatted(conversion), item
        raise self.unsupported(
            "the text of an exception is needed here whose arguments are no text",
            "",
            "raise it with a message",
        )

    def _args_of(self, error: Abstract) -> Abstract:
        """What Python keeps as ``args``, whatever a class says that they are."""
        if is_instance(error):
            return self.held(error, ARGS)
        assert isinstance(error, Composite) and isinstance(error.form, ExceptionForm)
        return self._attribute_of_plain(error, error.form, ARGS)

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if isinstance(owner, Composite) and isinstance(owner.form, ExceptionForm):
            return self._attribute_of_plain(owner, owner.form, name)
        return super().attribute(owner, name)

    def _attribute_of_plain(self, error: Composite, form: ExceptionForm, name: str) -> Abstract:
        """An attribute of an exception whose class adds nothing to its base."""
        cls = form.cls
        if name == "__class__":
            return Static(cls)
        if name == ARGS and member_of(cls, ARGS) is vars(BaseException)[ARGS]:
            items = error.items[: len(error.items) - len(form.keywords)]
            if issubclass(cls, OSError) and len(items) > 2:
                raise self.unsupported("the `args` of an OSError with a file are needed here")
            return tuple_of(*items)
        if form.instance is not None or cls.__module__ == "builtins":
            raise self.unsupported(
                f"the attribute `{name}` of an exception is not followed", "", "read its args"
            )
        return self.attribute(self.new_object(cls), name)

    def _is_one_object(self, x: Abstract, y: Abstract) -> bool:
        plain = [
            v for v in (x, y) if isinstance(v, Composite) and isinstance(v.form, ExceptionForm)
        ]
        if len(plain) == 2 and x is not y and plain[0].form.cls is plain[1].form.cls:  # type: ignore[union-attr]
            raise self.unsupported(
                "two exceptions are compared here",
                "whether they are one object is not known",
                "compare what they hold, as with their args",
            )
        return super()._is_one_object(x, y)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if function in (operator.eq, operator.ne) and _are_plain(left, right):
            return self._identical(left, right, function)
        return super()._compared(function, left, right)

    def _class_of(self, value: Abstract) -> type:
        if isinstance(value, Composite) and isinstance(value.form, ExceptionForm):
            return value.form.cls
        return super()._class_of(value)

    # --- leaving the program ---

    def throw_instance(self, error: Composite) -> NoReturn:
        """Raise an exception with the attributes that it has now."""
        self.env.names["%jump"] = FALSE
        held = {name: self._held_surely(error, name) for name in self._names_held(error)}
        cause = held.pop(CAUSE, None)
        of = cause.value if isinstance(cause, Static) else ...
        del held[ARGS]

        def action(arguments: Abstract) -> Abstract:
            assert isinstance(arguments, Composite)
            parts = [*arguments.items, *held.values()]
            self.emit_raise(self._class_of(error), parts, (), of, tuple(held))

        self.distribute((self._args_of(error),), action)
        raise Unreachable

    def _names_held(self, error: Composite) -> list[str]:
        return list(
            state_of(error).attributes
            if is_object(error)
            else self.program.pools[self._class_of(error)]
        )

    def _held_surely(self, error: Composite, name: str) -> Abstract:
        """What an attribute holds, if it is there whichever way led here."""
        there = self.is_held(error, name)
        return self.held(error, name) if there is True else UNBOUND


def _initialise_exception(self: Any, *args: Any) -> None:
    """``BaseException.__init__``."""
    self.args = args


def has_own_code(cls: type) -> bool:
    """Whether a class of exceptions does more than its base of Python's.

    >>> has_own_code(KeyError), has_own_code(type("Mine", (KeyError,), {"code": 3}))
    (False, False)
    >>> has_own_code(type("Mine", (KeyError,), {"__str__": lambda self: "mine"}))
    True
    """
    own = (base for base in cls.__mro__ if base.__module__ != "builtins")
    members = ((name, m) for base in own for name, m in vars(base).items())
    return any(hasattr(type(m), "__get__") for name, m in members if name not in _OF_EVERY_CLASS)


#: by these Python keeps what it keeps of every instance
_OF_EVERY_CLASS = ("__dict__", "__weakref__")


def why_no_exception(cls: type) -> str | None:
    """What makes exceptions of a class more than what their ``__init__`` sets."""
    base = _keeps_more(cls)
    return why_no_record(cls) if base is None else f"{base.__name__} keeps more than its arguments"


def _keeps_more(cls: type) -> type | None:
    """The base of Python's by which an exception has more than its arguments, as `OSError` has.

    >>> _keeps_more(KeyError), _keeps_more(type("Mine", (FileNotFoundError,), {}))
    (None, <class 'FileNotFoundError'>)
    """
    bases = (base for base in cls.__mro__ if base.__module__ == "builtins")
    return next((b for b in bases if b.__basicsize__ > BaseException.__basicsize__), None)


def _is_of_c(member: Any) -> bool:
    return isinstance(member, types.WrapperDescriptorType)


def _are_plain(*values: Abstract) -> bool:
    return all(isinstance(v, Composite) and isinstance(v.form, ExceptionForm) for v in values)


def is_exception(value: Abstract) -> bool:
    """Whether a value is an exception, or may be one."""
    return any(
        isinstance(v, Composite)
        and isinstance(v.form, ExceptionForm | ObjectForm | HandleForm)
        and issubclass(v.form.cls, BaseException)
        for v in alternatives(value).values()
    )


def alternatives(value: Abstract) -> dict[int, Abstract]:
    """What a value may be, by its tag."""
    if isinstance(value, Composite) and value.form == UNION:
        return {k: a for k, a in enumerate(value.items[1:]) if not is_impossible(a)}
    return {0: value}
