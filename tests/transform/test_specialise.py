"""Specialisation: what the intermediate form computes is what Python computes.

`same` runs a function in Python and through the intermediate form and compares values, kinds of
results and exceptions.
"""

import functools
import inspect
import linecache
import math
from typing import NamedTuple

import numpy as np
import pytest
import zoo
from transform.interpret import interpret

from diffpy.errors import DiffpyError, MissingRuleError, UnsupportedSyntaxError
from diffpy.kinds import PY_FLOAT, PY_INT
from diffpy.structure import Leaf, describe, flatten, rebuild
from diffpy.transform.ir import Call, For, If, While, called_functions, walk
from diffpy.transform.specialise import specialise
from diffpy.transform.verify import verify

ZOO = zoo.load()


def made(f, *args):
    found = specialise(f, tuple(describe(a) for a in args))
    for function in called_functions(found.function):
        verify(function)
    return found


def through_ir(f, *args):
    found = made(f, *args)
    values = [v for s, a in zip(found.arguments, args) for v in flatten(s, a)]
    values += [v for h in found.hidden for v in flatten(h.structure, h.fetch())]
    result = interpret(found.function, *values)
    results = (result,) if len(found.function.results) == 1 else result
    return rebuild(found.result, iter(results))


def outcome(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return error


def assert_equal(got, expected):
    if isinstance(expected, Exception) or isinstance(got, Exception):
        assert type(got) is type(expected), (got, expected)
    elif isinstance(expected, tuple):
        assert type(got) is type(expected) and len(got) == len(expected)
        for g, e in zip(got, expected):
            assert_equal(g, e)
    elif expected is None or isinstance(expected, str):
        assert got is expected or got == expected
    else:
        assert np.shape(got) == np.shape(expected)
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-300)


def same(f, *cases):
    for case in cases:
        expected = outcome(f, *(np.copy(a) if isinstance(a, np.ndarray) else a for a in case))
        assert_equal(outcome(functools.partial(through_ir, f), *case), expected)


@pytest.mark.parametrize("name", ZOO)
def test_zoo(name):
    program = ZOO[name]
    for case, again in zip(program.fresh_cases(), program.fresh_cases()):
        try:
            bound = inspect.signature(program.function).bind(*again)
            bound.apply_defaults()
            again = tuple(bound.arguments.values())
        except ValueError:
            pass
        assert_equal(through_ir(program.function, *again), program.function(*case))


# --- kinds ------------------------------------------------------------------------------------


def test_known_branch_leaves_no_code():
    def f(x, mode, k=None):
        if mode == "square" and k is None:
            return x * x
        return x + k

    found = specialise(f, (Leaf(PY_FLOAT), describe("square"), describe(None)))
    assert len(list(walk(found.function.body))) == 1


def test_int_head_is_promoted():
    def f(x, n):
        y = 1
        for i in range(n):
            y = y * x
        return y

    (loop,) = walk_of(made(f, 1.5, 3), For)
    assert str(loop.heads[0].kind) == "float"
    assert loop.inits[0].value == 1.0


def walk_of(found, cls):
    return [s for s in walk(found.function.body) if isinstance(s, cls)]


def test_promoted_bound_is_refused():
    def f(x, n):
        for i in range(n):
            n = n * 0.5
        for i in range(n):
            x = x * 2
        return x

    with pytest.raises(DiffpyError, match="bounded by a float"):
        made(f, 1.0, 3)


def test_none_or_number():
    def f(x, n):
        best = None
        for i in range(n):
            y = math.sin(x * i)
            if best is None or y > best:
                best = y
        return 0.0 if best is None else best * x

    same(f, (0.7, 0), (0.7, 1), (0.7, 9))


def test_operation_on_none_raises_type_error():
    def f(x, n):
        last = None
        if n > 2:
            last = x
        return last * 2

    same(f, (0.7, 3), (0.7, 1))


def test_three_kinds():
    def f(x, n):
        if n == 0:
            v = None
        elif n == 1:
            v = (x, 2 * x)
        else:
            v = x * 3
        if v is None:
            return 1.0
        if isinstance(v, tuple):
            return v[0] * v[1]
        return v

    same(f, (0.7, 0), (0.7, 1), (0.7, 2))


