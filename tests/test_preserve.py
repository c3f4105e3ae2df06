"""What becomes of the caller's arrays when a function writes into its arguments."""

import numpy as np
import pytest

import diffpy as dp

BACKENDS = pytest.mark.parametrize("backend", ["python", "numba"])


def chain(u, k):
    for i in range(1, len(u)):
        u[i] = u[i] * u[i - 1] * k
    return np.sum(u)


U = np.arange(1.0, 5.0)
LEFT = [1.0, 4.0, 24.0, 192.0]
GRADIENT = [221.0, 110.0, 72.0, 48.0]


def layouts():
    wide = np.zeros((8, 4))
    wide[2, ::-1], wide[4:, 1] = U, U
    base = np.zeros(9)
    base[1::2] = U
    return {
        "plain": U.copy(),
        "strided": base[1::2],
        "row of a Fortran array": np.asfortranarray(np.vstack([U, U]))[1],
        "reversed": wide[2, ::-1],
        "column": wide[4:, 1],
        "swapped": U.astype(">f8"),
    }


@BACKENDS
@pytest.mark.parametrize("name", layouts())
def test_arrays_of_every_layout(name: str, backend: str) -> None:
    u = layouts()[name]
    whole = u if u.base is None else u.base
    before = whole.copy()
    assert list(dp.grad(chain, backend=backend)(u, 2.0)) == GRADIENT
    assert list(dp.vjp(chain, u, 2.0, outputs="u", backend=backend)[0][1]) == LEFT
    assert np.array_equal(whole, before)
    assert list(dp.grad(chain, preserve=False, backend=backend)(u, 2.0)) == GRADIENT
    assert list(u) == LEFT
    u[:] = U
    assert np.array_equal(whole, before)  # nothing but u was written


@BACKENDS
def test_keywords_and_later_calls(backend: str) -> None:
    preserving = dp.value_and_grad(chain, argnames="u", backend=backend)
    writing = dp.value_and_grad(chain, argnames="u", preserve=False, backend=backend)
    for _ in range(3):  # the first call compiles, the later ones take the fast path
        u = U.copy()
        value, gradient = preserving(k=2.0, u=u)
        assert value == 221.0 and list(gradient) == GRADIENT and list(u) == list(U)
        value, gradient = writing(k=2.0, u=u)
        assert value == 221.0 and list(gradient) == GRADIENT and list(u) == LEFT


def exchanges(u, v):
    u *= v[0]
    v[:] = u
    return np.sum(u * v), u


@BACKENDS
@pytest.mark.parametrize("value", [False, True])
def test_several_arrays_and_aux(value: bool, backend: str) -> None:
    transform = dp.value_and_grad if value else dp.grad
    u, v = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    df = transform(exchanges, has_aux=True, preserve=False, backend=backend)
    result = df(u, v)
    gradient, aux = (result[1], result[0][1]) if value else result
    assert list(gradient) == [18.0, 36.0] and list(aux) == [3.0, 6.0]
    assert list(u) == list(v) == [3.0, 6.0]
    aux[:], gradient[:] = 0.0, 0.0
    assert list(u) == list(v) == [3.0, 6.0]


class Field:
    def __init__(self, v):
        self.v = v


def doubles(field):
    field.v[0] = 3.0 * field.v[1]
    return field.v[0] * field.v[1]


def doubles_list(xs):
    xs[0] = 2.0 * xs[1]
    return xs[0] * xs[1]


def test_only_arrays_are_written_back() -> None:
    field = Field(np.array([1.0, 2.0]))
    assert list(dp.grad(doubles, preserve=False)(field).v) == [0.0, 12.0]
    assert list(field.v) == [6.0, 2.0]
    xs = [1.0, 2.0]
    with pytest.raises(dp.UnsupportedSyntaxError, match="only what it stores into arrays"):
        dp.grad(doubles_list, preserve=False)(xs)
    assert dp.grad(doubles_list)(xs) == [0.0, 8.0] and xs == [1.0, 2.0]


