"""Dicts and sets whose keys only the running program knows: every program in both modes."""

from collections import Counter, OrderedDict, defaultdict

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad, value_and_grad

PRIMES = {2, 3, 5, 7}
BIG = frozenset(range(0, 40, 3))
WALLS = {(0, 1), (2, 2)}
TABLE = {}


def dict_store(x):
    d = {}
    for i in range(5):
        d[i * 3] = x * i
    return d[6] * d[12]


def dict_seed(x, n=7):
    memo = {0: 0.0, 1: x}
    for i in range(2, n):
        memo[i] = memo[i - 1] * x + memo[i - 2]
    return memo[n - 1]


def _fib(n, memo, x):
    if n in memo:
        return memo[n]
    memo[n] = _fib(n - 1, memo, x) * x + _fib(n - 2, memo, x)
    return memo[n]


def dict_fib(x):
    return _fib(9, {0: 1.0, 1: x}, x)


def _fib2(n, memo, x):
    if n < 2:
        return x
    if n in memo:
        return memo[n]
    r = _fib2(n - 1, memo, x) * x + _fib2(n - 2, memo, x)
    memo[n] = r
    return r


def dict_fib2(x):
    return _fib2(9, {}, x)


def dict_closure(x):
    memo = {}

    def path(i, j):
        if i == 0 or j == 0:
            return x
        if (i, j) in memo:
            return memo[(i, j)]
        memo[i, j] = path(i - 1, j) * 0.5 * x + path(i, j - 1)
        return memo[i, j]

    return path(4, 3)


def dict_dd(x):
    d = defaultdict(float)
    for i in range(10):
        d[i % 3] += x * i
    s = 0.0
    for k, v in d.items():
        s += (k + 1) * v * v
    return s


def dict_ddint(x):
    d = defaultdict(int)
    for i in range(10):
        d[i % 3, i % 2] += x * i
    return sum(d.values()) + d[7, 7] + len(d)


def dict_get(x):
    d = {}
    s = 0.0
    for i in range(8):
        s += d.get(i - 2, x * x) * i
        d[i] = s
    return s


def dict_getnone(x):
    d = {}
    s = 0.0
    for i in range(8):
        v = d.get(i % 3)
        if v is None:
            d[i % 3] = x * i
        else:
            s += v * x
    return s


def dict_keyerror(x):
    d = {}
    for i in range(4):
        d[2 * i] = x * i
    s = 0.0
    for i in range(8):
        try:
            s += d[i]
        except KeyError:
            s += x * x
    return s


def dict_del(x):
    d = {}
    for i in range(6):
        d[i] = x**i
    for i in range(0, 6, 2):
        del d[i]
    a = d.pop(3)
    b = d.pop(100, x)
    s = 0.0
    for n, k in enumerate(d):
        s += n * k * d[k]
    return s + 3 * a + 5 * b


def dict_counter(x):
    c = Counter()
    for i in range(9):
        c[i * i % 5] += 1
    return sum(v * x**k for k, v in c.items()) + c[77]


def dict_counter2(x):
    c = Counter([i * i % 5 for i in range(9)])
    return sum([v * x**k for k, v in c.items()])


def dict_comp(x, n=5):
    d = {i: x * i for i in range(n)}
    return sum(d[k] * k for k in sorted(d))


def dict_zip(x, n=4):
    d = dict(zip(range(n), [x * i for i in range(n)]))
    e = {**d, 2: x**3}
    e.update({9: x})
    return e[2] * d[2] + e[9]


def dict_pairs(x, n=4):
    d = {}
    for i in range(n):
        d[i] = (x * i, i)
    s = 0.0
    for k, (v, m) in d.items():
        s += v * m * k
    return s


def dict_arr(x, n=4):
    d = {}
    for i in range(n):
        d[i] = np.array([x, x * i])
    s = 0.0
    for k in d:
        s += k * np.sum(d[k] * d[k])
    return s


def dict_scale(x, n=4):
    d = {i: x * i for i in range(n)}
    for k in d:
        d[k] *= x
    return sum(d.values())


def dict_branch(x, n=4):
    d = {}
    if n > 3:
        d[1] = x
    if n > 5:
        d[2] = x * x
    return d.get(1, 0.0) + d.get(2, 5.0)


