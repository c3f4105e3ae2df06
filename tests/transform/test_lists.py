"""Lists that grow: both modes, both backends, and the derivative of the derivative."""

import numpy as np
import pytest
from transform.list_programs import (
    build,
    fill,
    gradient,
    halves,
    new_tape,
    run,
    summed,
    tangent,
)

from diffpy import UnsupportedSyntaxError
from diffpy.kinds import NP_FLOAT, PY_COMPLEX, PY_FLOAT, PY_INT, Array, List, Scalar
from diffpy.rules import elementwise, operators, structural
from diffpy.rules import reductions as reduce
from diffpy.rules.containers import (
    append,
    clear,
    contains,
    copy_list,
    extend,
    from_array,
    get,
    insert,
    length,
    list_fill,
    new_list,
    pop,
    position_of,
    put,
    remove_at,
    reverse_in_place,
    slice_of,
    to_array,
)
from diffpy.transform import reverse
from diffpy.transform.ir import Function, Var, targets, walk

PROGRAMS = {}
VECTOR = Array("float64", 1)


def program(**examples):
    """Decorator: a program and values of its parameters; several for an int."""

    def register(body):
        kinds = {name: PY_FLOAT if isinstance(v, float) else PY_INT for name, v in examples.items()}
        PROGRAMS[body.__name__] = build(body, body.__name__, **kinds), tuple(examples.values())
        return body

    return register


def powers(p, x, n, ratio=1.1):
    """The list [x, 1.1 x, 1.21 x, …] of n items."""
    xs = new_list(item=PY_FLOAT)
    p.loop(n, lambda i, c: (append(xs, c), c * ratio)[1], x)
    return xs


def weighted(p, xs):
    """A sum that tells the items and their order apart."""
    return p.loop(length(xs), lambda i, s: s * 0.9 + cube(get(xs, i, inside=True)), 0.0)


def cube(v):
    return v * v * v


@program(x=1.2, n=(0, 1, 4))
def appended(p, x, n):
    return weighted(p, powers(p, x, n))


@program(x=1.2, y=0.7)
def of_known_items(p, x, y):
    xs = new_list(x, y, x * y, item=PY_FLOAT)
    append(xs, get(xs, 0) * get(xs, -1))
    return weighted(p, xs)


@program(x=1.2, n=(1, 2, 5))
def filled(p, x, n):
    xs = list_fill(x, n)
    put(xs, 0, x * x)
    return weighted(p, xs)


@program(x=0.9, n=(0, 1, 5))
def stack(p, x, n):
    """Splits what it pops until it is small."""
    todo = new_list(item=PY_FLOAT)
    append(todo, x * (n + 1))

    def body(s):
        v = pop(todo)

        def split():
            append(todo, v * 0.5)
            append(todo, v * 0.25)
            return s + v * (1.0 - v * v)

        return p.branch(v > 0.7, split, lambda: s + v * v)

    return p.repeat(lambda s: length(todo) > 0, body, 0.0)


@program(x=0.8, n=(1, 6))
def queue(p, x, n):
    """Pops from the front, appends behind."""
    todo = powers(p, x, n)
    served = new_list(item=PY_FLOAT)

    def body(k):
        v = pop(todo, 0)
        append(served, v * v)
        p.branch(k < 4, lambda: append(todo, v * (1.0 - v)), lambda: None)
        return k + 1

    p.repeat(lambda k: length(todo) > 0, body, 0)
    return weighted(p, served)


@program(x=1.1, n=(1, 2, 5))
def overwritten(p, x, n):
    """Each item is overwritten after it has been read twice."""
    xs = powers(p, x, n)

    def body(i, s):
        v = get(xs, i)
        put(xs, i, v * s)
        put(xs, -1, get(xs, -1) + v * v)
        return s + get(xs, i)

    s = p.loop(length(xs), body, 1.0)
    return s + weighted(p, xs)


@program(x=1.1, n=(1, 2, 6))
def running_product(p, x, n):
    xs = powers(p, x, n, 0.8)
    p.loop(length(xs) - 1, lambda i: put(xs, i + 1, get(xs, i) * get(xs, i + 1) + x))
    return weighted(p, xs)


