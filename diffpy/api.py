"""The transforms that users call, and what they return.

Every transform works as ``t(f)``, ``@t`` and ``@t(option=…)``. What it returns keeps the name, the
docstring and the signature of ``f`` and carries the derivative's source.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

from diffpy.config import check_backend
from diffpy.pullback import PullbackMaker
from diffpy.runtime.derivative_trees import own_copy, zero_derivative
from diffpy.structure import Known
from diffpy.tangents import TangentMaker
from diffpy.transform.check_request import Transform
from diffpy.transform.pipeline import check_source
from diffpy.transformed import Function, Transformed

__all__ = ["Transformed", "grad", "jvp", "linearize", "value_and_grad", "vjp"]

Argnums = int | Sequence[int]
Argnames = str | Sequence[str]

#: functions whose vjp and jvp are kept, so that calling them again finds their versions
KEPT_FUNCTIONS = 64


def _as_transform(name: str, fun: Function | None, options: dict[str, Any]) -> Any:
    """The transform of ``fun``, or the decorator that awaits it."""
    if fun is None:
        return lambda awaited: _as_transform(name, awaited, options)
    if not callable(fun):
        raise TypeError(f"{name} takes a function, not {fun!r}")
    return Transformed(Transform(name, fun, **options))


def _options(
    argnums: Argnums, argnames: Argnames | None, has_aux: bool, backend: str, **others: Any
) -> dict[str, Any]:
    """Options in hashable form."""
    if others.get("checkpoint") is not None:
        raise NotImplementedError(
            "checkpoint= does not bound memory yet; leave it away, or call the function over "
            "shorter stretches"
        )
    return {
        "argnums": _numbers(argnums),
        "argnames": argnames if argnames is None or isinstance(argnames, str) else tuple(argnames),
        "has_aux": has_aux,
        "backend": check_backend(backend),
        **others,
    }


def _numbers(argnums: Argnums) -> int | tuple[int, ...]:
    """An integer of any type as an int, several as a tuple."""
    try:
        return operator.index(argnums)  # type: ignore[arg-type]
    except TypeError:
        pass
    try:
        return tuple(map(operator.index, argnums))  # type: ignore[arg-type]
    except TypeError:
        message = f"argnums must be an int or several, not {argnums!r}; for names there is argnames"
        raise TypeError(message) from None


def grad(
    fun: Function | None = None,
    /,
    argnums: Argnums = 0,
    *,
    argnames: Argnames | None = None,
    has_aux: bool = False,
    backend: str = "auto",
    checkpoint: int | None = None,
    preserve: bool = True,
) -> Any:
    """The gradient of a function that returns one number.

    Parameters
    ----------
    fun : callable
        Takes numbers, arrays and tuples of them; returns a float.
    argnums : int or sequence of int
        Which arguments to differentiate. An int gives the gradient bare, a sequence a tuple.
    argnames : str or sequence of str, optional
        The same by name, instead of ``argnums``.
    has_aux : bool
        ``fun`` returns ``(value, aux)``; the derivative then returns ``(gradient, aux)``.
    backend : {"auto", "numba", "python"}
        ``"auto"`` compiles with numba, or runs in Python with one `PerformanceWarning`
        where numba cannot compile; ``"numba"`` raises `BackendCompileError` instead.
    checkpoint : None
        Bounded memory over long loops is not there yet; anything but None raises.
    preserve : bool
        Whether arguments that ``fun`` writes into get their contents back. Such functions are
        refused so far, so it makes no difference.

    Returns
    -------
    Transformed
        Takes what ``fun`` takes. The gradient has the structure, shape and dtype of the argument;
        an int in a tuple has 0.0, a string or None has None.

    Raises
    ------
    UnsupportedSyntaxError
        At once, if ``fun`` uses what diffpy refuses.
    NonScalarOutputError, NonDifferentiableInputError
        When called.

    Examples
    --------
    >>> @grad
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0)
    12.0
    >>> grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (3.0, 2.0)
    """
    options = _options(
        argnums, argnames, has_aux, backend, checkpoint=checkpoint, preserve=preserve
    )
    return _as_transform("grad", fun, options)


def value_and_grad(
    fun: Function | None = None,
    /,
    argnums: Argnums = 0,
    *,
    argnames: Argnames | None = None,
    has_aux: bool = False,
    backend: str = "auto",
    checkpoint: int | None = None,
    preserve: bool = True,
) -> Any:
    """The value and the gradient, as ``scipy.optimize.minimize(jac=True)`` wants them.

    Parameters
    ----------
    fun, argnums, argnames, has_aux, backend, checkpoint, preserve
        As for `grad`.

    Returns
    -------
    Transformed
        Returns ``(value, gradient)``, or with has_aux ``((value, aux), gradient)``.

    Examples
    --------
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    options = _options(
        argnums, argnames, has_aux, backend, checkpoint=checkpoint, preserve=preserve
    )
    return _as_transform("value_and_grad", fun, options)


