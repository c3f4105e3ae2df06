"""try, with, and how exceptions travel.

Inside of a ``try`` an exception is a value on its way to a handler: raising sets a flag, and what
follows stands behind a test of it, like what follows a conditional ``return``. An operation that
may fail is preceded by a test of its operands; a function that is called there returns a flag and
the exception besides its result.

    try:                             if x == 0: raised, error = True, ZeroDivisionError
        y = 1 / x                    else:      y = 1 / x
        z = f(y)                     if not raised: z, raised, error = f(y)
    except ZeroDivisionError:        if raised and error is a ZeroDivisionError: z = 0.0
        z = 0.0

So derivatives and compiled code meet branches only.
"""

from __future__ import annotations

import contextlib
import operator
import types
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gast
import numpy as np

from diffpy.kinds import PY_INT
from diffpy.rules.failures import failures_of
from diffpy.rules.notation import Value
from diffpy.rules.registry import Primitive
from diffpy.transform.ir import Atom, Const
from diffpy.transform.specialise_exception_values import (
    ExceptionValues,
    alternatives,
    is_exception,
)
from diffpy.transform.specialise_frames import FALSE, FLAGS, NOT_LEFT, TRUE, as_flag
from diffpy.transform.specialise_raises import is_passing
from diffpy.transform.values import (
    IMPOSSIBLE,
    NONE,
    UNBOUND,
    UNION,
    Abstract,
    Composite,
    ExceptionForm,
    NamedForm,
    Static,
    Unreachable,
    describe_kind,
    tuple_of,
)

#: a context manager that does nothing here; items: the value of `with … as value`
QUIET = NamedForm("context manager")
#: items: the classes of exceptions that are swallowed
SUPPRESS = NamedForm("contextlib.suppress")
#: items: the generator that a function with @contextmanager made
CONTEXT = NamedForm("context manager of a generator")


