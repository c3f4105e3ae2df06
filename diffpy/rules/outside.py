"""Calls of what is neither differentiated nor compiled: logs, locks, clocks, random numbers.

They run once, in the forward sweep, in Python. What they return has no derivative, and what they
draw is saved like any value, never drawn again.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.kinds import PY_FLOAT, PY_INT, Kind, Scalar
from diffpy.rules.printing import Part
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import nothing

_LOCK_TYPES = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Semaphore,
    threading.Event,
)
_OWNERS = (logging.Logger, logging.LoggerAdapter, *_LOCK_TYPES)
_FUNCTIONS = (
    time.sleep,
    warnings.warn,
    warnings.simplefilter,
    warnings.filterwarnings,
    *(getattr(logging, level) for level in ("debug", "info", "warning", "error", "critical")),
    logging.exception,
    logging.log,
)
_CLOCKS: dict[Any, Scalar] = {
    **dict.fromkeys((time.time, time.perf_counter, time.monotonic, time.process_time), PY_FLOAT),
    **dict.fromkeys((time.time_ns, time.perf_counter_ns, time.monotonic_ns), PY_INT),
}


@dataclass(frozen=True)
class Draw:
    """A random number: a draw without parameters, and what the parameters make of it.

    ``standard`` names the method of the same generator that draws the same numbers.
    """

    standard: str
    parameters: tuple[tuple[str, float], ...]
    scaled: Callable[..., Any]
    #: texts that the standard method is called with
    given: tuple[str, ...] = ()


def _located(z: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * z


_NORMAL = Draw("standard_normal", (("loc", 0.0), ("scale", 1.0)), _located)
_DRAWS: dict[tuple[bool, str], Draw] = {
    (False, "normal"): _NORMAL,
    (False, "standard_normal"): Draw("standard_normal", (), lambda z: z),
    (False, "uniform"): Draw(
        "random", (("low", 0.0), ("high", 1.0)), lambda z, low, high: low + (high - low) * z
    ),
    (False, "random"): Draw("random", (), lambda z: z),
    (False, "exponential"): Draw(
        "standard_exponential", (("scale", 1.0),), lambda z, scale: scale * z
    ),
    (True, "random"): Draw("random", (), lambda z: z),
    (True, "uniform"): Draw("random", (("a", 0.0), ("b", 1.0)), lambda z, a, b: a + (b - a) * z),
    (True, "gauss"): Draw("gauss", (("mu", 0.0), ("sigma", 1.0)), _located, ("0.0", "1.0")),
    (True, "normalvariate"): Draw(
        "normalvariate", (("mu", 0.0), ("sigma", 1.0)), _located, ("0.0", "1.0")
    ),
}
#: functions of np.random whose arguments are the extents
_BY_EXTENTS = {"rand": "random", "randn": "standard_normal"}


def is_effect(function: Any) -> bool:
    """Whether a callable is known to do something outside and to return nothing of interest."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, _OWNERS):
        return True
    return isinstance(function, types.FunctionType | types.BuiltinFunctionType) and any(
        function is known for known in _FUNCTIONS
    )


def clock_kind(function: Any) -> Kind | None:
    """The kind of what a clock shows."""
    return _CLOCKS.get(function) if isinstance(function, types.BuiltinFunctionType) else None


def draw_of(function: Any) -> tuple[Any, Draw, bool] | None:
    """Generator, distribution, and whether the arguments are extents; None if it draws nothing."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(owner, random.Random | np.random.Generator | np.random.RandomState):
        return None
    by_extents = name in _BY_EXTENTS and isinstance(owner, np.random.RandomState)
    name = _BY_EXTENTS[name] if by_extents else name
    found = _DRAWS.get((isinstance(owner, random.Random), name))
    return None if found is None else (owner, found, by_extents)


def _call_text(
    count: int, parts: tuple[Part | int, ...], keywords: tuple[str, ...] = (), **_: Any
) -> str:
    """``_0(parts…)``; the last parts have keywords, and a number stands for a tuple."""
    names = iter([f"_{k}" for k in range(1, count)])

    def written(part: Part | int) -> str:
        if isinstance(part, int):
            return f"({''.join(f'{next(names)}, ' for _ in range(part))})"
        if part is None:
            return next(names)
        if isinstance(part, str):
            return part
        template, number = part
        return f"{template!r}.format({', '.join(next(names) for _ in range(number))})"

    texts = [written(part) for part in parts]
    named = zip(keywords, texts[len(texts) - len(keywords) :])
    given = texts[: len(texts) - len(keywords)]
    return f"_0({', '.join([*given, *(f'{k}={v}' for k, v in named)])})"


#: ``act(function, *operands, parts=(…), keywords=(…))``: a part is a text of Python, None for an
#: operand, or a template and how many operands it takes
act = Primitive("act", _call_text, nothing, effect=True)
#: the same for what returns a number or an array without a derivative
ask = Primitive(
    "ask",
    _call_text,
    lambda kinds, kind, **static: kind,
    effect=True,
    returns=True,
)
