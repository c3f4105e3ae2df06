"""Say what a value is that has no kind, and what to pass instead."""

from __future__ import annotations

import array
from typing import Any

import numpy as np

from diffpy.errors import NonDifferentiableInputError, Noun
from diffpy.structure import describe

_FIXES_BY_CLASS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (
        np.ma.MaskedArray,
        "x.filled(0.0) or another number for what is masked, and x.mask as an argument of "
        "its own if it counts",
    ),
    (np.matrix, "np.asarray(x), a plain array, and write @ where * multiplies matrices"),
    (
        (np.flatiter, memoryview, array.array),
        "np.array(x), a plain array",
    ),
    (list, "a list of numbers, arrays, and lists, tuples and dicts of them; or np.array(x)"),
    (tuple, "a tuple, or a namedtuple whose class does not change what tuples do"),
)
_FIXES_BY_DTYPE = {
    "O": "x.astype(float) if its elements are numbers, or a list of them",
    "V": "its fields, which are plain arrays: x['name']",
    "M": "how long it is after a fixed date, as a float: (x - start) / np.timedelta64(1, 's')",
    "m": "it as a float in some unit: x / np.timedelta64(1, 's')",
}


def refusal(value: Any, label: str, function: str) -> NonDifferentiableInputError:
    """The error for an argument without a kind; of a container, for what is wrong in it.

    >>> print(refusal([1.0, {2.0}], "'x'", "f").what)
    argument 'x' of f is a list with a set in it
    """
    culprit = _culprit(value, ())
    what = f"argument {label} of {function} is {Noun(name_of(value)):an}"
    if culprit is not value:
        what += f" with {Noun(name_of(culprit)):an} in it"
    return NonDifferentiableInputError(
        what,
        why="it has no kind that diffpy knows",
        fix="pass "
        + (
            fix_of(culprit)
            or "numbers, NumPy arrays, and tuples, lists, dicts and plain objects of them"
        ),
    )


def name_of(value: Any) -> str:
    """What a value is, in words.

    >>> name_of(np.array([None])), name_of(np.ma.masked)
    ('array of dtype object', 'MaskedConstant')
    """
    if isinstance(value, array.array):
        return "array.array"
    is_special = isinstance(value, np.ma.MaskedArray | np.matrix)
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biufc" and not is_special:
        return f"array of dtype {value.dtype}"
    return type(value).__name__


def fix_of(value: Any) -> str:
    """What to pass instead of a value without a kind; empty if that cannot be told.

    >>> fix_of(np.array(["2020-01-01"], "M8[D]"))
    "how long it is after a fixed date, as a float: (x - start) / np.timedelta64(1, 's')"
    """
    for classes, fix in _FIXES_BY_CLASS:
        if isinstance(value, classes):
            return fix
    if not isinstance(value, np.ndarray | np.generic):
        return ""
    if value.dtype.kind in "biufc":
        return "np.asarray(x), a plain array"
    return _FIXES_BY_DTYPE.get(value.dtype.kind, "an array of numbers")


def _culprit(value: Any, around: tuple[int, ...]) -> Any:
    """The innermost part without a kind, or the value itself."""
    if id(value) in around or not isinstance(value, dict | list | tuple):
        return value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts:
        if describe(part) is None:
            return _culprit(part, (*around, id(value)))
    return value
