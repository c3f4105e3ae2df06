"""`collections.deque`, `heapq`, and lists sorted by a key: every program in both modes."""

import heapq
from collections import deque

import differences
import pytest

from diffpy import DiffpyError, grad, value_and_grad


def queue_deque(x, n=9):
    q = deque()
    t = 0.0
    for i in range(n):
        q.append(x * i)
        if i % 3 == 2:
            t = t * 0.5 + q.popleft()
    return t + sum(q) * q[0]


def queue_window(x, n=9):
    w = deque(maxlen=3)
    t = 0.0
    for i in range(n):
        w.append(x * i * i)
        t += sum(w) / len(w) * x
    return t


def queue_left(x, n=5):
    q = deque([x, 2.0], maxlen=4)
    for i in range(n):
        q.appendleft(x**i)
    t = 0.0
    for k, v in enumerate(q):
        t += (k + 1) * v
    return t + q[-1] * q.maxlen


def queue_bfs(x):
    q = deque([(0, x)])
    seen = {0}
    t = 0.0
    while q:
        i, w = q.popleft()
        t += w
        for j in (2 * i + 1, i + 3):
            if j < 12 and j not in seen:
                seen.add(j)
                q.append((j, w * x * 0.5))
    return t


def queue_rotate(x, n=6):
    q = deque(x * i for i in range(n))
    q.rotate(2)
    q.rotate(-3)
    q.extendleft([1.0, x * x])
    q.extend([2.0 * x])
    t = 0.0
    for k, v in enumerate(q):
        t = t * 0.9 + k * v
    q.reverse()
    return t + q.pop() * q.popleft()


def queue_delay(x, n=20):
    line = deque([0.0] * 4)
    y = 0.0
    t = 0.0
    for i in range(n):
        y = x + 0.5 * line.popleft()
        line.append(y)
        t += y * y
    return t


def queue_deque_empty(x):
    q = deque()
    try:
        return q.popleft()
    except IndexError:
        return x * x


def queue_heap(x, n=9):
    h = []
    for i in range(n):
        heapq.heappush(h, x * ((i * 5) % 7) + i * 0.01)
    t = 0.0
    while h:
        t = t * 0.7 + heapq.heappop(h)
    return t


def queue_events(x, n=6):
    events = []
    for i in range(n):
        heapq.heappush(events, (x * ((i * 5) % 7), i, 1.0))
    t = 0.0
    count = 0
    while events and count < 20:
        time, who, amount = heapq.heappop(events)
        t += time * amount * (who + 1)
        if count < 8:
            heapq.heappush(events, (time + 0.3 * x + who * 0.05, who, amount * 0.5 * x))
        count += 1
    return t


def queue_heapify(x, n=9):
    h = [(x * ((i * 5) % 7), i) for i in range(n)]
    heapq.heapify(h)
    a, i = heapq.heapreplace(h, (x * x, 77))
    b, j = heapq.heappushpop(h, (0.01 * x, 5))
    t = a * (i + 1) + b * (j + 2)
    for k in range(len(h)):
        v, m = h[k]
        t += v * m * (k + 1)
    return t


