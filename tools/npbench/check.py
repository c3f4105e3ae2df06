"""Compare the gradient of a kernel with differences along random directions.

A kernel returns arrays or overwrites its arguments. It is wrapped by a function, written here as
text for its number of arguments, that gives the sum of all that with random weights:

    def weighted(TSTEPS, u, weights):
        out = kernel(TSTEPS, u)
        return np.sum(weights[0] * u)
"""

from __future__ import annotations

import copy
import linecache
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy import value_and_grad
from tools.public_scripts.compare import compare, differences, scale

DIRECTIONS = 2


class NothingToDifferentiateError(Exception):
    """A kernel of integers."""


def check(kernel: Callable[..., Any], args: tuple[Any, ...], names: list[str], backend: str) -> None:
    """Raise unless the gradient of the kernel agrees with differences."""
    moved = tuple(k for k, arg in enumerate(args) if is_inexact(arg))
    random = np.random.default_rng(0)
    weighted, weights = wrapped(kernel, args, names, random)
    if not moved or not weights:
        raise NothingToDifferentiateError("no floats go in, or none come out")
    df = value_and_grad(weighted, argnums=moved, backend=backend)
    given = copy.deepcopy(args)
    value, gradients = df(*given, weights)
    for was, now in zip(args, given, strict=True):
        if not np.array_equal(was, now):
            raise AssertionError("an argument was changed")
    expected = float(weighted(*copy.deepcopy(args), weights))
    if not abs(value - expected) <= 1e-9 * max(1.0, abs(expected)):
        raise AssertionError(f"the value is {value} instead of {expected}")
    for _ in range(DIRECTIONS):
        direction = {k: nearby(args[k], random) for k in moved}

        def along(step: float, direction: dict[int, Any] = direction) -> float:
            new = list(copy.deepcopy(args))
            for k, move in direction.items():
                new[k] = new[k] + step * move
            return float(weighted(*new, weights))

        slope, error = differences(along, 2.0**-8)
        pairs = zip(gradients, direction.values(), strict=True)
        found = float(sum(np.sum(np.real(g * d)) for g, d in pairs))
        compare("reverse mode", found, slope, error)


def wrapped(
    kernel: Callable[..., Any], args: tuple[Any, ...], names: list[str], random: np.random.Generator
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function that sums what the kernel returns and overwrites, and its weights."""
    after = copy.deepcopy(args)
    out = kernel(*after)
    results = [
        (name, now)
        for name, was, now in zip(names, args, after, strict=True)
        if isinstance(was, np.ndarray) and not np.array_equal(was, now)
    ]
    if isinstance(out, tuple):
        results += [(f"out[{k}]", part) for k, part in enumerate(out)]
    elif out is not None:
        results.append(("out", out))
    terms, weights = [], []
    for name, value in results:
        for part in parts_of(name, value):
            terms.append(f"np.sum(weights[{len(weights)}] * {part})")
            weights.append(random.uniform(0.5, 1.5, np.shape(value)) / scale(value))
    text = (
        f"def weighted({', '.join(names)}, weights):\n"
        f"    out = kernel({', '.join(names)})\n"
        f"    return {' + '.join(terms) or 0.0}\n"
    )
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
    move = size * random.uniform(0.5, 1.0, np.shape(value))
    move = move * random.choice([-1.0, 1.0], np.shape(value))
    if np.iscomplexobj(value):
        move = move * np.exp(1j * random.uniform(0.0, 6.0, np.shape(value)))
    return move.astype(np.asarray(value).dtype)[()]
