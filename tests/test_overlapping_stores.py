"""Stores that read what they overwrite: rows from columns, and what is added storing there too."""

import differences
import numpy as np
import pytest

from diffpy import DiffpyError, UnsupportedSyntaxError, grad

W = np.arange(9.0).reshape(3, 3) ** 2 + 1
V = np.arange(25.0).reshape(5, 5) + 1


def reread_row_from_column(x):
    a = np.arange(9.0).reshape(3, 3) * x
    a[1] = a[:, 2]
    return np.sum(a * W)


def reread_column_from_row(x):
    a = np.arange(9.0).reshape(3, 3) * x
    a[:, 2] = a[1]
    return np.sum(a * W)


def _cp(d, s):
    d[:] = s


def reread_by_a_call(x):
    a = np.arange(9.0).reshape(3, 3) * x
    _cp(a[1], a[:, 2])
    return np.sum(a * W)


def reread_by_names(x):
    a = np.arange(9.0).reshape(3, 3) * x
    r = a[1]
    c = a[:, 2]
    r[:] = c
    return np.sum(a * W)


def reread_transposed(x):
    a = np.arange(9.0).reshape(3, 3) * x
    b = a.T
    a[1] = b[2]
    return np.sum(a * W)


def reread_by_copyto(x):
    a = np.arange(9.0).reshape(3, 3) * x
    np.copyto(a[1], a[:, 2])
    return np.sum(a * W)


def reread_through_a_vector(x):
    a = np.arange(9.0).reshape(3, 3) * x
    v = a.reshape(9)
    v[3:6] = a[:, 2]
    return np.sum(a * W)


def reread_vector_into_column(x):
    a = np.arange(25.0) * x
    b = a.reshape(5, 5)
    b[:, 2] = a[3:8]
    return np.sum(b * V)


def reread_swapped(x):
    a = np.arange(9.0).reshape(3, 3) * x
    a[1], a[:, 2] = (a[:, 2], a[1])
    return np.sum(a * W)


class H:
    pass


def reread_by_an_attribute(x):
    a = np.arange(9.0).reshape(3, 3) * x
    h = H()
    h.v = a[:, 2]
    a[1] = h.v
    return np.sum(a * W)


def reread_in_a_list(x):
    L = [np.arange(9.0).reshape(3, 3) * x * (i + 1) for i in range(int(x) + 2)]
    L[0][1] = L[0][:, 2]
    return np.sum(L[0] * W)


def right_rows_and_columns(x):
    a = np.arange(9.0).reshape(3, 3) * x
    a[1] = a[2]
    a[:, 0] = a[:, 1]
    a[0, :] = a[-1, :]
    a[0] = a[0, ::-1]
    return np.sum(a * W)


def right_symmetric(x):
    a = np.arange(25.0).reshape(5, 5) * x
    for i in range(5):
        a[i:, i] = a[i, i:] * 1.0
    for i in range(5):
        a[i:, i] = a[i, i:]
    for i in range(5):
        a[i, :] = a[:, i]
    return np.sum(a * V)


def right_boundaries(x):
    a = np.arange(25.0).reshape(5, 5) * x
    a[1:-1, 0] = a[1:-1, 1]
    a[0, 1:-1] = a[1, 1:-1]
    a[0] = a[:, 2].copy()
    a[4] = a[:4, 1].sum()
    return np.sum(a * V)


def right_matrices(x):
    a = np.arange(25.0).reshape(5, 5) * x
    a[1:3] = a[:, 1:3].T
    a[:] = a.T
    return np.sum(a * V)


def right_other_arrays(x):
    a = np.arange(9.0).reshape(3, 3) * x
    b = np.ones((3, 3))
    for k in range(3):
        b[k] = a[:, k]
        a[:, k] = b[2 - k]
    return np.sum(a * W)


def right_rows_of_lists(x):
    L = [np.arange(9.0).reshape(3, 3) * x * (i + 1) for i in range(int(x) + 2)]
    L[0][1] = L[1][2]
    L[1][0, 1:] = L[0][1, :-1]
    L[1][:] = L[0]
    L[0][2, ...] = L[1][0]
    return np.sum(L[0] * W) + np.sum(L[1])


def right_vectors_of_lists(x):
    L = [np.arange(4.0) * x * (i + 1) for i in range(int(x) + 2)]
    L[0][1:] = L[1][:-1]
    L[1][:] = L[0]
    return np.sum(L[0] * np.arange(4.0)) + np.sum(L[1])


def _st(a, v):
    a[1] = v
    return v


class B:
    def __init__(s, a):
        s.a = a


def added_attribute(x):
    b = B(np.array([x, 1.0]))
    b.a[1] += _st(b.a, x * x)
    return b.a[1]


def added_alias_passed(x):
    b = B(np.array([x, 1.0]))
    c = b.a
    b.a[1] += _st(c, x * x)
    return b.a[1]


def added_alias_stored(x):
    b = B(np.array([x, 1.0]))
    c = b.a
    c[1] += _st(b.a, x * x)
    return b.a[1]


def _st3(a, i, v):
    a[i] = v
    return a[i - 1] * 0.5


