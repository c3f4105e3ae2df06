"""The two peers, as their users would call them: jitted JAX and eager PyTorch."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.timing import Thunk

Primal = Callable[..., Any]


def jax_reverse(fun: Primal, args: Sequence[Any], argnums: Sequence[int]) -> Thunk:
    """`jax.jit(jax.grad(fun))` on arguments that already lie on the device."""
    import jax

    gradient = jax.grad(fun, tuple(argnums))
    return _jax_call(gradient, args, argnums)


def jax_forward(fun: Primal, args: Sequence[Any], argnums: Sequence[int]) -> Thunk:
    """`jax.jit(jax.jacfwd(fun))`, for what JAX cannot reverse (`while_loop`)."""
    import jax

    gradient = jax.jacfwd(fun, tuple(argnums))
    return _jax_call(gradient, args, argnums)


def jax_loop(step: Primal, state: Any, steps: int, block: int = 0) -> Any:
    """`lax.scan` of `step`; with a `block`, over checkpointed blocks of so many steps.

    Checkpointing makes XLA fuse a whole step into one kernel of the reverse loop, which for
    small steps gains more than the recomputation costs (Lorenz: 100 times).
    """
    import jax
    from jax import lax

    size = block if block and steps % block == 0 else 1

    def body(state: Any, _: None) -> tuple[Any, None]:
        for _unrolled in range(size):
            state = step(state)
        return state, None

    return lax.scan(jax.checkpoint(body) if block else body, state, length=steps // size)[0]


def _jax_call(gradient: Primal, args: Sequence[Any], argnums: Sequence[int]) -> Thunk:
    import jax
    import jax.numpy as jnp

    block_until_ready: Primal = jax.block_until_ready
    static = [i for i in range(len(args)) if i not in argnums]
    jitted = jax.jit(gradient, static_argnums=tuple(static))
    on_device = [
        value if i in static else jax.tree.map(lambda leaf: jnp.asarray(leaf, float), value)
        for i, value in enumerate(args)
    ]

    def call() -> Any:
        return block_until_ready(jitted(*on_device))

    return call


def torch_reverse(fun: Primal, args: Sequence[Any], argnums: Sequence[int]) -> Thunk:
    """`fun` run on float64 tensors and `torch.autograd.grad` of its result.

    The number arguments become 0-d tensors, so the plain primal runs unchanged.
    """
    import torch
    from torch.utils import _pytree as pytree

    torch.set_num_threads(1)

    def leaf(value: Any) -> Any:
        return torch.tensor(value, dtype=torch.float64, requires_grad=True)

    tensors = [pytree.tree_map(leaf, v) if i in argnums else v for i, v in enumerate(args)]
    inputs = pytree.tree_leaves([tensors[i] for i in argnums])

    def gradient() -> tuple[Any, ...]:
        out = fun(*tensors)
        return torch.autograd.grad(out, inputs, allow_unused=True, materialize_grads=True)

    return gradient
