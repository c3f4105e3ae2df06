"""Interleaved timing: every contender in every round, the best round counts.

Wall time, not CPU time: peers compute in threads of their own, which CPU time of this thread leaves
out and CPU time of the process adds up. Against a busy machine the best of many rounds helps.
"""

from collections.abc import Callable, Mapping
from time import perf_counter

Thunk = Callable[[], object]


def seconds_per_call(thunk: Thunk, calls: int) -> float:
    """Mean wall time of `calls` calls in a row."""
    start = perf_counter()
    for _ in range(calls):
        thunk()
    return (perf_counter() - start) / calls


def interleaved(
    thunks: Mapping[str, Thunk], rounds: int = 15, batch: float = 0.02, patience: float = 2.0
) -> dict[str, float]:
    """Seconds per call of each thunk: the minimum over interleaved rounds.

    The thunks are warm: what they compile, they have compiled. A round gives each thunk one
    batch of calls of about `batch` seconds. A slow thunk leaves the rounds when it has used
    `patience` seconds, after two batches at least.
    """
    calls = {}
    for name, thunk in thunks.items():
        estimate = seconds_per_call(thunk, 1)
        if estimate < batch:
            estimate = min(estimate, seconds_per_call(thunk, 3))
        calls[name] = max(1, int(batch / max(estimate, 1e-9)))
    best = {name: float("inf") for name in thunks}
    used = dict.fromkeys(thunks, 0.0)
    for turn in range(rounds):
        for name, thunk in thunks.items():
            if turn >= 2 and used[name] > patience:
                continue
            seconds = seconds_per_call(thunk, calls[name])
            used[name] += seconds * calls[name]
            best[name] = min(best[name], seconds)
    return best
