"""Instances of which only the running program knows how many there are: both modes."""

import copy
from dataclasses import dataclass

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad, value_and_grad


class Particle:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def step(self, dt):
        self.v -= self.x * dt
        self.x += self.v * dt

    def energy(self):
        return 0.5 * self.v**2 + 0.5 * self.x**2


def pool_particles(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    for _ in range(5):
        for p in ps:
            p.step(0.1)
    return sum(p.energy() for p in ps)


def pool_pairs(x):
    n = int(0.0 * x + 4)
    ps = []
    for i in range(n):
        ps.append(Particle(x * i, 0.5))
    for _ in range(3):
        for i in range(n):
            for j in range(i):
                f = 0.1 * (ps[i].x - ps[j].x)
                ps[i].v -= f
                ps[j].v += f
        for p in ps:
            p.x += p.v
    return ps[0].x * ps[-1].x


def pool_best(x):
    n = int(0.0 * x + 5)
    best = None
    for i in range(n):
        p = Particle(x * i * (4 - i), i * 1.0)
        if best is None or p.x > best.x:
            best = p
    best.v += 1.0
    return best.x * best.v


def pool_alias(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    q = ps[2]
    q.x = x * x
    ps[1] = q
    ps[1].v = 3.0 * x
    return ps[2].x * ps[2].v + (1.0 if ps[1] is ps[2] else 0.0) * x + (x if ps[0] is q else 0.0)


class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next


def pool_linked(x):
    n = int(0.0 * x + 6)
    head = None
    for i in range(n):
        head = Node(x * i, head)
    t = 0.0
    node = head
    while node is not None:
        t = t * 0.5 * x + node.value
        node = node.next
    return t


def pool_reverse(x):
    n = int(0.0 * x + 6)
    head = None
    for i in range(n):
        head = Node(x**i, head)
    prev = None
    while head is not None:
        head.next, prev, head = prev, head, head.next
    t = 0.0
    node = prev
    k = 1
    while node:
        t += node.value * k
        k += 1
        node = node.next
    return t


class Tree:
    def __init__(self, key, value):
        self.key = key
        self.value = value
        self.left = None
        self.right = None

    def insert(self, key, value):
        if key < self.key:
            if self.left is None:
                self.left = Tree(key, value)
            else:
                self.left.insert(key, value)
        else:
            if self.right is None:
                self.right = Tree(key, value)
            else:
                self.right.insert(key, value)

    def total(self, w):
        t = self.value * w
        if self.left is not None:
            t += self.left.total(w * 0.5)
        if self.right is not None:
            t += self.right.total(w * 0.7)
        return t


def pool_bst(x):
    n = int(0.0 * x + 8)
    root = Tree(4, x)
    for i in range(n):
        root.insert((i * 5) % 8, x * i)
    return root.total(x)


@dataclass
class T:
    value: float
    left: "T | None" = None
    right: "T | None" = None


def _build(depth, x):
    if depth == 0:
        return T(x)
    return T(x * depth, _build(depth - 1, x * 0.9), _build(depth - 1, x * 1.1))


def _sum(t):
    if t is None:
        return 0.0
    return t.value**2 + _sum(t.left) + 2 * _sum(t.right)


def pool_rec(x):
    n = int(0.0 * x + 4)
    return _sum(_build(n, x))


class Shape:
    def area(self):
        return 0.0


class Circle(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return 3.0 * self.r**2


class Square(Shape):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a**2


def pool_shapes(x):
    n = int(0.0 * x + 5)
    shapes = []
    for i in range(n):
        if i % 2:
            shapes.append(Circle(x * i))
        else:
            shapes.append(Square(x + i))
    return sum(s.area() for s in shapes)


def pool_late(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    for i, p in enumerate(ps):
        if i > 1:
            p.charge = x * i
    return ps[2].charge * ps[3].charge


def pool_arrays(x):
    n = int(0.0 * x + 4)
    ps = [Particle(np.array([x, x * i]), np.array([1.0, x])) for i in range(n)]
    for _ in range(3):
        for p in ps:
            p.v = p.v - p.x * 0.1
            p.x = p.x + p.v * 0.1
    return sum(np.sum(p.x * p.v) for p in ps)


def pool_copy(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    q = copy.copy(ps[2])
    q.x *= 2.0
    return q.x * ps[2].x


def pool_ret(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    best = ps[0]
    for p in ps:
        if p.x > best.x:
            best = p
    return _get(best)


def _get(p):
    return p.x * p.v


class Sim:
    def __init__(self, x, n):
        self.head = None
        self.t = 0.0
        self.count = 0
        for i in range(n):
            self.push(x * i)

    def push(self, v):
        self.head = Node(v, self.head)
        self.count += 1

    def pop(self):
        if self.head is None:
            raise IndexError("empty")
        v = self.head.value
        self.head = self.head.next
        self.count -= 1
        return v


def pool_stack(x):
    s = Sim(x, 3)
    s.push(x * x)
    a = s.pop() * s.pop()
    try:
        for _ in range(9):
            a += s.pop() * x
    except IndexError:
        a += s.count + x
    return a


class Var:
    def __init__(self, value, parents=()):
        self.value = value
        self.kind = "leaf" if len(parents) == 0 else "op"

    def __add__(self, o):
        return Var(self.value + o.value, (1,))

    def __mul__(self, o):
        return Var(self.value * o.value, (1,))

    def __lt__(self, o):
        return self.value < o.value


def pool_ops(x):
    n = int(0.0 * x + 5)
    acc = Var(1.0)
    keep = [acc]
    for i in range(n):
        acc = acc * Var(x) + Var(0.5 * i)
        keep.append(acc)
    m = max(keep, key=lambda v: v.value)
    return m.value + keep[2].value + (x if keep[0].kind == "leaf" else 0.0)


class LL:
    def __init__(self):
        self.head = None
        self.tail = None

    def add(self, v):
        n = Node(v)
        if self.tail is None:
            self.head = n
        else:
            self.tail.next = n
        self.tail = n

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.value
            node = node.next


def pool_iter(x):
    n = int(0.0 * x + 5)
    l = LL()
    for i in range(n):
        l.add(x * i)
    return sum(v * v for v in l)


def pool_arg(x):
    n = int(0.0 * x + 3)
    return _use(Particle(x, 1.0), n)


def _use(p, n):
    seen = p
    for i in range(n):
        q = Particle(p.x * i, p.v)
        if i == 1:
            seen = q
    return seen.x * 3


PROGRAMS = [f for n, f in sorted(globals().items()) if n.startswith("pool_")]
COMPILED = [
    pool_particles,
    pool_best,
    pool_reverse,
    pool_bst,
    pool_rec,
    pool_shapes,
    pool_arrays,
    pool_stack,
    pool_iter,
]
CASES = [(f, "python") for f in PROGRAMS] + [(f, "numba") for f in COMPILED]


@pytest.mark.parametrize(("function", "backend"), CASES)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", [pool_pairs, pool_bst, pool_linked])
def test_second_order(function):
    differences.check_second_order(function, 1.7)


def refused_missing(x):
    n = int(0.0 * x + 4)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    for i, p in enumerate(ps):
        if i > 1:
            p.charge = x * i
    return ps[n - 4].charge


OUTSIDE = Particle(1.0, 2.0)


def compared_with_outside(x):
    n = int(0.0 * x + 3)
    ps = [Particle(x * i, 1.0) for i in range(n)]
    return x if ps[0] is OUTSIDE else 2 * x


def pool_inplace(x):
    n = int(0.0 * x + 4)
    ps = [Particle(np.array([x, x * i]), np.array([1.0, x])) for i in range(n)]
    for p in ps:
        p.x += p.v * 0.1
    return sum(np.sum(p.x * p.v) for p in ps)


def pool_alias1(x):
    n = int(0.0 * x + 4)
    ps = [Particle(np.array([x, x * i]), np.array([1.0, x])) for i in range(n)]
    a = ps[2].x
    for p in ps:
        p.x += p.v * 0.1
    return np.sum(a * a) + sum(np.sum(p.x * p.v) for p in ps)


def pool_elem(x):
    n = int(0.0 * x + 4)
    ps = [Particle(np.array([x, x * i]), np.array([1.0, x])) for i in range(n)]
    for p in ps:
        p.x[0] = p.v[1] * 2.0 * x
    return sum(np.sum(p.x * p.v) for p in ps)


class Lazy:
    kind = "lazy"

    def __init__(self, v):
        self.v = v

    def get(self):
        if not hasattr(self, "c"):
            self.c = self.v * self.v
        self.c = self.c * 1.5
        return self.c


def asked_for_attributes(x):
    ps, total = [Lazy(x * i) for i in range(int(x * 3))], 0.0
    for i, p in enumerate(ps):
        if i > 1:
            p.w = x * i
    for p in ps:
        total += getattr(p, "v", 7.0) * x + getattr(p, "w", x * x) + (x if callable(p) else 0.0)
        total += (x if hasattr(p, "kind") else 0.0) + (3 * x if hasattr(p, "u") else 0.0)
    return total


def made_when_first_asked_for(x):
    return sum(p.get() + p.get() for p in [Lazy(x * i) for i in range(int(x * 3))])


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [asked_for_attributes, made_when_first_asked_for])
def test_attributes_that_are_asked_for(function, backend):
    differences.check_at(function, 1.7, backend)


class Unsure:
    def __init__(self, v):
        if not hasattr(self, "n"):
            self.n = v


def refused_question(x):
    return sum(p.n for p in [Unsure(x * i) for i in range(int(x * 3))])


REFUSED = {
    compared_with_outside: "a Particle is compared with one from outside",
    refused_question: "whether an attribute is there is asked while an instance is made",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(DiffpyError) as caught:
        grad(function, backend="python")(1.7)
    assert caught.value.what == REFUSED[function]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [refused_missing])
def test_raises_what_python_raises(function, backend):
    with pytest.raises((IndexError, AttributeError, TypeError)) as expected:
        function(1.7)
    with pytest.raises(expected.type) as found:
        value_and_grad(function, backend=backend)(1.7)
    if expected.type is not TypeError:
        assert str(found.value) == str(expected.value)