@program(x=1.1, n=(3, 5))
def in_the_middle(p, x, n):
    xs = powers(p, x, n)
    insert(xs, n - 2, x * x)
    insert(xs, -1, cube(x))
    insert(xs, -20, x)
    insert(xs, 0, x + 1.0)
    s = pop(xs, n - 2) * 2.0
    s = s + pop(xs, -2) * 3.0
    remove_at(xs, 1)
    reverse_in_place(xs)
    return s * s + weighted(p, xs)


@program(x=1.1, n=(1, 2, 6))
def slices(p, x, n):
    xs = powers(p, x, n)
    ys = slice_of(xs, 1, None, 2)
    zs = slice_of(xs, None, None, -1)
    us = slice_of(xs, -3, n - 1, None)
    put(zs, 0, get(zs, 0) * x)
    put(xs, -1, x)
    extend(ys, zs)
    extend(ys, us)
    extend(ys, ys)
    append(zs, weighted(p, ys))
    return weighted(p, zs) * get(xs, 0)


@program(x=1.1, n=(1, 3))
def cleared(p, x, n):
    xs = powers(p, x, n)

    def body(i, s):
        s = s + weighted(p, xs)
        clear(xs)
        append(xs, s)
        append(xs, x * s)
        return s * 0.1

    return p.loop(n, body, 0.0) + weighted(p, xs)


@program(x=1.1, n=(0, 1, 3))
def rebound_each_time(p, x, n):
    """xs = [x + v**2 / 2 for v in xs]"""

    def body(i, xs):
        ys = new_list(item=PY_FLOAT)
        p.loop(length(xs), lambda k: append(ys, get(xs, k, inside=True) ** 2 * 0.5 + x))
        return ys

    return weighted(p, p.loop(n, body, powers(p, x, n + 2, 0.7)))


@program(x=1.1, n=(0, 1, 7))
def started_anew_when_full(p, x, n):
    done = new_list(item=PY_FLOAT)

    def body(i, cur, c):
        append(cur, c)

        def full():
            append(done, weighted(p, cur))
            return new_list(x, item=PY_FLOAT), c * 0.5

        return p.branch(operators.equal(length(cur), 3), full, lambda: (cur, c * 1.1))

    cur, c = p.loop(n, body, new_list(item=PY_FLOAT), x)
    extend(done, cur)
    return weighted(p, done) + c


@program(x=1.1, n=(0, 1, 2, 5))
def swapped(p, x, n):
    def body(i, us, vs):
        append(us, get(vs, -1) * x)
        put(vs, 0, get(us, 0) * 0.5)
        return vs, us

    us, vs = p.loop(n, body, new_list(x, item=PY_FLOAT), new_list(x * x, x, item=PY_FLOAT))
    return weighted(p, us) + 2.0 * weighted(p, vs)


@program(x=1.1, n=(0, 1, 4))
def one_or_the_other(p, x, n):
    us, vs = powers(p, x, n + 1), powers(p, x * x, 2)
    append(vs, get(us, -1))

    def first():
        append(us, x)
        return us

    ws = p.branch(n > 2, first, lambda: vs)
    append(ws, get(ws, 0) * 2.0)
    return weighted(p, ws)


@program(x=1.1, n=(0, 1, 4))
def dropped_with_a_change(p, x, n):
    us, vs = powers(p, x, n + 1), powers(p, x * x, 2)
    s = weighted(p, us)

    def second():
        append(us, x)
        return vs

    return s * weighted(p, p.branch(n > 2, lambda: us, second))


@program(x=1.1, n=(0, 1, 4))
def two_names_of_what_is_only_read(p, x, n):
    us, vs = powers(p, x, n + 1), powers(p, x * x, 2)
    ws = p.branch(n > 2, lambda: us, lambda: vs)
    s = p.loop(n, lambda i, s: s + get(p.branch(s > 2.0, lambda: us, lambda: vs), 0), x)
    return s * weighted(p, us) + weighted(p, vs) * weighted(p, ws)


