"""Statistics of whole data sets, in Python: specialisation reads these like a user's function."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.rules.registry import read_as


@read_as(np.cov)
def _cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    if y is not None or np.ndim(m) != 2:
        raise NotImplementedError("np.cov of anything but one matrix")
    x = m if rowvar else m.T
    fixed = (0 if bias else 1) if ddof is None else ddof
    centred = x - np.mean(x, axis=1)[:, None]
    return centred @ centred.T / (x.shape[1] - fixed)


@read_as(np.histogram)
def _histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    values = np.ravel(a)
    if isinstance(bins, str):
        raise NotImplementedError("np.histogram with bins that the data choose")
    if np.ndim(bins) == 0:
        low, high = (0.0, 1.0) if range is None else range
        if range is None and values.size > 0:
            low, high = np.min(values), np.max(values)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"range of [{low}, {high}] is not finite")
        if low > high:
            raise ValueError("max must be larger than min in range parameter.")
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1)
    else:
        edges = np.asarray(bins)
        if np.any(edges[:-1] > edges[1:]):
            raise ValueError("`bins` must increase monotonically, when an array")
    last = edges.shape[0] - 1
    if weights is None:
        shares = np.ones(values.shape[0], dtype=np.int64)
    else:
        shares = np.ravel(weights)
    if shares.shape[0] != values.shape[0]:
        raise ValueError("weights should have the same shape as a.")
    counts = np.zeros(last, dtype=shares.dtype)
    for k, x in enumerate(values):
        if edges[0] <= x <= edges[last]:
            place = np.searchsorted(edges, x)
            # The last bin has both of its ends, others only the lower.
            if place == last or edges[place] > x:
                place -= 1
            counts[place] += shares[k]
    if density:
        return counts / np.diff(edges) / np.sum(counts), edges
    return counts, edges


@read_as(np.percentile)
def _percentile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    return _quantiles(a, q, 100, "Percentiles", axis, method, keepdims)


@read_as(np.quantile)
def _quantile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    return _quantiles(a, q, 1, "Quantiles", axis, method, keepdims)


def _quantiles(a: Any, q: Any, whole: Any, name: Any, axis: Any, method: Any, keepdims: Any) -> Any:
    if method != "linear" or keepdims:
        raise NotImplementedError("np.percentile with a method or with keepdims")
    if np.ndim(q) > 0:
        return np.stack([_quantiles(a, one, whole, name, axis, method, keepdims) for one in q])
    if not 0 <= q <= whole:
        raise ValueError(f"{name} must be in the range [0, {whole}]")
    ordered = np.sort(np.ravel(a)) if axis is None else np.sort(a, axis)
    along = 0 if axis is None else axis
    last = ordered.shape[along] - 1
    position = last * (q / whole)
    below = int(np.floor(position))
    low = np.take(ordered, below, along)
    high = np.take(ordered, min(below + 1, last), along)
    weight = position - below
    found = low + (high - low) * weight if weight < 0.5 else high - (high - low) * (1.0 - weight)
    end = np.take(ordered, last, along)  # a NaN comes last
    return np.where(np.isnan(end), end, found)


@read_as(np.unique)
def _unique(ar: Any) -> Any:
    ordered = np.sort(ar, None)
    if ordered.size < 2:
        return ordered
    is_new = np.append(True, ordered[1:] != ordered[:-1])
    return ordered[is_new]
