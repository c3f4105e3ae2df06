"""Sorting and what is made of it: order along an axis, medians, quantiles."""

import numpy as np

from zoo import program

A = np.array([[1.3, 2.0, 0.1, 0.7], [3.0, -0.4, -1.7, 0.9], [0.2, 1.1, 2.4, -0.3]])
V = np.array([1.3, 2.0, 0.1, 3.0, -0.4])


@program((A,))
def sort_along_each_axis(a):
    weights = np.arange(12.0).reshape(3, 4)
    by_row, by_column = np.sort(a), np.sort(a, axis=0)
    return np.sum(by_row * weights + by_column**2 * weights) + np.sort(a, axis=None)[3]


@program((A,))
def sort_of_three_axes(a):
    b = np.sin(a[:, None] * np.arange(1.0, 3.0)[:, None])
    return np.sum(np.sort(b, axis=1) * np.arange(24.0).reshape(3, 2, 4) ** 2)


@program((A.copy(),))
def sort_in_place_along_an_axis(a):
    a.sort(axis=0)
    a[0] *= a[1]
    a[:, ::2].sort()
    return np.sum(a * np.arange(12.0).reshape(3, 4))


@program((A,))
def smallest_of_each_row(a):
    least = np.take_along_axis(a, np.argmin(a, axis=1)[:, None], axis=1)
    order = np.argsort(-a, axis=0)
    return np.sum(least**2) + np.sum(np.take_along_axis(a, order, 0) * np.arange(4.0))


@program((A,))
def medians_along_axes(a):
    deviation = np.abs(a - np.median(a, axis=1, keepdims=True))
    return np.sum(np.median(deviation, axis=0) * np.arange(4.0)) * np.median(a)


@program((V, 0.35), argnums=(0, 1))
def quantiles(v, q):
    low, high = np.percentile(v, (25, 75))
    of_rows = np.quantile(np.outer(v, v[:3]), 0.3, axis=1)
    return (high - low) * np.quantile(v, q) + np.sum(of_rows**2)


@program((V,))
def unique_values(v):
    found = np.unique(np.append(v, v[:2]))
    return np.sum(found * np.arange(len(found)))
