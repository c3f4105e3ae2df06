"""Linear code that works in place: its reverse needs neither a tape nor the primal.

The kernels are those of PolyBench, as NPBench writes them. The derivative of each statement is a
statement on the shadows, so all that is left of the primal is how long its arrays are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from diffpy import grad, value_and_grad
from tests import differences


def seidel_2d(a, weights, steps):
    n = a.shape[0]
    for _ in range(steps - 1):
        for i in range(1, n - 1):
            a[i, 1:-1] += (
                a[i - 1, :-2]
                + a[i - 1, 1:-1]
                + a[i - 1, 2:]
                + a[i, 2:]
                + a[i + 1, :-2]
                + a[i + 1, 1:-1]
                + a[i + 1, 2:]
            )
            for j in range(1, n - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
    return np.sum(weights * a)


def half_step(a, b):
    b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])


def jacobi_2d(a, b, weights, steps):
    for _ in range(1, steps):
        half_step(a, b)
        half_step(b, a)
    return np.sum(weights * a) + np.sum(b * weights)


def syrk(c, a, weights, alpha, beta):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    return np.sum(weights * c)


def trmm(b, a, weights, alpha):
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            b[i, j] += np.dot(a[i + 1 :, i], b[i + 1 :, j])
    b *= alpha
    return np.sum(weights * b)


def gemver(a, u1, v1, u2, v2, w, x, y, z, alpha, beta, weights):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ a + z
    w += alpha * a @ x
    return np.sum(weights * w)


RANDOM = np.random.default_rng(3)


def array(*shape: int) -> np.ndarray:
    return RANDOM.uniform(0.5, 1.5, shape)


@dataclass(frozen=True)
class Kernel:
    """A kernel, its arguments, and the number of those in which it is linear, the first ones."""

    function: Callable
    args: tuple
    linear: int = 1

    @property
    def argnums(self) -> tuple[int, ...]:
        return tuple(range(self.linear))


KERNELS = {
    "seidel_2d": Kernel(seidel_2d, (array(5, 5), array(5, 5), 3)),
    "jacobi_2d": Kernel(jacobi_2d, (array(5, 6), array(5, 6), array(5, 6), 3), 2),
    "syrk": Kernel(syrk, (array(4, 4), array(4, 3), array(4, 4), 1.5, 1.25), 2),
    "trmm": Kernel(trmm, (array(4, 3), array(4, 4), array(4, 3), 1.5)),
    "gemver": Kernel(gemver, (array(4, 4), *(array(4) for _ in range(8)), 1.5, 1.25, array(4)), 9),
}


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_nothing_is_saved_and_no_loop_of_the_primal_runs(kernel: Kernel) -> None:
    derivative = grad(kernel.function, argnums=kernel.argnums, backend="python")
    text = derivative.compile(*kernel.args).source
    forward, _, reverse = text.partition("# reverse sweep")
    assert reverse
    for saved in ("tape", "push", "pop", "_was", "np.empty"):
        assert saved not in text, f"{saved} in\n{text}"
    assert "for " not in forward and "while " not in forward, forward
    loops = sum(line.lstrip().startswith("for ") for line in reverse.splitlines())
    assert loops == LOOPS[kernel.function]


#: how many loops each kernel has, and so the reverse
LOOPS = {seidel_2d: 3, jacobi_2d: 1, syrk: 2, trmm: 2, gemver: 0}


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_the_gradients_are_right(kernel: Kernel, backend: str) -> None:
    for argnums in (kernel.argnums, (0, 1)):
        args = tuple(np.copy(a) if isinstance(a, np.ndarray) else a for a in kernel.args)
        value, found = value_and_grad(kernel.function, argnums, backend=backend)(*args)
        differences.check_gradient(kernel.function, kernel.args, argnums, found)
        differences.check_value(kernel.function, kernel.args, value)
        differences.assert_untouched(kernel.args, args)


def heat(u, k, n):
    """A stencil whose arrays are made anew in each step: still linear in ``u``."""
    for _ in range(n):
        flux = k * (u[1:] - u[:-1])
        u = u.copy()
        u[1:-1] += flux[1:] - flux[:-1]
    return np.sum(u * u[::-1])


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_the_lengths_of_what_is_made_in_a_loop_are_not_saved(backend: str) -> None:
    args = (array(6), 0.2, 3)
    derivative = grad(heat, backend=backend)
    differences.check_gradient(heat, args, 0, derivative(*args))
    assert "_n0_tape" not in derivative.source
