"""The numba backend: every function of a generated module becomes a nopython dispatcher."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any

from ..modules import load_module
from ..numbering import compile_numbered
from ..overloads import register_overloads
from .python import defined_functions

_DISPATCHERS = "__diffpy_dispatchers__"

_making = threading.Lock()


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
    from .placed_lowering import PlacedCompiler

    jit = numba.njit(
        error_model="numpy", nogil=True, boundscheck=boundscheck, pipeline_class=PlacedCompiler
    )
    with _making:
        known: dict[str, Any] | None = vars(module).get(_DISPATCHERS)
        if known is None:
            known = {name: _quiet(jit(f)) for name, f in defined_functions(module).items()}
            if cache is not None:  # the code of the last one holds that of all others
                last = list(known)[-1]
                known[last]._cache = cache(module.__name__, text, last)
            vars(module).update({**known, _DISPATCHERS: known})
        return dict(known)


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
