"""The kernels of a checkout of NPBench: their functions, and small arguments for them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

#: sizes of arrays and counts of steps, where the sizes of the preset cannot all be cut
SIZES: dict[str, dict[str, float]] = {
    "lenet": {"N": 2, "H": 28, "W": 28},
    "contour_integral": {"NR": 4, "NM": 5, "slab_per_bc": 2, "num_int_pts": 6},
    "stockham_fft": {"R": 2, "K": 4},
    "spmv": {"M": 9, "N": 8, "nnz": 20},
    "azimint_naive": {"N": 40, "npt": 4},
    "azimint_hist": {"N": 40, "npt": 4},
    "resnet": {"N": 2, "W": 5, "H": 6, "C1": 4, "C2": 3},
    "mlp": {"C_in": 3, "N": 4, "S0": 6, "S1": 5, "S2": 4},
    "nbody": {"N": 4, "tEnd": 0.39, "dt": 0.05},  # of many steps differences say little
    "gramschmidt": {"M": 7, "N": 5},
    "mandelbrot2": {"YN": 10},  # no point on the horizon itself
}
#: other sizes are cut to this, and to a little more for each later one, to tell axes apart
_LARGEST = 6


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel as its file in ``bench_info`` describes it."""

    checkout: Path
    info: dict[str, Any]
    #: what sizes are cut to
    largest: int = _LARGEST

    @property
    def name(self) -> str:
        return str(self.info["module_name"])

    def module(self, suffix: str) -> ModuleType:
        """A module of the kernel: ``_numpy`` is the kernel, without a suffix it is the data."""
        folder = self.checkout / "npbench" / "benchmarks" / self.info["relative_path"]
        name = self.name + suffix
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def function(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.module("_numpy"), self.info["func_name"])
        return found

    def arguments(self) -> tuple[Any, ...]:
        """Arguments of a small size."""
        data = self._sizes()
        init = self.info.get("init")
        if init:
            made = getattr(self.module(""), init["func_name"])(
                *(data[name] for name in init["input_args"])
            )
            outputs = init["output_args"]
            data.update(zip(outputs, made if len(outputs) > 1 else (made,), strict=True))
        return tuple(data[name] for name in self.info["input_args"])

    def _sizes(self) -> dict[str, Any]:
        sizes: dict[str, Any] = dict(self.info["parameters"]["S"])
        for k, (name, size) in enumerate(sizes.items()):
            if isinstance(size, int):
                sizes[name] = min(size, self.largest + k)
        return {**sizes, **SIZES.get(self.name, {})}


def kernels(checkout: Path, largest: int = _LARGEST) -> list[Kernel]:
    """All kernels of a checkout, with sizes of about ``largest`` where none is set."""
    files = sorted((checkout / "bench_info").glob("*.json"))
    infos = [json.loads(file.read_text())["benchmark"] for file in files]
    return [Kernel(checkout, info, largest) for info in infos]
