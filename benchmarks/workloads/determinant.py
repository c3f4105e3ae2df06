"""A determinant by expansion in minors, n = 7, as in GradBench's `det`: recursion on arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jit import compiled
from benchmarks.peers import jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload
from benchmarks.workspace import workspace

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def determinant(a: Matrix) -> float:
    n = a.shape[0]
    if n == 1:
        return a[0, 0]  # type: ignore[no-any-return]
    total = 0.0
    sign = 1.0
    for j in range(n):
        minor = np.empty((n - 1, n - 1))
        for row in range(1, n):
            for column in range(n - 1):
                skipped = column if column < j else column + 1
                minor[row - 1, column] = a[row, skipped]
        total += sign * a[0, j] * determinant(minor)
        sign = -sign
    return total


def args() -> tuple[Any, ...]:
    return (np.random.default_rng(7).uniform(-1.0, 1.0, (7, 7)),)


@compiled
def _adjoint(a: Vector, a_bar: Vector, n: int, at: int, out_bar: float) -> float:
    # `at` is where the n by n matrix lies in `a`, and its adjoint, to be assigned, in `a_bar`;
    # its minors follow, one level a size, so that nothing is allocated.
    if n == 2:
        a_bar[at], a_bar[at + 1] = out_bar * a[at + 3], -out_bar * a[at + 2]
        a_bar[at + 2], a_bar[at + 3] = -out_bar * a[at + 1], out_bar * a[at]
        return a[at] * a[at + 3] - a[at + 1] * a[at + 2]  # type: ignore[no-any-return]
    m, minor = n - 1, at + n * n
    for i in range(at + n, minor):
        a_bar[i] = 0.0
    total, sign = 0.0, 1.0
    for j in range(n):
        for row in range(m):
            source, target = at + (row + 1) * n, minor + row * m
            for column in range(j):
                a[target + column] = a[source + column]
            for column in range(j, m):
                a[target + column] = a[source + column + 1]
        # Linear in the minor's determinant: its adjoint is known before the call.
        factor = sign * a[at + j]
        value = _adjoint(a, a_bar, m, minor, out_bar * factor)
        a_bar[at + j] = out_bar * sign * value
        total += factor * value
        for row in range(m):
            source, target = at + (row + 1) * n, minor + row * m
            for column in range(j):
                a_bar[source + column] += a_bar[target + column]
            for column in range(j, m):
                a_bar[source + column + 1] += a_bar[target + column]
        sign = -sign
    return total


@compiled
def _gradient(a: Matrix, buffer: Vector) -> Matrix:
    n = a.shape[0]
    if n == 1:
        return np.ones((1, 1))
    half = buffer.size // 2
    values, bars = buffer[:half], buffer[half:]
    values[: n * n] = a.ravel()
    _adjoint(values, bars, n, 0, 1.0)
    return bars[: n * n].copy().reshape(n, n)


def hand_gradient(a: Matrix) -> Matrix:
    n = a.shape[0]
    return _gradient(a, workspace("determinant", 2 * n * n * n))


def jax_gradient(*arguments: Any) -> Thunk:
    import jax
    import jax.numpy as jnp

    def primal(a: Any) -> Any:
        n = a.shape[0]
        if n == 1:
            return a[0, 0]
        kept = np.array([[c for c in range(n) if c != j] for j in range(n)])
        signs = jnp.asarray((-1.0) ** np.arange(n))
        minors = jnp.moveaxis(a[1:][:, kept], 1, 0)
        return jnp.sum(signs * a[0] * jax.vmap(primal)(minors))

    return jax_reverse(primal, arguments, (0,))


def torch_gradient(*arguments: Any) -> Thunk:
    import torch

    def primal(a: Any) -> Any:
        n = a.shape[0]
        if n == 1:
            return a[0, 0]
        total = 0.0
        sign = 1.0
        for j in range(n):
            minor = torch.cat((a[1:, :j], a[1:, j + 1 :]), dim=1)
            total = total + sign * a[0, j] * primal(minor)
            sign = -sign
        return total

    return torch_reverse(primal, arguments, (0,))


WORKLOAD = Workload(
    name="determinant",
    title="determinant by minors, n = 7",
    primal=determinant,
    argnums=(0,),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    note="Hand: stores the minors, as the primal does. JAX: vmap. PyTorch: slices and cat",
)
