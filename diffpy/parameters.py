"""How a function's parameters take the arguments of a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from diffpy.errors import NonDifferentiableInputError
from diffpy.runtime.derivative_trees import zero_derivative


@dataclass(frozen=True)
class Position:
    """A differentiated argument: a parameter, or an item of the one written ``*args``."""

    parameter: int
    item: int | None
    label: str


class Parameters:
    """The parameters of a function, one value each; ``*args`` is one that takes a tuple.

    Examples
    --------
    >>> def f(x, y=2.0, *rest): ...
    >>> Parameters(f).bind((1.0,), {})
    (1.0, 2.0, ())
    >>> Parameters(f).locate(3)
    Position(parameter=2, item=1, label='argument 3')
    """

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.name = getattr(fun, "__name__", repr(fun))
        self.signature = _signature(fun)
        self._fixed = self._simple_arity()

    @classmethod
    def of_derivative(cls, name: str, fun: Callable[..., Any]) -> Parameters:
        """The parameters of a transform of a function."""
        parameters = cls(fun)
        if name in ("jvp", "pullback"):
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            second = "tangents" if name == "jvp" else "out_bar"
            both = [inspect.Parameter(each, kind) for each in ("primals", second)]
            parameters.signature = inspect.Signature(both)
            parameters._fixed = 2
        return parameters

    def _simple_arity(self) -> int | None:
        """How many arguments a call without keywords needs, if that is one number."""
        parameters = self.signature.parameters.values() if self.signature else ()
        simple = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if self.signature is None or any(p.kind not in simple for p in parameters):
            return None
        return len(self.signature.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.signature.parameters) if self.signature else ()

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """One value for each parameter, defaults filled in; a TypeError as Python words it."""
        if self.signature is None or (not kwargs and len(args) == self._fixed):
            if kwargs:
                raise TypeError(f"{self.name}() takes no keyword arguments")
            return args
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}() {error}") from None
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def spread(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """What `bind` gathered, one value per argument of a call without keywords.

        >>> def f(x, *rest): ...
        >>> Parameters(f).spread((1.0, (2.0, 3.0)))
        (1.0, 2.0, 3.0)
        """
        if self.signature is None:
            return tuple(values)
        spread: list[Any] = []
        for parameter, value in zip(self.signature.parameters.values(), values, strict=True):
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                spread += value
            else:
                spread.append(value)
        return tuple(spread)

    def bind_tangents(self, tangents: tuple[Any, ...], primals: tuple[Any, ...]) -> tuple[Any, ...]:
        """Tangents for the parameters from those for the arguments; a default's is zero."""
        if self.signature is None or len(tangents) == self._fixed:
            return tangents
        bound = self.signature.bind(*tangents)
        return tuple(
            bound.arguments[name] if name in bound.arguments else zero_derivative(primal)
            for name, primal in zip(self.signature.parameters, primals, strict=True)
        )

    def locate(self, argument: int | str) -> Position:
        """The parameter that an argument number or name means."""
        parameters = tuple(self.signature.parameters.values()) if self.signature else ()
        if isinstance(argument, str):
            if argument not in self.names:
                raise self._unknown(f"{self.name} has no parameter {argument!r}")
            return Position(self.names.index(argument), None, repr(argument))
        if self.signature is None:
            return Position(argument, None, f"argument {argument}")
        number = argument
        for k, parameter in enumerate(parameters):
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL and argument >= k:
                return Position(k, argument - k, f"argument {argument}")
        if number < 0:
            number += len(parameters)
        if not 0 <= number < len(parameters):
            takes = "1 argument" if len(parameters) == 1 else f"{len(parameters)} arguments"
            raise self._unknown(f"there is no argument {argument}: {self.name} takes {takes}")
        return Position(number, None, repr(parameters[number].name))

    def _unknown(self, what: str) -> NonDifferentiableInputError:
        names = ", ".join(f"{k}: {name}" for k, name in enumerate(self.names))
        return NonDifferentiableInputError(what, None, f"its parameters are {names or 'none'}")


def _signature(fun: Callable[..., Any]) -> inspect.Signature | None:
    """The signature, or None for functions of C and NumPy: they take what they are given."""
    library = (getattr(fun, "__module__", None) or "").split(".")[0] in ("math", "numpy")
    if library or isinstance(inspect.unwrap(fun), np.ufunc | BuiltinFunctionType):
        return None
    try:
        return inspect.signature(fun)
    except (ValueError, TypeError):
        return None
