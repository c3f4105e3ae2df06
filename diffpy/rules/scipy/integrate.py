"""`scipy.integrate`: integrals of samples.

Simpson's rule and the cumulative rule are written in Python, which specialisation reads like a
user's: SciPy's own is written with lists of slices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate

from diffpy.rules.reductions import trapezoid
from diffpy.rules.registry import define, read_as

__all__: list[str] = []

define(integrate.trapezoid)(trapezoid)


@read_as(integrate.cumulative_trapezoid)
def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    y = np.moveaxis(np.asarray(y), axis, -1)
    parts = np.cumsum(_widths(y, x, dx, axis) * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    if initial is not None:
        if initial != 0:
            raise ValueError("`initial` must be `None` or `0`.")
        parts = np.concatenate((np.zeros(y.shape[:-1] + (1,)), parts), axis=-1)
    return np.moveaxis(parts, -1, axis)


@read_as(integrate.simpson)
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    y = np.moveaxis(np.asarray(y), axis, -1)
    count = y.shape[-1]
    width = _widths(y, x, dx, axis)
    if count < 3:
        return np.sum(width * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    # Parabolas over pairs of intervals; for an even number of points the last interval is left.
    paired = count - 1 + count % 2
    h0, h1 = width[..., 0 : paired - 1 : 2], width[..., 1 : paired - 1 : 2]
    total = h0 + h1
    result = np.sum(
        total
        / 6.0
        * (
            y[..., 0 : paired - 2 : 2] * (2.0 - h1 / h0)
            + y[..., 1 : paired - 1 : 2] * total * total / (h0 * h1)
            + y[..., 2:paired:2] * (2.0 - h0 / h1)
        ),
        axis=-1,
    )
    if count % 2 == 0:  # Cartwright's correction, the parabola through the last three points
        a, b = width[..., -2:-1], width[..., -1:]
        last = (
            (2.0 * b * b + 3.0 * a * b) / (6.0 * (a + b)) * y[..., -1:]
            + (b * b + 3.0 * a * b) / (6.0 * a) * y[..., -2:-1]
            - b * b * b / (6.0 * a * (a + b)) * y[..., -3:-2]
        )
        result = result + np.sum(last, axis=-1)
    return result


def _widths(y: Any, x: Any, dx: Any, axis: Any) -> Any:
    """The distances between the samples, along the last axis."""
    if x is None:
        return np.full(y.shape[-1] - 1, dx)
    x = np.asarray(x)
    if x.ndim == 1:
        return x[1:] - x[:-1]
    x = np.moveaxis(x, axis, -1)
    return x[..., 1:] - x[..., :-1]
