"""``raise`` and ``assert``.

    raise TooFast(f"v = {v:.1f}", n)       throw(v, n, raised=Raised(TooFast,
                                               (Text("v = {:.1f}", 1), Operand())))

What an argument is made of becomes operands; what diffpy cannot say is written as {…}.
"""

from __future__ import annotations

from typing import Any, NoReturn

import gast

from diffpy.errors import MissingRuleError, is_ours
from diffpy.rules.raising import UNKNOWN, Argument, Items, Operand, Plain, Raised, Text, throw_user
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_assignments import Assignments
from diffpy.transform.values import (
    Abstract,
    Composite,
    NamedForm,
    Static,
    TextForm,
    Unreachable,
    is_none,
    is_tuple,
)

#: the folder of the functions in Python as which diffpy reads those of libraries
#: an exception of a loop's body on its way through the generator that the loop is over
PASSING = NamedForm("exception of a loop's body")


class Raises(Assignments):
    """How exceptions are raised."""

    def visit_Raise(self, node: Any) -> None:
        if node.exc is None:
            raise self.unsupported("a bare `raise` is not supported yet")
        arguments: list[Abstract] = []
        keywords: list[str] = []
        function = node.exc
        if isinstance(node.exc, gast.Call):
            function = node.exc.func
            if any(isinstance(a, gast.Starred) for a in node.exc.args) or any(
                k.arg is None for k in node.exc.keywords
            ):
                raise self.unsupported("an exception is made of arguments behind * or **")
            arguments = [self.evaluate(a) for a in node.exc.args]
            arguments += [self.evaluate(k.value) for k in node.exc.keywords]
            keywords = [k.arg for k in node.exc.keywords]
        error = self._exception(self.evaluate(function), isinstance(node.exc, gast.Call))
        if error is NotImplementedError and is_ours(self.definition.source.filename):
            (what,) = (a.value for a in arguments if isinstance(a, Static))
            raise MissingRuleError(f"{what} is not supported", self.place())
        cause: Any = ...
        if node.cause is not None:
            value = self.evaluate(node.cause)
            cause = None if is_none(value) else self._exception(value, False)
        self.throw_user(error, arguments, keywords, cause)

    def _exception(self, value: Abstract, called: bool) -> Any:
        """A class of exceptions, or an exception."""
        found = value.value if isinstance(value, Static) else None
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
        if isinstance(found, BaseException) and not called:
            return found
        if isinstance(value, Static):
            raise self.error("exceptions must derive from BaseException")
        raise self.unsupported(
            "an exception is raised that is made elsewhere",
            "its class must be known while compiling",
            "name the class: raise ValueError(…)",
        )

    def throw_user(
        self, error: Any, arguments: list[Abstract], keywords: list[str], cause: Any = ...
    ) -> NoReturn:
        """Emit the raising of an exception of the user's; nothing follows it."""
        if self.catching:
            self.raise_to_handler(self.made_exception(error, arguments, keywords, cause))
        self.emit_raise(error, arguments, tuple(keywords), cause)

    def emit_raise(
        self,
        error: Any,
        arguments: list[Abstract],
        keywords: tuple[str, ...],
        cause: Any,
        attributes: tuple[str, ...] | None = None,
    ) -> NoReturn:
        """Emit the raising of an exception that nobody catches."""
        operands: list[Atom] = []
        parts = tuple(_argument(self.seen_inside(a), operands) for a in arguments)
        raised = Raised(error, parts, keywords, cause, attributes)
        self.builder.emit(throw_user, tuple(operands), {"raised": raised})
        raise Unreachable

    def made_exception(
        self, error: Any, arguments: list[Abstract], keywords: list[str], cause: Any = ...
    ) -> Composite:
        """An exception as a value."""
        raise NotImplementedError

    def seen_inside(self, value: Abstract) -> Abstract:
        """A value with what the lists in it hold."""
        raise NotImplementedError

    def visit_Assert(self, node: Any) -> None:
        test = self.test(node.test)
        if isinstance(test, Const):
            test = bool(test.value)
        if test is True:
            return

        def fail() -> Abstract:
            said = [] if node.msg is None else [self.evaluate(node.msg)]
            self.throw_user(AssertionError, said, [])

        if test is False:
            fail()
        assert not isinstance(test, bool)
        good, bad = self.arm(), self.arm()
        self.run_arm(good, lambda: self.narrow(node.test, True))
        self.run_arm(bad, fail)
        self.merge(test, good, bad, -1)


def is_passing(error: Abstract) -> bool:
    return isinstance(error, Composite) and error.form == PASSING


def _argument(value: Abstract, operands: list[Atom]) -> Argument:
    """What an argument of an exception is made of; appends to the operands."""
    match value:
        case Static(found):
            return Plain(found)
        case Const(found):
            return Plain(found)
        case Var():
            operands.append(value)
            return Operand()
        case Composite(form=TextForm() as form) if _all_atoms(value.items):
            operands += value.items  # type: ignore[arg-type]
            return Text(form.template, len(value.items))
        case Composite(form=TextForm(pieces=pieces)):
            return Plain("".join(p if isinstance(p, str) else UNKNOWN for p in pieces))
        case Composite() if is_tuple(value):
            parts = tuple(_argument(item, operands) for item in value.items)
            return Items(parts, list if value.form.cls is list else tuple)  # type: ignore[union-attr]
    return Plain(UNKNOWN)


def _all_atoms(items: tuple[Abstract, ...]) -> bool:
    return all(isinstance(item, Var | Const) for item in items)
