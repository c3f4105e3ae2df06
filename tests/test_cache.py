"""The cache on disk: found again by another process, and never wrong."""

import json
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from diffpy import config, grad
from diffpy.cache import stamp, store
from diffpy.errors import PerformanceWarning

CHILD = """
import json, sys, time, warnings
sys.path.insert(0, sys.argv[1])
import numpy as np
from diffpy import config, grad, jvp, value_and_grad, vjp
from diffpy.cache import stamp
stamp.source_digest = lambda: "one"  # somebody may be editing diffpy while its tests run
from diffpy.transform import pipeline
import numba.core.compiler

counts = {"generated": 0, "compiled": 0}

def counted(name, function):
    def wrapper(*args, **kwargs):
        counts[name] += 1
        return function(*args, **kwargs)
    return wrapper

for name in ("derive", "derive_pair"):
    setattr(pipeline, name, counted("generated", getattr(pipeline, name)))
numba.core.compiler.CompilerBase.compile_extra = counted(
    "compiled", numba.core.compiler.CompilerBase.compile_extra)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import cached_model as m
    exec(sys.argv[2])
found = [np.asarray(x).tolist() for x in results]
print(json.dumps({"found": found, "warnings": [str(w.message) for w in caught], **counts}))
"""


class Place:
    """A module in a folder of its own, with a cache of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.cache = folder / "cache"
        self.entries = self.cache / "entries"

    def write(self, text):
        (self.folder / "cached_model.py").write_text(textwrap.dedent(text))

    def start(self, code, **environment):
        variables = {k: v for k, v in os.environ.items() if not k.startswith("DIFFPY")}
        variables |= {"DIFFPY_CACHE_DIR": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.folder), textwrap.dedent(code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=variables | environment,
        )

    def run(self, code, **environment):
        return finish(self.start(code, **environment))


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


MODEL = """
import math
from typing import NamedTuple

import numba
import numpy as np

from diffpy import grad

SCALE = 2.0
WEIGHTS = np.array([1.0, 2.0, 3.0])
NONLINEAR = np.sin


class Pair(NamedTuple):
    first: float
    second: float


def helper(v, k=1.5):
    return v * NONLINEAR(v) * k * SCALE


@numba.njit
def compiled(v):
    return v * v


def loop(x, n):
    y = x
    for i in range(n):
        y = helper(y) + compiled(x)
    while y > 10.0:
        y = 0.5 * y
    return y


def arrays(a):
    return np.sum(np.exp(a * WEIGHTS)) + math.exp(a[0])


def pairs(p):
    return Pair(p.first * p.second, p.second)


def total(p):
    q = pairs(p)
    return q.first * q.second


def make(rate):
    def decay(x):
        return math.exp(-rate * x) * helper(x)

    return decay


def apply(f, x):
    return f(x) * x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


slope = grad(helper)


def second(x):
    return slope(x) ** 2