def test_inside_of_a_differentiated_function() -> None:
    df = dp.grad(chain, preserve=False)
    with pytest.raises(dp.UnsupportedSyntaxError, match="preserve=False"):
        dp.grad(lambda u: np.sum(df(u, 2.0)))(U.copy())
    with pytest.raises(dp.NonDifferentiableInputError, match="preserve="):
        dp.jvp(df, (U.copy(), 2.0), (U.copy(), 0.0))


def fails_late(u, n):
    u[0] = 7.0
    u[1] = 1.0 / n
    return u[0] * u[1]


@BACKENDS
def test_an_exception_leaves_the_arrays_alone(backend: str) -> None:
    u = U.copy()
    for preserve in (True, False):
        with pytest.raises(ZeroDivisionError):
            dp.grad(fails_late, preserve=preserve, backend=backend)(u, 0)
        assert list(u) == list(U)


def reads(u, v):
    return np.sum(u * v)


def adds(u, v):
    u += v
    return np.sum(u * v)


@BACKENDS
def test_read_only_arrays(backend: str) -> None:
    frozen, wide = U.copy(), np.broadcast_to(1.0, (4,))
    frozen.flags.writeable = False
    assert list(dp.grad(reads, backend=backend)(frozen, wide)) == [1.0] * 4
    assert list(dp.grad(adds, backend=backend)(U.copy(), frozen)) == list(U)
    for u in (frozen, wide):
        with pytest.raises(ValueError, match="read-only"):
            adds(u, U.copy())
        with pytest.raises(dp.ReadOnlyError, match="read-only"):
            dp.grad(adds, backend=backend)(u, U.copy())
        with pytest.raises(dp.ReadOnlyError, match="read-only"):
            dp.vjp(adds, u, U.copy(), outputs=0, backend=backend)
        with pytest.raises(dp.ReadOnlyError, match="read-only"):
            dp.jvp(adds, (u, U.copy()), (U, U), backend=backend)


@BACKENDS
def test_arrays_that_overlap(backend: str) -> None:
    u = np.arange(1.0, 9.0)
    pairs = [(u, u), (u[:4], u[2:6]), (u[::2], u[1:5]), (u[::-1], u)]
    windows = np.lib.stride_tricks.sliding_window_view(u, 4, writeable=True)
    for first, second in pairs:
        with pytest.raises(dp.AliasingError):
            dp.grad(adds, backend=backend)(first, second)
        with pytest.raises(dp.AliasingError):
            dp.vjp(adds, first, second, outputs=0, backend=backend)
    with pytest.raises(dp.AliasingError, match="each other"):
        dp.grad(adds, backend=backend)(windows, U)
    apart = [(u[::2], u[1::2]), (u[:4], u[4:]), (u[:4].reshape(2, 2).T[0], u[1::2][:2])]
    for first, second in apart:
        assert np.array_equal(dp.grad(adds, backend=backend)(first, second), second)


def fills_flat(m):
    flat = m.reshape(9)
    flat[::4] = 2.0
    return np.sum(flat)


def reads_after(m):
    flat = m.ravel()
    flat[0] = 2.0
    return np.sum(m)


def writes_a_product(m):
    product = 2.0 * m
    flat = product.reshape(9)
    flat[0] = 2.0
    return np.sum(product)


@BACKENDS
def test_views_that_are_copies_in_another_order(backend: str) -> None:
    plain = np.arange(9.0).reshape(3, 3)
    fortran = np.asfortranarray(plain)
    for f in (reads_after, writes_a_product):
        assert dp.value_and_grad(f, backend=backend)(plain)[0] == f(plain.copy())
        with pytest.raises(dp.AliasingError, match="order of C"):
            dp.value_and_grad(f, backend=backend)(fortran)
        with pytest.raises(dp.AliasingError, match="order of C"):
            dp.jvp(f, (fortran,), (plain,), backend=backend)
    assert dp.value_and_grad(fills_flat, backend=backend)(fortran)[0] == fills_flat(fortran)
    with pytest.raises(dp.AliasingError, match="order of C"):
        dp.grad(fills_flat, preserve=False, backend=backend)(fortran)
    with pytest.raises(dp.AliasingError, match="order of C"):
        dp.vjp(fills_flat, fortran, outputs=0, backend=backend)
    assert np.array_equal(fortran, plain)
