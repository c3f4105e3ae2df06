"""Instances of classes: attributes, methods, operators."""

import dataclasses
import math
from collections import namedtuple
from dataclasses import dataclass, field, replace

from zoo import program


class Ball:
    count = 3

    def __init__(self, v, m=2.0):
        self.v = v
        self.m = m
        self.log = []

    def kick(self, dv):
        self.v += dv * self.v
        self.log.append(self.v)
        return self

    @property
    def energy(self):
        return 0.5 * self.m * self.v**2

    @energy.setter
    def energy(self, e):
        self.v = math.sqrt(2 * e / self.m)

    @staticmethod
    def twice(z):
        return 2 * z

    @classmethod
    def make(cls, x):
        return cls(x, m=x)

    def __add__(self, other):
        return Ball(self.v + other.v, self.m * other.m)

    def __call__(self, t):
        return self.v * t + self.count

    def __len__(self):
        return 2


class Base:
    def __init__(self, a):
        self.a = a

    def f(self):
        return self.a * 2


class Derived(Base):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def f(self):
        return super().f() * self.b


@dataclasses.dataclass
class P:
    x: float
    y: float = 2.0
    tags: list = dataclasses.field(default_factory=list)

    def norm(self):
        return math.hypot(self.x, self.y)


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = (value, left, right)

    def total(self):
        t = self.value
        if self.left is not None:
            t += self.left.total()
        if self.right is not None:
            t += self.right.total() * 2
        return t


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.history = [balance]

    def deposit(self, amount):
        self.balance += amount
        self.history.append(self.balance)

    def withdraw(self, amount):
        if amount > self.balance:
            amount = self.balance
        self.balance -= amount
        self.history.append(self.balance)
        return amount


@program((1.7,))
def methods(x):
    b = Ball(x)
    b.kick(2.0).kick(x)
    return b.energy * b.log[0] + b.log[1]


@program((1.7,))
def changed_in_a_loop(x):
    b = Ball(x, 1.0)
    for i in range(3):
        b.v = b.v * x + i
        if b.v > 4:
            b.m *= 2
    return b.energy


@program((1.7,))
def operators(x):
    a = Ball.make(x)
    c = a + Ball(3.0)
    c.energy = c.energy * 2
    return c(x) + a.twice(c.m) + len(c)


@program((1.7,))
def inherited(x):
    d = Derived(x, x * x)
    return d.f() if isinstance(d, Base) else 0.0


@program((1.7,))
def methods_of_a_dataclass(x):
    p = P(x)
    q = P(y=x, x=3.0)
    p.tags.append(x)
    p.x += q.y
    return p.norm() * q.norm() + p.tags[0] + len(q.tags)


@program((1.7,))
def tree(x):
    t = Node(x, Node(x * x), Node(1.0, Node(x**3)))
    return t.total()


@program((1.7,))
def account(x):
    a, b = (Account(x), Account(2 * x))
    a.deposit(b.withdraw(1.5 * x))
    a.withdraw(10 * x)
    b.deposit(x * x)
    return sum(a.history) + b.balance * b.history[1]


class Box:
    def __init__(self, v):
        self.v = v

    def put(self, v):
        self.v = v


class Reg:
    all = None

    def __init__(self):
        self.items = []

    def add(self, o):
        self.items.append(o)
        o.owner = self
        return self


class Tree:
    def __init__(self, v):
        self.v = v
        self.l = None
        self.r = None

    def insert(self, v):
        if v < self.v:
            if self.l is None:
                self.l = Tree(v)
            else:
                self.l.insert(v)
        elif self.r is None:
            self.r = Tree(v)
        else:
            self.r.insert(v)

    def total(self, d):
        s = self.v * d
        if self.l is not None:
            s += self.l.total(d + 1)
        if self.r is not None:
            s += self.r.total(d + 1)
        return s


def _full(d, x):
    t = Tree(x)
    if d > 0:
        t.l = _full(d - 1, x * 1.1)
        t.r = _full(d - 1, x + 1)
    return t


class Shared:
    pool = []
    k = 2.0

    def add(self, v):
        self.pool.append(v)

    def get(self):
        return self.k


@program((1.7,))
def list_in_two_instances(x):
    l = [x]
    b = Box(l)
    c = Box(b.v)
    c.v.append(x**3)
    b.v[0] *= 2
    return l[0] * l[1]


