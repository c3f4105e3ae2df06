"""Classes with more than one kind of parent: abstract ones, protocols, ordered dataclasses."""

import collections.abc
import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import differences
import numpy as np
import pytest

from diffpy import UnsupportedSyntaxError, grad


class Shape(ABC):
    @abstractmethod
    def area(self): ...

    @property
    @abstractmethod
    def name(self): ...

    def twice(self):
        return 2 * self.area()


class Sq(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s**2

    @property
    def name(self):
        return "sq"


class Circ(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r**2

    @property
    def name(self):
        return "c"


def program_abc(x):
    shapes = [Sq(x), Circ(2 * x)]
    return sum(s.twice() for s in shapes)


def program_abc_run(x):
    shapes = [Sq(x * k) for k in range(int(x) + 3)]
    return sum(s.twice() for s in shapes)


T = TypeVar("T")


class P(Protocol):
    def f(self, x): ...


class Q(P):
    def __init__(self, a):
        self.a = a

    def f(self, x):
        return self.a * x


class G(Generic[T]):
    def __init__(self, a):
        self.a = a

    def f(self, x):
        return self.a * x * x


def program_proto(x):
    q = Q(x)
    return q.f(x * x)


def program_gen(x):
    q = G(x)
    return q.f(x * x) + G[float](x).f(x)


def program_isinst(x):
    s = Sq(x)
    return s.area() if isinstance(s, Shape) else 0 * x


def program_outside(x):
    return OUT.f(x) + OUT2.area() * x


OUT = Q(2.0)
OUT2 = Sq(3.0)


@dataclass(order=True)
class Ver:
    a: float
    b: float


def program_order(x):
    v, w = (Ver(x, 1.0), Ver(x * x, 2.0))
    y = v.a if v < w else w.b * x
    return y + (v.b * x if w >= v else 0.0) + max(v, w).a


@functools.total_ordering
class Tot:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v

    def __eq__(self, other):
        return self.v == other.v


def program_total(x):
    a, b = (Tot(x), Tot(2 * x))
    return a.v if a >= b else b.v * x


def program_sorted(x):
    vs = sorted([Ver(3 * x, 1.0), Ver(x, 2.0), Ver(x * x, 0.5)])
    return vs[0].a * vs[1].b + vs[2].a ** 2


def program_abstract(x):
    try:
        s = Shape()
    except TypeError:
        return x * x
    return x


class Base(ABC):
    def __init__(self, k):
        self.k = k

    @abstractmethod
    def rhs(self, t, y): ...

    @classmethod
    def make(cls, k):
        return cls(k)

    def solve(self, y, n):
        for i in range(n):
            y = y + 0.1 * self.rhs(i * 0.1, y)
        return y


class Decay(Base):
    def rhs(self, t, y):
        return -self.k * y


class Grow(Base):
    def __init__(self, k, cap):
        super().__init__(k)
        self.cap = cap

    def rhs(self, t, y):
        return self.k * y * (1 - y / self.cap)


def program_template(x):
    return Decay(x).solve(1.0, 5) + Grow(x, 3.0).solve(x, 4) + Decay.make(2 * x).solve(x, 3)


MODEL = Grow(0.7, 2.5)


def program_outside_abc(x):
    return MODEL.solve(x, 5)


def program_arr(x):
    m = Decay(x)
    return np.sum(m.solve(np.array([1.0, x]), 4))


class Seq(collections.abc.Sequence):
    def __init__(self, xs):
        self.xs = xs

    def __len__(self):
        return len(self.xs)

    def __getitem__(self, i):
        return self.xs[i]


def program_seq(x):
    s = Seq([x, x * x, 3.0])
    return s[0] * s[1] + len(s) * x


def program_max2(x):
    v, w = (Ver(x, 1.0), Ver(x * x, 2.0))
    return max(v, w).a + min(w, v, Ver(0.5 * x, 1.0)).a * x


def program_max1(x):
    v, w = (Ver(x, 1.0), Ver(x * x, 2.0))
    return max((v, w)).a


def program_maxkey(x):
    v, w = (Ver(x, 1.0), Ver(x * x, 2.0))
    return max(v, w, key=lambda u: -u.a).a


class Odd:
    def __new__(cls, x):
        self = super().__new__(cls)
        self.x = x
        return self


class Dyn:
    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        return self.x


class Meta(type):
    def __call__(cls, *a):
        return 3.0


class M(metaclass=Meta):
    def __init__(self, x):
        self.x = x


def refused_new(x):
    return Odd(x).x


def refused_getattr(x):
    return Dyn(x).y


def refused_meta(x):
    return M(x) * x


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("program_")]
REFUSED = [
    (refused_new, "Odd defines `__new__`"),
    (refused_getattr, "Dyn defines `__getattr__`"),
    (refused_meta, "its metaclass is Meta"),
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_both_modes(function, backend):
    differences.check_both_modes(function, (1.7,), 0, (0.7,), backend)


@pytest.mark.parametrize(("function", "why"), REFUSED)
def test_refused(function, why):
    with pytest.raises(UnsupportedSyntaxError, match="an instance of `.*` is made here") as error:
        grad(function)(1.7)
    assert error.value.why == why and error.value.place is not None
