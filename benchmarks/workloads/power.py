"""A power by linear recursion, 500 calls deep."""

from typing import Any

from benchmarks.jit import compiled
from benchmarks.peers import jax_loop, jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload


def power(x: float, n: int) -> float:
    return 1.0 if n == 0 else x * power(x, n - 1)


def args() -> tuple[Any, ...]:
    return 1.001, 500


@compiled
def _adjoint(x: float, n: int, out_bar: float) -> tuple[float, float]:
    # x * power(x, n - 1) is linear in the call, so its adjoint is known on the way down.
    if n == 0:
        return 1.0, 0.0
    y, x_bar = _adjoint(x, n - 1, out_bar * x)
    return x * y, x_bar + out_bar * y


@compiled
def hand_gradient(x: float, n: int) -> float:
    return _adjoint(x, n, 1.0)[1]


def jax_gradient(*arguments: Any) -> Thunk:
    import jax.numpy as jnp

    def primal(x: Any, n: int) -> Any:
        return jax_loop(lambda y: x * y, jnp.ones_like(x), n)

    return jax_reverse(primal, arguments, (0,))


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(power, arguments, (0,))


WORKLOAD = Workload(
    name="power",
    title="power(x, 500), recursion",
    primal=power,
    argnums=(0,),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    note="JAX: lax.scan for the recursion",
)
