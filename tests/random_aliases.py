"""Random programs in which one memory goes by several names, as text.

Names are rebound to each other, to views of each other, to one array or another, by branches, loops
and calls, between stores. All stores are bounded by sines, so that differences stay exact.
"""

import itertools
import random

Shape = tuple[int, ...]

MODULE = """import numpy as np


def mix(v, w):
    v[1:] = np.sin(w[:-1]) * 0.7 + 0.4 * v[1:]
    w[0] += 0.3 * v[2]


def turn(v, w, n):
    if n == 0:
        return v[0] * w[1]
    v[n % 4] = 0.5 * np.sin(w[(n + 1) % 4]) + 0.2 * v[0]
    return turn(w, v, n - 1) + 0.1 * v[1]


def either(v, w, n):
    c = v if n % 2 else w
    c[0] = 0.6 * np.sin(v[1]) + 0.3 * w[2]
    if n > 0:
        return either(c, v, n - 1) + w[0]
    return 0.5 * c[0]


def exchange(v, w, n):
    for t in range(n):
        w[1:] = 0.5 * np.sin(v[:-1]) + 0.2 * w[1:]
        v, w = w, v
    return v


def perhaps(v, n):
    if n % 3 == 0:
        v = v.copy()
    v[n % 4] *= 0.7
    return v


def f(x, u, m):
"""

#: how an array of the second shape is got from one of the first
VIEWS: dict[tuple[Shape, Shape], tuple[str, ...]] = {
    ((4,), (4,)): ("{}", "{}[:]", "{}[::-1]", "{}.ravel()", "np.asarray({})", "{}.copy()"),
    ((8,), (4,)): ("{}[::2]", "{}[2:6]", "{}[::-1][:4]", "{}[3:][1:]"),
    ((2, 4), (4,)): ("{}[0]", "{}[-1]", "{}[{i} % 2]", "{}.T[:, 1]"),
    ((4, 2), (4,)): ("{}[:, 1]", "{}.T[0]", "{}[:, {i} % 2].ravel()", "{}[:2].ravel()"),
    ((8,), (8,)): ("{}", "{}[::-1]", "np.ascontiguousarray({})"),
    ((2, 4), (8,)): ("{}.reshape(8)", "{}.ravel()", "{}.T.reshape(-1)", "{}.flatten()"),
    ((4, 2), (8,)): ("{}.reshape(-1)", "{}.ravel()", "{}.T.ravel()"),
    ((8,), (2, 4)): ("{}.reshape(2, 4)", "{}.reshape((2, -1))"),
    ((4, 2), (2, 4)): ("{}.T", "{}.reshape(2, 4)", "np.transpose({})"),
    ((2, 4), (2, 4)): ("{}", "{}[::-1]", "{}[:, ::-1]", "np.ascontiguousarray({})"),
    ((8,), (4, 2)): ("{}.reshape(4, 2)",),
    ((2, 4), (4, 2)): ("{}.T", "{}.reshape(4, 2)"),
}


