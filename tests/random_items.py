"""Random programs that write into arrays which are held by lists, dicts and instances.

A program is a module with `program(x, y, n)`: two floats and a small count. Many programs have
several names for an array; those that diffpy cannot follow are refused.
"""

import linecache
import random
from collections.abc import Callable, Iterator

HEADER = """
import numpy as np


class Body:
    def __init__(self, place, speed):
        self.place = place
        self.speed = speed
        self.force = np.zeros(2)

    def move(self, dt):
        self.speed += dt * self.force
        self.place += dt * self.speed
        return self

    def reset(self):
        self.force[:] = 0.0

    def pull(self, other, strength):
        d = np.sin(other.place - self.place) * strength
        self.force += d
        other.force -= d


def soften(u, a):
    u[0] = np.sin(u[0] + a)
    u[1] += 0.5 * u[0]


def weight(us, k):
    return np.sum(np.sin(us[k % len(us)])) + us[0][1]


def first_of(us):
    return us[0]


def exchange(us, vs):
    vs[0][1] = np.sin(us[-1][0])
    us[0][0] += 0.1 * vs[-1][1]
"""

START = """
us = [np.array([x, y]) * k for k in range(n + 2)]
vs = []
for k in range(n + 3):
    v = np.zeros(2)
    v[k % 2] = np.cos(k * y)
    vs.append(v)
ms = [np.array([[x, k], [y * k, 0.5]]) for k in range(n + 2)]
bodies = [Body(np.array([x * k, y]), np.array([0.1, x])) for k in range(n + 2)]
sums = {}
for k in range(3):
    sums[k * k] = np.array([y, 0.1 * k])
u = np.array([0.3, x])
w = np.ones(2) * y
t = x * y
"""

END = """
t += sum(np.sum(a) * (k + 1) for k, a in enumerate(us)) + 0.3 * sum(np.sum(a) for a in vs)
t += sum(np.sum(b.place * b.speed) + b.force[0] for b in bodies)
t += sum(np.sum(m * m) * (k + 1) + m[1][0] for k, m in enumerate(ms))
t += sum(np.sum(a) * k for k, a in sums.items()) + np.sum(u) * 0.7 + w[0] - w[1]
return np.tanh(0.1 * t)
"""


