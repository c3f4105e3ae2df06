"""Only adjoints are factored, and no factor raises what the adjoint would not."""

import math

import numpy as np
import pytest
from transform.writing import block, counted, do, function, var

from diffpy import grad, value_and_grad
from diffpy.kinds import NP_FLOAT, PY_INT
from diffpy.transform.shorten_chains import shorten_chains
from diffpy.transform.verify import verify

A, B, N, G = var("a"), var("b"), var("n", PY_INT), var("g", NP_FLOAT)


def chain(*body, gives, start=0):
    """The loop's body after the pass; what it carries begins as ``g``."""
    head = body[0].args[0]
    result = var("r", NP_FLOAT)
    loop = counted(var("i", PY_INT), [N], block(*body, gives=[gives]), [head], [G], [result])
    made = shorten_chains(function([A, B, N, G], loop, gives=[result], reverse_from=start))
    verify(made)
    return made.body.statements[0].body


def test_the_carried_adjoint_is_one_multiplication_away():
    x, t, y = var("x", NP_FLOAT), var("t", NP_FLOAT), var("y", NP_FLOAT)
    body = do(t, "*", x, A), do(y, "*", t, B)
    last = chain(*body, gives=y).statements[-1]
    assert last.args[0] is x
    assert chain(*body, gives=y, start=1).statements == body


def test_a_factor_that_could_raise_is_not_made():
    x, t, y = var("x", NP_FLOAT), var("t", NP_FLOAT), var("y", NP_FLOAT)
    body = do(t, "*", x, A), do(y, "/", t, B)
    assert chain(*body, gives=y).statements == body
    done = do(var("w"), "/", A, B)  # the forward sweep has divided by it
    assert chain(*body, done, gives=y).statements[-1].args[0] is x


def scaled(x, a, b, n):
    for _ in range(n):
        x = x * a * b
    return x


def roots(x, n):
    for _ in range(n):
        x = math.sqrt(x)
    return x


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_returned_value_keeps_every_bit(backend):
    args = 0.123456789, 1.1234567, 0.987654321, 50
    value, _ = value_and_grad(scaled, (0, 1, 2), backend=backend)(*args)
    assert value == scaled(*args)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_an_infinite_slope_in_a_loop(backend):
    assert grad(roots, backend=backend)(0.0, 1) == np.inf
