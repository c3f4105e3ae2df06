"""functools, operator, itertools, and builtins that take functions."""

import bisect
import functools
import itertools
import math
import operator
from collections import namedtuple

import numpy as np

from zoo import program, register

VECTOR = np.array([0.7, -1.2, 2.3])
Point = namedtuple("Point", "x y")


def power(x, n, scale=1.0):
    return scale * x**n


def traced(function):
    """A decorator as people write them."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def repeated(times):
    """A decorator with an argument."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(x, *args, **kwargs):
            for _ in range(times):
                x = function(x, *args, **kwargs)
            return x

        return wrapper

    return decorate


@traced
def doubled_square(x, *, offset=0.0):
    return x * x + offset


@repeated(times=3)
def growing(x, rate):
    return x + rate * x * x


@functools.lru_cache(maxsize=8)
def cached(x):
    return x * x * 3.0


@functools.cache
def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) + x * fibonacci(x, n - 2)


class Oscillator:
    """A method to be bound."""

    rate = 2.0

    def force(self, x, damping):
        return -self.rate * x + damping * x * x


OSCILLATOR = Oscillator()


@program((0.6,), always=True)
def partial_call(x):
    cube = functools.partial(power, n=3)
    return cube(x) * cube(x, scale=x)


@program((0.6, 0.3), argnums=(0, 1))
def partial_of_partial(x, y):
    f = functools.partial(functools.partial(power, x), 2)
    return f() + f(scale=y)


@program((0.6, 0.3), argnums=(0, 1))
def partial_of_method(x, y):
    return functools.partial(OSCILLATOR.force, damping=y)(x)


@program((0.6, 0.3), argnums=(0, 1))
def partial_of_closure(x, y):
    def f(a, b):
        return a * b * y

    return functools.partial(f, x)(2.0) * functools.partial(f, b=x)(y)


@program((0.6, 0.3), argnums=(0, 1))
def reduce_tuple(x, y):
    return functools.reduce(lambda a, b: a * b + x, (x, y, 2.0), 1.0)


@program((0.6, 4), (0.6, 0))
def reduce_range(x, n):
    return functools.reduce(lambda a, i: a * x + i, range(n), x)


@program((VECTOR,))
def reduce_array(v):
    return functools.reduce(operator.mul, v)


@program((0.6,))
def cached_functions(x):
    return cached(x) * fibonacci(x, 5)


@program((0.6,))
def decorated_functions(x):
    return doubled_square(x, offset=x) * growing(x, 0.1)


register("standard_library.decorated_target", doubled_square, (0.6,))
register("standard_library.decorated_with_an_argument", growing, (0.6, 0.1), argnums=(0, 1))
register("standard_library.cached_target", cached, (0.6,))


@program((0.6, 0.3), argnums=(0, 1))
def operators(x, y):
    total = operator.add(x, operator.mul(x, y)) - operator.truediv(x, operator.pow(y, 2))
    return operator.neg(total) if operator.lt(x, y) else operator.sub(total, operator.abs(x))


@program((Point(0.6, 0.3), VECTOR), argnums=(0, 1))
def getters(p, v):
    first, both = operator.itemgetter(0), operator.itemgetter(1, 0)
    a, b = both(p)
    return operator.attrgetter("y")(p) * first(p) * a * b * first(v) * operator.getitem(v, 1)


@program((0.6, 0.3), argnums=(0, 1))
def methodcaller_and_index(x, y):
    return operator.getitem((x, y), 1) * x * operator.index(2)


@program((0.6, 0.3), argnums=(0, 1))
def product_of_tuples(x, y):
    total = 0.0
    for a, b in itertools.product((x, y), (1.0, x)):
        total += a * a * b
    return total


@program((0.6, 3, 2), (0.6, 0, 2), (0.6, 2, 0), (0.6, 1, 1))
def product_of_ranges(x, n, m):
    total = 0.0
    for i, j in itertools.product(range(n), range(1, m + 1)):
        total = total * x + i * x + j
    return total