def test_different_functions():
    def f(x, n):
        if n > 1:
            g = math.sin
        else:

            def g(t):
                return t * x

        return g(x) + g(2.0)

    same(f, (0.7, 0), (0.7, 2))


def test_union_in_loop_renumbers_its_tag():
    def f(x, n):
        a = None
        b = x
        for i in range(n):
            a, b = b, a
        return (0.0 if a is None else a * 2) + (10.0 if b is None else b)

    same(f, (0.7, 0), (0.7, 1), (0.7, 2), (0.7, 5))


def test_bool_or_int():
    def f(x, n):
        v = False
        if n > 1:
            v = n
        return x * v

    same(f, (0.7, 0), (0.7, 4))


# --- bound and unbound ------------------------------------------------------------------------


def test_unbound_after_branch():
    def f(x):
        if x > 0:
            y = x
        return y

    same(f, (1.0,), (-1.0,))


def test_unbound_loop_variable():
    def f(x, n):
        for i in range(n):
            x = x * 2
        return x * i

    same(f, (1.0, 3), (1.0, 0))


def test_bound_in_loop_only():
    def f(x, n):
        for i in range(n):
            if i == 2:
                y = x
        return y

    same(f, (1.0, 3), (1.0, 2), (1.0, 0))


def test_unbound_before_second_iteration():
    def f(x, n):
        total = 0.0
        for i in range(n):
            if i > 0:
                total += last  # noqa: F821
            last = x * i
        return total

    same(f, (1.5, 0), (1.5, 1), (1.5, 4))


def test_always_unbound():
    def f(x):
        y = y + x  # noqa: F821
        return y

    same(f, (1.0,))


# --- control ----------------------------------------------------------------------------------


def test_loop_else():
    def f(x, n):
        for i in range(n):
            if x > 3:
                break
            x = x * 1.5
        else:
            x = x + 100
        while n > 0:
            n -= 1
            if x < 50:
                continue
            if n == 2:
                break
        else:
            x = -x
        return x

    same(f, (1.0, 0), (1.0, 2), (1.0, 5), (5.0, 5))


def test_loop_else_with_return():
    def f(x, n):
        for i in range(n):
            if x > 3:
                return x
            if x < -3:
                break
            x = x * 1.5
        else:
            return x + 100
        return 7.0

    same(f, (1.0, 0), (1.0, 2), (1.0, 5), (-1.0, 5))


def test_unrolled_with_break_continue_else():
    def f(x, y):
        total = 0.0
        for v in (x, y, x * y, 3.0):
            if v < 0:
                continue
            if v > 5:
                break
            total += v
        else:
            total = total * 2
        return total

    same(f, (1.0, 2.0), (-1.0, 2.0), (1.0, 7.0), (4.0, 3.0))


def test_return_in_unrolled_loop():
    def f(x, y):
        for k, v in enumerate((x, y)):
            for j in range(3):
                if v * j > 3:
                    return v * k
        return 0.5

    same(f, (1.0, 2.0), (1.0, 0.1), (4.0, 3.0))


def test_continue_then_break_in_one_body():
    def f(x, n):
        s = 0.0
        for i in range(n):
            if i % 2:
                if i > 5:
                    break
                elif i == 3:
                    continue
                s += 10
            s += x
        return s * i

    same(f, *[(0.5, n) for n in range(1, 10)])


def test_code_after_conditional_jumps_is_not_duplicated():
    source = "def f(x):\n"
    for i in range(40):
        source += f"    if x > {i}:\n        x = x * 0.9\n        if x > {i + 0.5}:\n"
        source += f"            return x - {i}\n"
    source += "    return x\n"
    f = defined(source, "f")
    found = made(f, 1.5)
    assert sum(1 for _ in walk(found.function.body)) < 1000
    same(f, (0.5,), (1.3,), (30.0,), (300.0,))


def defined(source, name):
    filename = f"<test {name} {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    space = {"np": np, "math": math}
    exec(compile(source, filename, "exec"), space)
    return space[name]


def test_while_true_without_break_returns():
    def f(x):
        while True:
            x = x * 1.5
            if x > 10:
                return x

    same(f, (1.0,))
    assert len(walk_of(made(f, 1.0), While)) == 1


def test_falls_off_the_end():
    def f(x):
        x = x + 1

    same(f, (1.0,))