def dict_setdefault(x):
    d = {}
    s = 0.0
    for i in range(9):
        s += d.setdefault(i % 4, x * i) * x
    return s


def dict_nested_fn(x):
    d = {}

    def add(k, v):
        d[k] = v

    for i in range(5):
        add(i, x * i)
    return sum(d.values())


def dict_passed(x):
    d = {}
    _fill(d, x)
    return d[3] * len(d)


def _fill(d, x):
    for i in range(5):
        d[i] = x * x * i


class _M:
    def __init__(self):
        self.cache = {}

    def f(self, n, x):
        if n <= 0:
            return x
        if n not in self.cache:
            self.cache[n] = self.f(n - 1, x) * x + self.f(n - 2, x)
        return self.cache[n]


def dict_object(x):
    return _M().f(6, x)


def dict_neg(x):
    d = {}
    for i in range(-50, 50):
        d[i * 64] = x * i
    return d[-64 * 3] * d[64 * 7] + len(d)


def dict_popitem(x, n=5):
    d = {}
    for i in range(n):
        d[i] = x * i
    s = 0.0
    while d:
        k, v = d.popitem()
        s += k * v
    return s


def dict_max(x, n=5):
    d = {}
    for i in range(n):
        d[i * 7 % 5] = x * (i * i - 3 * i)
    k = max(d, key=d.get)
    return d[k] + min(d.values())


def dict_bool(x, n=5):
    d = {}
    for i in range(n):
        d[i > 2] = x * i
    return d[True] + 2 * d[0]


def dict_npkey(x):
    a = np.array([3, 1, 3])
    d = defaultdict(float)
    for k in a:
        d[k] += x
    for k in range(5):
        d[k] += 1
    return sum(v * k for k, v in d.items())


def dict_early(x, n=6):
    d = {}
    for i in range(n):
        d[i] = x * i
        if d[i] > 5:
            break
    for k, v in d.items():
        if v > 3:
            return v * k
    return x


def dict_rebind(x, n=6):
    d = {0: x}
    for i in range(n):
        e = {}
        for k, v in d.items():
            e[k + 1] = v * x
            e[2 * k] = e.get(2 * k, 0.0) + v
        d = e
    return sum(d.values())


def dict_alias(x, n=4):
    d = {}
    e = d
    for i in range(n):
        e[i] = x * i
    d[2] = x * x
    return e[2] * len(d)


def dict_in_keys(x, n=4):
    d = {}
    for i in range(n):
        d[2 * i] = x * i
    s = 0.0
    for i in range(9):
        if i in d.keys():
            s += d[i]
        if i not in d:
            s -= x
    return s


def dict_copy(x, n=4):
    d = {}
    for i in range(n):
        d[i] = x * i
    e = d.copy()
    e[1] = 0.0
    f = dict(e)
    f[2] = 1.0
    return d[1] + d[2] * e[2] + f[3]


def dict_enum(x, n=4):
    d = {}
    for i in range(n):
        d[3 - i] = x * i
    s = 0.0
    for p, (k, v) in enumerate(d.items()):
        s += p * k * v
    for k, z in zip(d, d.values()):
        s += k * z
    return s + sum(list(d)) + len(list(d.values()))


def dict_clear(x, n=4):
    d = {}
    s = 0.0
    for j in range(3):
        for i in range(n):
            d[i] = x * i * j
        s += sum(d.values())
        d.clear()
    return s + len(d)


def dict_obj_values(x, n=4):
    best = {}
    for i in range(n):
        key = i % 2
        if key not in best or x * i > best[key]:
            best[key] = x * i
    return best[0] * best[1]


def dict_nested_key(x, n=4):
    d = {}
    for i in range(n):
        for j in range(n):
            d[(i, j), i > j] = x * i * j
    return d[(2, 3), False] + d[(3, 2), True]


def dict_union(x, n=4):
    d = {}
    for i in range(n):
        d[i] = x * i
    e = d | {1: x * x}
    d |= {7: x}
    return e[1] + d[7] + d[1]


def dict_knapsack(x, n=8):
    memo = {}

    def best(i, w):
        if i == 0:
            return 0.0
        if (i, w) not in memo:
            r = best(i - 1, w)
            if i <= w:
                r = max(r, best(i - 1, w - i) + x * i**0.5)
            memo[i, w] = r
        return memo[i, w]

    return best(n, 11)