@program(x=1.1, n=(0, 1, 4))
def conditional_changes(p, x, n):
    xs = powers(p, x, n + 2)

    def body(i, s):
        def shrink():
            return s + pop(xs)

        def grow():
            append(xs, s * x)
            return s * 1.5

        return p.branch(operators.equal(i % 2, 0), grow, shrink)

    return p.loop(n, body, x) * weighted(p, xs)


@program(x=1.1, n=(0, 1, 3))
def local_to_each_iteration(p, x, n):
    """A list of its own in each iteration, read by a loop inside."""

    def body(i, s):
        xs = powers(p, x + s, i + 2)
        put(xs, 0, s)
        return weighted(p, xs) * 0.01 + s

    return p.loop(n, body, 0.5)


@program(x=1.1, n=(0, 1, 5))
def pairs(p, x, n):
    """Two lists for one of tuples."""
    us, vs = new_list(item=PY_FLOAT), new_list(item=PY_FLOAT)

    def push(i, a, b):
        append(us, a)
        append(vs, a * b)
        return a * b, b * 0.9

    a, b = p.loop(n, push, x, 0.8)
    u, v = p.loop(n, lambda i, u, v: (u * 0.5 + pop(us), v * u + pop(vs)), x, x)
    return u * v * a


@program(x=1.1, n=(0, 1, 5))
def arrays_and_back(p, x, n):
    a = to_array(powers(p, x, n))
    xs = from_array(a * a, python=True)
    append(xs, reduce.numpy_sum(a))
    return weighted(p, xs)


@program(x=1.1, n=(0, 1, 5))
def indexed_by_a_list(p, x, n):
    order = new_list(item=PY_INT)
    p.loop(n, lambda i: append(order, n - 1 - i))
    xs = powers(p, x, n)
    found = p.branch(contains(order, 0), lambda: position_of(order, 0), lambda: 7)
    return p.loop(n, lambda i, s: s * x + get(xs, get(order, i)), x) * (found + 1)


@program(x=1.1, n=(0, 1, 3))
def unused(p, x, n):
    """A list that nothing reads, one that is only read, and a copy that lives on."""
    powers(p, x, n)
    xs = powers(p, x, n + 1)
    ys = copy_list(xs)
    put(xs, 0, 5.0)
    return get(ys, 0) * get(ys, -1) * get(xs, 0)


@program(x=0.9, n=(0, 1, 9))
def ended_early(p, x, n):
    xs = new_list(x, item=PY_FLOAT)

    def body(i, s):
        v = get(xs, -1) * 1.2 + s
        append(xs, v)
        return s * 0.5, v > 2.0

    return p.loop(n, body, x, exits=True) + weighted(p, xs)


@program(x=1.1, n=(0, 1, 4))
def complex_items(p, x, n):
    zs = new_list(x * 1j, item=PY_COMPLEX)

    def body(i, s):
        append(zs, get(zs, -1) * (x + 0.5j))
        put(zs, 0, get(zs, 0) * s)
        return s * x

    p.loop(n, body, x)
    ws = slice_of(zs, None, None, None)
    extend(ws, zs)
    return p.loop(n, lambda i, s: s + elementwise.real(pop(ws) * pop(ws)), x)


def steps(p, x, n):
    """The list of n + 1 vectors of a path."""
    us = new_list(structural.zeros(3, dtype="float64") + x, item=VECTOR)
    p.loop(n, lambda i: append(us, get(us, -1) * get(us, 0) * 0.5 + x * i))
    return us


def energies(p, us):
    """A number that tells the vectors and their order apart."""

    def step(i, s):
        u = get(us, i, inside=True)
        return s * 0.9 + (reduce.numpy_sum(u * u * u) + 0.1 * u[0])

    return p.loop(length(us), step, np.float64(0.0))


@program(x=1.1, n=(0, 1, 4))
def vectors(p, x, n):
    return energies(p, steps(p, x, n))


