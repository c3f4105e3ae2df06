"""Lists whose length only the running program knows."""

import math

import numpy as np

from zoo import program


class S:
    def __init__(self, a):
        self.a = a
        self.h = [a]

    def step(self, x):
        s = S(self.a * x)
        s.h.append(x)
        return s


@program((1.7,))
def appended(x):
    xs = []
    n = int(x * 4)
    for i in range(n):
        xs.append(x * i)
    s = 0.0
    for v in xs:
        s += v * v
    return s + len(xs) + xs[2] * xs[-1]


@program((1.7,))
def comprehension(x):
    n = int(x * 4)
    xs = [x * i for i in range(n) if i != 2]
    ys = [a * b for a, b in zip(xs, xs[1:])]
    return sum(ys) + max(xs) + np.sum(np.array(ys) ** 2)


@program((1.7,))
def stack(x):
    stack = [(3, x)]
    total = 0.0
    while stack:
        d, v = stack.pop()
        total += v * v
        if d > 0:
            stack.append((d - 1, v * x * 0.5))
            stack.append((d - 1, v + 0.1))
    return total


@program((1.7,))
def queue(x):
    q = [x]
    out = []
    while len(q) > 0 and len(out) < 7:
        v = q.pop(0)
        out.append(v)
        if v < 8:
            q.append(v * 1.5)
            q.append(v + x)
    return sum(out) * out[3]


@program((1.7,))
def repeated(x):
    n = int(x * 4)
    d = [0.0] * n
    d[0] = x
    for i in range(1, n):
        d[i] = d[i - 1] * x + i
    return d[-1] + d[n // 2]


@program((1.7,))
def grown_by_a_callee(x):

    def add(xs, v):
        xs.append(v)
        xs[0] += v

    xs = [1.0]
    for i in range(int(x * 4)):
        add(xs, x * i)
    return xs[0] * xs[3]


@program((1.7,))
def grown_by_a_recursion(x):
    out = []

    def walk(d, v):
        if d == 0:
            out.append(v)
            return
        walk(d - 1, v * x)
        walk(d - 1, v + 1)

    walk(3, x)
    return sum(v * v for v in out)


@program((1.7,))
def grown_in_a_branch(x):
    xs = [x]
    if x > 1:
        xs.append(x * x)
    if x > 10:
        xs.append(3.0)
    return sum(xs) * len(xs)


@program((1.7,))
def joined_lists(x):
    n = int(x * 4)
    a = [x * i for i in range(n)] + [1.0, x]
    a += [v * 2 for v in a]
    a.extend(range(3))
    a.insert(1, x)
    a.reverse()
    b = a.copy()
    b[0] = 7 * x
    b.sort()
    return a[0] * x + b[2] * b[-1] + sum(sorted(a, reverse=True)[:3])


@program((1.7,))
def nested_comprehension(x):
    n = int(x * 4)
    return sum([sum([x * i * j for j in range(i)]) for i in range(n)])


@program((1.7,))
def rebound(x):
    xs = [1.0]
    for k in range(int(x * 4)):
        xs = [1.0] + [a * x + b for a, b in zip(xs, xs[1:] + [0.0])]
    return xs[1] * xs[2]


@program((1.7,))
def pairs(x):
    pts = [(math.cos(x * i), math.sin(x * i)) for i in range(int(x * 4))]
    area = 0.0
    for (x1, y1), (x2, y2) in zip(pts, pts[1:] + pts[:1]):
        area += x1 * y2 - x2 * y1
    return area / 2


@program((1.7,))
def of_either_length(x):
    if x > 1:
        xs = [x * i for i in range(int(x * 4))]
    else:
        xs = [1.0]
    return sum(xs)


@program((1.7,))
def neville(x):
    xs = [0.0, 1.0, 2.0, 3.0]
    ys = [v * v * x for v in xs]
    n = len(xs)
    p = n * [0]
    for k in range(n):
        for i in range(n - k):
            if k == 0:
                p[i] = ys[i]
            else:
                p[i] = ((x - xs[i + k]) * p[i] + (xs[i] - x) * p[i + 1]) / (xs[i] - xs[i + k])
    return p[0]


@program((1.7,))
def history(x):
    h = []
    y = x
    while y < 100:
        h.append(y)
        y = y * x
    return h[-1] + h[len(h) // 2]


@program((1.7,))
def another_name(x):
    xs = [1.0]
    for k in range(int(x * 4)):
        new = []
        for v in xs:
            new.append(v * x)
        new.append(1.0)
        xs = new
    return xs[1] * xs[2]


@program((1.7,))
def instances_with_lists(x):
    s = S(x)
    for k in range(3):
        s = s.step(x + k)
    return s.a * s.h[0]


@program((1.7,))
def returned(x):

    def f(v):
        if v > 1:
            return [v, v * v]
        return [1.0, 2.0, v]

    a = f(x)
    b = f(x - 1)
    return a[0] * b[1] + a[-1]


@program((1.7,))
def arrays(x):
    a = np.array([x, 1.0])
    steps = []
    for i in range(int(x * 3)):
        a = a * x
        steps.append(a)
    return np.sum(steps[0] * steps[-1])


@program((1.7,))
def pairs_of_kinds(x):
    hist = []
    p = x
    for i in range(int(x * 5)):
        p = p * 0.9 + 0.1
        hist.append((i, p))
    return sum((i * v for i, v in hist))


@program((1.7,))
def distances(x):
    points = np.array([[x, 1.0], [2.0, x], [0.0, 1.0]])
    return np.sum(np.array([[np.sum((a - b) ** 2) for a in points] for b in points]) ** 2)


@program((1.7,))
def kernel_matrix(x):
    n = int(x * 4)
    k = np.array([[math.exp(-x * abs(i - j)) for j in range(n)] for i in range(n)])
    return np.sum(k @ k)


@program((1.7,))
def columns(x):
    a = np.array([[x * i, math.sin(x + i)] for i in range(int(x * 4)) if i != 2])
    return np.sum(a[:, 0] * a[:, 1])


@program((1.7,))
def three_axes(x):
    n = int(x * 2)
    a = np.array([[[x * i * j + k for k in range(2)] for j in range(n)] for i in range(n)])
    return np.sum(a**2) + a.shape[2]


@program((1.7,))
def stored_in_rows(x):
    a = np.asarray([[0.0] * 3 for _ in range(int(x * 4))])
    a[1, 2] = x
    a[1][1] = x * x
    return np.sum(a**2)
