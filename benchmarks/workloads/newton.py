"""Square roots by Newton's method: a `while` loop with an unknown trip count, called often."""

from typing import Any

import numpy as np

from benchmarks.jit import compiled
from benchmarks.peers import jax_forward, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload


def newton_sqrt(a: float) -> float:
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def sum_of_roots(a: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        total += newton_sqrt(a + 0.001 * i)
    return total


def args() -> tuple[Any, ...]:
    return 2.0, 10_000


def torch_args() -> tuple[Any, ...]:
    return 2.0, 100


@compiled
def hand_gradient(a: float, n: int) -> float:
    # The calls do not depend on each other: each is reversed at once, on a tape that stays
    # in the cache. 64 trips are more than double precision needs.
    tape = np.empty(64)
    a_bar = 0.0
    for i in range(n):
        b = a + 0.001 * i
        x = b
        trips = 0
        while abs(x * x - b) > 1e-12:
            if trips == 64:
                raise RuntimeError("tape of 64 trips is full")
            tape[trips] = x
            x = 0.5 * (x + b / x)
            trips += 1
        x_bar = 1.0
        for k in range(trips - 1, -1, -1):
            inverse = 1.0 / tape[k]
            a_bar += x_bar * (0.5 * inverse)
            x_bar = x_bar * (0.5 - 0.5 * b * inverse * inverse)
        a_bar += x_bar
    return a_bar


def jax_gradient(*arguments: Any) -> Thunk:
    import jax
    import jax.numpy as jnp
    from jax import lax

    def root(a: Any) -> Any:
        return lax.while_loop(lambda x: jnp.abs(x * x - a) > 1e-12, lambda x: 0.5 * (x + a / x), a)

    def primal(a: Any, n: int) -> Any:
        return jnp.sum(jax.vmap(root)(a + 0.001 * jnp.arange(n)))

    return jax_forward(primal, arguments, (0,))


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(sum_of_roots, arguments, (0,))


WORKLOAD = Workload(
    name="newton",
    title="Newton sqrt (while), 1e4 roots",
    primal=sum_of_roots,
    argnums=(0,),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    torch_args=torch_args,
    torch_scale=100.0,
    note="JAX: vmap, forward mode (reverse over while_loop: n/a)",
)
