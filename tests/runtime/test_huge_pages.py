"""Large blocks of memory, for which Linux is asked for huge pages."""

import sys

import numpy as np
import pytest

from diffpy import config, grad
from diffpy.runtime import memory
from diffpy.runtime.tape import StackTape


def loop(x, n):
    for _ in range(n):
        x = 3.5 * x * (1.0 - x)
    return x


def until(x, n):
    k = 0
    while k < n:
        x = 3.5 * x * (1.0 - x)
        k += 1
    return x


def arrays(a, n):
    k = 0
    while k < n:
        a = np.sin(a) * a
        k += 1
    return np.sum(a)


@pytest.mark.parametrize("advised", [True, False])
def test_large_tapes(advised, monkeypatch):
    monkeypatch.setattr(config, "_cache", False)
    if not advised:  # as on systems that have no such thing
        monkeypatch.setattr(memory, "c_advise", None)
    n = memory.ADVISED_BYTES // 4
    assert grad(loop)(0.3, n) == grad(until)(0.3, n)  # one has an indexed tape, one a stack
    a = np.linspace(0.5, 1.5, n // 2 + 3)
    found = grad(arrays)(a, 3)
    some = slice(None, None, 100_003)
    np.testing.assert_array_equal(found[some], grad(arrays)(a[some].copy(), 3))


@pytest.mark.skipif(memory.c_advise is None, reason="Linux only")
def test_linux_has_heard_of_it():
    import numba

    from diffpy.runtime import push_f8
    from diffpy.runtime.overloads import register_overloads

    register_overloads()

    @numba.njit
    def fill(tape, n):
        for i in range(n):
            push_f8(tape, float(i))

    tape = StackTape()
    fill(tape.handle, memory.ADVISED_BYTES)
    middle = tape._block[2] + tape.nbytes // 2
    flags = flags_of_memory_at(middle)
    if flags is None:
        pytest.skip("the kernel does not tell")
    assert "hg" in flags


def flags_of_memory_at(address):
    """What Linux says of the mapping that holds an address; `hg` is for huge pages."""
    assert sys.platform == "linux"
    inside = False
    try:
        with open("/proc/self/smaps") as file:
            for line in file:
                first = line.split(maxsplit=1)[0]
                if "-" in first and not first.endswith(":"):
                    begin, end = (int(x, 16) for x in first.split("-"))
                    inside = begin <= address < end
                elif inside and first == "VmFlags:":
                    return line.split()[1:]
    except OSError:
        pass
    return None
