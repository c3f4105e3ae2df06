"""Random programs that store: into arrays, views of them, lists, objects and arguments, as text.

The shape of every array is known while a program is written, so that every statement fits. What
is stored is bounded by sines, so that differences stay exact.
"""

import itertools
import random
from collections.abc import Callable

Shape = tuple[int, ...]

MODULE = """import numpy as np


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
        v[h : 2 * h] += x * v[:h] * 0.5
        v[0] = v[0] * v[h] * 0.5


def relaxed(m, x):
    for i in range(1, m.shape[0]):
        for j in range(m.shape[1]):
            m[i, j] = 0.6 * m[i, j] + 0.2 * m[i - 1, j] * x
    return m[0]


def until(m, x):
    for row in m:
        if row[0] * x > 0.3:
            row[:] = 0.4 * x
            return row[-1] + x
        row *= x * 0.5
    return x


class Box:
    def __init__(self, v, m):
        self.v = v
        self.m = m
        self.n = 0.3

    def put(self, i, s):
        self.v[i] = s * self.n
        self.n = 0.5 * self.n + 0.2 * s

    def scale(self, s):
        self.m *= s
        self.v[1:] -= self.m[0, :-1] * s


def f(x, u, z):
"""


class Writer:
    """Writes the body of ``f(x, u, z)``: a number, a vector of 4 and a matrix of 3 by 4."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.shapes: dict[str, Shape] = {"u": (4,), "z": (3, 4)}
        self.integers = ["i"]
        self.numbers = ["x"]
        self.lists: list[str] = []
        self.boxes: list[str] = []
        self.names = itertools.count()
        plain: list[Callable[[], list[str]]] = [
            self.element_store,
            self.part_store,
            self.whole_store,
            self.overlapping_store,
            self.number,
        ]
        special: list[Callable[[], list[str]]] = [
            self.output,
            self.in_place_function,
            self.call,
            self.view,
            self.alias,
            self.fresh,
            self.swap,
            self.conditional_swap,
            self.closure,
            self.list_change,
            self.box_change,
            self.held,
        ]
        # a program is about some of them: everything in every program would always be refused
        self.flat = 2 * plain + self.random.sample(special, 4)
        self.nested = [self.branch, self.loop, self.loop_over_rows, self.while_loop]

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, letter: str) -> str:
        return f"{letter}{next(self.names)}"

    def array(self, suits: Callable[[Shape], bool] = lambda shape: True) -> str | None:
        found = [name for name, shape in self.shapes.items() if suits(shape)]
        return self.random.choice(found) if found else None

    # --- expressions ---------------------------------------------------------------------------

    def integer(self, extent: int) -> str:
        """An index of an axis."""
        known = self.random.randrange(-extent, extent)
        return self.pick(str(known), str(known), f"{self.random.choice(self.integers)} % {extent}")

    def element(self) -> str:
        if self.lists and self.chance(0.3):
            return f"{self.random.choice(self.lists)}[{self.pick('0', '-1', '1')}]"
        if self.boxes and self.chance(0.2):
            return f"{self.random.choice(self.boxes)}.{self.pick('n', 'v[1]', 'm[0, 2]')}"
        name = self.array()
        assert name is not None
        return f"{name}[{', '.join(map(self.integer, self.shapes[name]))}]"

    def scalar(self) -> str:
        """A number between -1 and 1, more or less."""
        return self.pick(
            self.random.choice(self.numbers),
            f"0.5 * {self.element()}",
            f"np.sin({self.element()})",
            f"{self.element()} * {self.random.choice(self.numbers)} * 0.6",
            f"np.sin({self.element()} * {self.element()})",
            f"np.tanh(np.sum({self.array()}))",
        )

    def same(self, shape: Shape) -> str:
        """An array of a shape that is there: a name, or a view of something larger."""
        found = [name for name, known in self.shapes.items() if known == shape]
        if len(shape) == 1:
            (k,) = shape
            for name, known in self.shapes.items():
                if len(known) == 1 and known[0] > k:
                    start = self.random.randrange(known[0] - k + 1)
                    found += [f"{name}[{start}:{start + k}]", f"{name}[::-1][:{k}]"]
                    found += [f"{name}[::2]"] if (known[0] + 1) // 2 == k else []
                if len(known) == 2 and known[1] == k:
                    found += [f"{name}[{self.integer(known[0])}]"]
                if len(known) == 2 and known[0] == k:
                    found += [f"{name}[:, {self.integer(known[1])}]", f"{name}.T[-1]"]
        elif len(shape) == 2:
            for name, known in self.shapes.items():
                found += [f"{name}.T"] if known == shape[::-1] else []
                if len(known) == 2 and known[0] >= shape[0] and known[1] >= shape[1]:
                    found += [f"{name}[: {shape[0]}, -{shape[1]} :]"]
        if not found:
            return f"np.full({shape}, {self.scalar()})"
        return self.random.choice(found)

    def value(self, shape: Shape, depth: int = 2) -> str:
        """An array of a shape, with entries between -1 and 1, more or less."""
        if not shape:
            return self.scalar()
        one = self.same(shape)
        if depth == 0:
            return one
        # a bare view of the target with another step is stored in NumPy's order: c[::2] = c[:3]
        choices = [
            f"1.0 * {one}",
            f"0.4 * {one} + {self.scalar()}",
            f"np.sin({self.value(shape, depth - 1)} * {one})",
            f"0.5 * {self.value(shape, depth - 1)} * {self.random.choice(self.numbers)}",
            f"np.where({one} > 0.3, {self.same(shape)}, {self.scalar()})",
        ]
        if len(shape) == 1:
            (k,) = shape
            places = ", ".join(self.integer(4) for _ in range(k))
            choices += [
                f"u[np.array([{places}])]",
                f"0.3 * np.cumsum({one})",
                f"np.array([{', '.join(self.scalar() for _ in range(k))}])",
                f"np.sin(np.dot({self.value((k, 4), 0)}, u))",
            ]
        else:
            choices += [f"np.outer({self.same(shape[:1])}, np.cos({self.same(shape[1:])}))"]
        return self.random.choice(choices)

    def index(self, shape: Shape) -> tuple[str, Shape]:
        """An index of any form, and the shape of what it selects."""
        if len(shape) == 1:
            return self.axis(shape[0])
        rows, columns = shape
        row, row_shape = self.axis(rows, fancy=False)
        column, column_shape = self.axis(columns, fancy=False)
        a, b, c, d = rows - 1, rows - 2, columns - 1, columns - 2
        places = self.pick(
            f"[0, {a}, 0], [1, {c}, 1]", f"[{a}, {b}, 0], -1", f"[{b}, 0, {b}], [{d}, {c}, {d}]"
        )
        return self.random.choice(
            [
                (row, (*row_shape, columns)),
                (f"{row}, {column}", (*row_shape, *column_shape)),
                (f"..., {column}", (rows, *column_shape)),
                (f":, {column}", (rows, *column_shape)),
                (places, (3,)),
                (f"[{a}, 0]", (2, columns)),
            ]
        )

    def axis(self, extent: int, fancy: bool = True) -> tuple[str, Shape]:
        """An index of one axis."""
        choices: list[tuple[str, Shape]] = [
            (self.integer(extent), ()),
            (self.integer(extent), ()),
            ("1:", (extent - 1,)),
            (":-1", (extent - 1,)),
            ("::2", ((extent + 1) // 2,)),
            ("::-1", (extent,)),
            ("-2:", (2,)),
            (f"{extent}:0:-1", (extent - 1,)),
        ]
        if fancy:
            choices += [(f"[0, {extent - 1}, 0]", (3,)), ("p", (4,)), ("...", (extent,))]
        return self.random.choice(choices)

    def test(self) -> str:
        return self.pick(
            f"{self.element()} > 0.2",
            f"{self.element()} < {self.element()}",
            f"{self.random.choice(self.integers)} % 2 == 0",
        )

    # --- stores --------------------------------------------------------------------------------

    def target(self) -> str:
        name = self.array()
        assert name is not None
        return name

    def element_store(self) -> list[str]:
        name = self.target()
        places = list(map(self.integer, self.shapes[name]))
        where = "][".join(places) if self.chance(0.2) else ", ".join(places)
        return [f"{name}[{where}] {self.pick('=', '=', '+=', '-=', '*=')} {self.scalar()}"]

    def part_store(self) -> list[str]:
        name = self.target()
        if self.chance(0.15):
            mask = f"{self.same(self.shapes[name])} {self.pick('>', '<')} 0.3"
            return [f"{name}[{mask}] {self.pick('=', '*=', '+=')} {self.scalar()}"]
        where, shape = self.index(self.shapes[name])
        value = self.value(shape) if self.chance(0.7) else self.scalar()
        return [f"{name}[{where}] {self.pick('=', '=', '+=', '-=', '*=')} {value}"]

    def whole_store(self) -> list[str]:
        name = self.target()
        value = self.value(self.shapes[name])
        return [self.pick(f"{name}[:] = {value}", f"{name} {self.pick('+=', '-=', '*=')} {value}")]

    def overlapping_store(self) -> list[str]:
        name = self.target()
        if len(self.shapes[name]) == 2:
            return [
                self.pick(
                    f"{name}[1:] {self.pick('=', '+=')} 0.5 * {name}[:-1]",
                    f"{name}[:, ::-1] = {name}",
                    f"{name}[[1, 0]] = {name}[[0, 1]]",
                    f"{name}[:, 0] = {name}[:, 1] * {name}[:, 0]",
                    f"{name}[0], {name}[1] = {name}[1] * x, {name}[0]",
                )
            ]
        return [
            self.pick(
                f"{name}[1:] {self.pick('=', '+=', '*=')} {name}[:-1]",
                f"{name}[:-1] {self.pick('=', '-=')} {name}[1:] * {self.scalar()}",
                f"{name}[::-1] = {name}",
                f"{name} {self.pick('+=', '*=')} {name}[::-1]",
                f"{name}[[0, 1, -1]] = {name}[[1, -1, 0]]",
                f"{name}[0], {name}[1] = {name}[1] * x, {name}[0]",
            )
        ]

    def number(self) -> list[str]:
        if len(self.numbers) < 4 and self.chance(0.5):
            name, value = self.name("s"), self.scalar()
            self.numbers.append(name)
            return [f"{name} = {value}"]
        name = self.random.choice(self.numbers[1:] or ["s"])
        return [f"{name} = 0.5 * {name} + {self.scalar()}"]

    def output(self) -> list[str]:
        name = self.target()
        shape, one = self.shapes[name], self.same(self.shapes[name])
        choices = [
            f"np.multiply({one}, {self.scalar()}, out={name})",
            f"np.sin({one}, out={name})",
            f"np.add({self.same(shape)}, {one}, out={name}, where={one} > 0.2)",
            f"np.subtract({one}, {self.value(shape)}, {name})",
            f"np.clip({one}, -0.7, 0.9, out={name})",
        ]
        if len(shape) == 1:
            choices.append(f"np.multiply({self.same((shape[0] - 1,))}, x, out={name}[1:])")
            choices.append(f"np.cumsum({one}, out={name})")
        return [self.random.choice(choices)]

    def in_place_function(self) -> list[str]:
        name = self.target()
        shape = self.shapes[name]
        choices = [
            f"np.copyto({name}, {self.value(shape)})",
            f"np.copyto({name}, {self.scalar()}, where={self.same(shape)} > 0.4)",
            f"{name}.fill({self.scalar()})",
            f"np.putmask({name}, {name} > 0.5, {self.scalar()})",
        ]
        if len(shape) == 1:
            choices += [
                f"np.add.at({name}, {self.pick('p', '[0, 0, 1]')}, {self.scalar()})",
                f"np.add.at({name}, p, {self.value((4,))})",
                f"np.subtract.at({name}, p, {self.value((4,))})",
                f"np.multiply.at({name}, [0, 1, 0], {self.scalar()})",
                f"{name}.sort()",
                f"np.put({name}, [0, -1], {self.value((2,))})",
            ]
        else:
            choices += [
                f"np.fill_diagonal({name}, {self.scalar()})",
                f"np.add.at({name}, ([0, 1, 0], [1, 1, 1]), {self.scalar()})",
            ]
        return [self.random.choice(choices)]

    def call(self) -> list[str]:
        vector, matrix = self.array(lambda s: len(s) == 1), self.array(lambda s: len(s) == 2)
        choices = [
            f"s = 0.3 * s + scaled({vector}, {self.scalar()})",
            f"shifted({vector}, {self.value(self.shapes[vector or 'u'])})",
            f"s = np.sin(s + down({vector}, x))",
            f"halves({vector}, x)",
            f"scaled({vector}[1:], {self.scalar()})",
        ]
        if matrix:
            choices += [
                f"s = 0.5 * s + relaxed({matrix}, x)[0]",
                f"s = np.sin(s + until({matrix}, {self.scalar()}))",
                f"relaxed({matrix}.T, {self.scalar()})",
                f"scaled({matrix}[1], {self.scalar()})",
                f"shifted({matrix}[:, 1], {self.value(self.shapes[matrix][:1])})",
            ]
        return [self.random.choice(choices)]

    # --- names ---------------------------------------------------------------------------------

    def view(self) -> list[str]:
        """A view that is kept."""
        name, old = self.name("v"), self.target()
        shape = self.shapes[old]
        choices: list[tuple[str, Shape]] = [(old, shape)]
        if len(shape) == 1:
            k = shape[0]
            if k > 2:
                choices += [(f"{old}[1:]", (k - 1,)), (f"{old}[:-1]", (k - 1,))]
            choices += [(f"{old}[::-1]", (k,)), (f"{old}[...]", (k,))]
            if k % 2 == 0 and k > 2:
                choices += [(f"{old}.reshape(2, {k // 2})", (2, k // 2))]
        else:
            rows, columns = shape
            choices += [
                (f"{old}[{self.integer(rows)}]", (columns,)),
                (f"{old}[:, {self.integer(columns)}]", (rows,)),
                (f"{old}.T", (columns, rows)),
                (f"{old}[::-1, 1:]", (rows, columns - 1)),
                (f"{old}.ravel()", (rows * columns,)),
                (f"{old}.T[0]", (rows,)),
            ]
        text, found = self.random.choice([c for c in choices if min(c[1]) > 1])
        self.shapes[name] = found
        return [f"{name} = {text}"]

    def alias(self) -> list[str]:
        one, other = self.target(), self.target()
        if self.shapes[one] == self.shapes[other] and one != other and self.chance(0.5):
            return [f"{one} = {other}"]
        name = self.name("a")
        self.shapes[name] = self.shapes[one]
        return [f"{name} = {one}"]

    def fresh(self) -> list[str]:
        """A new array under an old name; views show the old one."""
        name = self.target()
        shape = self.shapes[name]
        value = f"1.0 * {self.same(shape)}"
        return [f"{name} = {self.pick(f'{self.same(shape)}.copy()', value, f'np.zeros({shape})')}"]

    def swap(self) -> list[str]:
        one = self.target()
        others = [n for n, shape in self.shapes.items() if shape == self.shapes[one] and n != one]
        if not others:
            return self.fresh()
        other = self.random.choice(others)
        return [f"{one}, {other} = {other}, {one}"]

    def conditional_swap(self) -> list[str]:
        return [f"if {self.test()}:", *indented(self.swap())]

    def closure(self) -> list[str]:
        """A function that writes into what it captures."""
        name, array = self.name("g"), self.target()
        where, shape = self.index(self.shapes[array])
        return [
            f"def {name}(y):",
            f"    {array}[{where}] {self.pick('=', '+=', '*=')} {self.value(shape, 1)}",
            f"    return y * {self.element()}",
            f"s = 0.4 * s + {name}({self.scalar()})",
            *([f"s = np.sin(s + {name}(x))"] if self.chance(0.4) else []),
        ]

    def held(self) -> list[str]:
        """Arrays in a tuple or a list, stored into through it."""
        name, one, other = self.name("t"), self.target(), self.target()
        made = self.pick(f"({one}, {other})", f"[{one}, {other}]")
        where, shape = self.index(self.shapes[one])
        lines = [
            f"{name} = {made}",
            f"{name}[0][{where}] {self.pick('=', '+=')} {self.value(shape)}",
        ]
        if self.shapes[one] == self.shapes[other] and self.chance(0.5):
            text = f"{name}[{self.random.choice(self.integers)} % 2][0]"
            lines.append(f"{text} {self.pick('=', '*=')} {self.scalar()}")
        elif self.chance(0.5):
            lines += [f"for each in {name}:", f"    each *= {self.scalar()}"]
        else:
            lines.append(f"{self.pick('s')} = {name}[1][{self.literal(self.shapes[other])}]")
        return lines

    def literal(self, shape: Shape) -> str:
        return ", ".join(str(self.random.randrange(k)) for k in shape)

    def list_change(self) -> list[str]:
        if not self.lists:
            name, one, other = self.name("l"), self.scalar(), self.scalar()
            self.lists.append(name)
            return [f"{name} = [{one}, {other}, x]", *self.list_change(), *self.list_change()]
        name = self.random.choice(self.lists)
        return [
            self.pick(
                f"{name}.append({self.scalar()})",
                f"{name}.append({self.scalar()})",
                f"{name}.insert(1, {self.scalar()})",
                f"s = {name}.pop() * 0.5 if len({name}) > 2 else s",
                f"{name}[-1] {self.pick('=', '+=', '*=')} {self.scalar()}",
                f"{name}[{self.random.choice(self.integers)} % 2] = {self.scalar()}",
                f"u[0] = np.sum(np.array({name})) * 0.2",
                f"{name}.reverse()",
                f"{name}[0], {name}[1] = {name}[1], {name}[0]",
            )
        ]

    def box_change(self) -> list[str]:
        if not self.boxes:
            vector = self.array(lambda s: s == (4,))
            matrix = self.array(lambda s: len(s) == 2 and s[1] == 4)
            if not vector or not matrix:
                return self.number()
            name = self.name("o")
            self.boxes.append(name)
            copied = self.pick("", ".copy()")
            made = f"{name} = Box({vector}{copied}, {matrix})"
            return [made, *self.box_change(), *self.box_change()]
        name = self.random.choice(self.boxes)
        return [
            self.pick(
                f"{name}.put({self.integer(4)}, {self.scalar()})",
                f"{name}.scale({self.scalar()})",
                f"{name}.v[1:] = {self.value((3,))}",
                f"{name}.v *= {self.value((4,))}",
                f"{name}.m[0] {self.pick('=', '+=')} {name}.v * x",
                f"{name}.n = {self.scalar()}",
                f"{name}.v = {self.same((4,))}.copy()",
                f"u += {name}.v",
            )
        ]

    # --- control -------------------------------------------------------------------------------

    def statement(self, depth: int) -> list[str]:
        if depth > 0 and self.chance(0.3):
            return self.random.choice(self.nested)(depth)
        return self.random.choice(self.flat)()

    def block(self, depth: int, integer: str = "", **arrays: Shape) -> list[str]:
        """Statements, indented; what they define is known in the block only."""
        before = dict(self.shapes), list(self.integers), list(self.numbers), list(self.lists)
        boxes = list(self.boxes)
        self.shapes.update(arrays)
        self.integers += [integer] if integer else []
        lines = [
            line
            for _ in range(self.random.choice((1, 2, 2, 3)))
            for line in self.statement(depth - 1)
        ]
        self.shapes, self.integers, self.numbers, self.lists = before
        self.boxes = boxes
        return indented(lines)

    def branch(self, depth: int) -> list[str]:
        lines = [f"if {self.test()}:", *self.block(depth)]
        return lines + ["else:", *self.block(depth)] if self.chance(0.4) else lines

    def loop(self, depth: int) -> list[str]:
        name = self.name("i")
        lines = [f"for {name} in range({self.pick('1', '2', '3')}):", *self.block(depth, name)]
        if self.chance(0.2):
            lines += [f"    if {self.test()}:", f"        {self.pick('break', 'continue')}"]
            lines += self.block(0, name)
        return lines

    def loop_over_rows(self, depth: int) -> list[str]:
        matrix = self.array(lambda s: len(s) == 2)
        if not matrix:
            return self.loop(depth)
        row, name = self.name("r"), self.name("i")
        shape = self.shapes[matrix][1:]
        head = self.pick(f"for {name}, {row} in enumerate({matrix}):")
        return [head, *self.block(depth, name, **{row: shape})]

    def while_loop(self, depth: int) -> list[str]:
        if self.chance(0.3):
            name = self.target()
            return [f"while np.sum({name} * {name}) > 1.5:", f"    {name} *= 0.7"]
        name = self.name("c")
        head = [f"{name} = {self.pick('1', '2', '3')}", f"while {name} > 0:", f"    {name} -= 1"]
        return head + self.block(depth, name)

    def text(self) -> str:
        body = [
            "i, s = 1, 0.1",
            "p = np.array([0, 1, 0, 1])",
            f"a = {self.value((4,))} + 0.1",
            f"b = {self.pick('np.zeros(4)', 'np.empty_like(a)')}",
            "b[:] = [x, 0.2, a[0], u[1]]",
            "c = np.arange(1.0, 7.0) * x * 0.2",
            f"m = {self.pick('np.zeros((3, 4))', '0.5 * z', 'np.outer(u[1:], a)')}",
        ]
        self.shapes.update(a=(4,), b=(4,), c=(6,), m=(3, 4))
        self.numbers.append("s")
        for _ in range(self.random.choice((5, 8, 11))):
            body += self.statement(3)
        shown = [
            f"np.sum(np.sin({name}) * {self.random.uniform(0.5, 2):.1f})" for name in self.shapes
        ]
        shown += [f"np.sum(np.array({name}) ** 2)" for name in self.lists]
        shown += [f"{name}.n + {name}.v[0] * np.sum({name}.m)" for name in self.boxes]
        body.append(f"return {' + '.join([*self.numbers, *shown])}")
        return MODULE + "\n".join(indented(body)) + "\n"


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def program(seed: int) -> str:
    """The text of a module with a function ``f(x, u, z)``."""
    return Writer(seed).text()
