"""Where derivatives are a matter of convention, and where Python's arithmetic would raise."""

from __future__ import annotations

import math
import operator
import warnings

import numpy as np
import pytest

from diffpy.kinds import adjoint_kind
from diffpy.rules.notation import Value, emitting_to
from rules.harness import Atom, Dynamic, Machine, active_leaves, enter, meaning, pull


def gradient(function, *args):
    """The adjoints of all float arguments, for the adjoint 1 of the result."""
    machine = Machine()
    with warnings.catch_warnings(), emitting_to(machine), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        values = [enter(a) for a in args]
        out = meaning(function)(*values)
        wrt = active_leaves(values)
        one = np.ones_like(np.asarray(out.atom.number))
        seed = one if out.is_array else one[()]
        seeds = {out.atom: Value(Atom(seed, adjoint_kind(out.kind)))}
        found = pull(machine, list(machine.steps), seeds, wrt)
        # every adjoint must also be NumPy's, or its zeros and infinities would raise later
        return [0.0 if g is None else g.atom.number for g in found]


@pytest.mark.parametrize("kind", [float, np.float64, np.array], ids=lambda k: k.__name__)
def test_conventions(kind):
    zero, two = kind(0.0), kind(2.0)
    assert gradient(np.abs, zero) == [0.0]
    assert gradient(np.maximum, two, kind(2.0)) == [0.5, 0.5]
    assert gradient(np.minimum, two, kind(2.0)) == [0.5, 0.5]
    assert gradient(np.fmax, two, kind(2.0)) == [0.5, 0.5]
    assert gradient(np.maximum, kind(-np.inf), kind(-np.inf)) == [0.5, 0.5]
    assert gradient(np.sqrt, zero) == [np.inf]
    assert gradient(np.cbrt, zero) == [np.inf]
    assert gradient(np.hypot, zero, kind(0.0)) == [0.0, 0.0]
    assert gradient(np.sign, two) == [0.0]
    assert gradient(np.sinc, zero) == [0.0]
    assert gradient(np.fmax, two, kind(np.nan)) == [1.0, 0.0]
    assert gradient(np.logaddexp, kind(-np.inf), kind(1.0)) == [0.0, 1.0]
    assert gradient(np.logaddexp, kind(np.inf), kind(1.0)) == [1.0, 0.0]


def test_python_numbers():
    assert gradient(max, 2.0, 2.0) == [0.5, 0.5]
    assert gradient(max, 0, 0.0) == [0.5]
    assert gradient(min, 2.0, 3.0) == [1.0, 0.0]
    assert gradient(abs, 0.0) == [0.0]
    assert gradient(math.hypot, 0.0, 0.0) == [0.0, 0.0]
    assert gradient(math.sqrt, 0.0) == [np.inf]
    assert gradient(math.fmod, 5.5, 2.0) == [1.0, -2.0]
    assert gradient(math.asin, 1.0) == [np.inf]


@pytest.mark.parametrize("x", [0.0, np.float64(0.0), np.zeros(2)], ids=["float", "np", "array"])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_powers_of_zero(x, n):
    expected = 1.0 if n == 1 else 0.0
    assert np.all(gradient(lambda x: x**n, x)[0] == expected)
    assert np.all(gradient(operator.pow, x, Dynamic(n))[0] == expected)
    assert np.all(gradient(operator.pow, x, float(n))[0] == expected)
    if n:
        assert np.all(gradient(operator.pow, x, float(n))[1] == 0.0)


def test_huge_numbers_do_not_raise():
    huge = 1e200
    assert gradient(lambda x: x * 0.0 + (x / huge) ** 4, huge)[0] == pytest.approx(4e-200)
    assert gradient(math.atan, huge) == [0.0]
    assert gradient(math.asinh, huge) == [0.0]
    assert gradient(math.atan2, huge, huge)[0] == 0.0
    assert gradient(math.erf, huge) == [0.0]


def test_extremes_share_ties():
    a = np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 2.0]])
    assert np.all(gradient(np.max, a)[0] == [[0, 0.5, 0.5], [0, 0, 0]])
    out = gradient(lambda x: meaning(np.max)(x, axis=1), a)[0]
    assert np.all(out == [[0, 0.5, 0.5], [0.5, 0, 0.5]])


def test_masked_infinities_do_not_leak():
    x = np.array([0.0, 4.0])

    def root_where_positive(x):
        safe = meaning(np.where)(x > 0, x, 1.0)
        return meaning(np.where)(x > 0, meaning(np.sqrt)(safe), 0.0)

    assert np.all(gradient(root_where_positive, x)[0] == [0.0, 0.25])


@pytest.mark.parametrize(
    "function, args, options",
    [
        (np.sin, (np.ones(2),), {"out": 1}),
        (np.sum, (np.ones(2),), {"out": np.ones(())}),
        (np.sum, (np.ones(2),), {"axis": 3}),
        (np.reshape, (np.ones(4), (2, 2)), {"order": "F"}),
        (math.sin, (np.ones(2),), {}),
        (max, (np.ones(2), np.ones(2)), {}),
        (pow, (2, 3, 5), {}),
        (np.linalg.inv, (np.ones((2, 2, 2)),), {}),
        (np.nan_to_num, (np.ones(2),), {"copy": False}),
        (np.zeros, (2.5,), {}),
        (np.matmul, (np.ones(2), 2.0), {}),
    ],
)
def test_what_is_not_supported_says_so(function, args, options):
    with emitting_to(Machine()), pytest.raises(TypeError, match=r"\w+ \w+"):
        meaning(function)(*(enter(a) for a in args), **options)


def test_an_integer_to_a_negative_power_is_a_float():
    with emitting_to(Machine()):
        out = meaning(operator.pow)(enter(Dynamic(2)), -1)
        assert out.kind.dtype == "float64" and out.atom.number == 0.5


def test_python_power_refuses_complex_results():
    with emitting_to(Machine()), pytest.raises(ValueError, match="complex"):
        meaning(operator.pow)(enter(-8.0), 1 / 3)
