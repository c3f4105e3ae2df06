"""Stores into parts of arrays that lists, dicts and instances hold: in their place."""

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, grad, jvp, value_and_grad


class Layer:
    def __init__(self, scale, n):
        self.w = np.ones((n, n)) * scale
        self.b = np.zeros(n)

    def relax(self, rate):
        n = len(self.b)
        for i in range(n):
            self.b[i] = np.sin(self.b[i - 1] + rate * i)
            for j in range(n):
                self.w[i, j] -= rate * self.w[j, i] * self.b[i]

    def apply(self, h):
        return np.tanh(self.w @ h + self.b)


def layers(x, n):
    net = [Layer(0.1 * x * (k + 1), n) for k in range(n)]
    for layer in net:
        layer.relax(0.1 * x)
    h = np.ones(n) * x
    for layer in net:
        h = layer.apply(h)
    return np.sum(h * h)


def rows_and_columns(x, n):
    ms = [np.arange(1.0, 7.0).reshape(2, 3) * x * k for k in range(n)]
    for k in range(n):
        ms[k][0] = ms[k - 1][1] * x
        ms[k][:, 2] += np.sin(ms[k][:, 0])
        ms[k][1][::2] *= 0.5
        ms[k][-1][1:] = ms[k][-1][:-1] * ms[0][0, 1]
    return sum(np.sum(m * m) for m in ms) + ms[1].T[2, 1]


def blocks(x, n):
    """Three dimensions, indexed step by step."""
    cubes = [np.ones((2, 2, 2)) * (x + k) for k in range(n)]
    for k in range(n):
        for i in range(2):
            cubes[k][i][1 - i][0] *= x * i + k
            cubes[k][i][0] += cubes[k - 1][i, :, 1]
            cubes[k][i] = cubes[k][i] * cubes[k][i][0]
    return sum(np.sum(c) for c in cubes)


def broadcast(x, n):
    ms = [np.zeros((3, 2)) for _ in range(n)]
    row = np.array([x, x * x])
    column = np.array([[x], [2.0], [x * 3.0]])
    for k in range(n):
        ms[k][:] = row
        ms[k][1:] += column[1:]
        ms[k][0] *= x
        ms[k][:, :1] = column * x
        ms[k][2] = row.reshape(1, 2)
    return sum(np.sum(m * m) * (k + 1) for k, m in enumerate(ms))


def other_lengths(x, n):
    """What is at a place has other extents in the course of time."""
    xs = [np.ones(k + 1) * x for k in range(n)]
    for k in range(n):
        xs[k][-1] = x * k
        xs[0] = xs[k] * x
        xs[0][-1] += xs[k][0]
        xs.append(np.concatenate((xs[0], xs[k])))
        xs[-1][0] = xs[0][0] * x
        xs.insert(0, xs.pop() * 0.5)
        xs[0][:1] *= x
    return sum(np.sum(v * v) for v in xs)


def kept(x, n):
    """Whole items that are read, and read again after they were changed."""
    xs = [np.ones(2) * x * (k + 1) for k in range(n)]
    total = 0.0
    for k in range(n):
        u = np.sin(xs[k])
        total += np.sum(u * xs[k])
        xs[k][0] = total
        v = xs[k] * u
        xs.append(v)
        xs[-1][1] = np.sum(v) * x
        total += np.sum(np.sin(xs[k]) * xs[-1])
    return total


def table(x, n):
    known = {}
    for i in range(n):
        known[i, 0] = np.zeros(3)
        known[i, 0][i % 3] = x * i
    for i in range(1, n):
        for j in range(3):
            known[i, 0][j] += x * known[i - 1, 0][j - 1]
    return sum(np.sum(v) * v[0] for v in known.values())


def halve(us, k, x):
    """Recursive: writes into items on the way down and up."""
    if k < 0:
        return 0.0
    us[k][0] *= x
    below = halve(us, k - 1, x)
    us[k][1] += below * us[k][0]
    return us[k][1] * x


def recursion(x, n):
    us = [np.array([x, k * x]) for k in range(n)]
    return halve(us, n - 1, x) + sum(np.sum(u) for u in us)


def handed_out(x, n):
    us = [np.array([x, k * x]) for k in range(n)]
    first = us.pop(0)
    first[0] = np.sin(first[1] + x)
    us.append(first)
    us[-1][1] = first[0] * x
    us.reverse()
    us[0][0] *= us[1][1]
    return sum(np.sum(u * u) for u in us)


def single(x, n):
    us = [np.ones(2, dtype=np.float32) for k in range(n)]
    counts = [np.zeros(2, dtype=int) for k in range(n)]
    for k in range(n):
        counts[k][k % 2] += k
        us[k][0] = x * counts[k][k % 2]
        us[k][1] += us[k][0] * us[k - 1][1]
    return sum(np.sum(u) for u in us)