@program(x=0.9, n=(0, 1, 4))
def stack_of_vectors(p, x, n):
    us = steps(p, x, n)
    put(us, 0, get(us, -1)[slice(None, None, -1)] * x)
    vs = slice_of(us, None, None, 2)
    insert(vs, 1, get(us, 0) + x)
    extend(us, vs)
    remove_at(us, -1)

    def body(s):
        u = pop(us)
        p.branch(s > 5.0, lambda: (pop(us, 0), None)[1], lambda: None)
        return s * x + reduce.numpy_sum(u * u)

    return p.repeat(lambda s: length(us) > 1, body, np.float64(0.0)) * energies(p, us)


@program(x=0.9, n=(1, 30))
def queue_of_vectors(p, x, n):
    """Taken from the front, put behind: compiled lists must count who holds an array."""
    us = steps(p, x, 2)

    def step(i, s):
        u = pop(us, 0)
        append(us, u * 0.5 + x)
        append(us, get(us, 0) * x * 0.1)
        pop(us, 1)
        return s * 0.5 + u[1]

    s = p.loop(n, step, np.float64(0.0))
    clear(us)
    append(us, structural.zeros(3, dtype="float64") + s)
    return energies(p, us)


@program(x=1.1, n=(0, 1, 4))
def rows_of_a_matrix(p, x, n):
    us = steps(p, x, n)
    append(us, structural.zeros(3, dtype="float64"))
    a = to_array(us)
    return reduce.numpy_sum(a * a * a) + energies(p, from_array(a * x))


@program(x=1.1, n=(0, 1, 3))
def vectors_of_each_iteration(p, x, n):
    def body(i, s):
        us = steps(p, x + s * 0.1, i + 1)
        return energies(p, us) * 0.01 + s * 0.5

    return p.loop(n, body, np.float64(0.5))


@program(x=1.1, n=(0, 1, 3))
def vectors_one_element_at_a_time(p, x, n):
    us = steps(p, x, n)
    return p.loop(
        length(us),
        lambda i, s: p.loop(3, lambda k, s: s * 0.8 + get(us, i)[k] * get(us, 0)[k], s),
        np.float64(0.0),
    )


def recursive(name, kinds, results, body):
    made = Function(name, tuple(Var(p, k) for p, k in kinds.items()), recursive=True)
    made.result_kinds = results
    fill(made, lambda p, *params: body(p, made, *params))
    return made


def _collect(p, f, x, n, xs):
    def deeper():
        append(xs, x * x)
        p.call(f, x * 0.9, n - 1, xs)
        append(xs, get(xs, -1) * get(xs, 0))
        p.call(f, x * 0.5, n - 2, xs)

    p.branch(n > 0, deeper, lambda: None)


COLLECT = recursive("collect", {"x": PY_FLOAT, "n": PY_INT, "xs": List(PY_FLOAT)}, (), _collect)


@program(x=1.1, n=(0, 1, 4))
def collected_by_recursion(p, x, n):
    xs = new_list(x, item=PY_FLOAT)
    p.call(COLLECT, x, n, xs)
    put(xs, 0, x * get(xs, 0))
    p.call(COLLECT, x, n, xs)
    return weighted(p, xs)


def _total(p, f, lo, hi, xs):
    def whole():
        middle = (lo + hi) // 2
        left, right = p.call(f, lo, middle, xs), p.call(f, middle, hi, xs)
        return left * right + p.loop(hi - lo, lambda i, s: s + cube(get(xs, lo + i)), 0.0)

    return p.branch(hi - lo > 1, whole, lambda: get(xs, lo) ** 2)


TOTAL = recursive("total", {"lo": PY_INT, "hi": PY_INT, "xs": List(PY_FLOAT)}, (PY_FLOAT,), _total)


@program(x=0.7, n=(1, 2, 5))
def read_by_recursion(p, x, n):
    xs = powers(p, x, n)
    s = p.call(TOTAL, 0, n, xs)
    put(xs, 0, s)
    return p.call(TOTAL, 0, n, xs)


def _range(p, f, x, n):
    def longer():
        xs = p.call(f, x * 0.9, n - 1)
        append(xs, x * get(xs, -1))
        return xs

    return p.branch(n > 0, longer, lambda: new_list(x, item=PY_FLOAT))


RANGE = recursive("made", {"x": PY_FLOAT, "n": PY_INT}, (List(PY_FLOAT),), _range)


