"""Compare derivatives with finite differences and with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.api import Outputs, as_outputs, jvp, vjp
from diffpy.parameters import Parameters
from diffpy.runtime.derivative_trees import contains_nan, own_copy, zero_derivative
from diffpy.transform.check_request import Transform
from diffpy.transformed import Transformed

__all__ = ["check_grads"]

MODES = ("fwd", "rev")
#: halvings of the step of the differences; each removes another power of the error
LEVELS = 6
FIRST_STEP = 2.0**-7


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = MODES,
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
    backend: str = "auto",
    outputs: Outputs | None = None,
) -> None:
    """Check the derivatives of a function; return nothing if they are right.

    Along a random direction of the arguments and, if the result is no number, a random
    combination of its components, the derivative of each mode is compared with differences
    of ``f`` itself, and the modes with each other. Higher orders do the same with the derivatives.

    Parameters
    ----------
    f : callable
        Takes and returns numbers, arrays and tuples of them.
    args : sequence
        Where to check, away from kinks.
    order : int
        1 checks first derivatives, 2 second ones too, and so on.
    modes : sequence of {"fwd", "rev"}
        Forward mode, reverse mode, or both.
    atol, rtol : float, optional
        Allowed differences. Defaults follow the precision of the arguments: 1e-6 for float64.
    eps : float, optional
        The largest step of the differences.
    backend : {"auto", "numba", "python"}
        As for `diffpy.grad`.
    outputs : int, str or sequence of these, optional
        Arguments whose contents in the end are the output, as for `diffpy.vjp`.

    Raises
    ------
    AssertionError
        If a derivative is wrong, or is NaN.

    References
    ----------
    C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Softw. 4 (1982).

    Examples
    --------
    >>> check_grads(lambda x, y: x * y + y, (1.5, -0.5), backend="python")
    """
    unknown = set(modes) - set(MODES)
    if unknown or not modes or isinstance(modes, str):
        raise ValueError(f"modes must be taken from {MODES}, not {modes!r}")
    if order < 1:
        raise ValueError(f"order must be at least 1, not {order}")
    check = _Check(tuple(modes), atol, rtol, eps, backend, np.random.default_rng(0))
    check.up_to(
        order, _Subject(f, as_outputs(outputs)), tuple(args), getattr(f, "__name__", repr(f))
    )


@dataclass(frozen=True)
class _Subject:
    """A function under test, with the outputs that it leaves in its arguments."""

    function: Callable[..., Any]
    outputs: Any = None

    def __call__(self, *args: Any) -> Any:
        result = self.function(*args)
        if self.outputs is None:
            return result
        asked = Transform("vjp", self.function, outputs=self.outputs)
        places = asked.output_positions(Parameters(self.function))
        held = tuple(args[place.parameter + (place.item or 0)] for place in places)
        contents = held[0] if asked.bare_output else held
        return contents if result is None else (result, contents)


@dataclass(frozen=True)
class _Check:
    modes: tuple[str, ...]
    atol: float | None
    rtol: float | None
    eps: float | None
    backend: str
    random: np.random.Generator

    def up_to(self, order: int, f: _Subject, args: tuple[Any, ...], name: str) -> None:
        """Check ``f`` and then, as functions of their own, its derivatives."""
        out = f(*own_copy(args))
        if out is None:
            raise ValueError(
                f"{name} returns None; outputs= names the arguments that it leaves its result in"
            )
        direction = self.random_like(args)
        weights = self.random_like(out)
        self.first_order(f, args, direction, weights, name)
        if order == 1:
            return
        for mode in self.modes:
            word = "jvp" if mode == "fwd" else "pullback"
            asked = Transform(word, f.function, outputs=f.outputs, backend=self.backend)
            second = direction if mode == "fwd" else weights
            derivative = _Subject(Transformed(asked))
            self.up_to(order - 1, derivative, (args, second), f"the {word} of {name}")

    def first_order(
        self,
        f: _Subject,
        args: tuple[Any, ...],
        direction: tuple[Any, ...],
        weights: Any,
        name: str,
    ) -> None:
        """Compare the derivative along ``direction``, weighted, of each mode."""
        expected, error = self.differences(f, args, direction, weights)
        found: dict[str, float] = {}
        if "fwd" in self.modes:
            _, out_dot = jvp(f.function, args, direction, outputs=f.outputs, backend=self.backend)
            found["forward mode"] = inner_product(weights, out_dot)
        if "rev" in self.modes:
            pullback = vjp(f.function, *args, outputs=f.outputs, backend=self.backend)[1]
            gradients = pullback(weights)
            found["reverse mode"] = inner_product(gradients, direction)
        single = any(leaf.dtype.itemsize <= 4 for leaf in float_leaves((args, weights)))
        atol, rtol = (5e-3, 5e-3) if single else (1e-6, 1e-6)
        atol = atol if self.atol is None else self.atol
        rtol = rtol if self.rtol is None else self.rtol
        for mode, value in found.items():
            allowed = atol + rtol * abs(expected)
            if not abs(value - expected) <= allowed:  # a NaN compares false
                raise AssertionError(
                    f"{mode} of {name} disagrees with differences along a random direction:\n"
                    f"    derivative   {value!r}\n"
                    f"    differences  {expected!r}, known to {error:.1e}\n"
                    f"    they differ by {abs(value - expected):.3e}, allowed is {allowed:.3e}"
                )
        if len(found) == 2:
            forward, reverse = found.values()
            allowed = (1e-4 if single else 1e-9) * (1 + abs(forward)) + 0.01 * atol
            if not abs(forward - reverse) <= allowed:
                raise AssertionError(
                    f"the modes disagree about {name} along a random direction:\n"
                    f"    forward mode {forward!r}\n"
                    f"    reverse mode {reverse!r}"
                )

    def differences(
        self,
        f: _Subject,
        args: tuple[Any, ...],
        direction: tuple[Any, ...],
        weights: Any,
    ) -> tuple[float, float]:
        """The derivative by extrapolated central differences, and an estimate of its error."""

        def at(step: float) -> float:
            return inner_product(weights, f(*moved(own_copy(args), direction, step)))

        single = any(leaf.dtype.itemsize <= 4 for leaf in float_leaves(args))
        step = self.eps or FIRST_STEP * (8 if single else 1)
        best, best_error, above = np.nan, np.inf, [np.nan]
        for level in range(LEVELS):
            row = [(at(step) - at(-step)) / (2 * step)]
            for k, previous in enumerate(above[:level], 1):
                row.append(row[-1] + (row[-1] - previous) / (4.0**k - 1))
                error = max(abs(row[-1] - row[-2]), abs(row[-1] - previous))
                if error < best_error:
                    best, best_error = row[-1], error
            above, step = row, step / 2
        return float(best), float(best_error)

    def random_like(self, tree: Any) -> Any:
        """A random tangent, none of whose components is small."""
        if isinstance(tree, tuple):
            parts = [self.random_like(part) for part in tree]
            return tuple(parts) if type(tree) is tuple else type(tree)(*parts)
        if not is_float(tree):
            return zero_derivative(tree)
        size = np.shape(tree)
        values = self.random.uniform(0.5, 1.0, size) * self.random.choice([-1.0, 1.0], size)
        return _like(tree, values)


def is_float(leaf: Any) -> bool:
    return isinstance(leaf, float) or (
        isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind == "f"
    )


def float_leaves(tree: Any) -> Iterable[np.ndarray]:
    """The floats and float arrays of a tree."""
    if isinstance(tree, tuple):
        for part in tree:
            yield from float_leaves(part)
    elif is_float(tree):
        yield np.asarray(tree)


def inner_product(first: Any, second: Any) -> float:
    """The sum of the products of all float components; NaN if there is one."""
    if contains_nan(first) or contains_nan(second):
        return float("nan")
    if isinstance(first, tuple):
        return sum(inner_product(a, b) for a, b in zip(first, second, strict=True))
    if not (is_float(first) and is_float(second)):
        return 0.0
    return float(np.sum(np.multiply(first, second, dtype=np.float64)))


def moved(tree: Any, direction: Any, step: float) -> Any:
    """``tree + step * direction``."""
    if isinstance(tree, tuple):
        parts = [moved(part, dot, step) for part, dot in zip(tree, direction)]
        return tuple(parts) if type(tree) is tuple else type(tree)(*parts)
    return _like(tree, np.asarray(tree) + step * direction) if is_float(tree) else tree


def _like(leaf: Any, values: Any) -> Any:
    """Values in the dtype of a leaf, and of its type."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(values, leaf.dtype)
    return type(leaf)(values)