def with_a_kept_tuple(x, n):
    us = [np.ones(3) * x for _ in range(n)]
    a, b = us[0][0], us[1][1:]
    us[0][0] = x * x
    us[1][1:] *= us[0][:2]
    return a * us[0][0] + np.sum(b * us[1][1:])


PROGRAMS = [
    layers,
    rows_and_columns,
    blocks,
    broadcast,
    other_lengths,
    kept,
    table,
    recursion,
    handed_out,
    with_a_kept_tuple,
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_both_modes(function, backend):
    differences.check_both_modes(function, (1.3, 3), 0, (0.7, 0.0), backend)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_second_derivatives(function):
    slope = grad(function, backend="python")
    steps = 2.0**-10 * np.array([1.0, -1.0, 2.0, -2.0])
    weights = np.array([8.0, -8.0, -1.0, 1.0]) / 12 / 2.0**-10
    expected = sum(w * slope(1.3 + h, 3) for h, w in zip(steps, weights, strict=True))
    reverse = grad(slope, backend="python")(1.3, 3)
    forward = jvp(slope, (1.3, 3), (1.0, 0.0), backend="python")[1]
    assert reverse == pytest.approx(expected, rel=1e-7)
    assert forward == pytest.approx(reverse, rel=1e-12)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_single_precision(backend):
    differences.check_both_modes(single, (np.float32(1.3), 3), 0, (np.float32(0.7), 0.0), backend)


def steps(x, m, n):
    us = [np.ones(n) * x for _ in range(m)]
    for u in us:
        for i in range(n):
            u[i] = u[i] * 0.5 + 1.0
    return sum(np.sum(u) for u in us)


def test_a_linear_store_saves_nothing_and_copies_nothing():
    """All that the loop of stores is in the derivative is one line each way."""
    df = grad(steps, backend="python")
    forward, reverse = df.source.split("# reverse sweep")
    loop = forward[forward.index("for i in") :]
    assert "[i] = " in loop and ".copy()" not in loop and "tape" not in loop
    loop = reverse[reverse.index("for i in") : reverse.index("    x_bar = ")]
    assert loop.count("item_take") == 1 and loop.count("item_add") == 1
    assert "zeros" not in loop and "list_add_array" not in loop


def scalar_arrays(x, n):
    us = [np.array(x * k) for k in range(n)]
    return us[1] * us[2] * 1.0


@pytest.mark.parametrize("transform", [grad, lambda f: lambda *args: jvp(f, args, (1.0, 0.0))])
def test_arrays_without_dimensions_are_refused(transform):
    with pytest.raises(DiffpyError, match="a list that grows holds arrays without dim") as error:
        transform(scalar_arrays)(1.3, 3)
    assert error.value.place is not None and "np.array" in error.value.place.text


def outside(x, n):
    us = [np.ones(2) * x for _ in range(n)]
    us[1][n] = x
    return us[0][0]


def no_such_item(x, n):
    us = [np.ones(2) * x for _ in range(n)]
    us[n][1 // (n - 3)] = x
    return us[0][0]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [outside, no_such_item], ids=lambda f: f.__name__)
def test_errors_are_those_of_python(function, backend):
    with pytest.raises(Exception) as expected:
        function(1.3, 4)
    with pytest.raises(expected.type):
        value_and_grad(function, backend=backend)(1.3, 4)


def from_outside(rows, x):
    own = [row * x for row in rows]
    for k in range(len(own)):
        own[k][0] = rows[k][1] * own[k - 1][0]
        own[k][1:] += rows[k][:-1]
    return sum(np.sum(v) for v in own)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_lists_of_arguments_stay_as_they_are(backend):
    rows = [np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])]
    before = [row.copy() for row in rows]
    gradient, slope = grad(from_outside, argnums=(0, 1), backend=backend)(rows, 1.3)
    assert all(map(np.array_equal, rows, before))
    for k, row in enumerate(rows):
        for i in range(3):
            moved = [r.copy() for r in rows], [r.copy() for r in rows]
            moved[0][k][i] += 1e-6
            moved[1][k][i] -= 1e-6
            expected = (from_outside(moved[0], 1.3) - from_outside(moved[1], 1.3)) / 2e-6
            assert gradient[k][i] == pytest.approx(expected, abs=1e-7)
    expected = (from_outside(rows, 1.3 + 1e-6) - from_outside(rows, 1.3 - 1e-6)) / 2e-6
    assert slope == pytest.approx(expected, abs=1e-7)


def scaled(x, n):
    us = [np.ones(2) * x for _ in range(n)]
    us[0] *= x * x
    return us[0][0]


@pytest.mark.parametrize("inner", [scaled, steps], ids=lambda f: f.__name__)
def test_derivatives_inside_of_a_function_are_refused(inner):
    """The derivative of the inner function was taken of stores that no list knew of."""
    rest = (3,) if inner is not steps else (2, 3)
    tangents = (1.0, *(0.0 for _ in rest))
    for slope in (
        lambda x: grad(inner)(x, *rest),
        lambda x: jvp(inner, (x, *rest), tangents)[1],
    ):
        for transform in (grad(slope), lambda x, slope=slope: jvp(slope, (x,), (1.0,))):
            with pytest.raises(DiffpyError, match="or of arrays that are changed"):
                transform(2.0)


