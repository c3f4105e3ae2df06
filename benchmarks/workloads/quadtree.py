"""A quad tree: four recursive calls a node, combined non-linearly, so that values are needed.

5461 calls at depth 6; the gradient is with respect to the root square's centre and half width.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jit import compiled
from benchmarks.peers import jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload
from benchmarks.workspace import workspace

Four = tuple[float, float, float, float]
ARGNUMS = (0, 1, 2)


def quadtree(x: float, y: float, h: float, depth: int) -> float:
    if depth == 0:
        return 1.0 + x * x * y + h
    q = 0.5 * h
    ne = quadtree(x + q, y + q, q, depth - 1)
    nw = quadtree(x - q, y + q, q, depth - 1)
    se = quadtree(x + q, y - q, q, depth - 1)
    sw = quadtree(x - q, y - q, q, depth - 1)
    return (ne * sw + nw * se) / (ne + nw + se + sw)


def args() -> tuple[Any, ...]:
    return 0.8, 0.6, 0.5, 6


@compiled
def _leaf(x: float, y: float, h: float) -> float:
    return 1.0 + x * x * y + h


@compiled
def _leaves(x: float, y: float, q: float) -> Four:
    a, b = _leaf(x + q, y + q, q), _leaf(x - q, y + q, q)
    return a, b, _leaf(x + q, y - q, q), _leaf(x - q, y - q, q)


@compiled
def _forward(
    x: float, y: float, h: float, depth: int, node: int, values: NDArray[np.float64]
) -> float:
    # The leaves are handled by their parents, and computed again in the reverse sweep.
    q, first = 0.5 * h, 4 * node + 1
    if depth == 1:
        a, b, c, d = _leaves(x, y, q)
    else:
        a = _forward(x + q, y + q, q, depth - 1, first, values)
        b = _forward(x - q, y + q, q, depth - 1, first + 1, values)
        c = _forward(x + q, y - q, q, depth - 1, first + 2, values)
        d = _forward(x - q, y - q, q, depth - 1, first + 3, values)
        values[first], values[first + 1], values[first + 2], values[first + 3] = a, b, c, d
    return (a * d + b * c) / (a + b + c + d)


@compiled
def _reverse(
    x: float, y: float, h: float, depth: int, node: int, values: NDArray[np.float64], out_bar: float
) -> tuple[float, float, float]:
    q, first = 0.5 * h, 4 * node + 1
    if depth == 1:
        a, b, c, d = _leaves(x, y, q)
    else:
        a, b, c, d = values[first], values[first + 1], values[first + 2], values[first + 3]
    inverse = 1.0 / (a + b + c + d)
    t_bar = out_bar * inverse
    s_bar = t_bar * ((a * d + b * c) * inverse)
    a_bar, b_bar = t_bar * d - s_bar, t_bar * c - s_bar
    c_bar, d_bar = t_bar * b - s_bar, t_bar * a - s_bar
    east, west, north, south = x + q, x - q, y + q, y - q
    if depth == 1:
        x_east = 2.0 * east * (a_bar * north + c_bar * south)
        x_west = 2.0 * west * (b_bar * north + d_bar * south)
        y_north = east * east * a_bar + west * west * b_bar
        y_south = east * east * c_bar + west * west * d_bar
        h_sum = a_bar + b_bar + c_bar + d_bar
    else:
        n = depth - 1
        xa, ya, ha = _reverse(east, north, q, n, first, values, a_bar)
        xb, yb, hb = _reverse(west, north, q, n, first + 1, values, b_bar)
        xc, yc, hc = _reverse(east, south, q, n, first + 2, values, c_bar)
        xd, yd, hd = _reverse(west, south, q, n, first + 3, values, d_bar)
        x_east, x_west, y_north, y_south = xa + xc, xb + xd, ya + yb, yc + yd
        h_sum = ha + hb + hc + hd
    q_bar = h_sum + (x_east - x_west) + (y_north - y_south)
    return x_east + x_west, y_north + y_south, 0.5 * q_bar


@compiled
def _adjoint(
    x: float, y: float, h: float, depth: int, values: NDArray[np.float64]
) -> tuple[float, float, float]:
    _forward(x, y, h, depth, 0, values)
    return _reverse(x, y, h, depth, 0, values, 1.0)


def hand_gradient(x: float, y: float, h: float, depth: int) -> tuple[float, float, float]:
    return _adjoint(x, y, h, depth, workspace("quadtree", 4**depth // 3))


def jax_gradient(*arguments: Any) -> Thunk:
    import jax
    import jax.numpy as jnp

    def primal(x: Any, y: Any, h: Any, depth: int) -> Any:
        if depth == 0:
            return 1.0 + x * x * y + h
        q = 0.5 * h
        xs = x + q * jnp.array([1.0, -1.0, 1.0, -1.0])
        ys = y + q * jnp.array([1.0, 1.0, -1.0, -1.0])
        children = jax.vmap(lambda x, y: primal(x, y, q, depth - 1))(xs, ys)
        ne, nw, se, sw = children
        return (ne * sw + nw * se) / jnp.sum(children)

    return jax_reverse(primal, arguments, ARGNUMS)


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(quadtree, arguments, ARGNUMS)


WORKLOAD = Workload(
    name="quadtree",
    title="quad tree, depth 6",
    primal=quadtree,
    argnums=ARGNUMS,
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    note="JAX: vmap over the four children",
)