"""

ALL = """
a = np.array([0.1, 0.2, 0.3])
results = [grad(m.loop)(0.7, 3), grad(m.arrays)(a), grad(m.make(0.3))(1.2)]
results += grad(m.total)(m.Pair(2.0, 3.0))
results += value_and_grad(m.power)(1.3, 4)
results += [grad(m.apply, argnums=1)(m.helper, 0.4), grad(m.second)(0.6), m.slope(0.2)]
results += jvp(m.loop, (0.7, 3), (1.0, 0.0))
out, pullback = vjp(m.loop, 0.7, 3)
results += [out, pullback(1.0)[0], grad(m.loop, backend="python")(0.7, 3)]
"""


def test_a_second_process_generates_and_compiles_nothing(place):
    place.write(MODEL)
    cold, warm = place.run(ALL), place.run(ALL)
    assert cold["generated"] > 5 and cold["compiled"] > 5
    assert (warm["generated"], warm["compiled"]) == (0, 0)
    assert warm["found"] == cold["found"]
    off = place.run("config.cache = False\n" + ALL)
    assert off["generated"] == cold["generated"]
    assert off["found"] == cold["found"]


CHANGES = {
    "the source of a callee": ("k * SCALE", "k * SCALE * SCALE"),
    "a default value": ("k=1.5", "k=2.5"),
    "a global function": ("NONLINEAR = np.sin", "NONLINEAR = np.cos"),
    "a function of Python's instead": ("NONLINEAR = np.sin", "NONLINEAR = lambda v: v * v"),
    "a compiled callee": ("return v * v", "return v * v * v"),
    "a global that becomes an array": ("SCALE = 2.0", "SCALE = np.array(2.0)"),
    "a name of Python's that is redefined": (
        "SCALE = 2.0",
        "SCALE = 2.0\ndef range(n): return (1, 2, 3, 4)",
    ),
}


def test_what_is_stale_is_not_used(place):
    one = "results = [grad(m.loop)(0.7, 3)]"
    both = one + "\nconfig.cache = False\nresults.append(grad(m.loop)(0.7, 3))"
    place.write(MODEL)
    before = place.run(one)
    for what, (old, new) in CHANGES.items():
        changed = MODEL.replace(old, new)
        assert changed != MODEL
        place.write(changed)
        found = place.run(both)
        assert found["generated"] == 2, what
        first, expected = found["found"]
        assert first == expected, what
        assert [first] != before["found"] or "array" in what, what
    place.write(MODEL)  # what was found for the first one is there still
    again = place.run(one)
    assert again["found"] == before["found"] and not again["compiled"]


def test_changes_while_the_process_runs(place):
    place.write(
        MODEL
        + """
def with_keyword(x, *, k=2.0):
    return x * x * k


def calls_it(x):
    return with_keyword(x) + abs(x)
"""
    )
    code = """
        def both():
            results.append(grad(m.calls_it)(0.5))
            config.cache = False
            results.append(grad(m.calls_it)(0.5))
            config.cache = True
            results.append(kept(0.5))
        kept, results = grad(m.calls_it), []
        both()
        m.with_keyword.__kwdefaults__["k"] = 3.0
        both()
        m.abs = m.math.sin
        both()
        """
    for _ in range(2):
        found = np.reshape(place.run(code)["found"], (3, 3))
        assert (found[:, :1] == found).all()
        assert len(set(found[:, 0])) == 3


def test_numbers_of_the_module_are_read_at_each_call(place):
    one = "results = [grad(m.loop)(0.7, 3)]"
    place.write(MODEL)
    place.run(one)
    place.write(MODEL.replace("SCALE = 2.0", "SCALE = 3.0"))
    found = place.run(one)
    assert not found["generated"]
    assert found["found"] == place.run(one, DIFFPY_CACHE="0")["found"]
    rebound = place.run(one + "\nm.SCALE = 2.0\nresults.append(grad(m.loop)(0.7, 3))")
    assert rebound["found"][0] == found["found"][0] != rebound["found"][1]


RECURSIVE = """
import numpy as np


def even(x, n):
    return x if n == 0 else x * odd(x, n - 1)


def odd(x, n):
    return 1.0 if n == 0 else np.sin(x) * even(x, n - 1)


def literal(x, n):
    if n <= 0:
        return x
    return x * literal(x * 0.5, 0) + literal(x, n - 1)


def changing(x, n):
    if n <= 0:
        return x * 1.0
    return x * changing(n * 2, n - 1) + changing(x, n - 2)


def tree(x, depth):
    if depth == 0:
        return x
    return tree(x * 0.9, depth - 1) * tree(x * 1.1, depth - 1)


def sums(a, n):
    return 0.0 if n == 0 else a[n - 1] * a[n - 1] + sums(a, n - 1)


def outer(x, n):
    return even(x, n) + literal(x, n) + changing(x, n)