@program((VECTOR, 2))
def product_of_arrays(v, k):
    total = 0.0
    for a, b, i in itertools.product(v, v, range(k)):
        total += a * b * b * i
    return total


@program((0.6, 0.3), argnums=(0, 1))
def chained_tuples(x, y):
    total = 1.0
    for a in itertools.chain((x, y), (2.0,), (x,)):
        total = total * a + x
    return total


@program((VECTOR, VECTOR[:2], 0.6), (VECTOR[:0], VECTOR, 0.6), argnums=(0, 1, 2))
def chained_arrays(v, w, x):
    total = 1.0
    for a in itertools.chain(v, w):
        total = total * x + a * a
    return total


@program((0.6, 0.3), argnums=(0, 1))
def accumulated_tuple(x, y):
    total = 0.0
    for a in itertools.accumulate((x, y, x * y), operator.mul):
        total += a * a
    for a in itertools.accumulate((x, y)):
        total *= a
    return total


@program((VECTOR,), (VECTOR[:1],), (VECTOR[:0],))
def accumulated_array(v):
    total = 0.0
    for a in itertools.accumulate(v):
        total += a * a
    return total


@program((VECTOR, 0.6), (VECTOR[:1], 0.6), (VECTOR[:0], 0.6), argnums=(0, 1))
def pairwise(v, x):
    total = x
    for a, b in itertools.pairwise(v):
        total += (b - a) ** 2 * x
    for a, b in itertools.pairwise((x, 2.0, x * x)):
        total += a * b
    return total


@program((VECTOR, 1), (VECTOR, 0), (VECTOR, 9))
def sliced(v, n):
    total = v[0]
    for a in itertools.islice(v, n):
        total += a * a
    for i, a in enumerate(itertools.islice(v, 1, None, 2)):
        total += a * v[i]
    return total


@program((VECTOR,), (VECTOR[:0],))
def counted(v):
    total = 0.0
    for i, a in zip(itertools.count(1), v):
        total += i * a * a
    for a, i in zip(v, itertools.count(0, 2)):
        total += i * a
    return total


@program((0.6, 3), (0.6, 0))
def repeated_value(x, n):
    total = 1.0
    for a in itertools.repeat(x, n):
        total = total * a + x
    for a, b in zip(itertools.repeat(x), (1.0, 2.0)):
        total += a * b
    return total


@program((0.6, 0.3, 1.4), argnums=(0, 1, 2))
def combinations(x, y, z):
    total = 0.0
    for a, b in itertools.combinations((x, y, z), 2):
        total += (a - b) ** 2 * a
    for a, b in itertools.permutations((x, y, z), 2):
        total += a * b * b
    return total


@program((0.6, 0.3), argnums=(0, 1))
def starmapped(x, y):
    total = 0.0
    for a in itertools.starmap(math.pow, ((x, 2.0), (y, 3.0))):
        total += a * x
    return total


@program((0.6, 0.3), argnums=(0, 1))
def zipped_to_the_longest(x, y):
    total = 0.0
    for a, b in itertools.zip_longest((x, y, x * y), (2.0,), fillvalue=x):
        total += a * a * b
    return total


@program((0.6, 0.3), argnums=(0, 1))
def mapped_tuple(x, y):
    a, b = map(math.sin, (x, y))
    return a * b + sum(map(lambda s, t: s * t, (x, y), (y, 2.0)))


@program((VECTOR, 0.6), (VECTOR[:0], 0.6), argnums=(0, 1))
def mapped_array(v, x):
    total = x
    for a in map(lambda t: t * t * x, v):
        total += a
    return total + sum(map(math.sin, v))


@program((VECTOR, 0.6), (VECTOR[:0], 0.6), (-VECTOR, 0.6), argnums=(0, 1))
def filtered(v, x):
    total = x
    for a in filter(lambda t: t > 0, v):
        total += a * a * x
    for a in filter(None, (x, 0.0, 2.0)):
        total *= a
    return total


@program((VECTOR, 2), (VECTOR, 0))
def filtered_with_jumps(v, k):
    total = v[0]
    last = v[0]
    for i in filter(lambda i: i != 1, range(len(v))):
        if i > k:
            break
        last = v[i]
        total += last * last
    return total * last


