"""Tables of the module: lists of numbers and of rows, found by an index of the running program."""

import differences
import pytest

import diffpy as dp

TABLE = [[1.0, 2.0, 3.0], [0.5, 0.25, 4.0]] + [[0.1 * k, k + 0.3, 2.0 - k] for k in range(20)]
TUPLES = tuple(tuple(r) for r in TABLE)
PAIRS = [(1, 2.0), (3, 4.0)] * 6


def table_rows(x):
    s = 0.0
    for r in range(22):
        row = TABLE[r]
        s += row[0] * x ** row[1] + row[2]
    return s


def table_rows_of_a_tuple(x):
    s = 0.0
    for r in range(22):
        s += TUPLES[r][0] * x + TUPLES[r][2] * x * x
    return s


def table_iterated(x):
    s = 0.0
    for a, b, c in TABLE:
        s += a * x + b * c * x * x
    return s


def table_rows_of_two_kinds(x):
    s = 0.0
    for k in range(12):
        a, b = PAIRS[k]
        s += a * b * x**a
    return s


def table_in_a_while_loop(x):
    n = 0
    s = 0.0
    while s < 30:
        s += TABLE[n % 22][n % 3] * x + 1
        n += 1
    return s


WEIGHTS = [0.1 * k for k in range(100)]
ORDER = [3, 1, 2, 0]


def table_long(x):
    s = 0.0
    for k in range(100):
        s += WEIGHTS[k] * x ** ORDER[k % 4]
    return s


def table_by_an_index(x):
    s = 0.0
    for k in range(4):
        s += TABLE[ORDER[k]][1] * x + TABLE[-k - 1][0] * x
    return s


def table_row_as_a_list(x):
    row = TABLE[int(x * 3)]
    return sum(row) * x + len(row) + max(row) * (isinstance(row, list))


def table_unpacked(x):
    a, b, c = TABLE[int(x * 3)]
    return a * x + b * x * x + c


def table_caught(x):
    s = 0.0
    try:
        for k in range(200):
            s += WEIGHTS[k] * x
    except IndexError:
        s *= x
    return s


def table_tested(x):
    n = int(x)
    r = WEIGHTS[n]
    return x / r if r else x


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("table_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")


@pytest.mark.parametrize("function", [table_rows, table_long, table_caught])
def test_compiled(function):
    differences.check_at(function, 1.7, "numba")


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_changes_are_seen(backend):
    weights, rows = [1.0, 2.0, 3.0], [[1.0, 2.0], [3.0, 4.0]]

    def f(x, n):
        return sum(weights[k] * x for k in range(n)) + rows[n - 2][1] * x

    gradient = dp.grad(f, backend=backend)
    assert gradient(1.0, 3) == 10.0
    weights[1] = 5.0
    rows[1][1] = 6.0
    assert gradient(1.0, 3) == 15.0
    weights[1] = 7  # an int among floats
    assert gradient(1.0, 3) == 17.0
    rows[1].append(8.0)
    rows[0].append(9.0)
    assert gradient(1.0, 3) == 17.0
    weights.append(1.0)
    assert gradient(1.0, 2) == 10.0
    del weights[2:]
    with pytest.raises(IndexError):
        gradient(1.0, 3)


def test_a_row_may_not_be_written():
    def f(x, k):
        row = TABLE[k]
        row[0] = x
        return row[0]

    with pytest.raises(dp.DiffpyError):
        dp.grad(f, backend="python")(1.0, 2)
