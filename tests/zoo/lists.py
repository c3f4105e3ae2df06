"""Lists of known length: one object behind several names."""

import math

import numpy as np

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


@program((1.7,))
def change_through_another_name(x):
    xs = [x, 2.0]
    ys = xs
    ys.append(x * x)
    xs[0] = xs[0] * 3
    return xs[2] * ys[0] + len(xs)


@program((1.7,))
def one_row_repeated(x):
    m = [[0.0] * 2] * 2
    m[0][0] = x
    m[1][1] = x * x
    return m[0][1] * m[1][0]


@program((1.7,))
def change_in_a_branch(x):
    xs = [x, x]
    if x > 1:
        xs[1] = x * x
    else:
        xs[0] = 1.0
    return xs[0] * xs[1]


@program((1.7,))
def index_in_a_loop(x):
    xs = [x, 1.0, 2.0]
    for i in range(5):
        xs[i % 3] = xs[(i + 1) % 3] * x + xs[-1]
    return xs[0] + xs[1] * xs[2]


@program((1.7,))
def changed_by_a_callee(x):

    def add(lst, v):
        lst.append(v)
        lst[0] += v

    xs = [x]
    add(xs, 2 * x)
    add(xs, x * x)
    return xs[0] * xs[1] * xs[2]


@program((1.7,))
def operators_in_place(x):
    xs = [x]
    xs += [x * x, 3.0]
    xs *= 2
    xs[1] *= x
    a, *b = xs
    return sum(xs) + a * b[0] * sum(b[::2])


@program((1.7,))
def comprehension(x):
    xs = [x * i for i in (1, 2, 3)]
    return sum([v * v for v in xs]) * xs[1]


@program((1.7,))
def rebound_in_a_loop(x):
    a, b = (Ball(x), Ball(2 * x))
    c = a if x > 1 else b
    c.v = c.v * 3
    return a.v + b.v * 10


@program((1.7,))
def one_list_twice_in_another(x):
    a = [x]
    b = [a, a]
    b[0].append(x * 2)
    b[1][0] = 3.0 * x
    return a[0] * a[1] + len(b[0])


@program((1.7,))
def passed_twice(x):

    def f(a, b):
        a.append(x * 2)
        b[0] = b[-1] * x
        return len(a)

    xs = [x]
    n = f(xs, xs)
    return xs[0] * xs[1] * n


@program((1.7,))
def chosen_list(x):
    a = [x]
    b = [2.0]
    c = a if x > 1 else b
    c[0] = c[0] * x
    return a[0] + 3 * b[0] + c[0]


@program((1.7,))
def chosen_list_grows(x):
    a = [x]
    b = [2.0]
    if x > 1:
        c = a
    else:
        c = b
    c.append(x * 5)
    c[0] *= 3
    return a[0] + 3 * b[0] + c[0]


@program((1.7,))
def changed_while_iterated(x):
    xs = [x, 1.0, 2.0]
    s = 0.0
    for v in xs:
        s += v
        xs[2] = x * 10
    return s


@program((1.7,))
def slices_copy(x):
    a = [x, 1.0, 2.0]
    b = a[:]
    c = a[1:]
    b[0] = 9.0
    c[0] = x * x
    return a[0] * a[1] + b[0] * c[0]


@program((1.7,))
def rows_of_one_list(x):
    m = [[0.0] * 3] * 2
    m[0][1] = x
    n = [[0.0] * 3 for _ in range(2)]
    n[0][1] = x
    return m[1][1] * 2 + n[1][1] + n[0][1] ** 2


@program((1.7,))
def default_is_kept(x):

    def f(v, acc=[]):
        acc.append(v)
        return sum(acc)

    return f(x) + f(x * x) * f(2.0)


@program((1.7,))
def captured(x):
    acc = [x]

    def add(v):
        acc.append(v * acc[-1])

    for i in range(3):
        add(x + i)
    return acc[3] * acc[1]


@program((1.7,))
def array_twice_in_a_list(x):
    a = np.zeros(3)
    l = [a, a]
    l[0][1] = x
    return l[1][1] * a[1] + a[1]