@program((0.6, 0.3), argnums=(0, 1))
def sum_of_tuple(x, y):
    return sum((x, y, x * y), 2.0) * sum([x, y], start=x)


@program((0.6, 0.3), (0.3, 0.6), argnums=(0, 1))
def extremes_with_a_key(x, y):
    low = min((x, y), key=lambda t: -t)
    high = max(x, y, key=abs)
    return low * high * high + max((), default=x) + min([y], default=x)


@program(((0.6, -0.9, 0.3),))
def extreme_of_pairs(t):
    best = max((t[0], 1), (t[1], 2), (t[2], 3), key=lambda p: abs(p[0]))
    return best[0] * best[1] * t[0]


@program((0.6, 0.3), argnums=(0, 1))
def any_and_all(x, y):
    if any((x > 1, y > 1)) or not all([x > 0, y > 0]):
        return x
    return x * y


@program((0.6, 7), (0.6, -7))
def divided(x, n):
    q, r = divmod(n, 3)
    a, b = divmod(x * 10, 3.5)
    return x * q + r * x * x + a * x + b * x


@program((2.34567, 2))
def rounded(x, n):
    return x * round(x) + x * round(x, 1) + x * round(3.14159, 2) + pow(n, 3, 5) * x


@program((0.6, 3))
def questions(x, n):
    y = x if isinstance(x, float) and not isinstance(n, (float, str)) else n
    if callable(math.sin) and not callable(3) and hasattr(math, "cos"):
        y = y * x
    return y * (type(x) is float) + (type(n) is int) * x


@program((Point(0.6, 0.3),))
def attributes_by_name(p):
    total = 0.0
    for name in ("x", "y"):
        total += getattr(p, name) ** 2
    return total * getattr(p, "z", 2.0) * hasattr(p, "x")


@program((0.6,))
def constants_converted(x):
    return x * int("3") + float("0.5") * x * x + len(str(12)) * x + x * bool("") + float(True) * x


@program((0.6,))
def mathematics(x):
    return math.fsum((x, x * x)) + math.prod((x, 2.0, x)) + math.hypot(x, 1.0) + math.comb(4, 2) * x


@program((0.6, 0.3), argnums=(0, 1))
def sorted_tuple(x, y):
    low, high = sorted((x, y))
    return low * high * high


@program((0.6, 0.3), argnums=(0, 1))
def reversed_and_enumerated(x, y):
    total = 0.0
    for i, a in reversed(tuple(enumerate((x, y)))):
        total = total * x + i * a * a + a
    return total


@program((VECTOR,))
def list_of_map(v):
    squares = list(map(lambda t: t * t, (v[0], v[1])))
    return squares[0] * squares[1]


@program((0.6,))
def composed(x):
    compose = lambda *fs: functools.reduce(lambda f, g: lambda t: g(f(t)), fs)  # noqa: E731
    return compose(math.sin, math.exp, lambda t: t * x)(x)


@program((VECTOR, 3), (VECTOR, 0), (VECTOR, 2))
def pairs_of_a_range(v, n):
    total = 0.0
    for i, j in itertools.combinations(range(n), 2):
        total += (v[i] - v[j]) ** 2 * (i + 1)
    for i, j in itertools.permutations(range(n), 2):
        total += v[i] * v[j] ** 2
    return total


@program((VECTOR,), (VECTOR[:2],))
def triples_of_an_array(v):
    total = v[0]
    for a, b, c in itertools.combinations(v, 3):
        total += a * b * c * c
    return total


@program((VECTOR,), (-VECTOR,))
def taken_and_dropped(v):
    total = v[0]
    for a in itertools.takewhile(lambda t: t < 2, v):
        total += a * a
    for a in itertools.dropwhile(lambda t: t > 0, v):
        total *= a
    return total


@program((VECTOR, 0.6), (VECTOR[:0], 0.6), argnums=(0, 1))
def accumulated_from_a_start(v, x):
    total = 0.0
    for a in itertools.accumulate(v, lambda p, q: p * q + x, initial=x):
        total += a * a
    return total


