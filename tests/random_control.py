"""Random programs of try, raise, finally, with, nonlocal, generators and comprehensions, as text.

The statements of `random_programs` are among them. The outermost function catches everything.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from random_programs import Scope, Writer

HEADER = """import contextlib
import math

import numpy as np


class Oops(Exception):
    pass


class Worse(Oops):
    pass
"""
CLASSES = ("Oops", "Worse", "ZeroDivisionError", "ValueError", "IndexError", "(Worse, ValueError)")
FOOTER = """

def program(x, y, v, n):
    try:
        return body(x, y, v, n)
    except Oops as e:
        return e.args[0] * x
    except (ZeroDivisionError, ValueError, IndexError):
        return math.sin(x * y)
"""


@dataclass
class ControlWriter(Writer):
    """Adds the ways in which control leaves, and scopes in scopes."""

    def number(self, scope: Scope, depth: int = 2) -> str:
        if depth == 2 and self.draw(st.integers(0, 5)) == 0:
            return self.comprehension(scope)
        return super().number(scope, depth)

    def comprehension(self, scope: Scope) -> str:
        i = self.choose((self.fresh("i"), *scope.integers))
        u = self.choose((self.fresh("f"), *scope.floats))
        head = self.choose(
            (
                f"for {u} in ({self.leaf(scope)}, {self.leaf(scope)})",
                f"for {u} in (0.2 * {i} for {i} in range({self.integer(scope)}))",
                f"for {i} in range({self.integer(scope)}) for {u} in (0.3, 0.1 * {i})",
            )
        )
        inner = scope.plus(floats=u)
        test = self.choose(("", f" if {self.condition(inner)}"))
        e = f"{self.number(inner, 1)} {head}{test}"
        return self.choose((f"sum({e})", f"sum([{e}])", f"max(({e}), default=0.4)"))

    # --- statements --------------------------------------------------------------------------

    def statement(self, scope: Scope, indent: int, depth: int) -> Scope:
        options: list[Callable] = [super().statement] * 4 + [self.risk]
        options += [self.attempt] * 3 + [self.manager] if depth else []
        options += [self.closure, self.generated, self.generated] if depth else []
        options += [self.give_out] * 3 if scope.result == "generator" else []
        return self.choose(options)(scope, indent, depth)

    def risk(self, scope: Scope, indent: int, depth: int) -> Scope:
        """What may raise."""
        i, a, name = self.integer(scope), self.number(scope, 1), self.choose(scope.floats)
        if self.draw(st.booleans()):
            error = self.choose(("Oops", "Worse", "ValueError"))
            self.write(indent, f"if {self.condition(scope)}:")
            self.write(indent + 1, f"raise {error}({self.bounded(scope, 1)})")
            return scope
        risks = [f"0.3 * float({a}) / ({i} - 1)", f"math.sin({a}) + math.sqrt({i} - 1.5)"]
        risks += [f"0.4 * {name} + 0.3 * {v}[{i} * 2]" for v in scope.inputs]
        self.write(indent, f"{name} = {self.choose(risks)}")
        return scope

    def attempt(self, scope: Scope, indent: int, depth: int) -> Scope:
        self.write(indent, "try:")
        self.guarded(scope, indent + 1, depth - 1)
        handlers = self.draw(st.integers(0, 2))
        for _ in range(handlers):
            error = self.choose(CLASSES)
            known = error in ("Oops", "Worse") and self.draw(st.booleans())
            self.write(indent, f"except {error}{' as e' if known else ''}:")
            if known:
                self.write(indent + 1, f"{self.choose(scope.floats)} = 0.5 * e.args[0]")
            self.block(scope, indent + 1, depth - 1, 2)
            if self.draw(st.integers(0, 4)) == 0:
                self.write(indent + 1, "raise")
        if handlers and self.draw(st.integers(0, 2)) == 0:
            self.write(indent, "else:")
            self.block(scope, indent + 1, depth - 1, 2)
        if not handlers or self.draw(st.booleans()):
            self.write(indent, "finally:")
            self.block(replace(scope, result="none"), indent + 1, depth - 1, 2)
        return scope

    def guarded(self, scope: Scope, indent: int, depth: int) -> None:
        inner = self.block(scope, indent, depth, 2)
        inner = self.risk(inner, indent, depth)
        self.block(inner, indent, depth, 2)

    def manager(self, scope: Scope, indent: int, depth: int) -> Scope:
        self.write(indent, f"with contextlib.suppress({self.choose(CLASSES[:-1])}):")
        # a generator that is left in a with is refused
        inner = replace(scope, result="none") if scope.result == "generator" else scope
        self.guarded(inner, indent + 1, depth - 1)
        return scope

    def nested(self, head: str, scope: Scope, indent: int, depth: int, result: str) -> Scope:
        """Writes a function in a function, which may rebind variables of that; its scope."""
        self.write(indent, f"def {head}:")
        outside = sorted(set(scope.floats) - {"u", "w"})
        rebound = self.draw(st.lists(st.sampled_from(outside), max_size=2, unique=True))
        if rebound:
            self.write(indent + 1, f"nonlocal {', '.join(rebound)}")
        inner = Scope(
            floats=("u", "w", *rebound),
            integers=scope.integers,
            locked=scope.integers,
            inputs=scope.inputs,
            helpers=scope.helpers,
            result=result,
        )
        return self.block(inner, indent + 1, depth, 3)

    def closure(self, scope: Scope, indent: int, depth: int) -> Scope:
        if not set(scope.floats) - {"u", "w"}:
            return self.assign(scope, indent, depth)
        name = self.fresh("g")
        inner = self.nested(f"{name}(u, w)", scope, indent, depth - 1, "float")
        self.write(indent + 1, f"return {self.bounded(inner)}")
        return scope.plus(helpers=name)

    def generated(self, scope: Scope, indent: int, depth: int) -> Scope:
        """A generator and a loop over it."""
        if not set(scope.floats) - {"u", "w"}:
            return self.assign(scope, indent, depth)
        name, i, item = self.fresh("g"), self.fresh("i"), self.fresh("f")
        inner = self.nested(f"{name}(u, w)", scope, indent, 0, "generator")
        self.write(indent + 1, f"for {i} in range({self.integer(scope)} % 4):")
        inner = replace(inner.plus(integers=i).plus(locked=i), in_loop=True)
        self.block(inner, indent + 2, min(depth - 1, 1), 2)
        self.write(indent + 2, f"yield {self.bounded(inner, 1)}")
        call = f"{name}({self.leaf(scope)}, {self.leaf(scope)})"
        if self.draw(st.integers(0, 3)) == 0:
            value = self.choose((f"sum({call})", f"max({call}, default=0.2)"))
            self.write(indent, f"{item} = {value}")
            return scope.plus(floats=item)
        self.write(indent, f"for {item} in {call}:")
        self.block(replace(scope.plus(floats=item), in_loop=True), indent + 1, depth - 1)
        return scope

    def give_out(self, scope: Scope, indent: int, depth: int) -> Scope:
        self.write(indent, f"yield {self.bounded(scope, 1)}")
        return scope

    def leave(self, scope: Scope, indent: int, depth: int) -> Scope:
        if scope.result == "none":  # a finally that ends a function hides what is raised
            return self.assign(scope, indent, depth)
        return super().leave(scope, indent, depth)

    def give(self, scope: Scope, indent: int) -> None:
        if scope.result == "generator":
            self.write(indent, "return")
        else:
            super().give(scope, indent)

    def module(self) -> str:
        self.budget = 4
        self.function("helper(x, y)", Scope(floats=("x", "y")), 1, 3)
        self.budget = 12
        scope = Scope(("x", "y"), ("n",), inputs=("v",), locked=("n",), helpers=("helper",))
        self.function("body(x, y, v, n)", scope, 3, 5, 3)
        return HEADER + "\n".join(self.lines) + "\n" + FOOTER


@st.composite
def texts(draw: Callable) -> str:
    """The text of a module with `program(x, y, v, n)`."""
    return ControlWriter(draw).module()
