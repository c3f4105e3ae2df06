"""Statistics that diffpy reads as functions in Python."""

import numpy as np
import pytest

import diffpy as dp

VALUES = np.array([0.1, 0.25, 0.4, 0.9, 0.55, 0.7, 0.13])
WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0, 0.25, 4.0, 2.0])


def equal_bins(x, w):
    counts, edges = np.histogram(x, 3, weights=w)
    return np.sum(np.array([1.0, 2.0, 4.0]) * counts) + np.sum(edges * edges)


def given_bins(x, w):
    counts, _ = np.histogram(x, np.array([0.15, 0.3, 0.6, 1.0]), weights=w, density=True)
    return np.sum(np.array([1.0, 2.0, 4.0]) * counts)


def given_range(x, w):
    counts, edges = np.histogram(x, bins=4, range=(0.17, 0.83), weights=w)
    return np.sum(counts * counts) + edges[-1] * x[0]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [equal_bins, given_bins, given_range])
def test_histograms(function, backend):
    df = dp.value_and_grad(function, argnums=(0, 1), backend=backend)
    np.testing.assert_allclose(df(VALUES, WEIGHTS)[0], function(VALUES, WEIGHTS))
    dp.check_grads(function, (VALUES, WEIGHTS), backend=backend, order=1)


@pytest.mark.parametrize("x", [[0.0, 0.5, 1.0], [0.0, 1.0, 1.0, 2.0], [1.0, 1.0], []])
@pytest.mark.parametrize("bins", [1, 2, 4, [0.0, 0.5, 1.0], [0.0, 1.0]])
def test_elements_on_edges(x, bins):
    counted = dp.value_and_grad(
        lambda x, s: (s, np.histogram(x, np.array(bins) if isinstance(bins, list) else bins)),
        argnums=1,
        has_aux=True,
        backend="python",
    )
    (_, (counts, edges)), _ = counted(np.array(x), 1.0)
    expected_counts, expected_edges = np.histogram(np.array(x), bins)
    np.testing.assert_array_equal(counts, expected_counts)
    np.testing.assert_array_equal(edges, expected_edges)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((np.array([np.nan]), 3), "is not finite"),
        ((VALUES, np.array([1.0, 0.0])), "increase monotonically"),
        ((VALUES, 3, (1.0, 0.0)), "max must be larger than min"),
    ],
)
def test_what_is_no_histogram(args, said):
    with pytest.raises(ValueError, match=said):
        np.histogram(*args)
    with pytest.raises(ValueError, match=said):
        dp.grad(lambda s: s * np.histogram(*args)[0][0], backend="python")(1.0)
