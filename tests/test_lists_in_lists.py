"""Lists in lists, and optional items: every program in both modes."""

import copy
from collections import defaultdict, deque
from dataclasses import dataclass

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad, value_and_grad


def rows_grid(x):
    n = int(0.0 * x + 4)
    grid = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            grid[i][j] = x * i + j
    grid[1][2] += x * x
    return sum(sum(row) for row in grid) * grid[n - 1][-1]


def rows_intgrid(x):
    n = int(0.0 * x + 5)
    c = [[0] * (n + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            c[i][j] = max(c[i - 1][j], c[i][j - 1]) + x * ((i * j) % 3)
    return c[n][n]


def rows_alias(x):
    n = int(0.0 * x + 4)
    g = [[x] * n] * 3
    g[1][2] = x * x
    row = g[0]
    row[1] += 3.0
    return g[2][1] * g[0][2] + (x if g[0] is g[2] else 0.0)


def rows_rows(x):
    n = int(0.0 * x + 4)
    rows = []
    for i in range(n):
        row = []
        for j in range(i + 1):
            row.append(x * i + j)
        rows.append(row)
        row.append(x)
    t = 0.0
    for row in rows:
        for k, v in enumerate(row):
            t += v * k
        t += len(row) * row[-1]
    return t


def rows_pascal(x):
    n = int(0.0 * x + 6)
    rows = [[x]]
    for _ in range(n):
        prev = rows[-1]
        new = [x]
        for a, b in zip(prev, prev[1:]):
            new.append(a * 0.5 + b)
        new.append(1.0)
        rows.append(new)
    return sum(rows[-1])


def rows_adj(x):
    n = int(0.0 * x + 6)
    adj = [[] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            if (i * 3 + j) % 4 == 1 and i != j:
                adj[i].append((j, x * (i + j)))
    dist = [1e9] * n
    dist[0] = 0.0
    for _ in range(n):
        for u in range(n):
            for v, w in adj[u]:
                if dist[u] + w < dist[v]:
                    dist[v] = dist[u] + w
    return sum(d for d in dist if d < 1e8)


def rows_adjint(x):
    n = int(0.0 * x + 6)
    adj = [[] for _ in range(n)]
    for i in range(1, n):
        adj[(i - 1) // 2].append(i)
    val = [[x * i, 1.0] for i in range(n)]

    def total(u):
        t = val[u][0] * val[u][1]
        for v in adj[u]:
            t += 0.5 * x * total(v)
        return t

    return total(0)


def rows_pop(x):
    n = int(0.0 * x + 5)
    g = [[x * i, x + i, 2.0] for i in range(n)]
    t = 0.0
    for row in g:
        t += row.pop() * row.pop(0)
        row.insert(0, t)
        row.reverse()
        row.extend([x, 1.0])
    g[2].sort()
    g[3].clear()
    del g[1][0]
    return t + sum(g[2]) * g[1][1] + len(g[3]) + g[0].index(1.0)


def rows_3d(x):
    n = int(0.0 * x + 3)
    c = [[[x * i * j * k for k in range(n)] for j in range(n)] for i in range(n)]
    c[1][2][1] = x**3
    t = 0.0
    for p in c:
        for r in p:
            for v in r:
                t = t * 0.9 + v
    return t


def rows_matmul(x):
    n = int(0.0 * x + 3)
    a = [[x * i + j for j in range(n)] for i in range(n)]
    b = [[x - i * j for j in range(n)] for i in range(n)]
    c = [[sum(a[i][k] * b[k][j] for k in range(n)) for j in range(n)] for i in range(n)]
    return sum(c[i][i] for i in range(n)) + np.sum(np.array(c))


def rows_nparray(x):
    n = int(0.0 * x + 3)
    a = [[x * i + j for j in range(n)] for i in range(n)]
    m = np.array(a)
    return np.sum(m @ m)


def rows_swap(x):
    n = int(0.0 * x + 4)
    g = [[x * i] for i in range(n)]
    g[0], g[1] = g[1], g[0]
    g[2] = g[3]
    g[3][0] += 1.0
    return g[0][0] * 2 + g[1][0] * 3 + g[2][0] * g[3][0]


class Node:
    def __init__(self, v):
        self.v = v
        self.children = []

    def add(self, c):
        self.children.append(c)
        return c

    def total(self):
        t = self.v
        for c in self.children:
            t += c.total() * 0.5
        return t * t


def rows_tree(x):
    n = int(0.0 * x + 7)
    nodes = [Node(x * 0.1 * i) for i in range(n)]
    for i in range(1, n):
        nodes[(i - 1) // 2].add(nodes[i])
    return nodes[0].total()


def _grow(d, x):
    node = Node(x)
    for i in range(d):
        node.add(_grow(i, x * 0.5 + i * 0.1))
    return node


def rows_rectree(x):
    n = int(0.0 * x + 4)
    return _grow(n, x).total()


class Layer:
    def __init__(self, n, x):
        self.w = [[x * (i - j) * 0.1 for j in range(n)] for i in range(n)]
        self.b = [0.1 * x] * n

    def __call__(self, v):
        return [sum(w * u for w, u in zip(row, v)) + b for row, b in zip(self.w, self.b)]


def rows_net(x):
    n = int(0.0 * x + 3)
    layers = [Layer(n, x) for _ in range(n)]
    v = [1.0] * n
    for l in layers:
        v = l(v)
    return sum(v)


def rows_buckets(x):
    n = int(0.0 * x + 8)
    from collections import defaultdict

    b = defaultdict(list)
    for i in range(n):
        b[i % 3].append(x * i)
    return sum(sum(v) * k for k, v in b.items()) + len(b[1])


def rows_history(x):
    n = int(0.0 * x + 5)
    state = [x, 1.0]
    hist = []
    for _ in range(n):
        hist.append(state)
        state = [state[0] + 0.1 * state[1], state[1] - 0.1 * state[0]]
    return hist[2][0] * hist[-1][1] + state[0]


def rows_histcopy(x):
    n = int(0.0 * x + 5)
    state = [x, 1.0]
    hist = []
    for _ in range(n):
        hist.append(state[:])
        state[0] += 0.1 * state[1]
        state[1] -= 0.1 * state[0]
    return hist[2][0] * hist[-1][1] + state[0]


def rows_histalias(x):
    n = int(0.0 * x + 5)
    state = [x, 1.0]
    hist = []
    for _ in range(n):
        hist.append(state)
        state[0] += 0.1 * state[1]
    return hist[2][0] * hist[0][1] + state[0]


def rows_cum(x):
    n = int(0.0 * x + 5)
    g = [[x * j for j in range(n)] for i in range(3)]
    for row in g:
        for j, v in enumerate(row):
            if j + 1 < len(row):
                row[j + 1] += v
    return g[1][-1]


class P:
    def __init__(self, x):
        self.x = x


@dataclass
class D:
    x: float


def rows_mulalias(x):
    g = [[0.0] * 2] * 2
    g[0][0] = x
    return g[1][0] * x


def rows_mulalias2(x):
    g = [[x, 1.0]] * 3
    g[0].append(x * x)
    return g[2][2] * len(g[1])


def rows_deq(x):
    n = int(0.0 * x + 3)
    ps = [D(x * i) for i in range(n)]
    return x if ps[0] == D(0.0) else 3 * x


def rows_eq(x):
    n = int(0.0 * x + 3)
    ps = [P(x * i) for i in range(n)]
    q = ps[1]
    return x * 2 if ps[1] == q and ps[0] != q else 3 * x


def rows_sub(x):
    n = int(0.0 * x + 3)
    g = [[x * i, 1.0] for i in range(n)]
    g[1] += [x, x]
    h = g[0] + g[1]
    a, b = g[2]
    k = g[2] * 2
    return sum(h) * a * b + len(k) * x + sum(k)


def rows_movebranch(x):
    n = int(0.0 * x + 4)
    row = [x]
    g = []
    for i in range(n):
        if i == 2:
            g.append(row)
        row.append(x * i)
    row[0] = x * x
    return sum(g[0]) + len(row)


def rows_queue(x):
    n = int(0.0 * x + 5)
    q = deque()
    for i in range(n):
        q.append([i, x * i])
    t = 0.0
    while q:
        it = q.popleft()
        t += it[1] * it[0]
        if len(it) < 3 and it[0] > 2:
            it.append(1.0)
            q.append(it)
    return t


def rows_callee(x):
    n = int(0.0 * x + 4)
    g = []
    for i in range(n):
        row = [x * i]
        _put(g, row, x)
        row.append(2.0)
    return sum(len(r) * r[0] for r in g) + g[1][-1]


def _put(g, row, x):
    g.append(row)
    row[0] += x


def rows_sorted(x):
    n = int(0.0 * x + 5)
    ps = [P(x * ((i * 3) % 5)) for i in range(n)]
    ps.sort(key=lambda p: -p.x)
    qs = sorted(ps, key=lambda p: p.x)
    return ps[0].x * 3 + qs[1].x


def rows_gridarg(x):
    n = int(0.0 * x + 3)
    return _use([[x, 2.0], [3.0, x]], n)


def _use(g, n):
    for i in range(n):
        g.append([g[i][0] * g[i][1]])
        g[-1].append(1.0 * i)
    return g[-1][0]


def rows_tupled(x):
    n = int(0.0 * x + 4)
    xs = []
    for i in range(n):
        xs.append((i, [x * i, 1.0]))
    for i, r in xs:
        r[1] += x * i
    return sum(r[0] * r[1] for _, r in xs)


def rows_dictrow(x):
    n = int(0.0 * x + 4)
    d = {}
    for i in range(n):
        d.setdefault(i % 2, []).append(x * i)
    return sum(d[0]) * sum(d[1])


def rows_dictinst(x):
    n = int(0.0 * x + 4)
    d = {}
    for i in range(n):
        d[i] = P(x * i)
    d[2].x *= x
    return d[2].x * d[1].x


def rows_graph(x):
    n = int(0.0 * x + 5)
    graph = defaultdict(list)
    for i in range(n):
        graph[i].append((i + 1, x * i))
        graph[i + 1].append((i, 1.0))
    t = 0.0
    for u in range(n):
        for v, w in graph[u]:
            t += w * v
    return t


def rows_none(x):
    n = int(0.0 * x + 4)
    cells = [None] * n
    for i in range(n):
        if i % 2:
            cells[i] = P(x * i)
    t = 0.0
    for c in cells:
        if c is not None:
            t += c.x
    return t


def rows_sim(x):
    n = int(0.0 * x + 4)
    class_ps = [P(x) for _ in range(n)]
    hist = []
    for t in range(n):
        for p in class_ps:
            p.x = p.x * 0.9 + 0.01 * t
        hist.append([p.x for p in class_ps])
    return sum(hist[-1]) + hist[0][1]


def rows_early(x):
    n = int(0.0 * x + 4)
    g = [[x * i, x + i] for i in range(n)]
    for r in g:
        for v in r:
            if v > 3:
                return v * x
    return x


def rows_try(x):
    n = int(0.0 * x + 4)
    g = [[x * i] for i in range(n)]
    t = 0.0
    for i in range(n):
        try:
            t += g[i][i - 1]
        except IndexError:
            t += x * x
    return t


def rows_while(x):
    n = int(0.0 * x + 4)
    stack = [[x, 0]]
    t = 0.0
    while stack:
        v, d = stack.pop()
        t += v
        if d < n:
            stack.append([v * 0.5, d + 1])
            stack.append([v * 0.3, d + 2])
    return t


def rows_transpose(x):
    n = int(0.0 * x + 3)
    a = [[x * i + j for j in range(n)] for i in range(n)]
    b = [[a[j][i] for j in range(n)] for i in range(n)]
    return a[0][2] * b[2][0] * b[0][1]


def rows_gauss(x):
    n = int(0.0 * x + 3)
    a = [[1.0 / (i + j + x) for j in range(n)] for i in range(n)]
    b = [x * i + 1 for i in range(n)]
    for k in range(n):
        p = k
        for i in range(k, n):
            if abs(a[i][k]) > abs(a[p][k]):
                p = i
        a[k], a[p] = a[p], a[k]
        b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= f * a[k][j]
            b[i] -= f * b[k]
    y = [0.0] * n
    for i in range(n - 1, -1, -1):
        y[i] = (b[i] - sum(a[i][j] * y[j] for j in range(i + 1, n))) / a[i][i]
    return y[0]


def rows_nones(x):
    n = int(0.0 * x + 4)
    v = [None] * n
    for i in range(n):
        v[i] = x * i
    return v[1] * v[n - 1]


def rows_memonone(x):
    n = int(0.0 * x + 9)
    memo = [None] * (n + 1)

    def f(k):
        if k < 2:
            return x
        if memo[k] is None:
            memo[k] = f(k - 1) * 0.5 * x + f(k - 2)
        return memo[k]

    return f(n)


def rows_optional(x):
    n = int(0.0 * x + 5)
    xs = []
    for i in range(n):
        xs.append(None if i % 2 else x * i)
    t = 0.0
    for v in xs:
        if v is not None:
            t += v * v
    return t


def rows_optional2(x):
    n = int(0.0 * x + 5)
    xs = []
    for i in range(n):
        if i == 2:
            xs.append(None)
        else:
            xs.append(x * i)
    return sum(v for v in xs if v is not None)


def rows_rep(x):
    n = int(0.0 * x + 3)
    a = [x, 2.0] * n
    b = [x * i for i in range(n)] * 2
    return a[-2] * a[3] * b[n + 1]


PROGRAMS = [f for n, f in sorted(globals().items()) if n.startswith("rows_")]
COMPILED = [
    rows_intgrid,
    rows_rows,
    rows_adj,
    rows_pop,
    rows_net,
    rows_nparray,
    rows_tree,
    rows_movebranch,
    rows_graph,
    rows_optional,
    rows_gauss,
]
CASES = [(f, "python") for f in PROGRAMS] + [(f, "numba") for f in COMPILED]


@pytest.mark.parametrize(("function", "backend"), CASES)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", [rows_intgrid, rows_tree, rows_gauss, rows_memonone])
def test_second_order(function):
    differences.check_second_order(function, 1.7)


def refused_ret(x):
    n = int(0.0 * x + 3)
    return [[x * i] for i in range(n)]


def refused_index(x):
    n = int(0.0 * x + 3)
    g = [[x * i] for i in range(n)]
    return g[1][n]


def refused_pope(x):
    n = int(0.0 * x + 3)
    g = [[] for i in range(n)]
    g[0].append(x)
    return g[1].pop()


def refused_self(x):
    n = int(0.0 * x + 3)
    g = []
    for i in range(n):
        g.append(g)
    return x


def refused_deep(x):
    n = int(0.0 * x + 3)

    g = [[x * i] for i in range(n)]
    h = copy.deepcopy(g)
    h[1][0] = 0.0
    return g[1][0]


def refused_cmp(x):
    n = int(0.0 * x + 3)
    g = [[x * i] for i in range(n)]
    return x if g[0] == g[1] else 2 * x


def refused_in(x):
    n = int(0.0 * x + 3)
    ps = [P(x * i) for i in range(n)]
    q = ps[1]
    return x if q in ps else 2 * x


def refused_remove(x):
    n = int(0.0 * x + 3)
    ps = [P(x * i) for i in range(n)]
    ps.remove(ps[0])
    return ps[0].x


def refused_grad(x):
    n = int(0.0 * x + 3)
    from diffpy import grad

    def inner(y):
        ps = [P(y * i) for i in range(n)]
        return sum(p.x * p.x for p in ps)

    return grad(inner)(x) * x


def refused_noneuse(x):
    n = int(0.0 * x + 3)
    v = [None] * n
    v[0] = x
    return v[1] * x


REFUSED = {
    refused_ret: "a list of tuples is returned whose length is not known while compiling",
    refused_self: "a list becomes an item of itself here",
    refused_deep: "a list is copied here together with the instances or lists in it",
    refused_cmp: "lists are compared here",
    refused_in: "`in` of a list is not supported yet",
    refused_remove: "the method `remove` of this list is not supported yet",
    refused_grad: "the derivative of `inner` is taken inside of a function, and it uses lists of "
    "lists, of instances, or of arrays that are changed, of which only the running program knows "
    "how many there are",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(DiffpyError) as caught:
        grad(function, backend="python")(1.7)
    assert caught.value.what == REFUSED[function]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [refused_index, refused_pope, refused_noneuse])
def test_raises_what_python_raises(function, backend):
    with pytest.raises((IndexError, AttributeError, TypeError)) as expected:
        function(1.7)
    with pytest.raises(expected.type) as found:
        value_and_grad(function, backend=backend)(1.7)
    if expected.type is not TypeError:
        assert str(found.value) == str(expected.value)
