"""Random programs about containers of which only the running program knows the sizes and the keys.

A program is a module with `program(x, y, n)`: two floats and a small count. Every container holds
at least one item at all times. Values stay small: what is stored goes through sin or tanh.
"""

import linecache
import random
from collections.abc import Callable, Iterator

HEADER = """
import heapq
import math
from collections import defaultdict, deque


class Cell:
    def __init__(self, value, rest=None):
        self.value = value
        self.rest = rest
        self.marks = [value]

    def push(self, value):
        self.value = math.sin(self.value + value)
        self.marks.append(value)
        return self

    def depth(self):
        return self.value if self.rest is None else 0.5 * self.rest.depth() + self.value


def longest(cells):
    best = cells[0]
    for cell in cells:
        if len(cell.marks) > len(best.marks):
            best = cell
    return best


def share(rows, row, value):
    rows.append(row)
    row[0] += math.sin(value)
    return rows[-1]
"""

#: what is there at the start; t is the result
START = """
known = {0: x}
sums = defaultdict(float)
pairs = {(0, 0): y}
seen = {1}
rows = [[x, y]]
row = rows[0]
queue = deque([x], maxlen=5)
heap = [(x, 0)]
cells = [Cell(y)]
head = cells[0]
groups = defaultdict(list)
t = x * y
"""

END = """
t += sum(known.values()) + sum(sums.values()) * 0.3 + sum(pairs.values())
t += sum(a * k for k, a in enumerate(queue)) + sum(seen) * x * 0.01
t += sum(sum(r) * (k + 1) for k, r in enumerate(rows)) + len(row) * row[-1]
t += sum(c.value * k + sum(c.marks) for k, c in enumerate(cells)) + head.depth()
t += sum(a * (k + 1) for a, k in sorted(heap)) + longest(cells).value
t += sum(sum(g) * k for k, g in groups.items())
return math.tanh(0.1 * t)
"""


