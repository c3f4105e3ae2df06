"""The derivative is a text that people read: ten of them, word for word.

After a change of wording that is meant, write them anew and read the difference:

    DIFFPY_UPDATE_GOLDEN=1 python -m pytest tests/test_golden.py && git diff tests/golden
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffpy as dp

GOLDEN = Path(__file__).parent / "golden"


def logistic(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def piecewise(x, y):
    """A docstring that the derivative keeps."""
    if x > y:
        z = x * y
    elif x > 0:
        z = np.sin(x)
    else:
        z = y
    return z * z


def first_above(a, limit):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * a[i]
        if total > limit:
            return total
    return -total


def softmax_loss(w, x, label):
    scores = x @ w
    top = np.max(scores)
    return top + np.log(np.sum(np.exp(scores - top))) - scores[label]


def prefix_products(v):
    p = np.ones(len(v) + 1)
    for i in range(len(v)):
        p[i + 1] = p[i] * v[i]
    return np.sum(p * p)


def polar(x, y):
    return np.hypot(x, y), np.arctan2(y, x)


def distance(x, y):
    r, phi = polar(x, y)
    return r * np.cos(phi - 1.0)


def matrix_norm(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] ** 2
    return np.sqrt(total)


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "logistic": (dp.grad(logistic, argnums=(0, 1)), (0.3, 2.5, 3)),
    "newton_sqrt": (dp.grad(newton_sqrt), (2.0,)),
    "power": (dp.grad(power), (2.0, 3)),
    "piecewise": (dp.value_and_grad(piecewise, argnums=(0, 1)), (0.3, 0.7)),
    "first_above": (dp.grad(first_above), (np.ones(4), 2.5)),
    "softmax_loss": (dp.grad(softmax_loss), (np.ones((3, 2)), np.ones(3), 1)),
    "prefix_products": (dp.grad(prefix_products), (np.ones(3),)),
    "distance": (dp.grad(distance, argnums=(0, 1)), (0.3, 0.4)),
    "matrix_norm": (dp.grad(matrix_norm), (np.ones((2, 2)),)),
    "logistic_twice": (dp.grad(dp.grad(logistic)), (0.3, 2.5, 3)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_is_what_it_was(name: str) -> None:
    derivative, args = PROGRAMS[name]
    derivative.compile(*args)  # type: ignore[attr-defined]
    text = derivative.source  # type: ignore[attr-defined]
    path = GOLDEN / f"{name}.py"
    if os.environ.get("DIFFPY_UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def test_the_text_is_the_same_every_time() -> None:
    first, second = (dp.grad(piecewise, backend="python").source for _ in range(2))
    assert first == second
