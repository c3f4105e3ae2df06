"""Random programs as text, for hypothesis.

A program is a module with helpers and `program(x, y, v, n)`: two floats, an array of four, a small
count. Values stay small because what is assigned goes through sin, tanh or a factor below one;
loops are bounded; stores go into fresh local arrays of four. Kinks are the caller's business.
"""

import importlib.util
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

HEADER = "import math\n\nimport numpy as np\n"
THRESHOLDS = ("-0.613", "-0.137", "0.0291", "0.271", "0.737")
CONSTANTS = ("0.3", "-0.7", "1.2", "2", "-1")
EXTENT = 4


@dataclass(frozen=True)
class Scope:
    """The names that are certainly bound at a point, by kind, and what may be called there."""

    floats: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()  # fresh local arrays, to be read and stored into
    inputs: tuple[str, ...] = ()  # arrays that are only read
    pairs: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()  # two floats to a float
    pair_helpers: tuple[str, ...] = ()  # two floats to a pair
    recursions: tuple[str, ...] = ()  # a float and a count to a float
    locked: tuple[str, ...] = ()  # counters that the body must not assign
    in_loop: bool = False
    result: str = "float"

    def plus(self, **names: str) -> "Scope":
        """This scope and one more name of a kind."""
        added = {
            kind: tuple(dict.fromkeys((*getattr(self, kind), name))) for kind, name in names.items()
        }
        return replace(self, **added)