"""


@pytest.mark.parametrize("transform", ["grad(m.{})(0.9, 4)", "vjp(m.{}, 0.9, 4)[1](1.0)[0]"])
def test_recursion_runs_when_it_comes_from_the_disk(place, transform):
    place.write(RECURSIVE)
    names = ("even", "odd", "literal", "changing", "tree", "outer")
    code = f"results = [{', '.join(transform.format(n) for n in names)}]\n"
    code += "results.append(grad(m.sums)(np.ones(3), 3))"
    runs = [place.run(code) for _ in range(3)]
    assert runs[0]["found"] == runs[1]["found"] == runs[2]["found"]
    assert runs[0]["found"] == place.run(code, DIFFPY_CACHE="0")["found"]


DAMAGES = {
    "garbage": lambda data: b"x" * len(data),
    "truncated": lambda data: data[:-7],
    "empty": lambda data: b"",
    "one bit": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
}


def test_damaged_files_are_made_anew_with_one_warning(place):
    one = "results = [grad(m.loop)(0.7, 3), grad(m.total)(m.Pair(2.0, 3.0)).first]"
    place.write(MODEL)
    before = place.run(one)
    for what, damaged in DAMAGES.items():
        for file in place.entries.iterdir():
            file.write_bytes(damaged(file.read_bytes()))
        for file in place.cache.glob("*.py"):
            file.write_text("raise SystemExit('generated source that somebody changed')")
        after = place.run(one)
        assert after["found"] == before["found"], what
        assert after["generated"] == before["generated"], what
        assert len([w for w in after["warnings"] if "damaged" in w]) == 1, what
    assert place.run(one)["generated"] == 0


def test_entries_of_another_meaning_are_made_anew(place):
    """Files that are whole but hold what this version of diffpy does not know."""
    one = "results = [grad(m.loop)(0.7, 3)]"
    place.write(MODEL)
    before = place.run(one)
    code = (
        "import pathlib\nfrom diffpy.cache import store\n"
        "for file in store.folder().iterdir(): store.write(file.name, b'[{}]')\n"
    )
    assert place.run(code + one)["found"] == before["found"]


def test_a_folder_that_cannot_be_made(place):
    place.write(MODEL)
    place.cache.write_text("a file stands where the folder should be")
    first, second = (place.run("results = [grad(m.loop)(0.7, 3)]") for _ in range(2))
    assert first["found"] == second["found"] and first["warnings"] == []


def test_three_processes_at_once(place):
    place.write(MODEL)
    one = "results = [grad(m.loop)(0.7, 3), grad(m.apply, argnums=1)(m.helper, 0.4)]"
    found = [finish(p) for p in [place.start(one) for _ in range(3)]]
    assert found[0]["found"] == found[1]["found"] == found[2]["found"]
    assert all(f["warnings"] == [] for f in found)
    assert not list(place.entries.glob("*.tmp"))
    assert place.run(one)["generated"] == 0


def test_another_numba_or_cpu_has_other_entries(place):
    place.write(MODEL)
    one = "results = [grad(m.loop)(0.7, 3)]"
    before = place.run(one)
    other = place.run("stamp.machine_stamp = None\nimport diffpy.cache.machine_code as c\n"
                      "c.machine_stamp = lambda: 'another'\n" + one)  # fmt: skip
    assert other["generated"] == 0 and other["compiled"] > 0
    assert other["found"] == before["found"]
    options = place.run(one, NUMBA_OPT="2")
    assert options["compiled"] > 0


OBJECTS = """
import functools

import numpy as np


class Model:
    rate = 2.0

    def energy(self, x):
        return self.rate * x * x


model = Model()
partial = functools.partial(lambda k, x: k * x * x, 3.0)
energy = model.energy


def uses_object(x):
    return model.rate * x * x


def uses_partial(x):
    return partial(x) * x


def uses_method(x):
    return energy(x) * x
