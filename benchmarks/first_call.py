"""The first gradient of a function with 30 statements, in this fresh process.

`python -m benchmarks.first_call NAME FOLDER` prints the seconds of the imports and of the call.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.environment import use_one_thread
from benchmarks.programs import defined, straight_line

MODULES = {"diffpy": "diffpy", "numba (primal only)": "numba", "JAX": "jax"}
STATEMENTS = 30


def prepared(name: str, folder: Path) -> Callable[[], object]:
    """The first call as a user of `name` writes it, not yet made."""
    source = straight_line(STATEMENTS, "jax.numpy" if name == "JAX" else "math")
    program = defined(folder, "program_" + MODULES[name], source)
    if name == "diffpy":
        import diffpy

        return lambda: diffpy.grad(program, argnums=(0, 1), backend="numba")(0.4, 0.7)
    if name == "JAX":
        import jax

        block_until_ready: Callable[..., object] = jax.block_until_ready
        return lambda: block_until_ready(jax.jit(jax.grad(program, (0, 1)))(0.4, 0.7))
    from benchmarks.jit import compiled

    return lambda: compiled(program)(0.4, 0.7)


def main(name: str, folder: str) -> None:
    use_one_thread()
    start = perf_counter()
    import_module(MODULES[name])
    imported = perf_counter()
    call = prepared(name, Path(folder))
    begun = perf_counter()
    call()
    print(json.dumps({"import": imported - start, "call": perf_counter() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:])