def dict_strkey_in(x, n=4):
    d = {}
    for i in range(n):
        d[i] = x
    return x if "a" in d or None in d or (1, 2) in d else d[2] * x


def dict_union_key(x, n=5):
    d = {}
    last = None
    for i in range(n):
        if last is not None:
            d[last] = x * i
        last = i
    return sum(d.values()) * d[2]


def set_add(x, n=7):
    s = set()
    for i in range(n):
        s.add(i * i % 5)
    return x * len(s)


def set_in(x, n=9):
    seen = set()
    t = 0.0
    for i in range(n):
        k = i * i % 7
        if k in seen:
            t += x * k
        else:
            seen.add(k)
            t += x * x
    return t


def set_literal(x, n=9):
    s = {1, 4, 6}
    t = 0.0
    for i in range(n):
        if i in s:
            t += x * i
    return t


def set_strings(x):
    s = {"a", "b"}
    s.add("c")
    s.discard("a")
    return x if "c" in s and "a" not in s else 2 * x


def set_comp(x, n=9):
    s = {i % 4 for i in range(n)}
    t = 0.0
    for k in sorted(s):
        t = t * x + k
    return t + sum(s) * x + max(s) + min(s)


def set_ops(x, n=9):
    a = {i for i in range(n)}
    b = set(range(3, 20, 2))
    c = (a | b) - (a & b)
    d = a ^ b
    return x * len(c) * (2.0 if c == d else 7.0) + len(a.union(b, [77])) * x


def set_discard(x, n=9):
    a = set(range(n))
    a.discard(3)
    a.discard(55)
    a.remove(4)
    try:
        a.remove(99)
    except KeyError:
        a.add(100)
    return x * sum(a)


def set_tuples(x, n=5):
    v = set()
    t = 0.0
    for i in range(n):
        for j in range(n):
            if (j, i) not in v:
                v.add((i, j))
                t += x * i * j
    return t * len(v)


def set_walls(x):
    walls = {(0, 1), (1, 1), (2, 3)}
    t = 0.0
    for i in range(4):
        for j in range(4):
            if (i, j) in walls:
                t += x * (i + 10 * j)
    return t


def set_frozen(x, n=4):
    f = frozenset(range(n))
    return x * len(f) if 2 in f else x


def set_subset(x, n=4):
    a = set(range(n))
    b = set(range(n + 2))
    t = 0.0
    if a <= b:
        t += x
    if a < b:
        t += x * x
    if b >= a:
        t += x
    if a.issubset(b):
        t += x**3
    if b.issuperset([1, 2]):
        t += 2 * x
    if a.isdisjoint({9, 10}):
        t += 5 * x
    if a != b:
        t += x**4
    if a == {0, 1, 2, 3}:
        t += 3 * x
    return t


def set_update(x, n=4):
    a = {1}
    a.update([5, 6], {7})
    a |= {8, n}
    a -= {5}
    a &= set(range(8))
    a ^= {6, 20}
    return x * sum(a) + len(a)


def _visit(i, seen, x, n):
    if i in seen or i > n:
        return 0.0
    seen.add(i)
    return x * i + _visit(2 * i, seen, x, n) + _visit(i + 3, seen, x, n)


def set_dfs(x):
    return _visit(1, set(), x, 30)


def set_truth(x, n=3):
    todo = set(range(n))
    t = 0.0
    while todo:
        k = min(todo)
        todo.remove(k)
        t += x * k
        if k == 1:
            todo.add(10)
    return t


def set_copy(x, n=3):
    a = set(range(n))
    b = a.copy()
    b.add(99)
    c = a
    c.add(55)
    return x * (len(a) + 10 * len(b))


def set_branch(x, n=3):
    a = set()
    if n > 2:
        a.add(1)
    if n > 5:
        a.add(2)
    return x * len(a) + (x * x if 1 in a else 0.0)


def set_isinstance(x, n=3):
    a = set(range(n))
    return x if isinstance(a, set) and not isinstance(a, dict) else 3 * x


def set_global(x, n=9):
    t = 0.0
    for i in range(n):
        if i in PRIMES:
            t += x * i
    return t


def set_big(x, n=20):
    t = 0.0
    for i in range(n):
        if i in BIG:
            t += x * i
        if (i % 3, i % 2) in WALLS:
            t += x * x
    return t


