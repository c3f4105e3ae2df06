"""`np.piecewise`, in Python: specialisation reads it like a user's function."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as

__all__: list[str] = []


@read_as(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any) -> Any:
    if not isinstance(condlist, (list, tuple)):
        condlist = [condlist]
    result = np.zeros_like(x)
    rest = np.ones(x.shape, dtype=bool)
    for condition, function in zip(condlist, funclist):
        where = np.asarray(condition, dtype=bool)
        if where.shape != x.shape:
            raise ValueError("np.piecewise: conditions must have the shape of x")
        result[where] = function(x[where], *args) if callable(function) else function
        rest = np.logical_and(rest, np.logical_not(where))
    if len(funclist) == len(condlist) + 1:
        function = funclist[-1]
        result[rest] = function(x[rest], *args) if callable(function) else function
    return result
