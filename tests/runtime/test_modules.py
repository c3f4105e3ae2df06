"""Generated text becomes modules and compiled functions."""

import inspect
import subprocess
import sys
import warnings

import numpy as np
import pytest

from diffpy.runtime import backends, compile_numba, compile_python, load_module

PARITY = """
from diffpy.runtime import div

def even(n):
    return True if n == 0 else odd(n - 1)

def odd(n):
    return False if n == 0 else even(n - 1)

def invert(x):
    return div(1.0, x)
"""


def test_load_is_idempotent_and_leaves_a_file(tmp_path):
    text = "def f(x):\n    return x + 1\n"
    module = load_module("some name", text, tmp_path)
    assert module is load_module("some name", text, tmp_path)
    assert sys.modules[module.__name__] is module
    assert [p.name for p in tmp_path.iterdir()] == [f"{module.__name__}.py"]
    assert module.__name__.startswith("some_name_")
    assert inspect.getsource(module.f) == text


def test_an_unwritable_folder_falls_back_to_memory(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    text = "def g(x):\n    return x + 2\n"
    module = load_module("memory", text, blocked / "below")
    assert module.g(1) == 3
    assert inspect.getsource(module.g) == text


def test_a_tampered_file_is_not_run(tmp_path):
    text = "def h(x):\n    return x + 3\n"
    module = load_module("tampered", text, tmp_path)
    path = tmp_path / f"{module.__name__}.py"
    path.write_text("raise SystemExit")
    del sys.modules[module.__name__]
    assert load_module("tampered", text, tmp_path).h(1) == 4
    assert path.read_text() == text


def test_text_that_fails_leaves_no_module(tmp_path):
    with pytest.raises(ZeroDivisionError):
        load_module("broken", "1 / 0\n", tmp_path)
    assert not any(name.startswith("broken_") for name in sys.modules)


def test_both_backends_of_one_text():
    compiled, plain = compile_numba(PARITY, "parity"), compile_python(PARITY, "parity")
    assert list(compiled) == list(plain) == ["even", "odd", "invert"]
    for functions in (compiled, plain):
        assert functions["even"](10) and not functions["even"](7)
        with pytest.raises(ZeroDivisionError):
            functions["invert"](0.0)
    assert compile_numba(PARITY, "parity")["even"] is compiled["even"]
    assert inspect.isfunction(plain["even"]) and not inspect.isfunction(compiled["even"])


def test_bounds_are_checked_unless_told_otherwise():
    text = "def read(a, i):\n    return a[i]\n"
    with pytest.raises(IndexError):
        compile_numba(text, "read")["read"](np.zeros(3), 5)
    assert compile_numba(text, "read", boundscheck=False)["read"](np.ones(3), 1) == 1.0


def test_performance_hints_stay_quiet():
    text = "import numpy as np\ndef product(a):\n    return np.dot(a, a)\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backends.compile_numba(text, "product")["product"](np.ones((4, 4))[::2, ::2])


def test_importing_the_runtime_does_not_import_numba():
    code = "import sys, diffpy.runtime.tape; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