def test_return_or_none_raises_where_it_is_none():
    def f(x):
        if x > 0:
            return x

    assert through_ir(f, 1.0) == 1.0
    with pytest.raises(TypeError, match="None"):
        through_ir(f, -1.0)


def test_callee_may_return_none():
    def g(x):
        if x > 0:
            return x

    def f(x):
        y = g(x)
        return 5.0 if y is None else y * 2

    same(f, (1.0,), (-1.0,))


def test_raise_and_assert():
    def f(x):
        assert x > 0, "positive, please"
        if x > 10:
            raise ValueError("too large")
        return x * 2

    same(f, (1.0,), (-1.0,), (11.0,))


def test_and_or_are_lazy():
    def f(x, n):
        a = np.zeros(3)
        a[1] = x
        if n < 3 and a[n] > 0.5:
            return a[n] * 2
        if n >= 3 or a[n] == 0.0:
            return x * 3
        return x

    same(f, (0.7, 0), (0.7, 1), (0.2, 1), (0.7, 5))


def test_chained_comparison_evaluates_once():
    def f(x, n):
        m = 0
        return x * (0 < n < 1 // (n - 3) < 5)

    same(f, (0.7, 0), (0.7, 4), (0.7, 3))


def test_walrus():
    def f(x):
        if (y := x * x) > 1:
            return y
        return y + x

    same(f, (2.0,), (0.5,))


def test_constant_condition_in_comparison():
    def f(x, k=3):
        return x if k in (1, 2, 3) and "a" in "abc" and None not in (1, 2) else -x

    same(f, (0.5, 3), (0.5, 4))


# --- sequences --------------------------------------------------------------------------------


class Pair(NamedTuple):
    a: float
    b: float = 2.0

    def product(self):
        return self.a * self.b

    @property
    def total(self):
        return self.a + self.b


def test_namedtuple():
    def f(x):
        p = Pair(x)
        q = p._replace(b=x * 3)
        a, b = q
        return p.product() + q.total * b + Pair(b=1.0, a=a).a + len(q)

    same(f, (0.5,))


def test_joined_namedtuples():
    def f(x, n):
        p = Pair(x)
        for i in range(n):
            if i % 2:
                p = Pair(p.b, p.a * x)
            else:
                p = p._replace(a=p.b)
        return p.a + 2 * p.b

    same(f, (0.5, 0), (0.5, 1), (0.5, 4))


def test_dynamic_tuple_index():
    def f(x, n):
        t = (x, 2 * x, 5)
        return t[n] * t[-n]

    same(f, (0.5, 0), (0.5, 1), (0.5, 2), (0.5, -3), (0.5, 4))


def test_sums_of_tuples():
    def f(x):
        t = (x, x * 2, 3)
        return sum(t) + max(t) - min(t) + sum((x, x), 1.0) + any((x > 0, x < 0)) + all((x > 1,))

    same(f, (0.5,), (3.5,))


def test_starred_assignment():
    def f(x):
        a, *b, c = (x, 2 * x, 3 * x, 4 * x)
        return a * c + b[0] * len(b)

    same(f, (0.5,))


def test_unpacking_an_array():
    def f(a):
        x, y, z = a
        return x * y + z

    same(f, (np.array([1.0, 2.0, 3.0]),), (np.array([1.0, 2.0]),))


def test_wrong_unpacking_raises():
    def f(x):
        a, b = (x, x, x)
        return a

    same(f, (0.5,))


def test_ranges():
    def f(x, n):
        s = 0.0
        for i in reversed(range(n)):
            s = s * 0.5 + x * i
        for i, j in zip(range(2, n), range(n, 0, -1)):
            s += i * j
        for i, (j, k) in enumerate(zip(range(n), range(0, 10, 3)), 5):
            s += i * j - k
        return s + len(range(0, n, 2)) + range(3, 9)[2]

    same(f, (0.5, 0), (0.5, 1), (0.5, 5))


def test_zero_step():
    def f(x, k):
        for i in range(0, 5, k):
            x = x + i
        return x

    same(f, (0.5, 1), (0.5, -1), (0.5, 0))


def test_zip_of_tuple_and_array():
    def f(a):
        s = 0.0
        for w, v in zip((1.0, 2.0, 3.0), a):
            s += w * v
        return s

    same(f, (np.array([1.0, 2.0]),), (np.array([1.0, 2.0, 3.0, 4.0]),), (np.zeros(0),))


# --- calls ------------------------------------------------------------------------------------


def test_one_function_for_each_signature():
    def g(x, y):
        return x * y

    def f(x, n):
        return g(x, x) + g(x, n) + g(2 * x, 1.0)

    names = [g.name for g in called_functions(made(f, 0.5, 2).function)]
    assert sorted(names) == ["f", "g", "g_2"]


def test_star_arguments():
    def g(x, *rest, scale=1.0):
        return x * scale + sum(rest)

    def f(x):
        t = (x, 2 * x)
        return g(*t, 3 * x) + g(x, scale=2.0) + g(*t, *t)

    same(f, (0.5,))


def test_wrong_call_is_refused_with_place():
    def g(x):
        return x

    def f(x):
        return g(x, x)

    with pytest.raises(TypeError, match="takes 1 positional"):
        made(f, 0.5)


def test_partial():
    def g(a, b, c=1.0):
        return a * b + c

    def f(x):
        return functools.partial(g, x)(2.0, c=x)

    h = functools.partial(g, 2.0, c=3.0)
    assert through_ir(h, 0.5, 3.0) == h(0.5) == 4.0
    found = made(h, 0.5, 3.0)
    assert [hidden.fetch() for hidden in found.hidden] == [2.0]


def test_late_binding_of_defaults_and_cells():
    def f(x):
        k = x
        g = lambda y, d=k: y * k + d
        k = x * 10
        return g(1.0)

    same(f, (0.5,))


def test_loop_closures_see_the_last_value():
    def f(x, n):
        g = lambda: 0.0
        for i in range(n):
            g = lambda: x * i
        return g()

    same(f, (0.5, 1), (0.5, 4))


def test_closure_returned_from_branch():
    def make(k, c):
        if c:
            t = k * 2
        else:
            t = k * 3

        def g(y):
            return y * t

        return g

    def f(x, c):
        return make(x, c)(x) + make(x, True)(1.0)

    same(f, (0.5, True), (0.5, False))


def test_mutual_recursion_of_closures():
    def f(x, n):
        def even(k):
            return x if k == 0 else odd(k - 1) * x

        def odd(k):
            return 1.0 if k == 0 else even(k - 1) + x

        return even(n)

    same(f, (0.5, 0), (0.5, 3), (0.5, 4))
    functions = called_functions(made(f, 0.5, 3).function)
    assert [g.recursive for g in functions if g.name != "f"] == [True, True]


def test_recursion_promotes():
    def f(x, n):
        if n == 0:
            return 1
        return f(x, n - 1) * x

    same(f, (0.5, 1), (0.5, 4))


def test_recursion_that_needs_the_result_first():
    def f(x, n):
        if n > 0:
            y = f(x, n - 1)
            return y * x
        return x

    same(f, (0.5, 0), (0.5, 4))


def test_recursion_returning_tuple_or_none():
    def g(x, n):
        if n == 0:
            return None
        r = g(x, n - 1)
        if r is None:
            return (x, 1)
        return (r[0] * x, r[1] + 1)

    def f(x, n):
        r = g(x, n)
        return 0.0 if r is None else r[0] * r[1]

    same(f, (0.5, 0), (0.5, 1), (0.5, 4))


def test_recursion_without_end():
    def f(x):
        return f(x) * 2

    with pytest.raises(DiffpyError, match="without end"):
        made(f, 0.5)


def test_recursion_with_growing_kinds():
    def f(t):
        return f((*t, 1.0))

    with pytest.raises(DiffpyError, match="ever new kinds"):
        made(f, (0.5,))


SCALE = 2.0


def uses_global(x):
    return x * SCALE


def test_globals_are_hidden_arguments():
    def f(x):
        return uses_global(x) + uses_global(SCALE)

    found = made(f, 0.5)
    assert [h.name for h in found.hidden] == ["SCALE"]
    names = {g.name for g in found.guards}
    assert names == {"uses_global", "uses_global.__code__", "f.__code__"}
    same(f, (0.5,))


class Model:
    def __init__(self, k):
        self.k = k
        self.w = np.array([1.0, 2.0])

    def __call__(self, x):
        return self.k * x + self.w[0]

    def twice(self, x):
        return self(self(x))


def test_objects():
    model = Model(3.0)
    same(model.twice, (0.5,))
    same(model, (0.5,))
    same(lambda x: model.twice(x) * model.k, (0.5,))


def test_library_functions():
    same(np.sin, (0.5,))
    same(math.atan2, (0.5, 0.7))
    with pytest.raises(MissingRuleError, match="no rule"):
        made(lambda x: np.busday_count(x, x), 0.5)


def test_constants_reach_the_callee_that_needs_them():
    def total(a, axis, keep=False):
        return np.sum(a, axis=axis, keepdims=keep)

    def f(a):
        return total(a, 0)[1] + total(a, axis=1, keep=True)[0, 0]

    same(f, (np.arange(6.0).reshape(2, 3),))


AXIS = 1


def test_constant_of_the_module():
    def f(a):
        return np.sum(a, axis=AXIS)[0]

    same(f, (np.arange(6.0).reshape(2, 3),))
    found = made(f, np.ones((2, 3)))
    assert not found.hidden
    assert ("AXIS", 1) in [(g.name, g.expected) for g in found.guards]


# --- stores -----------------------------------------------------------------------------------


def test_stores():
    def f(v, n):
        a = np.zeros(n)
        b = a
        for i in range(n):
            b[i] = v[i % 3]
            a[i] *= 2
            a[i] -= 0.5
        a[1:] += a[:-1].copy()
        a[a > 1.0] = 0.25
        a += 1.0
        a *= v[0]
        return np.sum(a * a)

    same(f, (np.array([1.0, 2.0, 3.0]), 4))


def test_copies_are_copies():
    def f(v):
        a = v * 1.0
        b = a * 1.0
        c = +a
        d = a / 1
        e = np.array(a)
        g = -(-a)
        a[0] = 5.0
        return b[0] + c[0] + d[0] + e[0] + g[0]

    same(f, (np.array([1.0, 2.0, 3.0]),))


@pytest.mark.parametrize(
    "expression",
    [
        "np.conj(a)",
        "np.where(True, a, a)",
        "np.sum(a, axis=())",
        "np.asarray(a)",
        "np.real(a)",
        "a.astype(float)",
        "a.ravel()",
        "np.ascontiguousarray(a)",
        "np.atleast_1d(a)",
        "a.T",
    ],
)
@pytest.mark.parametrize("written, read", ["ab", "ba"])
def test_results_that_are_arguments(expression, written, read):
    """A definition that hands its argument back is a copy where NumPy copies."""
    f = defined(
        f"def f(v):\n    a = v.copy()\n    b = {expression}\n"
        f"    {written}[0] = 5.0\n    return np.sum({read})\n",
        "f",
    )
    v = np.array([0.5, 1.0, -2.0])
    try:
        found = through_ir(f, v)
    except UnsupportedSyntaxError:
        return
    assert found == f(v)


def test_view_of_what_is_written():
    def f(n, x):
        a = np.zeros(n)
        row = a.reshape(n)
        a[1] = x
        return row[0]

    same(f, (3, 0.5))


def test_view_of_what_the_last_iteration_wrote():
    def f(n, x):
        a = np.zeros(n)
        row = a.reshape(n)
        s = 0.0
        for i in range(n):
            s += row[0]
            a[1] = x
        return s

    same(f, (3, 0.5))


def test_one_array_or_another():
    def f(n, x):
        a = np.zeros(n)
        b = np.zeros(n)
        if x > 0:
            c = a
        else:
            c = b
        c[0] = x
        return a[0]

    same(f, (3, 0.5), (3, -0.5))


def test_alias_from_outside_the_loop():
    def f(n, x):
        z = np.zeros(n)
        u = np.ones(n)
        for i in range(n):
            u = z
            u[0] = x * i
        return z[0] * 2

    same(f, (3, 0.5))


def test_alias_from_outside_after_the_store():
    def f(n, x):
        z = np.zeros(n)
        u = np.ones(n)
        for i in range(n):
            u[0] = x * i
            u = z
        return z[0]

    same(f, (3, 0.5))


def test_alias_made_by_the_loop():
    def f(n, x):
        u = np.zeros(n)
        w = np.ones(n)
        for i in range(n):
            w[0] = u[0] + x
            u = w
        return u[0] + w[0]

    same(f, (3, 0.5))


def test_alias_made_by_the_loop_after_the_store():
    def f(n, x):
        u = np.zeros(n)
        w = np.ones(n)
        for i in range(n):
            w[0] = x
            x = u[0] + x
            u = w
        return u[0] + w[0]

    same(f, (3, 0.5))


def test_swapped_buffers():
    def f(v, n):
        u = v.copy()
        w = np.zeros(3)
        for t in range(n):
            w[1] = u[0] + u[2]
            u, w = w, u
        return u[0] + 2 * u[1] + 3 * w[1]

    same(f, (np.array([1.0, 2.0, 3.0]), 0), (np.array([1.0, 2.0, 3.0]), 3))


FROM_OUTSIDE = np.zeros(3)


def test_store_into_global_is_refused():
    def f(x):
        FROM_OUTSIDE[0] = x
        return FROM_OUTSIDE[0]

    with pytest.raises(UnsupportedSyntaxError, match="from outside"):
        made(f, 1.0)


def test_store_into_argument_is_one_into_a_copy():
    def f(a):
        a[0] = 1.0
        return a[0]

    assert list(made(f, np.zeros(3)).written) == [0]


def test_store_into_result_of_call():
    def same_array(a):
        return a

    def new(n):
        return np.zeros(n)

    def f(n, x):
        a = new(n)
        b = same_array(a)
        b[0] = x
        return b[0]

    def g(a, x):
        b = same_array(a)
        b[0] = x
        return b[0]

    same(f, (3, 0.5))
    same(g, (np.zeros(3), 0.5))


def test_store_converts():
    def f(x):
        a = np.zeros(3, dtype=np.int64)
        a[0] = x
        b = np.zeros(2, dtype=np.float32)
        b[0] = x
        return a[0] + b[0]

    same(f, (2.7,))


# --- lines, names, cost -----------------------------------------------------------------------


def test_names_and_lines():
    def f(x):
        y = x * x
        z = y
        return z + 1

    found = made(f, 0.5)
    multiply, add = walk(found.function.body)
    first = f.__code__.co_firstlineno
    y = multiply.target
    assert (y.name, y.temporary, multiply.line) == ("y", False, first + 1)
    assert add.args[0] is y and add.line == first + 3


def test_docstring_and_origin():
    def f(x):
        """Says what it does."""
        return x

    function = made(f, 0.5).function
    assert function.doc == "Says what it does."
    assert function.origin.filename == __file__
    assert function.origin.lines[f.__code__.co_firstlineno].strip() == "def f(x):"


def test_errors_have_places():
    def f(x):
        y = x
        return y.nonsense + 1

    with pytest.raises(DiffpyError) as caught:
        made(f, 0.5)
    place = caught.value.place
    assert place.line == f.__code__.co_firstlineno + 2
    assert place.text[place.column : place.end_column] == "y.nonsense"


@pytest.mark.parametrize(
    "statement", ["    y = y * x + {i}\n", "    if y > {i}:\n        y = y - x\n"]
)
def test_statements_grow_as_the_program(statement):
    def statements(count):
        body = "".join(statement.format(i=i) for i in range(count))
        f = defined(f"def f(x):\n    y = x\n{body}    return y\n", "f")
        return sum(1 for _ in walk(made(f, 0.5).function.body))

    small, large = statements(200), statements(2000)
    assert 9 * small < large < 11 * small


def test_known_structures():
    def f(x, n):
        return (x, (n, None), "text")

    found = specialise(f, (Leaf(PY_FLOAT), Leaf(PY_INT)))
    assert rebuild(found.result, iter((0.5, 3))) == (0.5, (3, None), "text")


def test_if_without_effect_is_gone():
    def f(x, c):
        if c > 0:
            pass
        return x

    assert not walk_of(made(f, 0.5, 1), If)


def test_print_is_an_effect():
    def f(x):
        print("x is", x)
        return x

    (effect,) = walk(made(f, 0.5).function.body)
    assert effect.target is None and effect.primitive.effect


def test_calls_carry_their_line():
    def g(x):
        return x * x

    def f(x):
        return g(x)

    (call,) = walk_of(made(f, 0.5), Call)
    assert call.line == f.__code__.co_firstlineno + 1