class Writer:
    """Writes one program; `choose` draws from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0

    def choose(self, *options: str) -> str:
        return self.random.choice(options)

    def number(self) -> str:
        """An integer of the running program, not negative."""
        return self.choose("i", "k", "n", f"i * {self.random.randint(1, 3)}", "i % 2", "len(row)")

    def value(self) -> str:
        """A float."""
        return self.choose(
            "x",
            "y",
            "t",
            "x * i",
            f"known.get({self.number()}, y)",
            f"sums[{self.number()} % 3]",
            "pairs[0, 0]",
            "row[-1]",
            f"rows[{self.number()} % len(rows)][0]",
            "queue[0]",
            "queue[-1]",
            "heap[0][0]",
            "head.value",
            f"cells[{self.number()} % len(cells)].value",
            "cells[-1].marks[-1]",
            "longest(cells).value",
            "head.depth()",
            "max(known.values())",
            "sum(row)",
        )

    def small(self) -> str:
        function = self.choose("math.sin", "math.tanh")
        return f"{function}({self.value()} {self.choose('+', '-', '*')} {self.value()})"

    def statement(self) -> Iterator[str]:
        if self.depth < 3 and self.random.random() < 0.3:
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
        size = self.random.randint(1, 3)
        match self.random.randrange(4):
            case 0:
                yield f"for i in range({self.choose('n', '2', 'len(rows) % 4')}):"
                yield from self.block(size)
            case 1:
                yield f"if {self.test()}:"
                yield from self.block(size)
                yield "else:"
                yield from self.block(1)
            case 2:
                yield "for k, r in enumerate(list(rows)):"
                yield f"    r[k % len(r)] = {self.small()}"
                yield from self.block(1)
            case 3:
                yield "try:"
                yield from self.block(size)
                yield f"    t += known[{self.number()}]"
                yield "except KeyError:"
                yield f"    t -= {self.small()}"

    def test(self) -> str:
        return self.choose(
            f"{self.number()} in known",
            f"{self.number()} not in seen",
            f"({self.number()}, 1) in pairs",
            "rows[0] is row",
            "longest(cells) is head",
            "head.rest is None",
            "len(queue) > 2",
            "i % 2 == 0",
            f"{self.value()} > 0.0317",
        )

    # --- one kind of container each ---

    def number_keys(self) -> Iterator[str]:
        key = self.number()
        yield self.choose(
            f"known[{key}] = {self.small()}",
            f"known[{key}] = known.get({key}, 0.0) + {self.small()}",
            f"known.setdefault({key}, {self.small()})",
            f"t += known.pop({key} + 1, {self.value()})",
            f"sums[{key} % 3] += {self.small()}",
        )

    def pair_keys(self) -> Iterator[str]:
        yield f"pairs[{self.number()}, {self.number()} % 2] = {self.small()}"

    def sets(self) -> Iterator[str]:
        yield self.choose(
            f"seen.add({self.number()})",
            f"seen.discard({self.number()} + 2)",
            f"seen = seen | {{{self.number()}, 7}}",
            "t += 0.1 * x * len(seen & {0, 1, 2})",
        )

    def rows(self) -> Iterator[str]:
        yield self.choose(
            f"row = rows[{self.number()} % len(rows)]",
            f"row.append({self.small()})",
            f"rows.append([{self.small()}, {self.small()}])",
            "rows.append(row)",
            "rows.append(row[:])",
            f"row = [{self.small()} for _ in range(n)]",
            f"row = share(rows, row, {self.value()})",
            f"rows[{self.number()} % len(rows)][-1] = {self.small()}",
            f"row[0] += {self.small()}",
            "rows[0], rows[-1] = rows[-1], rows[0]",
            "t += row.pop() if len(row) > 1 else row[0]",
            "row.reverse()",
        )

    def queues(self) -> Iterator[str]:
        yield self.choose(
            f"queue.append({self.small()})",
            f"queue.appendleft({self.small()})",
            "t += queue.popleft() if len(queue) > 1 else x",
            "queue.rotate(1)",
            f"heapq.heappush(heap, ({self.small()}, {self.number()}))",
            f"t += heapq.heapreplace(heap, ({self.small()}, i))[0]",
        )

    def cells(self) -> Iterator[str]:
        yield self.choose(
            f"cells.append(Cell({self.small()}))",
            f"head = Cell({self.small()}, head)",
            "cells.append(head)",
            f"head = cells[{self.number()} % len(cells)]",
            f"head.push({self.small()})",
            f"cells[{self.number()} % len(cells)].value = {self.small()}",
            f"cells[-1].marks = [{self.small()}]",
            "cells[0].marks = row",
            "head = longest(cells)",
        )

    def grouped(self) -> Iterator[str]:
        yield f"groups[{self.number()} % 3].append({self.small()})"

    def results(self) -> Iterator[str]:
        yield f"t = {self.small()} + 0.5 * t"


_SIMPLE = (
    "number_keys",
    "pair_keys",
    "sets",
    "rows",
    "rows",
    "queues",
    "cells",
    "cells",
    "grouped",
    "results",
)


def source_of(seed: int) -> str:
    """The text of a program."""
    writer = Writer(seed)
    lines = [*START.strip().split("\n"), "for i in range(n):", "    k = i + 1"]
    for _ in range(4):
        lines += [f"    {line}" for line in writer.statement()]
    lines += END.strip().split("\n")
    body = "\n".join(f"    {line}" for line in lines)
    return f"{HEADER}\n\ndef program(x, y, n):\n{body}\n"


def program_of(seed: int) -> Callable:
    """A program, with its source where `inspect` finds it."""
    name, text = f"<random containers {seed}>", source_of(seed)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {"__name__": f"random_containers_{seed}"}
    exec(compile(text, name, "exec"), namespace)
    return namespace["program"]


def points() -> list[tuple[float, float, int]]:
    return [(0.7, -0.4, 3), (1.3, 0.6, 1), (-0.5, 0.9, 0)]