PROGRAMS = [f for n, f in sorted(globals().items()) if n.startswith(("dict_", "set_"))]
#: between them they use every operation that compiled code has of its own
COMPILED = [
    dict_fib,
    dict_del,
    dict_pairs,
    dict_arr,
    dict_keyerror,
    dict_popitem,
    dict_neg,
    dict_rebind,
    dict_clear,
    set_ops,
    set_discard,
    set_tuples,
    set_big,
]
CASES = [(f, "python") for f in PROGRAMS] + [(f, "numba") for f in COMPILED]


@pytest.mark.parametrize(("function", "backend"), CASES)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", [dict_seed, dict_knapsack, dict_rebind, dict_dd, set_dfs])
def test_second_order(function):
    differences.check_second_order(function, 1.7)


# --- what raises, as in Python -------------------------------------------------------------------


def misses(x, n=3):
    d = {}
    for i in range(n):
        d[i, 1] = x
    return d[n, 7]


def misses_in_a_set(x, n=3):
    s = set(range(n))
    s.remove(n + 4)
    return x


def grows_in_a_loop_over_it(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
    for k in d:
        d[k + 10] = x
    return d[0]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [misses, misses_in_a_set, grows_in_a_loop_over_it])
def test_raises_what_python_raises(function, backend):
    with pytest.raises((KeyError, RuntimeError)) as expected:
        function(1.7)
    with pytest.raises(expected.type) as found:
        value_and_grad(function, backend=backend)(1.7)
    assert found.value.args == expected.value.args


# --- what is refused -----------------------------------------------------------------------------


def float_key(x, n=3):
    d = {}
    for i in range(n):
        d[x * i] = x
    return d[x]


def looks_for_a_float(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
    return x if x in d else d[2] * x


def keys_of_two_kinds(x, n=3):
    d = {"a": x}
    for i in range(n):
        d[i] = x
    return d["a"]


def keys_of_two_lengths(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
        d[i, i] = x
    return d[0]


def text_and_number(x, n=3):
    s = {"a"}
    for i in range(n):
        s.add(i)
    return x


def returned(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
    return d


def returned_set(x):
    return x, {1, 2}


def loses_keys_in_a_loop(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
    for k in d:
        del d[k]
    return x


def of_module(x, n=3):
    for i in range(n):
        TABLE[i] = x
    return x


def compared(x, n=3):
    d = {}
    for i in range(n):
        d[i] = x
    return x if d == {} else 2 * x


def order_in_a_loop(x, n=3):
    total = x
    for i in set(range(n)):
        total = total * x + i
    return total


def order_of_few(x):
    total = x
    for i, j in enumerate({3, 1}):
        total += x * i * j
    return total


def order_in_zip(x, n=3):
    total = 0.0
    for i, j in zip({3, 1}, range(n)):
        total += x * i * j
    return total


def order_of_a_list(x, n=3):
    return x * list(set(range(n)))[0]


def order_by_unpacking(x):
    a, _ = {3, 1}
    return a * x


def order_by_ties(x, n=4):
    return x * max(set(range(n)), key=lambda k: k % 2)


def reordered(x, n=3):
    d = OrderedDict()
    for i in range(n):
        d[i] = x
    d.move_to_end(0)
    return x


def any_item(x, n=3):
    return set(range(n)).pop() * x


REFUSED = {
    float_key: "a float is the key of a dict here",
    looks_for_a_float: "a float is looked for among the keys of a dict, which are others",
    keys_of_two_kinds: "an int is the key of a dict here",
    keys_of_two_lengths: "a tuple is the key of a dict here",
    text_and_number: "an int goes into a set here",
    returned: "a dict is returned whose keys only the running program knows",
    returned_set: "a set is returned",
    loses_keys_in_a_loop: "a dict may get or lose keys in a loop over it",
    of_module: "a dict from outside is changed here",
    compared: "dicts are compared here",
    reordered: "the method `move_to_end` of this dict is not supported yet",
    any_item: "the method `pop` of a set is not supported",
    **dict.fromkeys(
        (
            order_in_a_loop,
            order_of_few,
            order_in_zip,
            order_of_a_list,
            order_by_unpacking,
            order_by_ties,
        ),
        "the items of a set are gone through here",
    ),
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(DiffpyError) as caught:
        grad(function, backend="python")(1.7)
    assert caught.value.what == REFUSED[function]
    assert caught.value.place is not None
