"""Compare the gradient of a kernel with differences along random directions.

A kernel returns arrays or overwrites its arguments. It is wrapped by a function, written here as
text, that gives the sum of all that with random weights. A complex argument is made of two real
ones there:

    def weighted(n, u, z_re, z_im, weights_):
        z = z_re + 1j * z_im
        out = kernel(n, u, z)
        return np.sum(weights_[0] * u) + np.sum(weights_[1] * out)
"""

from __future__ import annotations

import copy
import linecache
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy import value_and_grad
from tools.public_scripts.compare import (
    UnreliableDifferencesError,
    WrongDerivativeError,
    differences,
    scale,
)

DIRECTIONS = 2
TOLERANCE = 1e-6
#: where the arguments are float32, the precision of the differences themselves is no better
ROUGH = 1e-2


class NothingToDifferentiateError(Exception):
    """A kernel of integers."""


def check(
    kernel: Callable[..., Any], args: tuple[Any, ...], names: list[str], backend: str
) -> None:
    """Raise unless the gradient of the kernel agrees with differences."""
    random = np.random.default_rng(0)
    weighted, weights = wrapped(kernel, args, names, random)
    args = tuple(real_arguments(dict(zip(names, args, strict=True))).values())
    moved = tuple(k for k, arg in enumerate(args) if is_inexact(arg))
    if not moved or not weights:
        raise NothingToDifferentiateError("no floats go in, or none come out")
    tolerance = ROUGH if any(np.asarray(a).dtype == np.float32 for a in args) else TOLERANCE
    expected = float(weighted(*copy.deepcopy(args), weights))
    given = copy.deepcopy(args)
    value, gradients = value_and_grad(weighted, argnums=moved, backend=backend)(*given, weights)
    for was, now in zip(args, given, strict=True):
        if not np.array_equal(was, now):
            raise WrongDerivativeError("an argument was changed")
    if not abs(value - expected) <= tolerance * max(1.0, abs(expected)):
        raise WrongDerivativeError(f"the value is {value} instead of {expected}")
    for _ in range(DIRECTIONS):
        direction = {k: nearby(args[k], random) for k in moved}

        def along(step: float, direction: dict[int, Any] = direction) -> float:
            new = list(copy.deepcopy(args))
            for k, move in direction.items():
                new[k] = new[k] + step * move
            return float(weighted(*new, weights))

        slope, error = differences(along, 2.0**-6 if tolerance == ROUGH else 2.0**-8)
        pairs = zip(gradients, direction.values(), strict=True)
        found = float(sum(np.sum(g * d, dtype=float) for g, d in pairs))
        if not error <= tolerance * max(1.0, abs(slope)) / 2:
            raise UnreliableDifferencesError(f"{slope} is known only to {error:.1e}")
        if not abs(found - slope) <= tolerance * max(1.0, abs(slope)):
            raise WrongDerivativeError(f"the gradient gives {found}, differences give {slope}")


def real_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments by their names, a complex one as two real ones."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if np.iscomplexobj(value):
            found |= {f"{name}_re": value.real.copy(), f"{name}_im": value.imag.copy()}
        else:
            found[name] = value
    return found


def wrapped(
    kernel: Callable[..., Any], args: tuple[Any, ...], names: list[str], random: np.random.Generator
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function that sums what the kernel returns and overwrites, and its weights."""
    arguments = dict(zip(names, args, strict=True))
    after = copy.deepcopy(args)
    out = kernel(*after)
    results = [
        (name, now)
        for (name, was), now in zip(arguments.items(), after, strict=True)
        if isinstance(was, np.ndarray) and not np.array_equal(was, now)
    ]
    if isinstance(out, tuple):
        results += [(f"out[{k}]", part) for k, part in enumerate(out)]
    elif out is not None:
        results.append(("out", out))
    terms, weights = [], []
    for name, value in results:
        for part in parts_of(name, value):
            terms.append(f"np.sum(weights_[{len(weights)}] * {part})")
            weights.append(random.uniform(0.5, 1.5, np.shape(value)) / scale(value))
    lines = [
        f"def weighted({', '.join(real_arguments(arguments))}, weights_):",
        *(f"    {n} = {n}_re + 1j * {n}_im" for n, v in arguments.items() if np.iscomplexobj(v)),
        f"    out = kernel({', '.join(names)})",
        f"    return {' + '.join(terms) or 0.0}",
    ]
    text = "\n".join(lines) + "\n"
    filename = f"<sum over {kernel.__module__}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, Any] = {"np": np, "kernel": kernel, "__name__": "weighted"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["weighted"], tuple(weights)


def parts_of(name: str, value: Any) -> Iterator[str]:
    """The texts of the real parts of a result; none of integers."""
    if np.iscomplexobj(value):
        yield from (f"{name}.real", f"{name}.imag")
    elif is_inexact(value):
        yield name


def is_inexact(value: Any) -> bool:
    return not isinstance(value, int) and np.issubdtype(np.asarray(value).dtype, np.inexact)


def nearby(value: Any, random: np.random.Generator) -> Any:
    """A random direction in which ``value`` moves by a fraction of itself."""
    size = np.where(np.abs(value) > 0, np.abs(value), 0.1 * scale(value))
    sign = random.choice([-1.0, 1.0], np.shape(value))
    move = size * random.uniform(0.5, 1.0, np.shape(value)) * sign
    return move.astype(np.asarray(value).dtype)[()]
