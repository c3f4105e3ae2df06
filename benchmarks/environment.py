"""One thread for every contender, set before any of them is imported."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

SINGLE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "true",
}


def use_one_thread() -> None:
    """Set the thread counts that are read at import; what the user has set stays."""
    for name, value in SINGLE_THREAD.items():
        os.environ.setdefault(name, value)


def versions() -> dict[str, str]:
    """The interpreter and the packages that take part, for the table's foot and the JSON."""
    found = {"python": platform.python_version()}
    for package in ("diffpy", "numba", "numpy", "jax", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
