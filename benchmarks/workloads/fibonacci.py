"""A Fibonacci recursion in floats: two calls a node, 21,891 calls, almost no arithmetic."""

from typing import Any

from benchmarks.jit import compiled
from benchmarks.peers import torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload


def fibonacci(x: float, n: int) -> float:
    if n < 2:
        return x
    return x * (fibonacci(x, n - 1) + fibonacci(x, n - 2))


def args() -> tuple[Any, ...]:
    return 0.7, 20


@compiled
def _adjoint(x: float, n: int, out_bar: float) -> tuple[float, float]:
    # Linear in the calls, so their adjoints are known before they are made: one sweep.
    if n < 2:
        return x, out_bar
    t_bar = out_bar * x
    a, a_bar = _adjoint(x, n - 1, t_bar)
    b, b_bar = _adjoint(x, n - 2, t_bar)
    t = a + b
    return x * t, a_bar + b_bar + out_bar * t


@compiled
def hand_gradient(x: float, n: int) -> float:
    return _adjoint(x, n, 1.0)[1]


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(fibonacci, arguments, (0,))


WORKLOAD = Workload(
    name="fibonacci",
    title="Fibonacci(x, 20), recursion",
    primal=fibonacci,
    argnums=(0,),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient="n/a: recursion is unrolled",
    torch_gradient=torch_gradient,
)