def added_item_of_a_list(x):
    L = [np.array([x, 2.0, i]) for i in range(int(x) + 2)]
    L[1][1] += _st3(L[1], 1, x * x)
    return L[1][1] * x


def added_item_of_a_dict(x):
    d = {}
    for i in range(int(x) + 2):
        d[i] = np.array([x, 2.0, i])
    d[1][1] += _st3(d[1], 1, x * x)
    return d[1][1] * x


def added_attribute_of_an_item(x):
    O = [B(np.array([x, 2.0, i])) for i in range(int(x) + 2)]
    O[0].a[1] += _st3(O[0].a, 1, x * x)
    return O[0].a[1] * x


def right_bound_anew(x):
    a = np.array([x, 2.0, 3.0])
    b = a

    def re(v):
        nonlocal a
        a = np.array([v, v, v])
        return v

    a += re(x)
    return a[0] * 3 + b[0]


def right_bound_by_a_walrus(x):
    a = np.array([x, 2.0])
    b = a
    a += (a := np.array([x * x, 1.0]))
    return a[0] * 3 + b[0]


def added_twice(x):
    b = B(np.array([x, 1.0]))
    b.a[1] += 2 * _st(b.a, x * x) + (_st(b.a, x) if x < 0 else 1)
    return b.a[1]


def group(prefix):
    return [f for name, f in globals().items() if name.startswith(prefix)]


def _six(x):
    return np.array([0.5, -0.3, 0.7, -0.2, 0.9, 0.4]) * x


def reread_by_a_condition(x):
    y = _six(x)
    y[y > 0] = y[:4]
    return np.sum(y * y * np.arange(6))


def reread_backwards_by_a_condition(x):
    y = _six(x)
    y[y > -10] = y[::-1]
    return np.sum(y * y * np.arange(6))


def reread_matrix_by_a_condition(x):
    a = np.arange(9.0).reshape(3, 3) * x
    a[a > -1] = a.reshape(9)[::-1]
    return np.sum(a * W)


def reread_row_by_a_condition(x):
    a = np.arange(9.0).reshape(3, 3) * x
    k = np.array([True, True, True])
    a[1][k] = a[1][::-1]
    return np.sum(a * W)


def reread_item_by_a_condition(x):
    xs = [_six(x), _six(x) * 2]
    xs.append(_six(3 * x))
    for i in range(2):
        xs[i][xs[2] > 0] = xs[i][:4]
    return np.sum(xs[0] * xs[1])


def right_by_a_condition(x):
    y = _six(x)
    y[y > 0] = y[y > 0]
    y[y > -10] = y[:]
    y[y < 0] = y[[0, 2]]
    y[np.arange(6) < 3] = y[3:]
    y[y > 0] = y[1:2]
    a = np.outer(y[:3], y[:3])
    a[1][np.array([True, False, True])] = a[0, :2]
    a[a > -9] = a.T.ravel()
    return np.sum(a * W) + np.sum(y * y * np.arange(6))


def right_items_by_a_condition(x):
    xs = [_six(x), _six(x) * 2]
    xs.append(_six(3 * x))
    for i in range(2):
        xs[i][xs[2] > 0] = xs[i + 1][:4]
    return np.sum(xs[0] * xs[1])


def right_copies_by_index_arrays(x):
    a = np.arange(9.0).reshape(3, 3) * x
    i = np.array([0, 2])
    v = a[0]
    a.T[i][0] = 5  # these change copies, not `a`
    a[i][...] = 0
    a[i][()] = 0
    a[i][np.array([0])] = 5
    a[i][i[:1] // 2] *= 5
    a[i][0][1] = 5
    a[[0, 1]][:] *= 3
    a[1, i][0] = 5
    a[i, i][:] = 5
    a[:, [0, 1]][0, 1] += x
    v[v > 0][:] = 0.0
    v[i][1] *= 3
    return np.sum(a * W)


def right_chains_of_indices(x):
    a = np.arange(1.0, 13).reshape(3, 4) * x
    i = np.array([0, 2])
    a[1][i] = a[2][i] * 2
    a[1][[0, 2]] *= 2
    a[:2][1][i] = x**2
    a[np.newaxis][0][1] *= 3
    a[None, :, :][:, i] = 4 * a[0, 0]
    a[1][:, None] *= x
    b = a.reshape(3, 2, 2)
    b[1][:, [1, 0]] = b[1] * 2
    b[1][:, [1, 0]] *= np.array([[1.0, 2.0], [3.0, 4.0]]) * x
    b[1][:, [True, False]] *= 3 * x
    return np.sum(a * np.arange(12.0).reshape(3, 4) ** 2)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", group("right_"))
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", group("reread_"))
def test_numpy_may_read_what_it_has_stored(function, backend):
    with pytest.raises((RuntimeError, DiffpyError), match="may read there what it has just stored"):
        grad(function, backend=backend)(1.7)


@pytest.mark.parametrize("function", group("added_"))
def test_an_element_is_read_before_what_is_added(function):
    with pytest.raises(UnsupportedSyntaxError, match="what is added to an element stores into"):
        grad(function, backend="python")(1.7)