class Writer:
    """Writes one program; `choose` draws from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0

    def choose(self, *options: str) -> str:
        return self.random.choice(options)

    def list(self) -> str:
        return self.choose("us", "vs")

    def place(self) -> str:
        return self.choose("0", "-1", "1", "i % 2", "k % 2", "-2")

    def array(self) -> str:
        """An array that is read."""
        return self.choose(
            "u",
            "w",
            f"{self.list()}[{self.place()}]",
            f"{self.list()}[{self.place()}][::-1]",
            "bodies[0].place",
            "bodies[-1].speed",
            f"bodies[{self.place()}].force",
            "sums[1]",
            "first_of(us)",
            "(u * w)",
            f"ms[{self.place()}][{self.choose('0', '-1', 'i % 2', ':, 1', '0, ::-1')}]",
            f"ms[{self.place()}].T[{self.choose('0', '-1')}]",
            f"(ms[{self.place()}] @ w)",
        )

    def target(self) -> str:
        """An array that is written into."""
        return self.choose(
            "u",
            f"{self.list()}[{self.place()}]",
            f"{self.list()}[{self.place()}]",
            f"{self.list()}[{self.place()}]",
            f"ms[{self.place()}][{self.choose('0', '-1', 'i % 2', ':, 1', '0, ::-1')}]",
            "bodies[0].place",
            f"bodies[{self.place()}].speed",
            f"sums[{self.random.randrange(3)} ** 2]",
        )

    def number(self) -> str:
        return self.choose(
            "x",
            "y",
            "t",
            "x * i",
            f"{self.array()}[{self.choose('0', '1')}]",
            f"weight(us, {self.place()})",
            f"ms[{self.place()}][i % 2{self.choose('][', ', ')}0]",
        )

    def small(self) -> str:
        function = self.choose("np.sin", "np.tanh")
        return f"{function}({self.number()} {self.choose('+', '-', '*')} {self.number()})"

    def vector(self) -> str:
        return self.choose(
            f"np.sin({self.array()})",
            f"{self.array()} * {self.small()}",
            f"np.cos({self.array()} - {self.array()})",
        )

    def statement(self) -> Iterator[str]:
        if self.depth < 2 and self.random.random() < 0.3:
            yield from self.compound()
            return
        yield from getattr(self, self.choose(*_SIMPLE))()

    def block(self, count: int) -> Iterator[str]:
        self.depth += 1
        for _ in range(count):
            for line in self.statement():
                yield f"    {line}"
        self.depth -= 1

    def compound(self) -> Iterator[str]:
        size = self.random.randint(1, 2)
        match self.random.randrange(4):
            case 0:
                yield f"for i in range({self.choose('n', '2')}):"
                yield from self.block(size)
            case 1:
                yield f"if {self.choose('i % 2 == 0', 'k > 1', f'{self.number()} > 0.0317')}:"
                yield from self.block(size)
                yield "else:"
                yield from self.block(1)
            case 2:
                name = self.list()
                yield f"for k, a in enumerate({name}):"
                yield self.choose(
                    f"    a[k % 2] = {self.small()}",
                    "    a *= 0.5 * x",
                    f"    a += {name}[0] * 0.1",
                    "    a[:] = np.sin(a[::-1])",
                )
                yield from self.block(1)
            case 3:
                yield "for body in bodies:"
                yield self.choose(
                    "    body.move(0.1)",
                    "    body.reset()",
                    f"    body.force += {self.vector()}",
                    "    body.pull(bodies[0], x)",
                )
                yield from self.block(1)

    # --- one kind of statement each ---

    def element(self) -> Iterator[str]:
        operator = self.choose("=", "+=", "*=")
        yield f"{self.target()}[{self.choose('0', '1', '-1', 'i % 2')}] {operator} {self.small()}"

    def whole(self) -> Iterator[str]:
        yield self.choose(
            f"{self.target()}[:] = {self.vector()}",
            f"{self.target()}[::-1] = {self.vector()}",
            f"{self.target()} += {self.vector()}",
            f"{self.target()} *= {self.small()}",
            f"ms[{self.place()}][1:] {self.choose('=', '+=', '*=')} {self.small()}",
            f"ms[{self.place()}] *= {self.small()}",
            f"np.multiply({self.array()}, x, out={self.list()}[{self.place()}])",
        )

    def named(self) -> Iterator[str]:
        """A name for an array of a list, which is used a while."""
        yield f"a = {self.list()}[{self.place()}]"
        yield from self.element() if self.random.random() < 0.5 else self.whole()
        yield self.choose(
            f"a[0] = {self.small()}", "t += a[0] * a[1]", "a[::-1] *= y", "t += np.sum(a)"
        )

    def called(self) -> Iterator[str]:
        yield self.choose(
            f"soften({self.target()}, {self.small()})",
            f"t += weight({self.list()}, {self.place()})",
            "exchange(us, vs)",
            f"bodies[{self.place()}].move(0.2)",
            "bodies[0].pull(bodies[-1], y)",
        )

    def replaced(self) -> Iterator[str]:
        yield self.choose(
            f"{self.list()}[{self.place()}] = {self.vector()}",
            f"{self.list()}.append({self.vector()})",
            f"{self.list()}.insert(0, {self.vector()})",
            f"ms[{self.place()}] = np.array([{self.vector()}, {self.vector()}])",
            f"ms.append(ms[{self.place()}] * {self.small()})",
            f"bodies[{self.place()}].place = {self.vector()}",
            f"sums[{self.random.randrange(3)} ** 2] = {self.vector()}",
            f"u = {self.vector()}",
        )

    def moved(self) -> Iterator[str]:
        name = self.list()
        yield self.choose(
            f"{name}.reverse()",
            f"u = {name}.pop() if len({name}) > 2 else w.copy()",
            f"{name}.append({name}.pop(0))",
            f"{name}.append(u)",
            f"{name}[0] = w",
            f"{name}[0], {name}[-1] = {name}[-1], {name}[0]",
            f"u = {name}[0]",
            "us[0] = vs[0]",
            "bodies[0].place = u",
        )

    def results(self) -> Iterator[str]:
        yield f"t = {self.small()} + 0.5 * t"


_SIMPLE = ("element",) * 4 + ("whole",) * 3 + ("named", "called", "replaced", "moved", "results")


def source_of(seed: int) -> str:
    """The text of a program."""
    writer = Writer(seed)
    lines = [*START.strip().split("\n"), "for i in range(n):", "    k = i + 1"]
    for _ in range(writer.random.randint(1, 4)):
        lines += [f"    {line}" for line in writer.statement()]
    lines += END.strip().split("\n")
    body = "\n".join(f"    {line}" for line in lines)
    return f"{HEADER}\n\ndef program(x, y, n):\n{body}\n"


def program_of(seed: int) -> Callable:
    """A program, with its source where `inspect` finds it."""
    name, text = f"<random items {seed}>", source_of(seed)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {"__name__": f"random_items_{seed}"}
    exec(compile(text, name, "exec"), namespace)
    return namespace["program"]


def points() -> list[tuple[float, float, int]]:
    return [(0.7, -0.4, 3), (1.3, 0.6, 2)]
