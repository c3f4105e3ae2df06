"""Arrays in lists, in dicts and in instances of lists, which a program writes into."""

from collections import deque
from dataclasses import dataclass

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad


class Particle:
    def __init__(self, pos, vel):
        self.pos = pos
        self.vel = vel
        self.acc = np.zeros(2)

    def kick(self, f):
        self.vel += f

    def step(self, dt):
        self.pos += self.vel * dt

    def get(self):
        return self.pos

    def setp(self, a):
        self.pos = a


def arrays_particles(x):
    ps = [Particle(np.array([x * i, 1.0]), np.array([0.5, x])) for i in range(int(x) + 3)]
    for t in range(3):
        for p in ps:
            p.acc[:] = 0.0
        for p in ps:
            for q in ps:
                d = p.pos - q.pos
                p.acc -= d * x / (1 + np.sum(d * d))
        for p in ps:
            p.kick(0.1 * p.acc)
            p.step(0.1)
    return sum(np.sum(p.pos**2) + np.sum(p.vel) for p in ps)


def arrays_elem(x):
    xs = []
    for k in range(4):
        u = np.zeros(3)
        u[k % 3] = x * k
        xs.append(u)
    for k in range(4):
        for j in range(3):
            xs[k][j] = xs[k][j] * x + xs[(k + 1) % 4][j]
    return sum(np.sum(u) for u in xs)


def arrays_row(x):
    xs = [np.ones(3) * x * k for k in range(int(x) + 4)]
    for k in range(1, len(xs)):
        row = xs[k]
        prev = xs[k - 1]
        for j in range(3):
            row[j] += prev[j] * x
    return np.sum(xs[-1])


def arrays_same(x):
    xs = [np.ones(3) * x * k for k in range(int(x) + 4)]
    a = xs[0]
    b = xs[0]
    a[0] = x * x
    y = b[0]
    b[0] *= x
    return y + a[0] * x


def refused_dup(x):
    u = np.ones(2) * x
    xs = []
    for k in range(3):
        xs.append(u)
    xs[0][0] = x * x
    return np.sum(xs[1])


def refused_dup2(x):
    xs = [np.ones(2) * x] * int(x + 4)
    xs[0][0] = x * x
    return np.sum(xs[1])


def refused_late(x):
    xs = []
    for k in range(4):
        u = np.ones(2) * x * k
        xs.append(u)
        u[0] = x * x
    return sum(np.sum(v) for v in xs)


def refused_stale(x):
    xs = []
    for k in range(4):
        u = np.ones(2) * x * k
        xs.append(u)
        xs[0][0] += x
        xs[k][1] = u[0] * x
    return sum(np.sum(v) for v in xs)