"""


def test_what_means_nothing_elsewhere_is_not_stored(place):
    place.write(OBJECTS)
    one = "results = [grad(f)(3.0) for f in (m.uses_object, m.uses_partial, m.uses_method)]"
    first = place.run(one)
    place.write(OBJECTS.replace("rate = 2.0", "rate = 5").replace("3.0", "4.0"))
    found = place.run(one)
    assert first["found"] == [12.0, 81.0, 54.0]
    assert found["found"] == [30.0, 108.0, 135.0]


# --- in this process ---


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(stamp, "source_digest", lambda: "one")
    monkeypatch.setattr(store, "_warned", False)
    stamp.stamp.cache_clear()
    stamp.machine_stamp.cache_clear()
    yield tmp_path / "cache"
    stamp.stamp.cache_clear()
    stamp.machine_stamp.cache_clear()


def test_switched_off(here, monkeypatch):
    monkeypatch.setattr(config, "_cache", False)
    assert grad(lambda x: x * x * 1.125)(2.0) == 4.5
    assert not (here / "entries").exists()


@pytest.mark.parametrize("step", ["replace", "fdopen", "utime"])
def test_a_full_disk(here, monkeypatch, step):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    assert [grad(lambda x: x * x * 1.0625)(2.0) for _ in range(2)] == [4.25, 4.25]
    if step != "utime":
        assert list((here / "entries").iterdir()) == []


def test_a_disk_that_fills_up_midway(place):
    """Files of at most 300 bytes: the system itself refuses the rest."""
    pytest.importorskip("resource")
    place.write(MODEL)
    one = "results = [grad(m.loop)(0.7, 3)]"
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
    )
    full = place.run(limit + one)
    assert full["warnings"] == [] and not any(place.entries.iterdir())
    assert not list(place.cache.rglob("*.tmp"))
    assert place.run(one)["found"] == full["found"]


def test_a_folder_that_is_removed_while_it_is_used(place):
    place.write(MODEL)
    code = """
        import shutil
        first = grad(m.loop)
        results = [first(0.7, 3)]
        shutil.rmtree(config.cache_dir)
        results += [first(0.7, 3), grad(m.loop)(0.7, 3), first(np.float64(0.7), 3)]
        shutil.rmtree(config.cache_dir, ignore_errors=True)
        results += [grad(m.loop, backend="python")(0.7, 3)]
        """
    found = place.run(code)
    assert found["warnings"] == []
    np.testing.assert_allclose(found["found"], found["found"][0], rtol=1e-12)


def test_a_read_only_folder_is_read(place):
    place.write(MODEL)
    one = "results = [grad(m.loop)(0.7, 3)]"
    before = place.run(one)
    folders = [place.entries, place.cache]
    for folder in folders:
        folder.chmod(0o500)
    try:
        again = place.run(one)
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert again["found"] == before["found"]
    assert (again["generated"], again["compiled"], again["warnings"]) == (0, 0, [])


def test_each_file_damaged_in_turn(place, monkeypatch):
    place.write(MODEL)
    one = "results = [grad(m.total)(m.Pair(2.0, 3.0)).first, grad(m.helper)(0.3)]"
    before = place.run(one)
    monkeypatch.setenv("DIFFPY_CACHE_DIR", str(place.cache))
    monkeypatch.setattr(store, "_warned", True)
    for file in sorted(place.entries.iterdir()):
        data = file.read_bytes()
        for cut in {0, 1, 14, 15, 46, 47, len(data) // 2, len(data) - 1}:
            file.write_bytes(data[:cut])
            assert store.read(file.name) is None and not file.exists()
        for k in range(0, len(data), len(data) // 50 + 1):
            file.write_bytes(data[:k] + bytes([data[k] ^ 0x40]) + data[k + 1 :])
            assert store.read(file.name) is None
        file.write_bytes(data[: len(data) // 2] + data)
    after = place.run(one)
    assert after["found"] == before["found"] and after["compiled"] == before["compiled"]


def test_many_processes_on_a_fresh_folder_while_it_is_cleared(place):
    place.write(MODEL)
    one = "results = [grad(m.loop)(0.7, 3), grad(m.apply, argnums=1)(m.helper, 0.4)]"
    clear = "from diffpy.cache import store\nresults = []\nfor _ in range(300):\n    "
    processes = [place.start(one) for _ in range(4)]
    processes += [place.start(clear + end) for end in ("store.clear()", "store.summary()")]
    found = [finish(p) for p in processes]
    assert all(f["found"] == found[0]["found"] for f in found[:4])
    assert all(f["warnings"] == [] for f in found)
    assert place.run(one)["found"] == found[0]["found"]


def test_code_that_changed_since_it_was_imported_is_not_cached(here, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("DIFFPY_CACHE_DIR", str(here))
    monkeypatch.setattr(stamp, "_IMPORT_TAKES", 1e12)
    stamp.stamp.cache_clear()
    stamp.machine_stamp.cache_clear()
    assert stamp.stamp() is None and stamp.machine_stamp() is None
    assert grad(lambda x: x * x * 1.03125)(2.0) == 4.125
    assert not (here / "entries").exists()


def test_the_size_is_bounded(here):
    for k in range(8):
        assert store.write(f"{k}.entry", bytes(1000))
        os.utime(here / "entries" / f"{k}.entry", (k, k))
    assert store.read("0.entry") == bytes(1000)  # used: now the newest
    store.prune(4 * 1100, 100)
    assert sorted(p.name for p in (here / "entries").iterdir()) == [
        "0.entry",
        "6.entry",
        "7.entry",
    ]
    assert store.clear().counts["entry"] == 3


def test_the_number_of_files_is_bounded(here, monkeypatch):
    monkeypatch.setattr(store, "MAX_FILES", 100)
    monkeypatch.setattr(store, "_written", 1)
    for k in range(600):
        store.write(f"{k}.entry", b"x")
    assert len(list((here / "entries").iterdir())) <= 100 + 256
    store.prune(store.MAX_BYTES, store.MAX_FILES)
    assert len(list((here / "entries").iterdir())) <= 100
    assert store.read("599.entry") == b"x"


@pytest.mark.parametrize("skew", [-1e8, 1e8])
def test_a_clock_that_is_wrong(here, skew, monkeypatch):
    monkeypatch.setattr(store, "_written", 0)
    assert store.write("a.entry", b"x") and (here / "pruned.time").exists()
    for file in (here / "pruned.time", here / "entries" / "a.entry"):
        os.utime(file, (time.time() + skew, time.time() + skew))
    store._written = 0
    assert store.write("b.entry", b"y")
    assert abs((here / "pruned.time").stat().st_mtime - time.time()) < 1e4
    assert (store.read("a.entry"), store.read("b.entry")) == (b"x", b"y")
    store.clear()
    assert store.summary().nbytes == 0


def test_a_damaged_entry_warns_once(here):
    store.write("a.entry", b"something")
    (here / "entries" / "a.entry").write_bytes(b"nothing")
    with pytest.warns(PerformanceWarning, match="diffpy cache clear"):
        assert store.read("a.entry") is None
    assert store.read("a.entry") is None and not (here / "entries" / "a.entry").exists()


def test_the_text_of_a_stored_derivative_is_that_of_a_new_one(here):
    def f(x, n):
        for _ in range(n):
            x = x * np.sin(x) * 0.99
        return x

    first, again = grad(f), grad(f)
    assert first(0.3, 4) == again(0.3, 4)
    assert type(list(again._dispatch.table)[0].executable.program).__name__ == "StoredProgram"
    assert first.source == again.source
    assert first.inspect_source("numba") == again.inspect_source("numba")
    assert again(0.3, 2**70 - 2**70) == 1.0 and again(2**70 * 1.0, 0) == 1.0