def vjp(fun: Function, /, *primals: Any, has_aux: bool = False, backend: str = "auto") -> Any:
    """The value of a function, and its pullback: from adjoints of the result to gradients.

    Parameters
    ----------
    fun : callable
        Takes and returns numbers, arrays and tuples of them.
    *primals
        Its arguments.
    has_aux : bool
        ``fun`` returns ``(out, aux)``; the third thing returned is then ``aux``.
    backend : {"auto", "numba", "python"}
        As for `grad`.

    Returns
    -------
    out
        ``fun(*primals)``.
    pullback : callable
        ``pullback(out_bar)`` returns a tuple with one gradient per argument. It keeps copies of
        what it needs: call it as often and as late as you like.

    Examples
    --------
    >>> out, pullback = vjp(lambda x, y: (x * y, x + y), 2.0, 3.0)
    >>> out
    (6.0, 5.0)
    >>> pullback((1.0, 0.0)), pullback((0.0, 1.0))
    ((3.0, 2.0), (1.0, 1.0))
    """
    out, pullback = _pullback_maker(Known(fun), has_aux, check_backend(backend)).start(primals)
    return (out[0], pullback, out[1]) if has_aux else (out, pullback)


@functools.lru_cache(KEPT_FUNCTIONS)
def _pullback_maker(known: Known, has_aux: bool, backend: str) -> PullbackMaker:
    check_source(known.value)
    return PullbackMaker(Transform("vjp", known.value, has_aux=has_aux, backend=backend))


def jvp(
    fun: Function, primals: Sequence[Any], tangents: Sequence[Any], *, backend: str = "auto"
) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction, by forward mode.

    Parameters
    ----------
    fun : callable
        Takes and returns numbers, arrays and tuples of them.
    primals : sequence
        Its arguments.
    tangents : sequence
        The direction: for each argument what has its shape; 0.0 for an integer, None for None.
    backend : {"auto", "numba", "python"}
        As for `grad`.

    Returns
    -------
    out, out_dot
        ``fun(*primals)`` and its derivative, of the same structure.

    Examples
    --------
    >>> jvp(lambda x, n: x**n, (3.0, 2), (1.0, 0.0))
    (9.0, 6.0)
    """
    maker = _tangent_maker(Known(fun), check_backend(backend))
    return maker.call(tuple(primals), tuple(tangents))


@functools.lru_cache(KEPT_FUNCTIONS)
def _tangent_maker(known: Known, backend: str) -> TangentMaker:
    check_source(known.value)
    return TangentMaker(Transform("jvp", known.value, backend=backend))


def linearize(fun: Function, /, *primals: Any, backend: str = "auto") -> tuple[Any, Function]:
    """The value of a function and its derivative as a linear function of the direction.

    Parameters
    ----------
    fun : callable
        As for `jvp`.
    *primals
        Its arguments.
    backend : {"auto", "numba", "python"}
        As for `grad`.

    Returns
    -------
    out
        ``fun(*primals)``.
    tangent : callable
        ``tangent(*tangents)`` is the derivative of ``out`` along them.

    Examples
    --------
    >>> out, tangent = linearize(lambda x: x * x, 3.0)
    >>> out, tangent(1.0), tangent(0.5)
    (9.0, 6.0, 3.0)
    """
    kept = own_copy(primals)
    zeros = tuple(map(zero_derivative, kept))

    def tangent(*tangents: Any) -> Any:
        return jvp(fun, kept, tangents, backend=backend)[1]

    return jvp(fun, kept, zeros, backend=backend)[0], tangent
