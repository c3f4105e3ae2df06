"""The logistic map: a long scalar loop, gradient in the start and the growth rate.

At r = 3 the map is neutral, so the adjoint neither overflows nor dies over a million steps.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jit import compiled
from benchmarks.peers import jax_loop, jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload
from benchmarks.workspace import workspace


def logistic(x: float, r: float, n: int) -> float:
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def args() -> tuple[Any, ...]:
    return 0.3, 3.0, 1_000_000


def torch_args() -> tuple[Any, ...]:
    return 0.3, 3.0, 2_000


@compiled
def _adjoint(x: float, r: float, n: int, tape: NDArray[np.float64]) -> tuple[float, float]:
    for i in range(n):
        tape[i] = x
        x = r * x * (1.0 - x)
    x_bar, r_bar = 1.0, 0.0
    for i in range(n - 1, -1, -1):
        x = tape[i]
        r_bar += x_bar * (x * (1.0 - x))
        x_bar = x_bar * (r * (1.0 - x - x))
    return x_bar, r_bar


def hand_gradient(x: float, r: float, n: int) -> tuple[float, float]:
    return _adjoint(x, r, n, workspace("logistic", n))


def jax_gradient(*arguments: Any) -> Thunk:
    def primal(x: Any, r: Any, n: int) -> Any:
        return jax_loop(lambda x: r * x * (1.0 - x), x, n, block=10)

    return jax_reverse(primal, arguments, (0, 1))


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(logistic, arguments, (0, 1))


WORKLOAD = Workload(
    name="logistic",
    title="logistic map, 1e6 steps",
    primal=logistic,
    argnums=(0, 1),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    torch_args=torch_args,
    torch_scale=500.0,
    step=1e-9,
    note="JAX: scan over checkpointed blocks of 10 steps (plain scan: 2.4 times slower)",
)