def unwritten(x, n):
    us = [np.ones(2) * x**3 for _ in range(n)]
    return us[0][0]


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_derivatives_inside_of_a_function_that_only_reads_its_items(backend):
    for slope in (
        lambda x: grad(unwritten)(x, 3),
        lambda x: jvp(unwritten, (x, 3), (1.0, 0.0))[1],
    ):
        assert grad(slope, backend=backend)(2.0) == pytest.approx(12.0)
        assert jvp(slope, (2.0,), (1.0,), backend=backend)[1] == pytest.approx(12.0)


def appended_extent(x, n):
    us = [np.ones(2) * x]
    for _ in range(n):
        us.append(np.ones(7))
    return x * x * len(us[-1])


def appended_shape(x, n):
    us = [np.ones(2) * x]
    for _ in range(n):
        us.append(np.ones(7) * x)
    m = us[-1].shape[0]
    return x * x * m + np.sum(np.zeros(m) + x)


def inserted_extent(x, n):
    us = [np.ones(2) * x for _ in range(n)]
    us.insert(0, np.ones(7))
    return x * x * len(us[0])


def reversed_extent(x, n):
    us = [np.ones(k + 2) * x for k in range(n)]
    us.reverse()
    return x * x * len(us[0])


def replaced_extent(x, n):
    us = [np.ones(k + 1) * x for k in range(n)]
    us[1] = us[2]
    return x * x * len(us[1])


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    "function",
    [appended_extent, appended_shape, inserted_extent, reversed_extent, replaced_extent],
    ids=lambda f: f.__name__,
)
def test_a_list_whose_arrays_lend_their_extents_is_kept(function, backend):
    """What a list holds decides which array has the extent: the appends were taken for dead."""
    value, slope = value_and_grad(function, backend=backend)(2.0, 3)
    assert value == function(2.0, 3)
    step = 2.0**-20
    expected = (function(2.0 + step, 3) - function(2.0 - step, 3)) / (2 * step)
    assert slope == pytest.approx(expected)
    assert grad(function, backend=backend)(2.0, 3) == slope
    assert jvp(function, (2.0, 3), (1.0, 0.0), backend=backend) == pytest.approx((value, slope))


def of_items(us, i, d):
    if d == 0:
        return us[i][0] * us[i][1]
    return us[i][1] * of_items(us, i, d - 1)


def items_for_a_recursion(x, n):
    us = [np.ones(2) * x for _ in range(n)]
    total = 0.0
    for k in range(1, n):
        us[k][0] = x * k
        total += of_items(us, k, 2)
    return total


def of_numbers(us, i, d):
    if d == 0:
        return us[i] * us[i]
    return us[i - 1] * of_numbers(us, i, d - 1)


def numbers_for_a_recursion(x, n):
    us = [x for _ in range(n)]
    total = 0.0
    for k in range(1, n):
        us[k] = x * 0.1 * k
        total += of_numbers(us, k, 2)
    return total


def changed_in_a_recursion(x, n):
    us = [x * (k + 1) for k in range(n)]
    return change(us, 2, n)


def change(us, i, d):
    us[0] = us[0] * us[1]
    if d == 0:
        return us[i] * us[i] * us[0]
    return us[i - 1] * change(us, i, d - 1)


RECURSIONS = [items_for_a_recursion, numbers_for_a_recursion, changed_in_a_recursion]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", RECURSIONS, ids=lambda f: f.__name__)
def test_recursions(function, backend):
    differences.check_both_modes(function, (1.3, 3), 0, (0.7, 0.0), backend)


@pytest.mark.parametrize("function", RECURSIONS, ids=lambda f: f.__name__)
def test_second_derivatives_of_recursions(function):
    """What a recursion takes from the tape makes its shadows active: they were taken for zero."""
    test_second_derivatives(function)


@pytest.mark.parametrize("function", RECURSIONS, ids=lambda f: f.__name__)
def test_a_list_is_not_copied_for_each_call(function):
    source = grad(function, backend="python").source
    assert "list_copies" not in source and "[:]" not in source and "push_list" not in source


class Held:
    def __init__(self, x):
        self.p = np.ones(2) * x


def held(x, n):
    bodies = [Held(x) for _ in range(n)]
    bodies[0].p[0] = x**3
    return bodies[0].p[0]


@pytest.mark.parametrize(
    "slope",
    [
        lambda x, n: grad(held)(x, n),
        lambda x, n: jvp(held, (x, n), (1.0, 0.0))[1],
        lambda x, n: grad(held)(x, 3) * n,
    ],
    ids=["grad", "jvp", "constant"],
)
def test_derivatives_of_programs_with_instances_inside_of_a_function_are_refused(slope):
    with pytest.raises(DiffpyError, match="is taken inside of a function, and it"):
        grad(slope)(2.0, 3)