class Exceptions(ExceptionValues):
    """How exceptions are caught."""

    # --- try ---

    def visit_Try(self, node: Any) -> None:
        live = self.definition.liveness.after_failure(node)
        with self.finished(node, bool(node.finalbody)), self.protected(bool(node.finalbody)):
            with self.protected(bool(node.handlers)):
                self.run(node.body, live)
            if not self.env.dead:
                self._handle(node, live)
        if node.finalbody:
            self.at_last(lambda: self.run(node.finalbody, live), live)
        self.raise_uncaught(live)

    @contextlib.contextmanager
    def protected(self, really: bool) -> Iterator[None]:
        """What runs here hands its exceptions on as values."""
        self.catching += really
        try:
            yield
        finally:
            self.catching -= really

    @contextlib.contextmanager
    def finished(self, node: Any, really: bool = True) -> Iterator[None]:
        """Something runs after a return in here, and may cancel it."""
        outside = self.awaited
        if really:
            self.awaited |= self.definition.liveness.after_return(node, self.catching > 0)
        try:
            yield
        finally:
            self.awaited = outside

    def _handle(self, node: Any, live: int) -> None:
        """The handlers if an exception is on its way, the else part if control was not left."""

        def handle() -> None:
            error = self.env.get("%error")
            self.env.names.update(NOT_LEFT)
            self._dispatch(node.handlers, error, live)

        self.if_raised(handle, lambda: self.run(node.orelse, live), live)

    def if_raised(self, then: Callable[[], None], orelse: Callable[[], None], live: int) -> None:
        """Do one or the other in this place of the program."""
        raised = self.env.flag("%raised")
        if isinstance(raised, Const):
            (then if raised.value else orelse)()
            return
        caught, rest = self.arm(), self.arm()

        def other() -> None:
            known = [f for f in ("%jump", "%exit") if self.env.flag(f) is raised]
            self.env.names.update({"%raised": FALSE, "%error": UNBOUND})
            self.env.names.update(dict.fromkeys(known, FALSE))
            orelse()

        self.run_arm(caught, then)
        self.run_arm(rest, other)
        self.merge(raised, caught, rest, live)

    def _dispatch(self, handlers: list[Any], error: Abstract, live: int) -> None:
        """Run the first handler for an exception; without one it stays on its way."""
        if not handlers:
            self.set_raised(error)
            return
        handler, *others = handlers
        classes = None if handler.type is None else self.evaluate(handler.type)

        def wanted(one: Abstract) -> bool:
            if is_passing(one):
                return False
            return classes is None or self.is_instance(one, classes)

        def run() -> None:
            chosen = _kept(error, wanted)
            self.handled.append(chosen)
            if handler.name is not None:
                self.bind(handler.name.id, chosen)
            self.run(handler.body, live)
            self.handled.pop()
            if handler.name is not None:
                self.env.names[handler.name.id] = UNBOUND

        self._if_among(
            error,
            wanted,
            run,
            lambda: self._dispatch(others, _kept(error, lambda e: not wanted(e)), live),
            live,
        )

    def _if_among(
        self,
        error: Abstract,
        wanted: Callable[[Abstract], bool],
        then: Callable[[], None],
        orelse: Callable[[], None],
        live: int,
    ) -> None:
        """Do one thing if an exception is one of those that are wanted, else the other."""
        options = alternatives(error)
        matching = [k for k, option in options.items() if wanted(option)]
        if len(matching) in (0, len(options)):
            (then if matching else orelse)()
            return
        assert isinstance(error, Composite)
        tag = self._as_atom(error.items[0])
        tests = [
            lambda k=k: self._as_test(self.apply(operator.eq, tag, Const(k, PY_INT)))
            for k in matching
        ]
        test = as_flag(self._connect(False, [lambda: False, *tests]))
        first, second = self.arm(), self.arm()
        self.run_arm(first, then)
        self.run_arm(second, orelse)
        self.merge(test, first, second, live)

    def set_raised(self, error: Abstract) -> None:
        """From here on an exception is on its way."""
        self.env.names.update({"%error": error, "%raised": TRUE, "%exit": TRUE, "%jump": TRUE})

    def at_last(self, action: Callable[[], None], live: int) -> None:
        """Run a ``finally``, whichever way control left; its own way of leaving wins."""
        if self.env.dead:
            return
        saved = {name: self.env.get(name) for name in NOT_LEFT}
        saved.update((f, self.env.flag(f)) for f in NOT_LEFT if saved[f] is UNBOUND and f in FLAGS)
        self.env.names.update(NOT_LEFT)
        action()
        if self.leaves_dead():
            return
        jump = self.env.flag("%jump")
        if isinstance(jump, Const) and not jump.value:
            self.env.names.update(saved)
            return
        if any(map(is_passing, alternatives(saved["%error"]).values())):
            raise self.unsupported(
                "a `finally` of a generator ends in a way of its own, where an exception of the "
                "loop over it may be on its way",
                "Python ends the generator with GeneratorExit there",
                "yield outside of it",
            )
        if isinstance(jump, Const):
            return
        own, before = self.arm(), self.arm()
        before.env.names.update(saved)
        self.merge(jump, own, before, live)

    def leaves_dead(self) -> bool:
        """Whether nothing runs after what ran last."""
        return self.env.dead

    def raise_uncaught(self, live: int) -> None:
        """Raise what nobody around this place catches."""
        if self.catching or self.env.dead:
            return
        self.if_raised(lambda: self._throw(self.env.get("%error")), lambda: None, live)

    def _throw(self, error: Abstract) -> None:
        """Raise an exception that was a value."""

        def action(one: Abstract) -> Abstract:
            assert isinstance(one, Composite)
            if is_passing(one):
                self._throw(one.items[0])
            if not isinstance(one.form, ExceptionForm):
                self.throw_instance(one)
            form = one.form
            raised = form.cls if form.instance is None else form.instance
            self.emit_raise(raised, list(one.items), form.keywords, form.cause)

        self.distribute((error,), action)
        raise Unreachable

    # --- raise ---

    def visit_Raise(self, node: Any) -> None:
        if node.exc is None:
            if not self.handled:
                if len(self.program.stack) > 1:
                    raise self.unsupported(
                        "a bare `raise` outside of a handler",
                        "which exception its caller handles is not known here",
                        "hand the exception over and raise it by its name",
                    )
                self.throw("RuntimeError", "No active exception to reraise")
            self._raise_again(self.handled[-1])
            return
        if isinstance(node.exc, gast.Name):
            value = self.evaluate(node.exc)
            if is_exception(value):
                self._raise_again(value)
                return
        if isinstance(node.cause, gast.Name) and is_exception(self.evaluate(node.cause)):
            # which exception it came from is no part of the derivative
            node = gast.copy_location(gast.Raise(node.exc, None), node)
        super().visit_Raise(node)

    def _raise_again(self, error: Abstract) -> None:
        if self.catching:
            self.set_raised(error)
        else:
            self._throw(error)

    # --- operations that may fail ---

    def watch(self, primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any]) -> None:
        """Before an operation: leave for the handler if it would fail."""
        if not self.catching:
            return
        for test, error, message in failures_of(primitive, tuple(map(Value, args)), static):
            fails: bool | Atom = self._as_test(self._failing(test))
            failure = self.made_exception(error, [Static(message)], [])
            if isinstance(fails, bool):
                if fails:
                    self.raise_to_handler(failure)
                continue
            bad, good = self.arm(), self.arm()
            self.run_arm(bad, partial(self.raise_to_handler, failure))
            self.merge(fails, bad, good, -1)
            self.go_on()

    def _failing(self, test: Any) -> Abstract:
        return test.atom if isinstance(test, Value) else (TRUE if test else FALSE)

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        manager = self._manager(function.value, arguments, keywords)
        if manager is not None:
            return manager
        return super()._call_static(function, arguments, keywords)

    # --- with ---

    def visit_With(self, node: Any) -> None:
        self._within(node, 0)

    def _within(self, node: Any, k: int) -> None:
        """Run the body inside of the context managers from the k-th on."""
        live = self.definition.liveness.after_failure(node)
        if k == len(node.items):
            self.run(node.body, live)
            return
        target = node.items[k].optional_vars
        self.node = node.items[k].context_expr
        manager = self.evaluate(self.node)

        def body(value: Abstract) -> None:
            def bind() -> None:
                if target is not None:
                    self.assign(target, value)

            self.run([bind, lambda: self._within(node, k + 1)], live)

        if isinstance(manager, Composite) and manager.form == QUIET:
            body(manager.items[0])
        elif isinstance(manager, Composite) and manager.form == SUPPRESS:
            with self.protected(True):
                body(NONE)
            classes = tuple_of(*manager.items)
            self.if_raised(lambda: self._swallow(classes, live), lambda: None, live)
            self.raise_uncaught(live)
        elif isinstance(manager, Composite) and manager.form == CONTEXT:
            self._in_generator(node, k, manager.items[0])
        else:
            self._in_manager(node, manager, body, live)

    def _in_manager(
        self, node: Any, manager: Abstract, body: Callable[[Abstract], None], live: int
    ) -> None:
        """An object with ``__enter__`` and ``__exit__``."""
        leave = self._special(manager, "__exit__")
        value = self.call(self._special(manager, "__enter__"), [], {})
        with self.finished(node), self.protected(True):
            body(value)

        def left() -> None:
            self.at_last(lambda: self._ignore(self.call(leave, [NONE, NONE, NONE], {})), live)

        def raised() -> None:
            error = self.env.get("%error")
            self._if_among(error, is_passing, lambda: None, lambda: own(error), live)

        def own(error: Abstract) -> None:
            error = _kept(error, lambda e: not is_passing(e))
            self.env.names.update(NOT_LEFT)
            swallowed = self.truth(
                self.distribute(
                    (error,),
                    lambda e: self.call(leave, [Static(self._class_of(e)), e, NONE], {}),
                )
            )
            if isinstance(swallowed, bool):
                if not swallowed:
                    self.set_raised(error)
                return
            go_on, again = self.arm(), self.arm()
            self.run_arm(again, lambda: self.set_raised(error))
            self.merge(swallowed, go_on, again, live)

        if not self.env.dead:
            self.if_raised(raised, left, live)
        self.raise_uncaught(live)

    def _ignore(self, value: Abstract) -> None:
        pass

    def _special(self, manager: Abstract, name: str) -> Abstract:
        method = self.method_of(manager, name)
        if method is not None:
            return method
        found = self.member(type(manager.value), name) if isinstance(manager, Static) else None
        if isinstance(found, types.FunctionType):
            return Composite(NamedForm("method"), (Static(found), manager))
        raise self.unsupported(
            f"a {describe_kind(manager)} is entered with `with`",
            "diffpy reads what a context manager does from its Python source",
            "enter it outside of the function that is differentiated",
        )

    def _in_generator(self, node: Any, k: int, generator: Abstract) -> None:
        """The body of a ``with`` is what a generator with one yield calls."""
        self.iterate(self.definition.with_as_loop(node, k), generator)

    def _swallow(self, classes: Abstract, live: int) -> None:
        error = self.env.get("%error")
        self.env.names.update(NOT_LEFT)

        def wanted(one: Abstract) -> bool:
            return not is_passing(one) and self.is_instance(one, classes)

        def again() -> None:
            self.set_raised(_kept(error, lambda e: not wanted(e)))

        self._if_among(error, wanted, lambda: None, again, live)

    def _manager(
        self, value: Any, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract | None:
        """The context managers of Python and NumPy."""
        if value is contextlib.nullcontext:
            return Composite(QUIET, tuple(arguments) or (NONE,))
        if value is contextlib.suppress:
            return Composite(SUPPRESS, tuple(arguments))
        if value is np.errstate:
            for option in (*arguments, *keywords.values()):
                if not (isinstance(option, Static) and option.value in ("ignore", "warn")):
                    raise self.unsupported(
                        "np.errstate makes NumPy raise or call something here",
                        "derivatives compute on where NumPy would warn",
                        "test the result: if not np.isfinite(y): raise …",
                    )
            return Composite(QUIET, (NONE,))
        if value in (np.printoptions, warnings.catch_warnings):
            return Composite(QUIET, (NONE,))
        made_by_contextlib = isinstance(value, types.FunctionType) and (
            value.__globals__.get("__name__") == "contextlib" and hasattr(value, "__wrapped__")
        )
        if made_by_contextlib:
            return Composite(CONTEXT, (self.call(Static(value.__wrapped__), arguments, keywords),))
        return None


def _kept(value: Abstract, wanted: Callable[[Abstract], bool]) -> Abstract:
    """A value that is known to be one of those that are wanted."""
    if not (isinstance(value, Composite) and value.form == UNION):
        return value
    options = alternatives(value)
    kept = {k: a for k, a in options.items() if wanted(a)}
    if len(kept) == 1:
        return next(iter(kept.values()))
    items = [kept.get(k, IMPOSSIBLE) for k in range(len(value.items) - 1)]
    return Composite(UNION, (value.items[0], *items))