class Writer:
    """Writes the body of ``f(x, u, m)``: a number, a vector of 4 and a matrix of 2 by 4."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.shapes: dict[str, Shape] = {"u": (4,), "m": (2, 4)}
        self.names = itertools.count()
        self.integers = ["1"]
        self.inside = 0

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def array(self, shape: Shape | None = None) -> str | None:
        found = [n for n, s in self.shapes.items() if shape in (None, s)]
        return self.random.choice(found) if found else None

    def view(self, shape: Shape) -> str:
        """An array of a shape, most likely of memory that has names already."""
        known = [n for n, s in self.shapes.items() if (s, shape) in VIEWS]
        if not known:
            return f"np.full({shape}, x)"
        name = self.random.choice(known)
        return self.pick(*VIEWS[self.shapes[name], shape]).format(name, i=self.integer())

    def integer(self) -> str:
        return self.random.choice(self.integers)

    def vector(self) -> str:
        return self.view((4,))

    def element(self) -> str:
        name = self.array()
        assert name is not None
        places = (
            f"({self.integer()} + {self.random.randrange(3)}) % {n}" for n in self.shapes[name]
        )
        return f"{name}[{', '.join(places)}]"

    def scalar(self) -> str:
        return self.pick(
            "x",
            f"0.5 * {self.element()}",
            f"np.sin({self.element()} * x)",
            f"{self.element()} * 0.3",
        )

    def test(self) -> str:
        name = self.integer()
        return self.pick(f"{name} % 2", "x > 0", f"{name} % 3 != 1", "x > 2")

    # --- statements ----------------------------------------------------------------------------

    def store(self) -> list[str]:
        name = self.array()
        assert name is not None
        shape = self.shapes[name]
        whole = [
            f"{name}[...] = 0.6 * np.sin({self.view(shape)}) + 0.2",
            f"{name} *= 0.5 * {self.scalar()} + 0.3",
            f"{name} += 0.2 * {self.view(shape)}",
            f"{name}[1:] = {name}[:-1] * 0.9",
        ]
        return [self.pick(f"{self.element()} = {self.scalar()}", *whole)]

    def element_store(self) -> list[str]:
        return [
            self.pick(f"{self.element()} = {self.scalar()}", f"{self.element()} += {self.scalar()}")
        ]

    def number(self) -> list[str]:
        return [f"s += {self.scalar()} + 0.1 * np.sum({self.array()} ** 2)"]

    def new_name(self) -> list[str]:
        shape = self.random.choice([(4,), (4,), (8,), (2, 4), (4, 2)])
        name = f"a{next(self.names)}"
        line = self.pick(
            f"{name} = {self.view(shape)}",
            f"{name} = {self.view(shape)} if {self.test()} else {self.view(shape)}",
            f"{name} = np.sin({self.view(shape)})",
        )
        self.shapes[name] = shape
        return [line]

    def rebound(self) -> list[str]:
        name = self.array()
        assert name is not None
        shape = self.shapes[name]
        others = [n for n, s in self.shapes.items() if s == shape]
        other = self.random.choice(others)
        line = self.pick(
            f"{name}, {other} = {other}, {name}",
            f"{name} = {other}",
            f"{name} = {other} if {self.test()} else {self.random.choice(others)}",
            f"{name} = {self.view(shape)}",
            f"{name} = {other}.copy()",
        )
        return [line] if self.random.random() < 0.5 else [f"if {self.test()}:", f"    {line}"]

    def call(self) -> list[str]:
        two, n = f"{self.vector()}, {self.vector()}", self.random.randrange(4)
        simple = (f"mix({two})", f"s += turn({two}, {n})", f"s += 0.3 * either({two}, {n})")
        line = self.pick(*simple)
        if self.random.random() < 0.4:
            name = f"a{next(self.names)}"
            value = self.pick(f"exchange({two}, {n})", f"perhaps({self.vector()}, {n})")
            line = f"{name} = {value}"
            self.shapes[name] = (4,)
        return [line]

    def block(self, count: int) -> list[str]:
        known = dict(self.shapes)
        self.inside += 1
        lines = [line for _ in range(count) for line in self.statement()]
        self.inside -= 1
        self.shapes = known
        return [f"    {line}" for line in lines]

    def branch(self) -> list[str]:
        lines = [f"if {self.test()}:", *self.block(2)]
        return [*lines, "else:", *self.block(2)] if self.random.random() < 0.5 else lines

    def loop(self) -> list[str]:
        k = f"k{next(self.names)}"
        self.integers.append(k)
        body = self.block(3)
        self.integers.remove(k)
        return [f"for {k} in range({self.random.randrange(4)}):", *body]

    def statement(self) -> list[str]:
        plain = [self.store, self.store, self.element_store, self.number, self.new_name]
        rare = [self.rebound, self.rebound, self.call]
        nested = [self.branch, self.loop] if self.inside < 2 else []
        return self.random.choice([*plain, *rare, *nested])()

    def body(self) -> list[str]:
        lines = ["s = 0.0", "m = m * 1.0" if self.random.random() < 0.3 else "u = u + 0.0"]
        lines += self.new_name()
        for _ in range(self.random.randrange(4, 9)):
            lines += self.statement()
        ends = " + ".join(f"0.{k + 1} * np.sum({n} ** 2)" for k, n in enumerate(self.shapes))
        return [*lines, f"return s + {ends}"]


def program(seed: int) -> str:
    """The text of a module with a function ``f(x, u, m)``."""
    return MODULE + "".join(f"    {line}\n" for line in Writer(seed).body())
