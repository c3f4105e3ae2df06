"""np.piecewise, which is read as Python."""

import numpy as np
import pytest
from differences import check_gradient

from diffpy import grad

X = np.array([0.3, 1.0, 2.0, 0.1])


def power_or_line(x, r):
    return np.sum(np.piecewise(x, [x <= r, x > r], [lambda t: t**2 * r, r * 3.0]) * x)


def with_otherwise(x, r):
    return np.sum(np.piecewise(x, [x < 0.5], [np.sin, lambda t: np.sqrt(t) * r]) * x)


def one_condition(x, r):
    return np.sum(np.piecewise(x, x > 0.0, [lambda t, k: k * t**r, 0.0], 2.0))


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("f", [power_or_line, with_otherwise, one_condition])
def test_piecewise(f, backend):
    check_gradient(f, (X, 1.1), (0, 1), grad(f, argnums=(0, 1), backend=backend)(X, 1.1))


def test_conditions_of_other_shapes():
    def f(x):
        return np.sum(np.piecewise(x, [x[:2] < 0.5], [1.0]))

    with pytest.raises(ValueError, match="shape of x"):
        grad(f, backend="python")(X)
