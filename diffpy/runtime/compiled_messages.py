"""What NumPy says where numba's own operations say something else.

numba's texts are those of its parts ("unable to broadcast argument 1 to output array"), and name
places in generated text. People get the words that they know from NumPy.
"""

from __future__ import annotations

import numpy as np

from .failures import OutOfBounds

#: how numba's text begins, and NumPy's exception
_NUMPY_SAYS: tuple[tuple[str, type[Exception], str], ...] = (
    ("unable to broadcast argument", ValueError, "operands could not be broadcast together"),
    ("Matrix is singular to machine precision", np.linalg.LinAlgError, "Singular matrix"),
    (
        "Matrix is not positive definite",
        np.linalg.LinAlgError,
        "Matrix is not positive definite",
    ),
    (
        "Last 2 dimensions of the array must be square",
        np.linalg.LinAlgError,
        "Last 2 dimensions of the array must be square",
    ),
    (
        "Incompatible array sizes, system is not dimensionally valid",
        ValueError,
        "solve: Input operand 1 has a mismatch in its core dimension 0",
    ),
    (
        "cannot assign slice",
        ValueError,
        "could not broadcast input array into the shape of the slice",
    ),
    ("incompatible array sizes for", ValueError, "shapes of the operands are not aligned"),
    ("total size of new array must be unchanged", ValueError, "cannot reshape array"),
    ("negative dimensions not allowed", ValueError, "negative dimensions are not allowed"),
    ("getitem out of range", IndexError, "tuple index out of range"),
)


def in_numpys_words(error: BaseException, bounds: OutOfBounds | None) -> BaseException:
    """The exception that NumPy would raise in place of one of compiled code.

    >>> in_numpys_words(IndexError("index is out of bounds"), OutOfBounds(5, 0, 3))
    IndexError('index 5 is out of bounds for axis 0 with size 3')
    """
    said = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    if bounds is not None and said == "index is out of bounds":
        return IndexError(
            f"index {bounds.index} is out of bounds for axis {bounds.axis} with size {bounds.size}"
        )
    for beginning, cls, text in _NUMPY_SAYS:
        if said.startswith(beginning):
            return cls(text)
    return error
