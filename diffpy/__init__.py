"""Derivatives of ordinary Python, written as Python.

>>> from diffpy import grad
>>> @grad
... def square(x):
...     return x * x
>>> square(3.0)
6.0
"""

from diffpy.api import grad, jvp, linearize, value_and_grad, vjp
from diffpy.check import check_grads
from diffpy.config import config
from diffpy.errors import (
    AliasingError,
    BackendCompileError,
    DiffpyError,
    KindError,
    MissingRuleError,
    NaNError,
    NonDifferentiableInputError,
    NonScalarOutputError,
    PerformanceWarning,
    ReadOnlyError,
    SourceUnavailableError,
    UndefinedNameError,
    UnsupportedSyntaxError,
)

__version__ = "0.1.0"

__all__ = [
    "AliasingError",
    "BackendCompileError",
    "DiffpyError",
    "KindError",
    "MissingRuleError",
    "NaNError",
    "NonDifferentiableInputError",
    "NonScalarOutputError",
    "PerformanceWarning",
    "ReadOnlyError",
    "SourceUnavailableError",
    "UndefinedNameError",
    "UnsupportedSyntaxError",
    "check_grads",
    "config",
    "grad",
    "jvp",
    "linearize",
    "value_and_grad",
    "vjp",
]
