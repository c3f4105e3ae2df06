"""The numba backend: every function of a generated module becomes a nopython dispatcher."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..modules import load_module
from ..numbering import compile_numbered
from ..overloads import register_overloads
from .python import defined_functions

_DISPATCHERS = "__diffpy_dispatchers__"


def compile_numba(
    text: str,
    stem: str,
    boundscheck: bool = True,
    cache: Callable[[str, str, str], Any] | None = None,
) -> dict[str, Callable[..., Any]]:
    """Import `text` and return a numba dispatcher for each function it defines, by name.

    The module's globals are rebound to the dispatchers, so calls between the functions, self and
    mutual recursion included, stay compiled.  Nothing is compiled before the first call.

    Parameters
    ----------
    text : str
        Source of the generated module.
    stem : str
        Readable beginning of the module's name.
    boundscheck : bool
        Raise IndexError on reads and writes out of bounds, as Python does.
    cache : callable, optional
        ``cache(module, text, function)`` is the object that the dispatcher of the last function
        asks for compiled code before it compiles. It calls `register_overloads` where it has none.

    Returns
    -------
    dict of str to dispatcher
    """
    import numba

    if cache is None:
        register_overloads()
    # The globals are rebound, so this module must not be the one that `compile_python` shares.
    name = f"{stem}_nb" if boundscheck else f"{stem}_nb_unchecked"
    module = load_module(name, text, compile_text=compile_numbered)
    known: dict[str, Callable[..., Any]] | None = vars(module).get(_DISPATCHERS)
    if known is not None:
        return dict(known)
    from .placed_lowering import PlacedCompiler

    jit = numba.njit(
        error_model="numpy", nogil=True, boundscheck=boundscheck, pipeline_class=PlacedCompiler
    )
    dispatchers: dict[str, Any] = {}
    for name, function in defined_functions(module).items():
        dispatchers[name] = _quiet(jit(function))
    if cache is not None:  # its code holds that of all others
        dispatchers[name]._cache = cache(module.__name__, text, name)
    vars(module).update(dispatchers)
    vars(module)[_DISPATCHERS] = dispatchers
    return dict(dispatchers)


def _quiet(dispatcher: Any) -> Any:
    """Keep performance hints about generated code, which nobody can act on, off the screen."""
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.errors import NumbaPerformanceWarning

    compile_one = dispatcher.compile

    @functools.wraps(compile_one)
    def compile_quietly(signature: Any) -> Any:
        # Warning filters are process-wide: change them only while no other thread can compile.
        with global_compiler_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", NumbaPerformanceWarning)
            return compile_one(signature)

    dispatcher.compile = compile_quietly
    return dispatcher