def arrays_old(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    s = 0.0
    for k in range(4):
        old = xs[k]
        xs[k] = old * x
        s += old[0] * xs[k][1]
        xs[k][0] = x
    return s + np.sum(xs[2])


def arrays_pop(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    last = xs[-1]
    u = xs.pop()
    s = np.sum(u * u)
    u[0] = x * x
    xs.append(u)
    xs[-1][1] = x
    return s + np.sum(xs[-1])


def refused_pop2(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    last = xs[-1]
    s = np.sum(last * last)
    u = xs.pop()
    u[0] = x * x * u[0]
    return s + np.sum(u) + last[1]


def _relax(u, n):
    for _ in range(n):
        u[1:-1] = 0.5 * (u[:-2] + u[2:])


def arrays_callee(x):
    xs = [np.arange(5.0) * x * k * k for k in range(int(x) + 4)]
    for u in xs:
        _relax(u, 2)
    return np.sum(xs[1] * xs[2])


def arrays_callee2(x):
    xs = [np.arange(5.0) ** 2 * x for k in range(int(x) + 4)]
    for k in range(3):
        _relax(xs[k][::-1], 2)
    return np.sum(xs[1] * xs[2])


def _two(a, b):
    a[0] = b[1] * 2
    return a[0]


def refused_two(x):
    xs = [np.arange(5.0) * x for k in range(int(x) + 4)]
    return _two(xs[0], xs[1]) + _two(xs[1], xs[1])


def refused_getter(x):
    ps = [Particle(np.array([x * i, 1.0]), np.array([0.5, x])) for i in range(int(x) + 3)]
    g = ps[1].get()
    ps[1].step(0.1)
    return np.sum(g)


def refused_setter(x):
    ps = [Particle(np.array([x * i, 1.0]), np.array([0.5, x])) for i in range(int(x) + 3)]
    a = np.ones(2) * x
    for p in ps:
        p.setp(a)
    ps[0].step(0.5)
    return np.sum(ps[1].pos)


def arrays_setter2(x):
    ps = [Particle(np.array([x * i, 1.0]), np.array([0.5, x])) for i in range(int(x) + 3)]
    for p in ps:
        p.setp(np.ones(2) * x)
    ps[0].step(0.5)
    return np.sum(ps[1].pos) + np.sum(ps[0].pos)


def refused_local(x):
    def g(u):
        xs = []
        for i in range(2):
            xs.append(u)
        return xs[0]

    u = np.ones(2) * x
    y = g(u)
    y[0] = x * x
    return np.sum(u)


def refused_local2(x):
    def g(u):
        xs = []
        for i in range(2):
            xs.append(u)
        xs[1][0] = x * x
        return xs[0]

    u = np.ones(2) * x
    y = g(u)
    return np.sum(u) + np.sum(y)


def refused_rows(x):
    m = np.ones((3, 3)) * x
    rows = list(m)
    rows[0][0] = x * x
    return np.sum(m)


def refused_rows2(x):
    m = np.ones((3, 3)) * x
    rows = [r for r in m]
    rows[0][0] = x * x
    return np.sum(m)


def refused_copylist(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    ys = xs[:]
    ys[0][0] = x * x
    ys[1] = np.ones(2) * x
    return np.sum(xs[0]) + np.sum(xs[1])


def arrays_copylist2(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    ys = [u.copy() for u in xs]
    for k in range(3):
        ys[k][0] = x * x * xs[k][1]
    return np.sum(xs[0]) + np.sum(ys[2])


def arrays_tuplelist(x):
    xs = [(np.ones(2) * x, k) for k in range(int(x) + 4)]
    for a, k in xs:
        a[k % 2] += x * k
    return sum(np.sum(a) * k for a, k in xs)


def arrays_enum(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    for k, u in enumerate(xs):
        u *= x
        u += k
        u[::-1] /= 2
    return sum(np.prod(u) for u in xs)


def arrays_zip(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    vs = [np.ones(2) * k for k in range(int(x) + 4)]
    for t in range(3):
        for u, v in zip(xs, vs):
            v -= 0.1 * u
            u += 0.1 * v
    return sum(np.prod(u) for u in xs)


def arrays_out(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    np.multiply(xs[1], x, out=xs[2])
    xs[3].sort()
    xs[0].fill(x)
    np.add.at(xs[1], [0, 0], x)
    return sum(np.sum(u) for u in xs)


def refused_cond(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    for k in range(5):
        t = xs[k] if k % 2 else xs[0]
        t[0] = x * k
    return sum(np.sum(u) for u in xs)


def refused_swap(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 4)]
    xs[0], xs[1] = xs[1], xs[0]
    xs[0][0] = x * x * x
    return xs[0][0] * 2 + xs[1][0] + xs[0][1]


def arrays_ins(x):
    xs = []
    for k in range(4):
        xs.insert(0, np.ones(2) * x * k)
    xs[0][1] = xs[1][0] * x
    del xs[2]
    xs[2][0] = x
    xs.reverse()
    xs[0][1] *= x
    return sum(np.sum(u) * k for k, u in enumerate(xs))


def arrays_grid(x):
    g = [np.zeros(3) for _ in range(int(x) + 3)]
    for i in range(len(g)):
        for j in range(3):
            g[i][j] = x * (i + j)
            if i and j:
                g[i][j] += g[i - 1][j - 1] * 0.5 + max(g[i - 1][j], g[i][j - 1])
    return g[-1][-1]


def arrays_return(x):
    def mk(n):
        xs = [np.ones(2) * x * k for k in range(n)]
        xs[0][0] = x * x
        return xs

    xs = mk(int(x) + 4)
    xs[1][0] = x
    return sum(np.sum(u) for u in xs)


def arrays_heads(x):
    xs = []
    u = np.ones(2) * x
    for k in range(4):
        u = u * x
        xs.append(u)
    for v in xs:
        v /= 2.0
    return sum(np.sum(u) for u in xs)


def refused_heads2(x):
    xs = []
    u = np.ones(2) * x
    for k in range(4):
        u = u * x
        xs.append(u)
        xs[k][0] = 1.0
    return sum(np.sum(u) for u in xs)


def arrays_view(x):
    xs = [np.ones((3, 3)) * x * k for k in range(int(x) + 4)]
    m = xs[1]
    r = m[0]
    c = m[:, 1]
    r[1] = x * x
    y = c[0]
    c[2] = y * x
    m[1] += r
    return np.sum(m) + np.sum(xs[1] * xs[2])


def refused_reshape(x):
    xs = [np.ones((3, 3)) * x * k for k in range(int(x) + 4)]
    f = xs[1].reshape(9)
    f[1] = x * x
    return np.sum(xs[1])


def arrays_while(x):
    stack = [np.array([x, 1.0])]
    tot = 0.0
    while stack:
        u = stack.pop()
        u[0] *= 0.5
        tot += np.sum(u * u)
        if u[1] < 4:
            stack.append(u * np.array([1.0, 2.0]))
            stack.append(np.array([u[0], u[1] + 2]))
    return tot


@dataclass
class L:
    W: np.ndarray
    b: np.ndarray


def arrays_layers(x):
    ls = [L(np.ones((2, 2)) * x * 0.3 * (k + 1), np.zeros(2)) for k in range(int(x) + 2)]
    h = np.array([x, 1.0])
    for l in ls:
        l.b += x
        l.W[0, 1] -= 0.1 * x
        h = np.tanh(l.W @ h + l.b)
    return np.sum(h)


def arrays_dict(x):
    d = {}
    for k in range(4):
        d[k * k] = np.ones(2) * x
    for k in range(4):
        d[k * k][0] += x * k
    d[4][1] *= d[1][0]
    return sum(np.sum(v) * k for k, v in d.items())


def arrays_default(x):
    d = {}
    for k in range(6):
        if k % 3 not in d:
            d[k % 3] = np.zeros(2)
        d[k % 3] += x * k
        d[k % 3][0] *= x
    return sum(np.sum(v) for v in d.values())


def refused_globalish(x):
    z = np.zeros(2)
    xs = [z for _ in range(int(x) + 4)]
    xs[0] = xs[0] + x
    xs[0][0] = x
    return np.sum(xs[0]) + np.sum(xs[1])


def _g(xs):
    xs[0][0] = 5.0
    return 1.0


def refused_order(x):
    xs = [np.ones(2) * x for _ in range(int(x) + 3)]
    xs[0][0] += _g(xs) * x
    return xs[0][0]


def arrays_order2(x):
    xs = [np.ones(2) * x for _ in range(int(x) + 3)]
    xs[0][0] = xs[0][0] + _g(xs) * x
    return xs[0][0]


def arrays_order3(x):
    xs = [np.ones(2) * x for _ in range(int(x) + 3)]
    y = xs[0]
    s = y[0] * _g(xs) + np.sum(y) * x
    return s


def arrays_order4(x):
    xs = [np.ones(2) * x for _ in range(int(x) + 3)]
    return xs[0][1] * x + xs[0][0] * _g(xs) + xs[0][0]


def _cur(ps, k):
    return ps[k]


def refused_returned(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 3)]
    for k in range(3):
        _cur(xs, k)[0] += x
    return sum(np.sum(u) for u in xs)


class Net:
    def __init__(self, n, x):
        self.ws = [np.ones((2, 2)) * x * k for k in range(n)]
        self.v = [np.zeros((2, 2)) for k in range(n)]

    def step(self, lr, gs):
        for w, v, g in zip(self.ws, self.v, gs):
            v *= 0.9
            v -= lr * g
            w += v

    def loss(self):
        return sum(np.sum(w * w) for w in self.ws)


def arrays_net(x):
    net = Net(int(x) + 2, x)
    for t in range(3):
        gs = [2 * w for w in net.ws]
        net.step(0.1 * x, gs)
    return net.loss()


class Node:
    def __init__(self, val):
        self.val = val
        self.kids = []

    def add(self, k):
        self.kids.append(k)

    def scale(self, a):
        self.val *= a
        for k in self.kids:
            k.scale(a)

    def total(self):
        return np.sum(self.val) + sum([k.total() for k in self.kids])


def arrays_tree(x):
    root = Node(np.ones(2) * x)
    cur = root
    for i in range(int(x) + 2):
        n = Node(np.ones(2) * x * i)
        cur.add(n)
        cur = n
    root.scale(x)
    return root.total()


def refused_nested(x):
    m = [[np.zeros(2) for _ in range(3)] for _ in range(int(x) + 2)]
    for i in range(len(m)):
        for j in range(3):
            m[i][j][0] = x * i * j
            m[i][j] += x
    return sum(sum(np.prod(c) for c in r) for r in m)


def arrays_memo(x):
    memo = {}

    def f(n):
        if n < 2:
            return np.array([x * n, 1.0])
        if n in memo:
            return memo[n]
        r = f(n - 1) + f(n - 2) * x
        memo[n] = r
        return r

    v = f(6)
    return np.sum(v)


def refused_memo2(x):
    memo = {}

    def f(n):
        if n < 2:
            return np.array([x * n, 1.0])
        if n in memo:
            return memo[n]
        r = f(n - 1) + f(n - 2) * x
        memo[n] = r
        return r

    v = f(6)
    v[0] = 1.0
    return np.sum(f(6)) + np.sum(f(5))


def arrays_counts(x):
    d = {}
    for w in [1, 2, 1, 3, 2, 1]:
        if w in d:
            d[w] += x
        else:
            d[w] = np.ones(2) * w * x
    for k, v in d.items():
        v *= x
    return sum(np.sum(v) * k for k, v in d.items())


def arrays_values(x):
    d = {k: np.ones(2) * x * k for k in range(int(x) + 3)}
    for v in d.values():
        v += x
        v[0] *= 2
    return sum(np.prod(v) for v in d.values())


def refused_setdefault(x):
    d = {}
    for k in range(6):
        d.setdefault(k % 2, np.zeros(2))[0] += x * k
    return d[0][0] * d[1][0]


def refused_deque(x):
    q = deque()
    for k in range(4):
        q.append(np.ones(2) * x * k)
    for k in range(6):
        u = q.popleft()
        u += x
        q[0][1] += u[0]
        q.append(u)
    return sum(np.sum(u) for u in q)


def arrays_history(x):
    u = np.ones(4) * x
    hist = []
    for t in range(4):
        hist.append(u.copy())
        u[1:] += 0.1 * u[:-1] * x
        if t > 1:
            hist[-2] *= 0.5
    return np.sum(hist[-1] * hist[0]) + np.sum(hist[1])


def arrays_trip(x):
    xs = [np.ones(3) * x for k in range(int(x) + 3)]
    for it in range(3):
        for i in range(1, len(xs) - 1):
            xs[i][:] = 0.5 * (xs[i - 1] + xs[i + 1]) + x * 0.1
        xs[0], xs[-1] = xs[-1] * x, xs[0] + 1
    return sum(np.sum(u * u) for u in xs)


def refused_maybe(x):
    best = None
    xs = [np.ones(3) * x * k for k in range(int(x) + 3)]
    for u in xs:
        if best is None or u[0] > best[0]:
            best = u
    best[1] = x * x
    return sum(np.sum(u * u) for u in xs)


def refused_maybe2(x):
    best = None
    xs = [np.ones(3) * x * k for k in range(int(x) + 3)]
    for u in xs:
        u[2] = x
        if best is None or u[0] > best[0]:
            best = u
    return np.sum(best)


def refused_param(x):
    def f(v, n):
        xs = [v]
        for k in range(n):
            xs.append(xs[-1] * 2)
        xs[0][0] = 5.0 * x
        xs[1][0] *= x
        return sum(np.sum(u) for u in xs)

    w = np.ones(2) * x
    return f(w, 3) + w[0]


def refused_param2(x):
    def f(v, n):
        xs = [v]
        for k in range(n):
            xs.append(xs[-1] * 2)
        xs[0][0] = 5.0 * x
        xs[1][0] *= x
        return sum(np.sum(u) for u in xs)

    return f(np.ones(2) * x, 3)


def arrays_longtuple(x):
    def mk(n):
        a = np.zeros(2)
        xs = []
        for k in range(n):
            xs.append((a, k * x))
            a = a + x
        return xs

    tot = 0.0
    for a, k in mk(4):
        a[0] = k
        tot += np.sum(a)
    return tot


def arrays_sub(x):
    xs = [np.ones((2, 2)) * x * k for k in range(int(x) + 3)]
    for k in range(3):
        a = xs[k][0]
        b = xs[k].T[0]
        a[:] = b[::-1] * x
        b[1] = a[0]
    return sum(np.sum(u * u) for u in xs)


def arrays_exc(x):
    xs = [np.ones(2) * x * k for k in range(int(x) + 3)]
    try:
        for k in range(10):
            xs[k][0] += x
    except IndexError:
        xs[0][1] = x * x
    return sum(np.sum(u) for u in xs)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("arrays_")]
#: the others are compiled in the slow sweep
COMPILED = [arrays_particles, arrays_row, arrays_tree, arrays_counts, arrays_sub, arrays_while]
CASES = [(f, "python") for f in PROGRAMS]
CASES += [
    pytest.param(f, "numba", marks=[] if f in COMPILED else [pytest.mark.slow]) for f in PROGRAMS
]


@pytest.mark.parametrize(("function", "backend"), CASES)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", [arrays_row, arrays_zip, arrays_callee, arrays_tree])
def test_second_order(function):
    differences.check_second_order(function, 1.7)


REFUSED = {
    refused_dup: "an array is changed, which is in a list and may be something else too",
    refused_dup2: "an array is changed, which is in a list and may be something else too",
    refused_late: "`u` is changed, and it may be in a list",
    refused_stale: "`u` is used after an array was changed that it may be",
    refused_pop2: "`last` is used after the list changed that it comes from",
    refused_two: "`_two` changes an array that it gets by two names",
    refused_getter: "`g` is used after an array was changed that it may be",
    refused_setter: "an array is changed, which is in a list and may be something else too",
    refused_local: "`y` is changed, and it may be in a list",
    refused_local2: "an array is changed, which is in a list and may be something else too",
    refused_rows: "an array is changed, which is in a list and may be something else too",
    refused_rows2: "an array is changed, which is in a list and may be something else too",
    refused_copylist: "an array is changed, which is in a list and may be something else too",
    refused_cond: "`t` is changed, and it may be in a list",
    refused_swap: "an array is changed, which is in a list and may be something else too",
    refused_heads2: "`u` is used after an array was changed that it may be",
    refused_reshape: "`f` is changed, and it may be in a list",
    refused_globalish: "an array is changed, which is in a list and may be something else too",
    refused_nested: "an array is changed, which is in a list and may be something else too",
    refused_order: "what is added to an element stores into its array",
    refused_returned: "an array is changed, and it may be in a list",
    refused_memo2: "`v` is changed, and it may be in a list",
    refused_setdefault: "an array is changed, and it may be in a list",
    refused_deque: "`u` is changed, and it may be in a list",
    refused_maybe: "`best` is changed, and it may be in a list",
    refused_maybe2: "`best` is used after an array was changed that it may be",
    refused_param: "an array is changed, which is in a list and may be something else too",
    refused_param2: "an array is changed, which is in a list and may be something else too",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(DiffpyError) as caught:
        grad(function, backend="python")(1.7)
    assert caught.value.what == REFUSED[function]
    assert caught.value.place is not None
