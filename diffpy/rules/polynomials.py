"""Polynomials by their coefficients, highest power first, in Python.

Specialisation reads these like a user's function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as


@read_as(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    y = 0.0 * np.asarray(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


@read_as(np.vander)
def _vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    count = len(x) if N is None else N
    powers = np.arange(count) if increasing else np.arange(count - 1, -1, -1)
    return np.asarray(x)[:, None] ** powers