def _walk(p, f, x, n, us):
    def deeper():
        append(us, get(us, -1) * x)
        p.call(f, x * 0.9, n - 1, us)
        put(us, 0, get(us, 0) + get(us, -1))

    p.branch(n > 0, deeper, lambda: None)


WALK = recursive("walk", {"x": PY_FLOAT, "n": PY_INT, "us": List(VECTOR)}, (), _walk)


@program(x=1.1, n=(0, 1, 4))
def vectors_by_recursion(p, x, n):
    us = steps(p, x, 1)
    p.call(WALK, x, n, us)
    return energies(p, us)


@program(x=1.1, n=(0, 1, 4))
def made_by_recursion(p, x, n):
    xs = p.call(RANGE, x, n)
    append(xs, x)
    return weighted(p, xs)


# --- what is checked -----------------------------------------------------------------------------


def arguments(examples):
    """All calls of a program: one for each of the ints given."""
    numbers = next((v for v in examples if isinstance(v, tuple)), (None,))
    for number in numbers:
        yield tuple(number if isinstance(v, tuple) else v for v in examples)


def differences(f, args):
    """Central differences in each float."""
    found = []
    for k, x in enumerate(args):
        if isinstance(x, float):
            h = 1e-6
            ahead, behind = (f(*args[:k], x + d, *args[k + 1 :]) for d in (h, -h))
            found.append((ahead - behind) / (2 * h))
    return found


def flat(result):
    return [*map(float, result)] if isinstance(result, tuple) else [float(result)]


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=2e-7, atol=1e-8)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name, backend):
    f, examples = PROGRAMS[name]
    primal = run(f, "python")
    both, forward = run(gradient(f, value=True), backend), run(tangent(f), backend)
    for args in arguments(examples):
        expected = differences(primal, args)
        value, *adjoints = both(*args)
        assert value == primal(*args)
        close(adjoints, expected)
        directions = np.linspace(0.5, 1.5, len(expected))
        value, dot = forward(*args, *directions)
        assert value == primal(*args)
        close(dot, directions @ expected)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_gradient_alone(name):
    f, examples = PROGRAMS[name]
    derivative = run(gradient(f), "python")
    for args in arguments(examples):
        close(flat(derivative(*args)), differences(run(f, "python"), args))


@pytest.mark.parametrize("name", PROGRAMS)
def test_two_halves(name):
    f, examples = PROGRAMS[name]
    first, second = halves(f)
    for args in arguments(examples):
        tape = new_tape("python")
        value = run(first, "python", tape)(*args)
        assert value == run(f, "python")(*args)
        adjoints = run(second, "python", tape)(*args, 1.0)
        assert len(tape) == 0
        close(flat(adjoints), differences(run(f, "python"), args))


#: these have every operation, which takes long to compile
COMPILED_TWICE = ("in_the_middle", "slices", "made_by_recursion", "stack_of_vectors")


@pytest.mark.parametrize(
    "name, backend",
    [*((name, "python") for name in PROGRAMS), *((name, "numba") for name in COMPILED_TWICE)],
)
def test_derivatives_of_the_gradient(name, backend):
    f, examples = PROGRAMS[name]
    g = summed(gradient(f))
    again, forward = run(gradient(g), backend), run(tangent(g), backend)
    for args in arguments(examples):
        expected = differences(run(g, "python"), args)
        close(flat(again(*args)), expected)
        directions = np.linspace(0.5, 1.5, len(expected))
        close(forward(*args, *directions)[1], directions @ expected)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    "access, words",
    [
        (lambda xs, x: get(xs, 2), "list index out of range"),
        (lambda xs, x: get(xs, -3), "list index out of range"),
        (lambda xs, x: put(xs, 2, x), "list assignment index out of range"),
        (lambda xs, x: remove_at(xs, -3), "list assignment index out of range"),
        (lambda xs, x: pop(xs, 2), "pop index out of range"),
        (lambda xs, x: (pop(xs), pop(xs), pop(xs)), "pop from empty list"),
    ],
)
def test_errors_of_the_program_stay(access, words, backend):
    def body(p, x):
        xs = new_list(x, x * 2.0, item=PY_FLOAT)
        access(xs, x)
        return x * x

    f = build(body, x=PY_FLOAT)
    for made, args in ((f, (1.5,)), (gradient(f), (1.5,)), (tangent(f), (1.5, 1.0))):
        with pytest.raises(IndexError, match=words):
            run(made, backend)(*args)


