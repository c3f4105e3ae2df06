"""Random programs that store into arrays, views of them and what they pass to functions."""

import random

HELPERS = """
def scaled(v, s):
    v *= s
    return v[0] * v[-1]


def shifted(v, w):
    v[1:] += 0.3 * v[:-1] * w[1:]
    v[0] = v[-1] + w[0]


def down(v, x):
    if len(v) < 2:
        return v[0] * x
    v[0] *= 0.5 + v[1]
    t = down(v[1:], x)
    v[0] = v[0] + 0.2 * v[1] * t
    return t + v[-1] * 0.1


def halves(v, x):
    h = len(v) // 2
    if h > 0:
        halves(v[:h], x)
        halves(v[h:], x)
        v[h:] += x * v[:h] * 0.5
        v[0] = v[0] * v[h] * 0.5
"""


class Writer:
    """Writes the body of a function of a number ``x``, line by line."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.vectors = ["a", "b"]

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def element(self) -> str:
        if self.random.random() < 0.3:
            return f"m[{self.random.randrange(4)}, {self.pick('0', '1', '-1', 'i')}]"
        return f"{self.random.choice(self.vectors)}[{self.pick('0', '1', '2', '-1', 'i')}]"

    def number(self) -> str:
        return self.pick(
            "x",
            f"0.5 * {self.element()}",
            f"np.sin({self.element()})",
            f"{self.element()} * {self.element()} * 0.3",
            f"np.sum({self.random.choice(self.vectors)}) * 0.1",
        )

    def vector(self) -> str:
        one, other = self.random.choice(self.vectors), self.random.choice(self.vectors)
        return self.pick(
            f"np.cos({one})",
            f"0.5 * {one} + {self.number()}",
            f"{one} * {other} * 0.4",
            f"{one}[::-1] * x",
            f"m[{self.random.randrange(4)}] * 0.7",
        )

    def statement(self, depth: int) -> list[str]:
        kind = self.random.randrange(12 if depth < 2 else 8)
        v = self.random.choice(self.vectors)
        if kind == 0:
            return [f"{self.element()} = {self.number()}"]
        if kind == 1:
            return [f"{self.element()} {self.pick('+=', '-=', '*=')} {self.number()}"]
        if kind == 2:
            return [f"{v}[:] = {self.vector()}"]
        if kind == 3:
            return [f"{v} {self.pick('+=', '-=', '*=')} {self.vector()}"]
        if kind == 4:
            return [f"{v}[1:] = {self.pick('a', 'b', v)}[:-1] * {self.number()}"]
        if kind == 5:
            call = self.pick(
                f"scaled({v}, {self.number()})",
                f"shifted({v}, {self.vector()})",
                f"down({v}, x)",
                f"halves({v}, x)",
            )
            assigned = "s = s * 0.3 + " if call.startswith(("scaled", "down")) else ""
            return [assigned + call]
        if kind == 6:
            return [
                self.pick(
                    f"np.multiply({v}, {self.number()}, out={v})",
                    f"np.copyto({v}, {self.vector()})",
                    f"np.add.at({v}, places, {self.number()})",
                    f"{v}.fill({self.number()})",
                )
            ]
        if kind == 7:
            return [f"s += {self.number()}"]
        inner = [line for _ in range(2) for line in self.statement(depth + 1)]
        indented = ["    " + line for line in inner]
        if kind == 8:
            return [f"if {self.element()} > 0.4:", *indented]
        if kind == 9:
            return [f"for i in range({self.pick('1', '3', '4')}):", *indented]
        if kind == 10:
            other = ["    " + line for line in self.statement(depth + 1)]
            return [f"if {self.element()} > s:", *indented, "else:", *other]
        return [
            "for i, row in enumerate(m):",
            "    row *= 0.9",
            "    row[1] += m[0, i] * x",
            *indented,
        ]

    def view(self) -> str:
        name = f"v{len(self.vectors)}"
        made = self.pick("m[0]", "m[2]", "m.T[1]", "m[:, 3]", "c[1:5]", "c[::-1][2:6]")
        self.vectors.append(name)
        return f"{name} = {made}"


def program(seed: int) -> str:
    """The text of a module with a function ``f(x)``."""
    writer = Writer(seed)
    body = [
        "i, s = 1, 0.0",
        "places = np.array([0, 1, 0, 3])",
        "a = np.array([x, 0.5, x * x, 1.2])",
        "b = np.array([0.7, x, 0.1, x])",
        "c = np.arange(1.0, 9.0) * x * 0.2",
        "m = np.arange(16.0).reshape(4, 4) * 0.1 + x",
        *(writer.view() for _ in range(3)),
    ]
    for _ in range(7):
        body += writer.statement(0)
    shown = " + ".join(f"np.sum(np.sin({v}))" for v in [*writer.vectors, "c", "m"])
    body.append(f"return s + {shown}")
    lines = "".join(f"    {line}\n" for line in body)
    return f"import numpy as np\n\n{HELPERS}\n\ndef f(x):\n{lines}"
