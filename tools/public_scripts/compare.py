"""Compare both modes of a derivative with differences of the function, at any scale of arguments.

`diffpy.check_grads` steps by absolute amounts; functions of engineers take 1e5 next to 1e-4, so
here each argument is moved by a fraction of itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy import jvp, vjp

Tree = Any

FIRST_STEP = 2.0**-6
LEVELS = 8
TOLERANCE = 1e-6


class WrongDerivativeError(AssertionError):
    """A derivative that differences of the function contradict."""


class UnreliableDifferencesError(AssertionError):
    """Differences at several steps do not agree with each other."""


def check(
    function: Callable[..., Any], args: tuple[Any, ...], backend: str, reach: float = FIRST_STEP
) -> None:
    """Compare reverse and forward mode along one direction with differences; raise if wrong."""
    random = np.random.default_rng(0)
    out = function(*copy.deepcopy(args))
    if not any(True for _ in floats(out)):
        raise TypeError(f"the function returns no floats but {type(out).__name__}")
    direction = map_floats(args, lambda x: nearby(x, random), zero=True)
    weights = map_floats(out, lambda x: random.uniform(0.5, 1.5, np.shape(x)) / scale(x), zero=True)

    def weighted(step: float) -> float:
        moved = add(copy.deepcopy(args), direction, step)
        return inner_product(weights, function(*moved))

    expected, error = differences(weighted, reach)
    gradients = vjp(function, *copy.deepcopy(args), backend=backend)[1](weights)
    compare("reverse mode", inner_product(gradients, direction), expected, error)
    _, out_dot = jvp(function, copy.deepcopy(args), direction, backend=backend)
    compare("forward mode", inner_product(weights, out_dot), expected, error)


def compare(mode: str, found: float, expected: float, error: float) -> None:
    """Raise unless ``found`` is ``expected``, which is known to ``error``."""
    allowed = TOLERANCE * abs(expected) + 1e-12
    if not error <= allowed / 2:
        raise UnreliableDifferencesError(f"{expected} is known only to {error:.1e}")
    if not abs(found - expected) <= allowed:
        raise WrongDerivativeError(f"{mode} gives {found}, differences give {expected}")


def differences(f: Callable[[float], float], step: float) -> tuple[float, float]:
    """``f'(0)`` by extrapolated central differences (Ridders 1982), and how far it may be off."""
    best, best_error = np.nan, np.inf
    previous: list[float] = []
    for _ in range(LEVELS):
        row = [(f(step) - f(-step)) / (2 * step)]
        for order, above in enumerate(previous, 1):
            row.append(row[-1] + (row[-1] - above) / (4.0**order - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - above))
            if error < best_error:
                best, best_error = row[-1], error
        previous, step = row, step / 2
    return best, best_error


def scale(x: Any) -> float:
    """The largest magnitude in ``x``, 1 if that is zero."""
    return float(np.max(np.abs(x), initial=0.0)) or 1.0


def nearby(x: Any, random: np.random.Generator) -> Any:
    """A random direction in which ``x`` moves by a fraction of itself."""
    size = np.abs(x)
    size = np.where(size > 0, size, 0.1 * scale(x))
    return size * random.uniform(0.5, 1.0, np.shape(x)) * random.choice([-1.0, 1.0], np.shape(x))


# --- trees: numbers and arrays in tuples, lists, dicts and objects -----------------------------


def is_float(leaf: Tree) -> bool:
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind == "f"
    return isinstance(leaf, float)


def children(tree: Tree) -> dict[Any, Tree] | None:
    """The parts of a container by their keys; None for a leaf."""
    if isinstance(tree, tuple | list):
        return dict(enumerate(tree))
    if isinstance(tree, dict):
        return tree
    if hasattr(tree, "__dict__") and not callable(tree):
        return dict(vars(tree))
    return None


def floats(tree: Tree) -> Iterator[Any]:
    parts = children(tree)
    if parts is None:
        if is_float(tree):
            yield tree
        return
    for part in parts.values():
        yield from floats(part)


def map_floats(tree: Tree, f: Callable[[Any], Any], zero: bool = False) -> Tree:
    """``tree`` with ``f`` of its floats; with ``zero``, other numbers are 0.0 and the rest None."""
    parts = children(tree)
    if parts is not None:
        return with_children(tree, {k: map_floats(v, f, zero) for k, v in parts.items()})
    if is_float(tree):
        new = f(tree)
        return new.astype(tree.dtype) if isinstance(tree, np.ndarray) else type(tree)(new)
    if not zero:
        return tree
    if isinstance(tree, np.ndarray):
        return np.zeros(tree.shape)
    return 0.0 if isinstance(tree, int | np.integer | np.bool_) else None


def with_children(tree: Tree, parts: dict[Any, Tree]) -> Tree:
    """A container like ``tree`` with other parts."""
    if isinstance(tree, tuple):
        values = parts.values()
        return type(tree)(*values) if hasattr(tree, "_fields") else tuple(values)
    if isinstance(tree, list):
        return list(parts.values())
    if isinstance(tree, dict):
        return dict(parts)
    other = copy.copy(tree)
    vars(other).update(parts)
    return other


def add(tree: Tree, direction: Tree, step: float) -> Tree:
    """``tree + step * direction``, floats only."""
    moves = iter([move for _, move in zip_floats(tree, direction)])
    return map_floats(tree, lambda x: x + step * next(moves))


def zip_floats(tree: Tree, other: Tree) -> Iterator[tuple[Any, Any]]:
    """The floats of ``tree`` with what stands in their place in ``other``."""
    parts = children(tree)
    if parts is None:
        if is_float(tree):
            yield tree, other
        return
    others = children(other)
    assert others is not None, f"{other!r} is not like {tree!r}"
    for key, part in parts.items():
        yield from zip_floats(part, others[key])


def inner_product(a: Tree, b: Tree) -> float:
    return float(sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in zip_floats(a, b)))
