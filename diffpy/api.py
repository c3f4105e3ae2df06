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
Outputs = int | str | Sequence[int | str]

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
        Whether arrays that ``fun`` writes into stay as they are. If not, they hold after the call
        what it leaves in them, as if it had been called itself; if it raises, what they held.

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


def as_outputs(asked: Outputs | None) -> Outputs | None:
    """The arguments that are outputs, in hashable form."""
    if asked is None or isinstance(asked, str):
        return asked
    try:
        return operator.index(asked)  # type: ignore[arg-type]
    except TypeError:
        pass
    try:
        found = tuple(o if isinstance(o, str) else operator.index(o) for o in asked)  # type: ignore[union-attr]
    except TypeError:
        message = f"outputs must be numbers or names of arguments, not {asked!r}"
        raise TypeError(message) from None
    if not found:
        raise ValueError("outputs names no argument")
    return found


def vjp(
    fun: Function,
    /,
    *primals: Any,
    has_aux: bool = False,
    outputs: Outputs | None = None,
    backend: str = "auto",
) -> Any:
    """The value of a function, and its pullback: from adjoints of the result to gradients.

    Parameters
    ----------
    fun : callable
        Takes and returns numbers, arrays and tuples of them.
    *primals
        Its arguments.
    has_aux : bool
        ``fun`` returns ``(out, aux)``; the third thing returned is then ``aux``.
    outputs : int, str or sequence of these, optional
        Arguments that ``fun`` writes into, by number or name. What they hold in the end is the
        output, bare for one of them, a tuple for a sequence; if ``fun`` returns something as
        well, ``(fun(*primals), contents)``. The caller's own stay as they are.
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

    A function that returns nothing and leaves its result in an argument:

    >>> import numpy as np
    >>> def double(u):
    ...     u[:] = 2.0 * u
    >>> u = np.array([1.0, 2.0])
    >>> out, pullback = vjp(double, u, outputs="u")
    >>> out, pullback(np.array([1.0, 0.0])), u
    (array([2., 4.]), (array([2., 0.]),), array([1., 2.]))
    """
    maker = _pullback_maker(Known(fun), has_aux, as_outputs(outputs), check_backend(backend))
    out, pullback = maker.start(primals)
    return (out[0], pullback, out[1]) if has_aux else (out, pullback)


@functools.lru_cache(KEPT_FUNCTIONS)
def _pullback_maker(known: Known, has_aux: bool, outputs: Any, backend: str) -> PullbackMaker:
    check_source(known.value)
    asked = Transform("vjp", known.value, has_aux=has_aux, outputs=outputs, backend=backend)
    return PullbackMaker(asked)


def jvp(
    fun: Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    outputs: Outputs | None = None,
    backend: str = "auto",
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
    outputs : int, str or sequence of these, optional
        Arguments whose contents in the end are the output, as for `vjp`.
    backend : {"auto", "numba", "python"}
        As for `grad`.

    Returns
    -------
    out, out_dot
        ``fun(*primals)``, or what ``outputs`` makes of it, and its derivative, of the same
        structure.

    Examples
    --------
    >>> jvp(lambda x, n: x**n, (3.0, 2), (1.0, 0.0))
    (9.0, 6.0)
    """
    maker = _tangent_maker(Known(fun), as_outputs(outputs), check_backend(backend))
    return maker.call(tuple(primals), tuple(tangents))


@functools.lru_cache(KEPT_FUNCTIONS)
def _tangent_maker(known: Known, outputs: Any, backend: str) -> TangentMaker:
    check_source(known.value)
    return TangentMaker(Transform("jvp", known.value, outputs=outputs, backend=backend))


def linearize(
    fun: Function, /, *primals: Any, outputs: Outputs | None = None, backend: str = "auto"
) -> tuple[Any, Function]:
    """The value of a function and its derivative as a linear function of the direction.

    Parameters
    ----------
    fun : callable
        As for `jvp`.
    *primals
        Its arguments.
    outputs : int, str or sequence of these, optional
        Arguments whose contents in the end are the output, as for `vjp`.
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
        return jvp(fun, kept, tangents, outputs=outputs, backend=backend)[1]

    return jvp(fun, kept, zeros, outputs=outputs, backend=backend)[0], tangent