@program((1.7,))
def state(x):
    state = [x, 0.0]
    for i in range(int(x * 5)):
        p, v = state
        state = [p + 0.1 * v, v - 0.1 * p]
    return state[0] * state[1]


@program((1.7,))
def matrix_product(x):
    A = [[x, 1.0], [2.0, x]]
    n = 2
    C = [[0.0 for _ in range(n)] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                C[i][j] += A[i][k] * A[k][j]
    return C[0][0] * C[1][1] - C[0][1]


@program((1.7,))
def changed_by_enumerate(x):
    xs = [x, 2.0, x * x]
    for i, v in enumerate(xs):
        xs[i] = v * x
    return sum(xs)


@program((1.7,))
def sorted_values(x):
    return sorted([x, 0.5, 2 * x])[1] * 3


@program((1.7,))
def in_place_through_another_name(x):
    xs = [x]
    ys = xs
    xs += [x * x]
    ys[0] = 3.0
    return xs[0] * ys[1] * len(ys)


@program((1.7,))
def repeated_in_place(x):
    xs = [x]
    ys = xs
    xs *= 3
    return sum(ys)


@program((1.7,))
def rows_of_an_array(x):
    a = np.zeros((3, 3))
    b = a
    for i in range(3):
        for j in range(3):
            a[i][j] = x * i + j
            a[i][j] *= 2.0
        a[i][1:] += x
    return np.sum(b[1] * b[2]) + a[1][2]


@program((1.7,))
def rows_of_three_axes(x):
    a = np.zeros((2, 2, 2))
    a[0][1][1] = x
    a[1, 0][1] = x * x
    return np.sum(a**3)


@program((1.7,))
def arrays_in_a_list(x):
    l = [np.zeros(2), np.zeros(2)]
    l[0][1] = x
    l[1][0] = x * x
    return l[0][1] * l[1][0]


@program((1.7,))
def gauss(x):
    A = [[2.0, x], [x, 3.0]]
    b = [x, 1.0]
    n = 2
    for i in range(n):
        for k in range(i + 1, n):
            r = A[k][i] / A[i][i]
            for j in range(i, n):
                A[k][j] -= r * A[i][j]
            b[k] -= r * b[i]
    y = [0.0] * n
    for i in reversed(range(n)):
        y[i] = (b[i] - sum(A[i][j] * y[j] for j in range(i + 1, n))) / A[i][i]
    return y[0] * y[1]


@program((1.7,))
def swapped_rows(x):
    A = [[x, 1.0], [2.0, x]]
    A[0], A[1] = (A[1], A[0])
    A[0][0] *= x
    return A[0][0] * A[1][0] - A[0][1]


@program((1.7,))
def lists_in_a_tuple(x):
    t = ([x], [2.0])
    u = t
    t[0].append(x)
    u[1][0] *= x
    return len(t[0]) * t[1][0] * u[0][1]


@program((1.7,))
def starred(x):

    def f(*a, **k):
        a[0].append(k["v"])
        return sum(a[0])

    l = [x]
    return f(l, v=x * x) * len(l)


@program((1.7,))
def returned_by_a_callee(x):

    def ident(l):
        return l

    l = [x]
    m = ident(l)
    m.append(x * x)
    return l[1] * len(l)


@program((1.7,))
def one_of_two_arguments(x):

    def pick(a, b, c):
        return a if c > 1 else b

    a = [x]
    b = [2 * x]
    p = pick(a, b, x)
    p[0] *= 3
    return a[0] + 5 * b[0]


@program((1.7,))
def returned_by_a_closure(x):
    l = [x]

    def get():
        return l

    get().append(x * x)
    g = get()
    g[0] = 2.0
    return l[0] * l[1]


@program((1.7,))
def emptied(x):
    s = [x, 2.0, 3 * x]
    t = 0.0
    while s:
        t = t * x + s.pop()
    return t


@program((0.6, 5), (0.6, 1))
def two_arrays_in_turn(x, n):
    buffers = [np.zeros(n), np.zeros(n)]
    for i in range(n):
        buffers[i % 2][i] = x * buffers[1 - i % 2][i - 1] * 0.5 + 1.0
    return buffers[0][-1] + buffers[1][-1] * x
