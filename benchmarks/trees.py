"""Gradients and arguments as flat float64 vectors, whatever structure holds them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def flatten(tree: Any) -> Vector:
    """All numbers of nested tuples, dicts and arrays (of any library), in order."""
    if tree is None:
        return np.zeros(1)
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, tuple | list):
        return np.concatenate([flatten(leaf) for leaf in tree]) if tree else np.empty(0)
    return np.asarray(tree, dtype=np.float64).ravel()


def unflatten(like: Any, flat: Vector) -> Any:
    """The structure `like` with the numbers of `flat`: `flatten` undone."""
    if isinstance(like, tuple):
        sizes = [flatten(leaf).size for leaf in like]
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        leaves = [unflatten(leaf, part) for leaf, part in zip(like, parts, strict=True)]
        return type(like)(*leaves) if hasattr(like, "_fields") else tuple(leaves)
    if isinstance(like, np.ndarray):
        return flat.reshape(like.shape).copy()
    return float(flat[0])


def relative_error(value: Any, reference: Any) -> float:
    """Largest relative difference of two gradients, component by component.

    A component that cancels to rounding noise is measured against the largest one instead:
    the floor is 1e-10 of the largest component. NaN counts as infinitely wrong.
    """
    a, b = flatten(value), flatten(reference)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    floor = 1e-10 * float(np.max(np.abs(b), initial=0.0))
    scale = np.maximum(np.abs(b), max(floor, np.finfo(np.float64).tiny))
    return float(np.max(np.abs(a - b) / scale, initial=0.0))
