"""Functions that leave their results in arguments; `tests/test_final_contents.py` runs them.

Each case is the arguments and the outputs, by number or name.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

random = np.random.default_rng(7)


def array(*shape: int) -> np.ndarray:
    return random.uniform(0.5, 1.5, shape)


@dataclass(frozen=True)
class InPlace:
    """A function, its arguments, and which of them hold its outputs."""

    function: Callable
    args: tuple
    outputs: Any
    order: int

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)


PROGRAMS: list[InPlace] = []


def case(*args: Any, outputs: Any, order: int = 2) -> Callable:
    """Adds the function below."""

    def add(function: Callable) -> Callable:
        PROGRAMS.append(InPlace(function, args, outputs, order))
        return function

    return add


# --- kernels of NPBench and PolyBench --------------------------------------------------------


@case(3, array(6, 6), array(6, 6), outputs=("A", "B"))
def jacobi_2d(steps, A, B):
    for _ in range(1, steps):
        B[1:-1, 1:-1] = 0.2 * (
            A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        )
        A[1:-1, 1:-1] = 0.2 * (
            B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        )


@case(3, 5, array(5, 5), outputs="A")
def seidel_2d(steps, n, A):
    for _ in range(steps - 1):
        for i in range(1, n - 1):
            A[i, 1:-1] += A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:]
            for j in range(1, n - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0


@case(1.5, 1.2, array(3, 3), *(array(3) for _ in range(8)), outputs=("A", "x", "w"))
def gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x


@case(2, array(3, 4), array(3, 4), array(3, 4), array(2), outputs=("ex", "ey", "hz"))
def fdtd_2d(steps, ex, ey, hz, source):
    for t in range(steps):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


@case(array(4, 4) + 4.0 * np.eye(4), outputs=0)
def lu(A):
    for i in range(A.shape[0]):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, A.shape[0]):
            A[i, j] -= A[i, :i] @ A[:i, j]


@case(array(4, 3), array(3, 3), np.zeros((4, 3)), outputs="Q")
def gram_schmidt(A, R, Q):
    for k in range(A.shape[1]):
        R[k, k] = np.sqrt(np.dot(A[:, k], A[:, k]))
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, A.shape[1]):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]


# --- stores of every kind ----------------------------------------------------------------------


@case(array(4), array(4), np.zeros(4), outputs="out")
def fills_out(a, b, out):
    np.multiply(a, b, out=out)
    np.add.at(out, np.array([0, 0, 2]), a[:3])


@case(array(4), array(4), outputs="out")
def returns_what_it_fills(a, out):
    out[:] = np.sin(a) * out
    return out


@case(array(4), outputs=0)
def sorts(a):
    a *= -1.0
    a.sort()


@case(array(3, 3), outputs="m")
def through_rows(m):
    for i, row in enumerate(m):
        row[i] = row.sum()
        row *= m[0, 0]


@case(array(4), array(4), outputs=("v", "u"))
def exchanges(u, v):
    u[:], v[:] = v * u, u.copy()
    return v[0] * u[1]


@case(array(3).astype(np.float32), 2, outputs="u", order=1)
def single_precision(u, n):
    for _ in range(n):
        u *= u


@case(np.array(1.5), 2.0, outputs="s")
def zero_dimensions(s, x):
    s[...] = s * s * x


# --- what counts is the array that was passed ---------------------------------------------------


@case(array(4), outputs="u")
def reads_only(u):
    return np.sum(u * u)


@case(array(4), outputs="u")
def rebinds_halfway(u):
    u[0] = u[1] * u[2]
    u = u * 2
    u[1] = 7.0
    return u[1] * u[0]


@case(array(4), outputs="u")
def works_on_a_copy(u):
    u = u.copy()
    u[1] = 7.0


@case(array(4), outputs=("u", 0))
def named_twice(u):
    u[1:] *= u[:-1]


@case(array(4), 1.5, outputs="u")
def changes_a_copy(u, c):
    if c > 0.0:
        u = u.copy()
    u[0] = 2.0 * u[1] * c
    return np.sum(u)


@case(array(4), -1.5, outputs="u")
def changes_no_copy(u, c):
    if c > 0.0:
        u = u.copy()
    u[0] = 2.0 * u[1] * c
    return np.sum(u)


@case(array(4), array(4), 3, outputs=("u", "v"))
def takes_turns(u, v, n):
    for _ in range(n):
        v[1:-1] = u[:-2] * u[2:]
        u, v = v, u


@case(array(4), array(4), 4, outputs=("u", "v"))
def takes_turns_again(u, v, n):
    for _ in range(n):
        v[1:-1] = u[:-2] * u[2:]
        u, v = v, u


@case(array(3, 3), outputs="m")
def through_a_flat_view(m):
    flat = m.reshape(9)
    flat[::4] = 2.0 * flat[0] * flat[1:4]


# --- control flow, calls, closures --------------------------------------------------------------


@case(array(4), 0.3, outputs="u")
def in_a_branch(u, x):
    if x > 0.2:
        u[0] = x * x
    else:
        u[1] = x


@case(array(5), 0.3, outputs="u")
def returns_early(u, x):
    i = 0
    while True:
        u[i] = u[i] * x + u[i + 1]
        i += 1
        if i >= 3:
            return u[i] * x
        x = x * 1.1


def butterfly(u, low, high):
    if high - low < 2:
        u[low] = u[low] ** 2
        return
    middle = (low + high) // 2
    butterfly(u, low, middle)
    butterfly(u, middle, high)
    for i in range(middle - low):
        u[low + i] += u[middle + i]


@case(array(4), outputs="u")
def recurses(u):
    butterfly(u, 0, len(u))


@case(array(3), 0, outputs="u")
def handles(u, n):
    try:
        u[0] = u[1] * 2
        u[1] = 1.0 / n
    except ZeroDivisionError:
        u[2] = u[0] * 3


@case(array(4), outputs="u")
def writes_in_a_closure(u):
    def put(i, x):
        u[i] = x * u[i]

    for i in range(3):
        put(i, u[i + 1])


# --- ways of taking arguments -------------------------------------------------------------------


@case(2.0, (array(3), array(2)), outputs=1)
def in_a_tuple(x, parts):
    parts[0][1] = x * parts[1][0]
    parts[1][:] = parts[0][:2] * x


@case(2.0, array(3), array(3), outputs=(1, 2), order=1)
def starred(x, *rest):
    rest[0][:] = x * rest[1]
    rest[1][0] = rest[0][1]


@case(array(3), outputs="u", order=1)
def defaults(u, /, x=3.0, *, n=2):
    for _ in range(n):
        u *= x * u


@case(array(3), 2.0, outputs="u")
@numba.njit
def compiled(u, x):
    for i in range(len(u)):
        u[i] = u[i] * x


def scaled(x, u):
    u *= x * u
    return x


class Scale:
    factor = 2.0

    def method(self, u):
        u *= self.factor * u

    def __call__(self, u):
        u *= self.factor * u


case(array(3), outputs="u", order=1)(functools.partial(scaled, 3.0))
case(array(3), outputs="u")(Scale().method)
case(array(3), outputs="u")(Scale())
case(array(3), array(3), outputs=0)(np.copyto)
