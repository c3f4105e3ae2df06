"""numba, as every contender of the table uses it."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(fun: Callable[P, R]) -> Callable[P, R]:
    """`fun` by numba with NumPy's division, and with its static type kept.

    Nothing is cached on disk: cached recursive functions can abort the process (numba #6061).
    """
    return cast("Callable[P, R]", njit(error_model="numpy")(fun))


def compiled_with_callees(fun: Callable[P, R]) -> Callable[P, R]:
    """`fun` by numba, together with the plain functions of its module that it calls.

    numba only calls what it has compiled, while the primal calls plain functions (and itself).
    So each of them is compiled against a copy of the module's globals that names the
    compiled versions; the module itself stays plain Python.
    """
    plain = cast("FunctionType", fun)
    namespace = dict(plain.__globals__)
    done: dict[FunctionType, Any] = {}

    def compile_one(function: FunctionType) -> Any:
        if function not in done:
            copy = FunctionType(function.__code__, namespace, function.__name__)
            copy.__defaults__ = function.__defaults__
            done[function] = compiled(copy)
            for name in function.__code__.co_names:
                callee = namespace.get(name)
                if isinstance(callee, FunctionType) and callee.__module__ == plain.__module__:
                    namespace[name] = compile_one(callee)
        return done[function]

    return cast("Callable[P, R]", compile_one(plain))
