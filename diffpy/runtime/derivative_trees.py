"""Tangents, cotangents and gradients: values of the same structure as what they belong to.

A number or an array of floats has one like itself. An integer or a bool has 0.0 (an integer array
zeros), and what is no number has None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from diffpy.errors import NonDifferentiableInputError, Noun
from diffpy.kinds import Array, Kind, Opaque, Scalar, Tape, is_differentiable
from diffpy.structure import Leaf, Numbers, Sequence, Structure, describe


def take_derivative(structure: Structure, primal: Any, given: Any, label: str) -> list[Any]:
    """The leaves of a tangent or cotangent that the caller gives for ``primal``, checked.

    Arrays are copies of the right dtype, so that nothing computed from them shares memory with
    what the caller holds.

    >>> from diffpy.structure import describe
    >>> pair = (1.0, 3)
    >>> take_derivative(describe(pair), pair, (2, 0.0), "the tangent of x")
    [np.float64(2.0)]
    """
    match structure:
        case Numbers(kind) if not isinstance(given, list):
            raise NonDifferentiableInputError(
                f"{label} must be a list of {len(primal)}, not {_briefly(given)}"
            )
        case Leaf(kind) if is_differentiable(kind):
            return [_convert(kind, primal, given, label)]
        case Leaf():
            if given is not None and np.any(np.asarray(given) != 0):
                raise NonDifferentiableInputError(
                    f"{label} is {given!r}, and an integer has no derivative", fix="pass 0.0"
                )
            return []
        case Sequence(cls, items, keys):
            if not _is_like(structure, given):
                raise NonDifferentiableInputError(
                    f"{label} must be {Noun(cls.__name__):an} of {len(items)}, "
                    f"not {_briefly(given)}"
                )
            parts = zip(items, structure.parts(primal), structure.parts(given))
            return [
                leaf
                for k, (item, part, part_given) in enumerate(parts)
                for leaf in take_derivative(
                    item, part, part_given, _label(structure, label, keys[k] if keys else k)
                )
            ]
        case _:
            if given is not None:
                raise NonDifferentiableInputError(f"{label} must be None, not {_briefly(given)}")
            return []


def _is_like(structure: Sequence, given: Any) -> bool:
    """Whether what is given has the parts of a structure; a plain tuple will do for a named one."""
    if structure.is_object:
        return type(given) is structure.cls and all(hasattr(given, k) for k in structure.keys)
    if structure.cls is dict:
        return isinstance(given, dict) and set(given) == set(structure.keys)
    wanted = list if structure.cls is list else tuple
    return isinstance(given, wanted) and len(given) == len(structure.items)


def _label(structure: Sequence, label: str, key: Any) -> str:
    return f"{label}.{key}" if structure.is_object else f"{label}[{key!r}]"


def _convert(kind: Kind, primal: Any, given: Any, label: str) -> Any:
    assert not isinstance(kind, Tape | Opaque)
    dtype = np.dtype(kind.dtype)
    array = np.asarray(given)
    if array.dtype.kind not in "biufc" or (array.dtype.kind == "c" and dtype.kind != "c"):
        raise NonDifferentiableInputError(f"{label} must be {kind}, not {_briefly(given)}")
    if array.shape != np.shape(primal):
        raise NonDifferentiableInputError(
            f"{label} has shape {array.shape}, but it belongs to a value of shape "
            f"{np.shape(primal)}"
        )
    if isinstance(kind, Scalar):
        return dtype.type(array[()])
    return np.array(array, dtype=dtype, order="C", subok=False)


def _briefly(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def give_derivative(structure: Structure, primal: Any, derivatives: Iterator[Any]) -> Any:
    """The gradient with respect to ``primal``, made of the next adjoints.

    >>> from diffpy.structure import describe
    >>> pair = (1.0, 3, "sum")
    >>> give_derivative(describe(pair), pair, iter([2.5]))
    (2.5, 0.0, None)
    """
    match structure:
        case Numbers(kind):
            zeros = np.zeros(len(primal))
            return (next(derivatives) if is_differentiable(kind) else zeros).tolist()
        case Leaf(kind) if is_differentiable(kind):
            return next(derivatives)
        case Leaf(Array()):
            return np.zeros(np.shape(primal))
        case Leaf():
            return 0.0
        case Sequence(items=items):
            parts = zip(items, structure.parts(primal))
            return structure.make([give_derivative(i, p, derivatives) for i, p in parts])
        case _:
            return None


def zero_derivative(primal: Any) -> Any:
    """A tangent or cotangent that is zero everywhere.

    >>> zero_derivative((1.5, 3, "sum"))
    (0.0, 0.0, None)
    """
    structure = describe(primal)
    if isinstance(structure, Sequence):
        return structure.make([zero_derivative(part) for part in structure.parts(primal)])
    if isinstance(structure, Numbers):
        return [zero_derivative(item) for item in primal]
    if isinstance(primal, np.ndarray):
        return np.zeros(primal.shape, primal.dtype if primal.dtype.kind in "fc" else np.float64)
    if isinstance(primal, float | complex | np.inexact):
        return type(primal)(0.0)
    return 0.0 if isinstance(primal, int | np.integer | np.bool_) else None


def own_copy(value: Any, others: Iterable[np.ndarray[Any, Any]] | None = None) -> Any:
    """The value with its arrays copied, or with those that may share memory with others."""
    structure = describe(value)
    if isinstance(structure, Sequence):
        return structure.make([own_copy(part, others) for part in structure.parts(value)])
    if isinstance(structure, Numbers):
        return list(value)
    if not isinstance(value, np.ndarray):
        return value
    shared = others is None or any(np.may_share_memory(value, other) for other in others)
    return value.copy() if shared else value


def contains_nan(value: Any) -> bool:
    """Whether a result has a NaN in it, anywhere."""
    structure = describe(value)
    if isinstance(structure, Sequence):
        return any(map(contains_nan, structure.parts(value)))
    if isinstance(structure, Numbers):
        return any(map(contains_nan, value))
    if isinstance(value, float | complex | np.number | np.ndarray):
        return bool(np.any(np.isnan(value)))
    return False
