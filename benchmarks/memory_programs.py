"""Programs whose memory is measured, one for each way in which values reach the reverse sweep."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Measured:
    """A function, its arguments, which of those its gradient is by, and that if not `grad`."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: tuple[int, ...] = (0,)
    derivative: Callable[..., Any] | None = None


def chain(x):
    y = np.sin(x) * x
    z = np.exp(-y) + y
    return np.sum(z * y)


def reductions(x):
    return np.sum((x - x.mean(axis=0)) ** 2 / (1.0 + x.var(axis=0)))


def softmax(x, labels):
    shifted = x - x.max(axis=1, keepdims=True)
    picked = shifted[np.arange(len(labels)), labels]
    return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - picked)


def layers(w, x):
    for _ in range(20):
        x = np.tanh(w @ x)
    return np.sum(x * x)


def scalar_loop(x, n):
    for _ in range(n):
        x = math.sin(x) * x + 0.5
    return x


def scalar_while(x, limit):
    steps = 0.0
    while steps < limit:
        x = x * math.cos(x) + 1.0
        steps += 1.0
    return x


def recursion(x, n):
    if n == 0:
        return x
    return math.sin(recursion(x, n - 1)) * x


def linear_stencil(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def stencil(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u * u)


def rebound_stencil(u, steps):
    for _ in range(steps):
        u = u + 0.1 * u * (np.roll(u, 1) - np.roll(u, -1))
    return np.sum(u * u)


def element_loop(v):
    total = 0.0
    for i in range(1, len(v)):
        v[i] = v[i] * v[i - 1]
        total += v[i]
    return total


def rows(a):
    total = 0.0
    for row in a:
        total += math.sqrt(np.sum(row * row)) * row[0]
    return total


def in_a_list(x, n):
    found = [x]
    for _ in range(n):
        found.append(found[-1] * math.cos(found[-1]))
    return sum(found)


def outer(u, v):
    a = np.outer(u, v)
    return np.sum(a * a)


def pairs(positions):
    total = 0.0
    for i in range(len(positions)):
        apart = positions - positions[i]
        total += np.sum(1.0 / np.sqrt(np.sum(apart * apart, axis=1) + 1.0))
    return total


_RANDOM = np.random.default_rng(0)


def _array(*shape: int) -> np.ndarray:
    return _RANDOM.uniform(0.5, 1.5, shape)


PROGRAMS = (
    Measured("chain", chain, (_array(100_000),)),
    Measured("reductions", reductions, (_array(400, 250),)),
    Measured("softmax", softmax, (_array(1000, 100), np.arange(1000) % 100)),
    Measured("layers", layers, (_array(100, 100) / 100, _array(100, 50)), (0, 1)),
    Measured("scalar_loop", scalar_loop, (0.7, 20_000)),
    Measured("scalar_while", scalar_while, (0.7, 20_000.0)),
    Measured("recursion", recursion, (0.7, 400)),
    Measured("linear_stencil", linear_stencil, (_array(20_000), 20)),
    Measured("stencil", stencil, (_array(20_000), 20)),
    Measured("rebound_stencil", rebound_stencil, (_array(20_000), 20)),
    Measured("element_loop", element_loop, (_array(20_000),)),
    Measured("rows", rows, (_array(500, 200),)),
    Measured("in_a_list", in_a_list, (0.7, 5_000)),
    Measured("outer", outer, (_array(300), _array(300)), (0, 1)),
    Measured("pairs", pairs, (_array(200, 3),)),
)
