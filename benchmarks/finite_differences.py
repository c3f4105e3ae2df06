"""The primal is the oracle: the hand-written adjoint against central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.trees import flatten, unflatten


def directional_error(
    primal: Callable[..., float],
    args: tuple[Any, ...],
    argnums: tuple[int, ...],
    gradient: Any,
    directions: int = 3,
    step: float = 1e-5,
) -> float:
    """Largest relative error of `gradient` along random directions.

    Each component moves by up to `step` of its own size. The differences are extrapolated
    once (Richardson), so that what is left is the rounding of the primal.
    """
    rng = np.random.default_rng(0)
    active = tuple(args[i] for i in argnums)
    point, slope = flatten(active), flatten(gradient)

    def along(direction: Any, h: float) -> float:
        values = []
        for sign in (1.0, -1.0):
            moved = unflatten(active, point + sign * h * direction)
            full = list(args)
            for i, value in zip(argnums, moved, strict=True):
                full[i] = value
            values.append(primal(*full))
        return (values[0] - values[1]) / (2.0 * h)

    worst = 0.0
    for _ in range(directions):
        direction = rng.uniform(-1.0, 1.0, point.size) * np.where(point == 0.0, 1.0, abs(point))
        measured = (4.0 * along(direction, step) - along(direction, 2.0 * step)) / 3.0
        scale = float(np.abs(slope) @ np.abs(direction))
        worst = max(worst, abs(measured - float(slope @ direction)) / scale)
    return worst
