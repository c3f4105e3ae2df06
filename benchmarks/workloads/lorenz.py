"""The Lorenz system by RK4: a long loop of small functions on tuples, six derivatives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jit import compiled
from benchmarks.peers import jax_loop, jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload
from benchmarks.workspace import workspace

State = tuple[float, float, float]
ARGNUMS = (0, 1, 2, 3, 4, 5)


def rhs(state: State, sigma: float, rho: float, beta: float) -> State:
    x, y, z = state
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def moved(state: State, slope: State, h: float) -> State:
    return state[0] + h * slope[0], state[1] + h * slope[1], state[2] + h * slope[2]


def rk4_step(state: State, dt: float, sigma: float, rho: float, beta: float) -> State:
    k1 = rhs(state, sigma, rho, beta)
    k2 = rhs(moved(state, k1, 0.5 * dt), sigma, rho, beta)
    k3 = rhs(moved(state, k2, 0.5 * dt), sigma, rho, beta)
    k4 = rhs(moved(state, k3, dt), sigma, rho, beta)
    state = moved(state, k1, dt / 6.0)
    state = moved(state, k2, dt / 3.0)
    state = moved(state, k3, dt / 3.0)
    return moved(state, k4, dt / 6.0)


def lorenz(
    x: float, y: float, z: float, sigma: float, rho: float, beta: float, steps: int, dt: float
) -> float:
    state = (x, y, z)
    for _ in range(steps):
        state = rk4_step(state, dt, sigma, rho, beta)
    x, y, z = state
    return x * x + y * y + z * z


def args() -> tuple[Any, ...]:
    return 1.0, 1.0, 1.0, 10.0, 28.0, 8.0 / 3.0, 100_000, 1e-4


def torch_args() -> tuple[Any, ...]:
    return 1.0, 1.0, 1.0, 10.0, 28.0, 8.0 / 3.0, 1000, 1e-4


@compiled
def _rhs(x: float, y: float, z: float, sigma: float, rho: float, beta: float) -> State:
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


@compiled
def _forward(
    x: float, y: float, z: float, sigma: float, rho: float, beta: float,
    steps: int, dt: float, tape: NDArray[np.float64],
) -> State:  # fmt: skip
    half, third, sixth = 0.5 * dt, dt / 3.0, dt / 6.0
    for i in range(steps):
        a1, b1, c1 = _rhs(x, y, z, sigma, rho, beta)
        x2, y2, z2 = x + half * a1, y + half * b1, z + half * c1
        a2, b2, c2 = _rhs(x2, y2, z2, sigma, rho, beta)
        x3, y3, z3 = x + half * a2, y + half * b2, z + half * c2
        a3, b3, c3 = _rhs(x3, y3, z3, sigma, rho, beta)
        x4, y4, z4 = x + dt * a3, y + dt * b3, z + dt * c3
        a4, b4, c4 = _rhs(x4, y4, z4, sigma, rho, beta)
        row = tape[i]
        row[0], row[1], row[2], row[3], row[4], row[5] = x, y, z, x2, y2, z2
        row[6], row[7], row[8], row[9], row[10], row[11] = x3, y3, z3, x4, y4, z4
        x += sixth * (a1 + a4) + third * (a2 + a3)
        y += sixth * (b1 + b4) + third * (b2 + b3)
        z += sixth * (c1 + c4) + third * (c2 + c3)
    return x, y, z


@compiled
def _reverse(
    x_bar: float, y_bar: float, z_bar: float, sigma: float, rho: float, beta: float,
    steps: int, dt: float, tape: NDArray[np.float64],
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    half, third, sixth = 0.5 * dt, dt / 3.0, dt / 6.0
    sigma_bar, rho_bar, beta_bar = 0.0, 0.0, 0.0
    for i in range(steps - 1, -1, -1):
        row = tape[i]
        x_sum, y_sum, z_sum = x_bar, y_bar, z_bar
        # The adjoint of stage s is its weight in the sum plus its share of stage s + 1.
        a, b, c = sixth * x_bar, sixth * y_bar, sixth * z_bar
        for stage in range(3, -1, -1):
            x, y, z = row[3 * stage], row[3 * stage + 1], row[3 * stage + 2]
            sigma_bar += a * (y - x)
            rho_bar += b * x
            beta_bar -= c * z
            u = b * (rho - z) + c * y - a * sigma
            v = a * sigma + c * x - b
            w = -(b * x) - c * beta
            x_sum += u
            y_sum += v
            z_sum += w
            weight = third if stage > 1 else sixth
            reach = dt if stage == 3 else half
            a = weight * x_bar + reach * u
            b = weight * y_bar + reach * v
            c = weight * z_bar + reach * w
        x_bar, y_bar, z_bar = x_sum, y_sum, z_sum
    return x_bar, y_bar, z_bar, sigma_bar, rho_bar, beta_bar


@compiled
def _adjoint(
    x: float, y: float, z: float, sigma: float, rho: float, beta: float,
    steps: int, dt: float, tape: NDArray[np.float64],
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    rows = tape[: 12 * steps].reshape(steps, 12)
    x, y, z = _forward(x, y, z, sigma, rho, beta, steps, dt, rows)
    return _reverse(2.0 * x, 2.0 * y, 2.0 * z, sigma, rho, beta, steps, dt, rows)


def hand_gradient(
    x: float, y: float, z: float, sigma: float, rho: float, beta: float, steps: int, dt: float
) -> tuple[float, float, float, float, float, float]:
    return _adjoint(x, y, z, sigma, rho, beta, steps, dt, workspace("lorenz", 12 * steps))


def jax_gradient(*arguments: Any) -> Thunk:
    def primal(
        x: Any, y: Any, z: Any, sigma: Any, rho: Any, beta: Any, steps: int, dt: float
    ) -> Any:
        def step(state: Any) -> Any:
            return rk4_step(state, dt, sigma, rho, beta)

        x, y, z = jax_loop(step, (x, y, z), steps, block=1)
        return x * x + y * y + z * z

    return jax_reverse(primal, arguments, ARGNUMS)


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(lorenz, arguments, ARGNUMS)


WORKLOAD = Workload(
    name="lorenz",
    title="Lorenz RK4, 1e5 steps",
    primal=lorenz,
    argnums=ARGNUMS,
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
    torch_args=torch_args,
    torch_scale=100.0,
    note="JAX: scan over a checkpointed step (plain scan: 100 times slower)",
)
