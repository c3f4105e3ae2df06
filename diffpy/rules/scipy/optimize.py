"""`scipy.optimize`: the functions that are plain Python are read like a user's."""

from __future__ import annotations

from scipy import optimize

from diffpy.rules.registry import read_source
from diffpy.rules.scipy import arrays

__all__ = ["arrays"]

read_source(optimize.rosen, optimize.rosen_der, optimize.rosen_hess_prod)
