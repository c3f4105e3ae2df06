"""What a gradient costs before it computes: call overhead, and the first call."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.contenders import diffpy_gradient
from benchmarks.first_call import MODULES, STATEMENTS
from benchmarks.jit import compiled
from benchmarks.peers import jax_reverse, torch_reverse
from benchmarks.table import aligned, significant
from benchmarks.timing import Thunk, interleaved


def square(x: float) -> float:
    return x * x


def twice(x: float) -> float:
    return 2.0 * x


def contenders(peers: bool) -> dict[str, Thunk]:
    """The gradient of `square` by everybody, after its first call; who fails is left out."""
    hand = compiled(twice)
    makers: dict[str, Callable[[], Thunk]] = {
        "hand-written, numba": lambda: lambda: hand(3.0),
        "diffpy": lambda: diffpy_gradient(square, (0,), (3.0,)),
    }
    if peers:
        makers["JAX"] = lambda: jax_reverse(square, (3.0,), (0,))
        makers["PyTorch"] = lambda: torch_reverse(square, (3.0,), (0,))
    thunks = {}
    for name, make in makers.items():
        try:
            thunk = make()
            thunk()
        except Exception as failure:
            print(f"{name}: {type(failure).__name__}: {failure}")
            continue
        thunks[name] = thunk
    return thunks


def call_overhead(peers: bool, quick: bool) -> None:
    seconds = interleaved(contenders(peers), rounds=5 if quick else 30, batch=0.01)
    lines = [["gradient of x * x", "ns a call", "ratio"]]
    base = seconds["hand-written, numba"]
    lines += [[k, f"{v * 1e9:,.0f}", significant(v / base)] for k, v in seconds.items()]
    print("\n".join(aligned(lines)))


def fresh(name: str, folder: str) -> dict[str, float] | str:
    """Import and first call of a contender in a new process; its caches live in `folder`."""
    caches = {"DIFFPY_CACHE_DIR": folder, "NUMBA_CACHE_DIR": folder}
    command = [sys.executable, "-m", "benchmarks.first_call", name, folder]
    done = subprocess.run(command, env=os.environ | caches, capture_output=True, text=True)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1]
    times: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return times


def first_calls(peers: bool) -> None:
    lines = [[f"first gradient, {STATEMENTS} statements", "import, s", "first call, s"]]
    with tempfile.TemporaryDirectory() as folder:
        for label in ("diffpy", "diffpy, from its disk cache", *list(MODULES)[1:]):
            name = label.partition(",")[0]
            if name == "JAX" and not peers:
                continue
            times = fresh(name, folder)
            if isinstance(times, str):
                lines.append([label, "", times[:60]])
            else:
                lines.append([label, f"{times['import']:.2f}", f"{times['call']:.3f}"])
    print("\n".join(aligned(lines)))


def run(peers: bool, quick: bool) -> None:
    call_overhead(peers, quick)
    print()
    first_calls(peers)