@dataclass
class Writer:
    """Draws a program statement by statement."""

    draw: Callable
    lines: list[str] = field(default_factory=list)
    names: int = 0
    budget: int = 14

    def choose(self, options: Any) -> Any:
        return self.draw(st.sampled_from(tuple(options)))

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def write(self, indent: int, line: str) -> None:
        self.lines.append("    " * indent + line)

    # --- expressions -------------------------------------------------------------------------

    def integer(self, scope: Scope) -> str:
        return self.choose((*scope.integers, "0", "1", "2", "3"))

    def position(self, scope: Scope) -> str:
        if scope.integers and self.draw(st.booleans()):
            first, second = self.choose(scope.integers), self.integer(scope)
            return self.choose(
                (f"{first} % {EXTENT}", f"({first} + {second}) % {EXTENT}", f"{first} % 3 - 2")
            )
        return self.choose(("0", "1", "2", "3", "-1", "-4"))

    def leaf(self, scope: Scope) -> str:
        options = [("name", scope.floats)] * 3 + [
            ("read", (*scope.arrays, *scope.inputs)),
            ("item", scope.pairs),
            ("count", scope.integers),
            ("constant", CONSTANTS),
        ]
        what, names = self.choose([option for option in options if option[1]])
        name = self.choose(names)
        if what == "read":
            return f"{name}[{self.position(scope)}]"
        if what == "item":
            return f"{name}[{self.choose((0, 1, -1))}]"
        return f"0.3 * {name}" if what == "count" else name

    def number(self, scope: Scope, depth: int = 2) -> str:
        if depth == 0 or self.draw(st.integers(0, 3)) == 0:
            return self.leaf(scope)
        options = [
            "sin",
            "cos",
            "tanh",
            "np",
            "negative",
            "add",
            "subtract",
            "multiply",
            "divide",
            "square",
            "power",
            "choice",
        ]
        options += ["call"] * 2 if scope.helpers else []
        options += ["pair"] if scope.pair_helpers else []
        options += ["recursion"] if scope.recursions else []
        options += ["sum", "dot", "slice"] if scope.arrays else []
        what = self.choose(options)
        a = self.number(scope, depth - 1)
        if what in ("sin", "cos", "tanh"):
            return f"math.{what}({a})"
        if what == "np":
            return f"np.sin({a})"
        if what == "negative":
            return f"-({a})"
        if what == "square":
            return f"math.tanh({a}) ** 2"
        if what == "power":
            return f"(1.5 + math.sin({a})) ** {self.choose(('1.5', '-1', '0.5', '3'))}"
        if what == "recursion":
            return f"{self.choose(scope.recursions)}({a}, {self.choose((0, 1, 2, 3))})"
        if what in ("sum", "dot", "slice"):
            x, y = self.choose(scope.arrays), self.choose((*scope.arrays, *scope.inputs))
            return {
                "sum": f"np.sum({x} * {y})",
                "dot": f"np.dot({x}, {y})",
                "slice": f"np.sum({x}[1:] * {y}[:-1])",
            }[what]
        b = self.number(scope, depth - 1)
        if what == "choice":
            return f"({a} if {self.condition(scope)} else {b})"
        if what == "call":
            return f"{self.choose(scope.helpers)}({a}, {b})"
        if what == "pair":
            return f"{self.choose(scope.pair_helpers)}({a}, {b})[{self.choose((0, 1))}]"
        return {
            "add": f"({a} + {b})",
            "subtract": f"({a} - ({b}))",
            "multiply": f"math.sin({a}) * ({b})",
            "divide": f"({a}) / (2.0 + math.cos({b}))",
        }[what]

    def bounded(self, scope: Scope, depth: int = 2) -> str:
        e = self.number(scope, depth)
        return self.choose((f"math.sin({e})", f"math.tanh({e})", f"0.4 * ({e})"))

    def condition(self, scope: Scope) -> str:
        options = ["float", "float", "not", "both", "chained"] + ["integer"] * bool(scope.integers)
        what, a = self.choose(options), self.leaf(scope)
        test = f"{a} {self.choose('<>')} {self.choose(THRESHOLDS)}"
        if what == "integer":
            i = self.choose(scope.integers)
            return self.choose((f"{i} % 2 == 0", f"{i} > 1", f"{i} != 2", f"{i}"))
        if what == "not":
            return f"not {test}"
        if what == "both":
            return f"({test} {self.choose(('and', 'or'))} {self.leaf(scope)} < 0.419)"
        return f"-0.811 < {a} < 0.419" if what == "chained" else test

    # --- statements --------------------------------------------------------------------------

    def block(self, scope: Scope, indent: int, depth: int, most: int = 4, least: int = 1) -> Scope:
        """Writes a block and returns the scope at its end."""
        for _ in range(self.draw(st.integers(least, most))):
            if self.budget <= 0:
                break  # the program is long enough
            self.budget -= 1
            scope = self.statement(scope, indent, depth)
        if self.lines[-1].endswith(":"):
            self.write(indent, "pass")
        return scope

    def statement(self, scope: Scope, indent: int, depth: int) -> Scope:
        options = (
            [self.assign] * 3
            + [self.augment] * 2
            + [self.array, self.swap, self.pair, self.count, self.accumulate]
        )
        options += [self.store] * 5 if scope.arrays else []
        options += [self.branch] * 2 + [self.loop] * 4 if depth else []
        options += [self.leave] if scope.in_loop or depth < 3 else []
        return self.choose(options)(scope, indent, depth)

    def target(self, scope: Scope) -> str:
        if self.draw(st.booleans()):
            return self.choose(scope.floats)
        return self.fresh("f")

    def assign(self, scope: Scope, indent: int, depth: int) -> Scope:
        value, name = self.bounded(scope), self.target(scope)
        self.write(indent, f"{name} = {value}")
        return scope.plus(floats=name)

    def augment(self, scope: Scope, indent: int, depth: int) -> Scope:
        value, name = self.bounded(scope), self.choose(scope.floats)
        self.write(indent, f"{name} {self.choose(('+=', '-=', '*='))} {value}")
        return scope

    def accumulate(self, scope: Scope, indent: int, depth: int) -> Scope:
        """A variable that starts as an int and becomes a float in a loop, perhaps never."""
        name, i = self.fresh("f"), self.fresh("i")
        self.write(indent, f"{name} = {self.choose((0, 1, 2))}")
        self.write(indent, f"for {i} in range({self.choose((*scope.integers, '2'))} % 4):")
        inner = scope.plus(integers=i)
        value = self.bounded(inner.plus(floats=name))
        self.write(indent + 1, f"{name} = {self.choose((f'{name} + {value}', value))}")
        return scope.plus(floats=name)

    def count(self, scope: Scope, indent: int, depth: int) -> Scope:
        free = [name for name in scope.integers if name not in scope.locked]
        name = self.choose((*free, self.fresh("k")))
        a, b = self.integer(scope), self.integer(scope)
        self.write(
            indent,
            f"{name} = "
            + self.choose((f"({a} * 3 + {b}) % 5", f"{a} // 2 + 1", f"abs({a} - {b})")),
        )
        return scope.plus(integers=name)

    def swap(self, scope: Scope, indent: int, depth: int) -> Scope:
        a, b = self.choose(scope.floats), self.choose(scope.floats)
        if a == b:
            return self.assign(scope, indent, depth)
        value = self.choose((f"{b}, {a}", f"{b}, {a} * 0.5", f"({a} + {b}) * 0.5, {a}"))
        self.write(indent, f"{a}, {b} = {value}")
        return scope

    def pair(self, scope: Scope, indent: int, depth: int) -> Scope:
        if scope.pairs and self.draw(st.booleans()):
            a, b = self.fresh("f"), self.fresh("f")
            self.write(indent, f"{a}, {b} = {self.choose(scope.pairs)}")
            return scope.plus(floats=a).plus(floats=b)
        name = self.choose((*scope.pairs, self.fresh("p")))
        self.write(indent, f"{name} = ({self.bounded(scope, 1)}, {self.choose(scope.floats)})")
        return scope.plus(pairs=name)

    def array(self, scope: Scope, indent: int, depth: int) -> Scope:
        name, value = self.choose((*scope.arrays, self.fresh("a"))), self.bounded(scope, 1)
        options = [f"np.zeros({EXTENT})", f"np.ones({EXTENT})", f"np.full({EXTENT}, {value})"]
        options += [f"{other}.copy()" for other in (*scope.arrays, *scope.inputs)]
        options += [f"{other} * ({value})" for other in (*scope.arrays, *scope.inputs)]
        options += [f"np.tanh({other})" for other in scope.arrays]
        options += [other for other in scope.arrays if other != name]  # an alias
        self.write(indent, f"{name} = {self.choose(options)}")
        return scope.plus(arrays=name)

    def store(self, scope: Scope, indent: int, depth: int) -> Scope:
        a, value = self.choose(scope.arrays), self.bounded(scope)
        b, at = self.choose((*scope.arrays, *scope.inputs)), self.position(scope)
        small = self.bounded(scope, 1)
        self.write(
            indent,
            self.choose(
                (
                    f"{a}[{at}] = {value}",
                    f"{a}[{at}] += {value}",
                    f"{a}[{at}] *= {value}",
                    f"{a}[{at}] = {a}[{at}] * {value}",
                    f"{a}[1:] = {a}[:-1] * ({small})",
                    f"{a}[:-1] = {b}[1:] * {a}[1:]",
                    f"{a}[1:3] += {b}[:2] * ({small})",
                    f"{a}[:2] = {small}",
                    f"{a}[:] = np.sin({b})",
                    f"{a} *= {small}",
                    f"{a}[{at}], {a}[0] = {a}[0], {a}[{at}]",
                    f"{a}[::-1] = {b} * 0.5",
                )
            ),
        )
        return scope

    def branch(self, scope: Scope, indent: int, depth: int) -> Scope:
        self.write(indent, f"if {self.condition(scope)}:")
        ends = [self.block(scope, indent + 1, depth - 1, 3)]
        if self.draw(st.integers(0, 3)) == 0:
            self.write(indent, f"elif {self.condition(scope)}:")
            ends.append(self.block(scope, indent + 1, depth - 1, 2))
        if self.draw(st.booleans()):
            self.write(indent, "else:")
            ends.append(self.block(scope, indent + 1, depth - 1, 3))
            everywhere = set.intersection(*(set(end.floats) for end in ends))
            for name in sorted(everywhere - set(scope.floats)):
                scope = scope.plus(floats=name)
        return scope

    def loop(self, scope: Scope, indent: int, depth: int) -> Scope:
        """One of the loop forms; the trip count is at most four."""
        what = self.choose(
            ("range", "range", "stepped", "while", "while", "array", "tuple", "enumerate", "zip")
        )
        inner = replace(scope, in_loop=True)
        if what == "while":
            count = self.fresh("c")
            test = self.choose((f"{count} > 0", f"{count} > 0 and {self.condition(scope)}"))
            self.write(indent, f"{count} = {self.choose((*scope.integers, '3'))} % 4")
            self.write(indent, f"while {test}:")
            self.write(indent + 1, f"{count} -= 1")
            inner = inner.plus(integers=count).plus(locked=count)
            self.block(inner, indent + 1, depth - 1)
            return scope
        i, u, w = self.fresh("i"), self.fresh("f"), self.fresh("f")
        arrays = (*scope.inputs, *(() if indent > 1 else scope.arrays))
        head, inner = {
            "range": (
                f"for {i} in range({self.choose((*scope.integers, '3'))} % 4):",
                inner.plus(integers=i),
            ),
            "stepped": (
                f"for {i} in range({self.choose(('4, 0, -1', '0, 5, 2', '2, -2, -3'))}):",
                inner,
            ),
            "array": (f"for {u} in {self.choose((*arrays, 'np.ones(2)'))}:", inner.plus(floats=u)),
            "tuple": (
                f"for {u} in ({self.leaf(scope)}, {self.leaf(scope)}):",
                inner.plus(floats=u),
            ),
            "enumerate": (
                f"for {i}, {u} in enumerate({self.choose((*arrays, 'np.ones(2)'))}):",
                inner.plus(integers=i, floats=u),
            ),
            "zip": (
                f"for {u}, {w} in zip({self.choose((*arrays, 'np.ones(2)'))}, np.ones(3)):",
                inner.plus(floats=u).plus(floats=w),
            ),
        }[what]
        self.write(indent, head)
        self.block(inner, indent + 1, depth - 1)
        return scope

    def leave(self, scope: Scope, indent: int, depth: int) -> Scope:
        """An early exit under a condition."""
        self.write(indent, f"if {self.condition(scope)}:")
        if scope.in_loop and self.draw(st.integers(0, 2)):
            self.write(indent + 1, self.choose(("break", "continue")))
        else:
            self.give(scope, indent + 1)
        return scope

    def give(self, scope: Scope, indent: int) -> None:
        if scope.result == "pair":
            self.write(indent, f"return {self.bounded(scope)}, {self.choose(scope.floats)}")
        else:
            self.write(indent, f"return {self.bounded(scope)}")

    # --- functions ---------------------------------------------------------------------------

    def function(self, head: str, scope: Scope, depth: int, most: int, least: int = 1) -> None:
        self.write(0, "")
        self.write(0, "")
        self.write(0, f"def {head}:")
        if scope.inputs and self.draw(st.integers(0, 2)):
            scope = self.array(scope, 1, depth)
        self.give_all(self.block(scope, 1, depth, most, least))

    def give_all(self, scope: Scope) -> None:
        """Returns a value that hangs on everything in sight."""
        if scope.result == "pair":
            self.give(scope, 1)
            return
        terms = [f"{name} * {0.3 + 0.1 * k:.1f}" for k, name in enumerate(scope.floats)]
        terms += [f"math.sin({name}[0] * {name}[1])" for name in scope.pairs]
        terms += [f"np.sum({name} * {name})" for name in scope.arrays]
        self.write(1, f"return {' + '.join(terms)}")

    def module(self) -> str:
        scope = Scope()
        if self.draw(st.booleans()):
            self.budget = 4
            self.function("helper(x, y)", Scope(floats=("x", "y")), 1, 3)
            scope = scope.plus(helpers="helper")
        if self.draw(st.integers(0, 2)) == 0:
            self.budget = 3
            self.function("two(x, y)", replace(scope, floats=("x", "y"), result="pair"), 1, 2)
            scope = scope.plus(pair_helpers="two")
        if self.draw(st.integers(0, 2)) == 0:
            self.budget = 4
            self.recursion(scope)
            scope = scope.plus(recursions="again")
        self.budget = 14
        self.function(
            "program(x, y, v, n)",
            replace(scope, floats=("x", "y"), integers=("n",), inputs=("v",), locked=("n",)),
            3,
            6,
            3,
        )
        return HEADER + "\n".join(self.lines) + "\n"

    def recursion(self, scope: Scope) -> None:
        """A function that calls itself once or twice with a smaller count."""
        inside = replace(scope, floats=("x",), integers=("n",), locked=("n",))
        self.write(0, "")
        self.write(0, "")
        self.write(0, "def again(x, n):")
        self.write(1, "if n <= 0:")
        self.write(2, f"return {self.bounded(inside)}")
        inside = self.block(inside, 1, 1, 2)
        call = f"again({self.bounded(inside, 1)}, n - 1)"
        last = self.choose((call, f"{call} * math.sin(x) + x", f"{call} - again(0.5 * x, n - 2)"))
        self.write(1, f"return {last}")


@st.composite
def texts(draw: Callable) -> str:
    """The text of a module with `program(x, y, v, n)`."""
    return Writer(draw).module()


@contextmanager
def imported(text: str) -> Iterator[Callable]:
    """`program` of a module that has a file, so that its source can be found."""
    name = f"random_program_{zlib.crc32(text.encode()):08x}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.py")
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
            yield module.program
        finally:
            del sys.modules[name]