@program((1.6,), (3.0,))
def counted_without_end(x):
    total = x
    for i in itertools.count(1):
        total = total * x + i * x
        if total > 20:
            break
    return total


@program((VECTOR,), (VECTOR[:0],))
def cycled(v):
    total = 0.0
    for i, a, c in zip(itertools.count(), v, itertools.cycle((1.0, 2.0))):
        total += i * a * a * c
    return total


@program((0.6, 4), (0.6, 0), (0.6, 2))
def product_left_early(x, n):
    total = 0.0
    for i, j in itertools.product(range(n), range(n)):
        if i * j > 2:
            break
        total = total * x + i + j * x
    return total


@program((VECTOR,), (VECTOR[:2],))
def chain_left_by_return(v):
    for a in itertools.chain(v, v):
        if a > 2:
            return a * a * v[0]
    return v[0]


@program((VECTOR, VECTOR[::-1].copy()), argnums=(0, 1))
def mapped_over_two(v, w):
    total = max(map(abs, v)) + functools.reduce(lambda a, b: a * b + a, w)
    for a in map(lambda p, q: p * q * q, v, w):
        total += a
    return total + sum(map(operator.mul, v, w))


@program((0.6, -0.3, 1.2), argnums=(0, 1, 2))
def sorted_with_a_key(x, y, z):
    s = sorted((x, y, z), key=lambda t: -t)
    r = sorted([z, y, x], reverse=True)
    return s[0] * s[1] ** 2 * s[2] ** 3 + r[0] * r[1] ** 2


@program((0.6, 0.3), argnums=(0, 1))
def partials_that_override(x, y):
    def f(a, b=1.0, c=2.0):
        return a * b * c

    g = functools.partial(f, b=x)
    h = functools.partial(g, c=y)
    return h(2.0) * h(2.0, b=3.0) * g(y)


@program((1.7,), (0.3,))
def table_by_bisection(x):
    xs, ys = [0.0, 1.0, 2.0, 3.0], np.array([0.0, 1.0, 4.0, 9.0])
    i = bisect.bisect(xs, x) - 1
    ties = bisect.bisect_left(xs, 1.0) * x + bisect.bisect_right(xs, 1.0) * x * x
    return ys[i] + (ys[i + 1] - ys[i]) * (x - xs[i]) + ties


@program((1.7,))
def insertion_in_order(x):
    values = [1.0, 2.0]
    bisect.insort(values, x)
    bisect.insort_left(values, 0.1 * x)
    return sum(v * i for i, v in enumerate(values))


@program((1.7,))
def bisection_of_records(x):
    records = [(1.0, x), (2.0, x * x)]
    return records[bisect.bisect(records, 1.5, key=lambda record: record[0])][1]


@program((1.7,))
def decorator_that_wraps(x):
    def twice(f):
        @functools.wraps(f)
        def wrapper(*args):
            return f(f(*args))

        return wrapper

    @twice
    def g(v):
        return v * v + x

    return g(x)


@program((1.7,))
def polynomials(x):
    total = np.polyval([1.0, x, 2.0], x) + np.polyval(np.array([x, 1.0]), np.array([x, 2.0])).sum()
    weights = np.arange(9.0).reshape(3, 3)
    return total + (np.vander(np.array([x, 2.0, x * x]), 3) * weights).sum()


@program((1.7,))
def chained_rows(x):
    rows = [[x, 2 * x], (x * x,), [3.0]]
    total = 0.0
    for v in itertools.chain.from_iterable(rows):
        total += v * x
    return total + sum(itertools.chain.from_iterable((x * k, k) for k in range(4)))


@program((1.7,))
def selected(x):
    u = np.array([x, x * x, 2.0])
    total = sum(itertools.compress(u, u > 1.8))
    total += sum(itertools.compress([x, x * x, 3 * x], [True, False, x > 1]))
    return total * sum(itertools.filterfalse(lambda v: v > 2, [x, x * x, 0.5]))
