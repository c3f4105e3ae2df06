"""Statistics of whole data sets, in Python: specialisation reads these like a user's function."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as


@read_as(np.cov)
def _cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    if y is not None or np.ndim(m) != 2:
        raise NotImplementedError("np.cov of anything but one matrix")
    x = m if rowvar else m.T
    fixed = (0 if bias else 1) if ddof is None else ddof
    centred = x - np.mean(x, axis=1)[:, None]
    return centred @ centred.T / (x.shape[1] - fixed)
