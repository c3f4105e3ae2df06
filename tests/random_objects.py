"""Random programs about identity: several names for one list, dict, instance or array.

A program is a module with `program(x, y, n)`: two floats and a small count. Every list has at least
one element at all times. Values stay small because what is stored goes through sin or tanh.
"""

import linecache
import random
from collections.abc import Callable, Iterator

HEADER = """
class Box:
    scale = 0.5

    def __init__(self, value, items):
        self.value = value
        self.items = items
        self.other = self

    def push(self, value):
        self.items.append(math.tanh(value))
        self.value = math.sin(self.value + value)
        return self

    def take(self, items):
        self.items = items
        self.items[0] += self.value * self.scale

    def __getitem__(self, k):
        return self.items[k]

    def __iadd__(self, value):
        self.value += math.sin(value)
        return self

    @property
    def total(self):
        return self.value + sum(self.items)


def mix(first, second, value):
    first.append(math.sin(value))
    second[0] = math.tanh(second[-1] + value)
    return second


def chosen(first, second, value):
    return first if value > 0.0291 else second


def kept(value, items=[]):
    return math.sin(value + sum(items))
"""


class Writer:
    """Writes one program; `choose` draws from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.indent = 1
        self.budget = 14
        self.loops = 0

    def choose(self, *options: str) -> str:
        return self.random.choice(options)

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def list_(self) -> str:
        return self.choose("a", "b", "c", "p[0]", "p[1]", "d['k']", "o.items", "q.items")

    def box(self) -> str:
        return self.choose("o", "q", "o.other", "d['box']")

    def number(self) -> str:
        return self.choose(
            "x", "y", "s", f"{self.list_()}[0]", f"{self.list_()}[-1]", f"{self.box()}.value",
            "d['v']", "u[1]", "w[0]", f"sum({self.list_()})", f"{self.box()}.total * 0.1",
            f"len({self.list_()}) * 0.3", f"{self.box()}[0]", "kept(y)",
        )  # fmt: skip

    def small(self) -> str:
        inner = f"{self.number()} {self.choose('+', '-', '*')} {self.number()}"
        return f"math.{self.choose('sin', 'tanh')}({inner})"

    def statement(self) -> None:
        self.budget -= 1
        kinds: list[Callable[[], None]] = [
            *3 * [self.alias], *3 * [self.change], *2 * [self.boxes], self.dicts, self.arrays,
            self.call, self.number_statement,
        ]  # fmt: skip
        if self.indent < 3 and self.budget > 2:
            kinds += [self.branch, self.loop]
        self.random.choice(kinds)()

    def alias(self) -> None:
        first, second = self.list_(), self.list_()
        self.write(
            self.choose(
                f"{first} = {second}", f"{first} = {second}[:]", f"{first} = list({second})",
                f"{first} = {second} + [{self.small()}]", f"{first} = [{self.small()}, y]",
                f"{first}, {second} = {second}, {first}", f"{first} = p[k % 2]",
                f"{first} = {second} if x > 0.271 else {self.list_()}",
                "p = [p[1], p[0]]", f"p = [{first}, {second}]",
            )
        )  # fmt: skip

    def change(self) -> None:
        name = self.list_()
        self.write(
            self.choose(
                f"{name}.append({self.small()})", f"{name}[0] = {self.small()}",
                f"{name}[-1] *= 0.7", f"{name} += [{self.small()}]", f"{name}.insert(0, y)",
                f"{name}.reverse()", f"{name}.extend({self.list_()}[:1])",
                f"{name}[k % len({name})] = {self.small()}",
            )
        )  # fmt: skip

    def boxes(self) -> None:
        name, other = self.box(), self.box()
        self.write(
            self.choose(
                f"{name}.push({self.small()}).push(x)", f"{name}.value = {self.small()}",
                f"{name}.take({self.list_()})", f"{name}.other = {other}", f"o = {other}",
                "o, q = q, o", f"{name}.value *= 0.6", f"q = Box({self.small()}, {self.list_()})",
                f"o = o if y > -0.137 else {other}", "o += y",
            )
        )  # fmt: skip

    def dicts(self) -> None:
        self.write(
            self.choose(
                f"d['k'] = {self.list_()}", f"d['box'] = {self.box()}", f"d['v'] = {self.small()}",
                "e = d", "e['v'] *= 0.9", "d = dict(e)", "d, e = e, d", "d = {**e, 'v': x}",
            )
        )  # fmt: skip

    def arrays(self) -> None:
        self.write(
            self.choose(
                "w = u", f"w[0] = {self.small()}", "u *= 0.8", f"u[1] += {self.small()}",
                "w = u.copy()", "u = w",
            )
        )  # fmt: skip

    def call(self) -> None:
        first, second = self.list_(), self.list_()
        self.write(
            self.choose(
                f"mix({first}, {second}, {self.small()})", f"{first} = mix({second}, {first}, y)",
                f"chosen({first}, {second}, y)[0] = {self.small()}", f"add({self.small()})",
            )
        )  # fmt: skip

    def number_statement(self) -> None:
        self.write(f"s = {self.small()}")

    def branch(self) -> None:
        self.write(f"if {self.choose('x', 'y', 's')} > {self.choose('0.271', '-0.137')}:")
        self.block()
        if self.random.random() < 0.5:
            self.write("else:")
            self.block()

    def loop(self) -> None:
        self.loops += 1
        name = f"k{self.loops}"
        head = self.choose("range(n)", "range(2)", "(0, 1)", "list(a)", "enumerate(c[:])")
        self.write(f"for {name} in {head}:")
        self.block()

    def block(self) -> None:
        self.indent += 1
        for _ in range(self.random.randint(1, 3)):
            self.statement()
        self.indent -= 1


def text_of(seed: int) -> str:
    """The program of a seed."""
    writer = Writer(seed)
    for line in (
        "a, b, c, k, s = [x, y], [y], [0.3], 1, x * y",
        "p = [a, [y * x]]",
        "o = Box(x, b)",
        "q = Box(y, [x, 0.4])",
        "d = {'k': c, 'v': x, 'box': q}",
        "e = d",
        "u = np.array([x, y, 0.2])",
        "w = u",
        "",
        "def add(value):",
        "    a.append(math.sin(value))",
        "    o.value += value",
        "",
    ):
        writer.write(line)
    while writer.budget > 0:
        writer.statement()
    writer.write("total = s + d['v'] + e['v'] + np.sum(u * w)")
    for k, name in enumerate(("a", "b", "c", "p[0]", "p[1]", "d['k']", "o.items", "q.items")):
        writer.write(f"total += {k + 1.3} * {name}[0] * {name}[-1] + len({name}) * x")
    writer.write("return total + o.value * q.value + o.other.total + d['box'].value")
    body = "\n".join(line.rstrip() for line in writer.lines)
    return f"import math\n\nimport numpy as np\n\n{HEADER}\n\ndef program(x, y, n):\n{body}\n"


def program_of(seed: int) -> Callable[[float, float, int], float]:
    """The function of a seed."""
    text = text_of(seed)
    filename = f"<random objects {seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    names: dict = {"__name__": f"random_objects_{seed}"}
    exec(compile(text, filename, "exec"), names)
    program: Callable[[float, float, int], float] = names["program"]
    return program


def points() -> Iterator[tuple[float, float, int]]:
    yield 0.41, -0.83, 0
    yield -0.92, 0.37, 1
    yield 1.07, 0.23, 3