def test_two_names_of_one_list_are_refused():
    def body(p, x):
        us, vs = new_list(x, item=PY_FLOAT), new_list(x, item=PY_FLOAT)
        ws = p.branch(x > 1.0, lambda: us, lambda: vs)
        append(ws, x)
        return weighted(p, us) + weighted(p, ws)

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT))


def test_the_old_name_of_a_list_may_not_change_it():
    """Even if nobody asks for the adjoints of what it has under that name."""

    def body(p, x):
        us, vs = new_list(x, item=PY_FLOAT), new_list(x, item=PY_FLOAT)
        ws = p.branch(x > 1.0, lambda: us, lambda: vs)
        p.branch(x > 2.0, lambda: append(us, x), lambda: None)
        return weighted(p, ws)

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT))


def test_nor_may_a_new_name_change_a_list_that_is_used_under_the_old_one():
    """The change is not seen in the adjoints of the new name: nobody reads it under that."""

    def body(p, x, n):
        us, vs = powers(p, x, n), powers(p, x, n)
        ws = p.branch(x > 1.0, lambda: us, lambda: vs)
        insert(ws, 0, x)
        return weighted(p, us)

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT, n=PY_INT))


def test_nor_may_a_function_that_gets_it_under_one_name():
    def body(p, x, n):
        us, vs = powers(p, x, 3), powers(p, x, 3)
        ws = p.branch(x > 1.0, lambda: us, lambda: vs)
        p.call(COLLECT, x, n, ws)
        return weighted(p, us)

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT, n=PY_INT))


def test_an_outer_list_that_each_iteration_takes_is_refused():
    def body(p, x, n):
        us = new_list(x, item=PY_FLOAT)

        def step(i, cur):
            append(cur, x * get(us, 0))
            return us

        return weighted(p, p.loop(n, step, new_list(item=PY_FLOAT)))

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT, n=PY_INT))


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_numpy_numbers_divide_as_numpy_does(backend):
    def body(p, x):
        xs = new_list(x, item=NP_FLOAT)
        p.loop(2, lambda i: append(xs, get(xs, -1) / (x - x)))
        return get(xs, 1)

    f = build(body, x=NP_FLOAT)
    assert run(f, backend)(np.float64(2.0)) == np.inf


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_single_precision_stays(backend):
    single = Scalar("float32")

    def body(p, x):
        xs = new_list(x, item=single)
        p.loop(3, lambda i: append(xs, get(xs, -1) * x))
        extend(xs, list_fill(x, 2))
        return p.loop(6, lambda i, s: s + get(xs, i), elementwise.sqrt(x))

    f = build(body, x=single)
    g = reverse.gradient(f, (0,))
    assert all(v.kind != PY_FLOAT for s in walk(g.body) for v in targets(s))
    x = np.float32(1.5)
    expected = 3 + 2 * x + 3 * x**2 + 4 * x**3 + 0.5 / np.sqrt(x)
    np.testing.assert_allclose(run(g, backend)(x, np.float32(1.0)), expected, rtol=1e-6)


def test_one_list_as_two_arguments_of_a_function_that_changes_it_is_refused():
    def both(p, f, n, us, vs):
        def deeper():
            append(us, get(vs, 0) * get(vs, 0))
            p.call(f, n - 1, us, vs)

        p.branch(n > 0, deeper, lambda: None)

    kinds = {"n": PY_INT, "us": List(PY_FLOAT), "vs": List(PY_FLOAT)}
    changed = recursive("both", kinds, (), both)

    def body(p, x):
        xs = new_list(x, item=PY_FLOAT)
        p.call(changed, 2, xs, xs)
        return weighted(p, xs)

    with pytest.raises(UnsupportedSyntaxError, match="may be the same list"):
        gradient(build(body, x=PY_FLOAT))