def queue_dijkstra(x, n=5):
    dist = {0: 0.0}
    heap = [(0.0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > dist[u]:
            continue
        for v in range(n * n):
            if v == u + 1 or v == u + n:
                w = x * (1.0 + 0.1 * u) + 0.05 * v
                if v not in dist or d + w < dist[v]:
                    dist[v] = d + w
                    heapq.heappush(heap, (d + w, v))
    return dist[n * n - 1]


def queue_small(x, n=9):
    xs = [x * ((i * 5) % 7) for i in range(n)]
    a = heapq.nsmallest(3, xs)
    b = heapq.nlargest(2, xs, key=lambda v: (v - 5.0) ** 2)
    return a[2] * a[1] + b[0] * b[1]


def queue_sortkey(x, n=9):
    xs = [(x * ((i * 5) % 7), i) for i in range(n)]
    xs.sort(key=lambda p: -p[0])
    t = 0.0
    for k, (v, i) in enumerate(xs):
        t += v * k * (i + 1)
    ys = sorted(xs, reverse=True)
    for k, (v, i) in enumerate(ys):
        t += v * k * k
    zs = sorted(xs, key=lambda p: p[1] % 3)
    for k, (v, i) in enumerate(zs):
        t += v * k * i
    zs = sorted(xs, key=lambda p: p[1] % 3, reverse=True)
    for k, (v, i) in enumerate(zs):
        t = t * 0.99 + v * k * i
    return t


def queue_sortdict(x, n=6):
    d = {}
    for i in range(n):
        d[i] = x * ((i * 5) % 7)
    t = 0.0
    for k, (i, v) in enumerate(sorted(d.items(), key=lambda p: p[1])):
        t += v * k * i
    for k, i in enumerate(sorted(d, key=d.get)):
        t += d[i] * k * i
    return t


def queue_sort0(x):
    xs = []
    xs.sort()
    return x


def queue_names(x, n=5):
    ev = []
    for i in range(n):
        heapq.heappush(ev, (x * ((i * 5) % 7), "go" if i % 2 else "stop"))
    t = 0.0
    while ev:
        time, what = heapq.heappop(ev)
        if what == "go":
            t += time * time
        else:
            t += x
    return t


def queue_tuples(x, n=5):
    t = 0.0
    for i in range(n):
        for j in range(n):
            if (i, x * j) < (j, x * i):
                t += x * i
            if (i, 1) >= (i, j):
                t += x * j * j
            if (i,) < (i, j):
                t += x
            if ((i, j), x) > ((j, i), 1.75):
                t += 3 * x
    return t


def queue_maxtuple(x, n=5):
    best = max((x * i * (4 - i), i) for i in range(n))
    low = min([(x * i * (4 - i), -i) for i in range(n)])
    return best[0] * best[1] + low[1] * x


PROGRAMS = [f for n, f in sorted(globals().items()) if n.startswith("queue_")]
COMPILED = [queue_left, queue_rotate, queue_events, queue_heapify, queue_sortkey, queue_names]
CASES = [(f, "python") for f in PROGRAMS] + [(f, "numba") for f in COMPILED]


@pytest.mark.parametrize(("function", "backend"), CASES)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", [queue_delay, queue_events, queue_sortkey])
def test_second_order(function):
    differences.check_second_order(function, 1.7)


def refused_dret(x):
    return deque([x])


def refused_dplus(x):
    q = deque([x]) + deque([x])
    return q[0]


def refused_dinsert(x):
    q = deque([x])
    q.insert(0, x)
    return q[0]


def refused_dslice(x):
    q = deque([x, x])
    return q[0:1][0]


def refused_dcmp(x):
    q = deque([x])
    return x if q == [x] else 2 * x


def refused_dloop(x, n=3):
    q = deque([x])
    for v in q:
        q.append(v)
    return x


REFUSED = {
    refused_dret: "a deque is returned",
    refused_dplus: "a deque is an operand here",
    refused_dinsert: "the method `insert` of a deque is not supported",
    refused_dslice: "a deque cannot be indexed with a slice",
    refused_dcmp: "deques are compared here",
    refused_dloop: "a list grows or shrinks in a loop over it",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(DiffpyError) as caught:
        grad(function, backend="python")(1.7)
    assert caught.value.what == REFUSED[function]


def pops_nothing(x, n=0):
    heap = [(x * i, i) for i in range(n)]
    return heapq.heappop(heap)[0]


def pops_left_of_nothing(x, n=0):
    return deque([x * i for i in range(n)]).popleft()


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [pops_nothing, pops_left_of_nothing])
def test_raises_what_python_raises(function, backend):
    with pytest.raises(IndexError) as expected:
        function(1.7)
    with pytest.raises(IndexError) as found:
        value_and_grad(function, backend=backend)(1.7)
    assert str(found.value) == str(expected.value)