@program((1.7,))
def chosen_instance(x):
    a = Box(x)
    b = Box(2 * x)
    c = a if x > 10 else b
    c.v = c.v * x
    return a.v + 3 * b.v + c.v


@program((1.7,))
def stored_by_a_method(x):
    r = Reg()
    b = Box(x)
    r.add(b).add(Box(2.0))
    r.items[0].v *= x
    b.owner.items[1].v += x
    return b.v * r.items[1].v


@program((1.7,))
def search_tree(x):
    t = Tree(x)
    t.insert(x * 2)
    t.insert(x - 1)
    return t.total(1)


@program((1.7,))
def tree_by_recursion(x):
    return _full(2, x).total(1)


@program((1.7,))
def class_attribute(x):
    a = Shared()
    b = Shared()
    a.k = x
    return a.get() * b.get() * x


@dataclass
class P2:
    x: float
    y: float = 2.0
    tags: list = field(default_factory=list)
    n: float = field(init=False, default=0.0)

    def __post_init__(self):
        self.n = self.x * self.y

    def scaled(self, k):
        return replace(self, x=self.x * k)


@dataclass(frozen=True)
class V:
    x: float
    y: float

    def __add__(self, o):
        return V(self.x + o.x, self.y + o.y)

    def __mul__(self, k):
        return V(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return V(-self.x, -self.y)

    def __sub__(self, o):
        return self + -o

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __iter__(self):
        yield self.x
        yield self.y

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    @property
    def norm2(self):
        return self.x**2 + self.y**2


NT = namedtuple("NT", "a l")


class Base2:
    scale = 2.0

    def __init__(self, x):
        self.x = x

    def f(self):
        return self.x * self.scale

    def g(self):
        return self.f() + 1


class Child(Base2):
    scale = 3.0

    def __init__(self, x, y):
        super().__init__(x)
        self.y = y

    def f(self):
        return super().f() * self.y


class Dual:
    def __init__(self, v, d=0.0):
        self.v = v
        self.d = d

    def _w(self, o):
        return o if isinstance(o, Dual) else Dual(o)

    def __add__(self, o):
        o = self._w(o)
        return Dual(self.v + o.v, self.d + o.d)

    __radd__ = __add__

    def __mul__(self, o):
        o = self._w(o)
        return Dual(self.v * o.v, self.v * o.d + self.d * o.v)

    __rmul__ = __mul__


@program((1.7,))
def dataclass_with_factories(x):
    p = P2(x)
    q = P2(x, y=x * x)
    p.tags.append(x)
    q.tags.append(2.0 * x)
    p.x = 3 * x
    return p.n * q.n + p.x * p.tags[0] * len(q.tags)


@program((1.7,))
def replaced(x):
    p = P2(x)
    p.tags.append(x)
    q = replace(p, y=5.0)
    q.tags.append(x * x)
    return q.n + len(p.tags) * p.tags[1]


@program((1.7,))
def replaced_in_a_method(x):
    return P2(x).scaled(x).n


@program((1.7,))
def vector(x):
    a = V(x, 1.0)
    b = V(2.0, x)
    c = a + 2 * b - a * x
    p, q = c
    return abs(c) * p + q * c[0] + c.norm2


@program((1.7,))
def vector_in_a_loop(x):
    p = V(x, 0.0)
    v = V(0.0, 1.0)
    for i in range(int(x * 5)):
        v = v + p * -0.1
        p = p + v * 0.1
    return p.x * v.y + abs(p)


@program((1.7,))
def equal_dataclasses(x):
    return x * x if V(x, 1.0) == V(x, 1.0) else x


@program((1.7,))
def list_in_a_namedtuple(x):
    t = NT(x, [x])
    t.l.append(x * x)
    u = t._replace(a=2.0)
    u.l[0] = 5 * x
    return t.l[0] * t.l[1] * u.a


@program((1.7,))
def overridden(x):
    return Child(x, x * x).g() + Base2(x).g()


@program((1.7,))
def by_class(x):
    s = 0.0
    for o in [Base2(x), Child(x, 2.0)]:
        if isinstance(o, Child):
            s += o.g()
        else:
            s += o.f()
    return s


@program((1.7,))
def class_chosen_in_a_loop(x):
    s = 0.0
    for i in range(int(x * 3)):
        o = Base2(x) if i % 2 else Child(x, 2.0)
        s += o.f()
    return s


@program((1.7,))
def dual_numbers(x):
    y = Dual(x, 1.0)
    for i in range(3):
        y = y * y + 2.0 * y
    return y.d


class Acc:
    def __init__(self, v):
        self.v = v
        self.seen = []

    def __iadd__(self, o):
        self.v += o
        self.seen.append(o)
        return self

    def __eq__(self, o):
        return self.v == o.v


class M:
    def __init__(self, v):
        self.v = v

    def __add__(self, o):
        if not isinstance(o, M):
            return NotImplemented
        return M(self.v + o.v)

    def __radd__(self, o):
        return M(self.v + 10 * o)

    def clone(self):
        return self.__class__(self.v * 2)

    def other(self):
        return type(self)(self.v * 3)

    @property
    def w(self):
        if not hasattr(self, "_w"):
            self._w = self.v * 7
        return self._w


@program((1.7,))
def in_place_operator(x):
    a = Acc(x)
    b = a
    a += 2 * x
    a += x * x
    return b.v * b.seen[1]


@program((1.7,))
def unequal(x):
    return x * x if Acc(x) != Acc(x) else x**3


@program((1.7,))
def contained(x):
    l = [Acc(x), Acc(2.0)]
    return x * x if Acc(2.0) in l else x


@program((1.7,))
def not_implemented(x):
    return (M(x) + M(x * x)).v + (3.0 + M(x)).v


@program((1.7,))
def class_of_self(x):
    return M(x).clone().other().v * x


@program((1.7,))
def kept_property(x):
    m = M(x)
    return m.w * m.w


@program((1.7,))
def largest(x):
    m = [M(x), M(x * x)]
    return sum(o.v for o in m) + max(m, key=lambda o: o.v).v


@program((1.7,))
def rebound_in_a_loop(x):
    p = M(x)
    for i in range(int(x * 4)):
        p = p + M(i)
    return p.v * x


@program((1.7,))
def instances_in_a_list(x):
    ps = [M(x * i) for i in range(4)]
    for p in ps:
        p.v = p.v * x
    return sum(p.v for p in ps)


@program((1.7,))
def bodies(x):
    bodies = [M(x), M(2.0), M(-x)]
    f = [0.0] * 3
    for s in range(int(x * 3)):
        for i in range(3):
            for j in range(3):
                if i != j:
                    f[i] += (bodies[j].v - bodies[i].v) * 0.1
        for i, b in enumerate(bodies):
            b.v += f[i]
    return bodies[0].v * f[1]


@program((1.7,))
def attribute_that_is_none(x):
    class_ = M(None)
    if x > 1:
        class_.v = x * x
    return class_.v * 2 if class_.v is not None else 0.0


# --- what is asked of an instance --------------------------------------------------------------


class Bare:
    kind = "bare"

    def __init__(self, x):
        self.x = x


class Scaler(Bare):
    def __call__(self, v):
        return self.x * v


def _marks(x, *tests):
    total = x * x
    for weight, test in enumerate(tests, 1):
        total += weight * x if test else 0.0
    return total


@program((1.7,))
def is_an_attribute_there(x):
    b = Bare(x)
    first = _marks(x, hasattr(b, "x"), hasattr(b, "kind"), hasattr(b, "y"), hasattr(b, "__call__"))
    return first + _marks(x, hasattr(Scaler(x), "__call__"), hasattr(b, "__dict__"))


@program((1.7,))
def attribute_or_default(x):
    b = Bare(x)
    return getattr(b, "x", 7.0) * x + getattr(b, "y", 3.0 * x) * len(getattr(b, "kind", ""))


@program((1.7,), (0.7,))
def attribute_there_on_some_ways(x):
    b = Bare(x)
    if x > 1:
        b.y = x * x
    return b.y * 3 if hasattr(b, "y") else getattr(b, "y", 2.0) * x


@program((1.7,))
def attribute_made_when_first_asked_for(x):
    b, total = Bare(x), 0.0
    for _ in range(3):
        if not hasattr(b, "cache"):
            b.cache = x * x
        b.cache = b.cache * x
        total += b.cache
    return total


@program((1.7,))
def can_it_be_called(x):
    asked = (callable(Bare(x)), callable(Scaler(x)), callable(Bare), callable(math.sin))
    return _marks(x, *asked, callable(x), callable([x]), callable(_marks))


@program((1.7,))
def pattern_of_an_instance(x):
    match Bare(x):
        case Bare(y=a):
            return a
        case Scaler(x=a):
            return 3 * a
        case Bare(x=a, kind="bare"):
            return a * a
    return 0.0
