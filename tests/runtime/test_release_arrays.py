"""Compiled code that is left by an exception keeps no array."""

import os
import subprocess
import sys

PROGRAM = """
import math
import numpy as np
from numba.core.runtime import rtsys
import diffpy


def f(x, n, i):
    s = 0.0
    rows = np.outer(x, x)
    for k in range(n):
        row = rows[k, :2] * 2.0
        u = np.sin(row) + x[:2]
        if k == 2:
            w = u * u
            s += w[i]
        s += u[i % 2] * math.sqrt(u[0])
    return s


df = diffpy.grad(f, backend="numba")


def fails(error, *args):
    try:
        df(*args)
    except error:
        return
    raise AssertionError(error)


def run():
    x = np.array([0.3, 0.4, 0.5])
    df(x, 3, 1)
    fails(IndexError, x, 3, 7)
    fails(ValueError, -x, 3, 1)


run()
before = rtsys.get_allocation_stats()
for _ in range(20):
    run()
after = rtsys.get_allocation_stats()
made, released = after.alloc - before.alloc, after.free - before.free
print(made > 0 and made == released)
"""


def test_exceptions_release_arrays(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    environment = {**os.environ, "NUMBA_NRT_STATS": "1"}
    command = [sys.executable, str(tmp_path / "program.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr
