"""The rulebook: what functions mean and what their derivatives are.

The files mirror NumPy's namespaces. Importing this package fills the registry.
"""

from diffpy.rules import (
    containers,
    creation,
    elementwise,
    in_place,
    indexing,
    insertion,
    linalg,
    operators,
    piecewise,
    polynomials,
    reductions,
    shaping,
    standard_library,
    statistics,
    structural,
)

__all__ = [
    "containers",
    "creation",
    "elementwise",
    "in_place",
    "indexing",
    "insertion",
    "linalg",
    "operators",
    "piecewise",
    "polynomials",
    "reductions",
    "shaping",
    "standard_library",
    "statistics",
    "structural",
]
