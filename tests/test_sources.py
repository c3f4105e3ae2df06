"""Where functions come from: files, notebooks, prompts, archives; and what is refused.

A function whose source is not what runs must never be differentiated.
"""

import codecs
import dataclasses
import doctest
import functools
import importlib.util
import linecache
import math
import os
import pty
import subprocess
import sys
import textwrap
import types
import zipfile

import pytest

from diffpy import SourceUnavailableError, grad
from diffpy.transform import find_source

PYTHON_KEEPS_PROMPTS = sys.version_info >= (3, 13)


def slope(function, x=3.0):
    return grad(function, backend="python")(x)


def load(path, name="loaded"):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Writes a module and imports it; never from a .pyc, whose time is too coarse for tests."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "written.py"

    def write_and_load(text):
        path.write_text(textwrap.dedent(text)) if isinstance(text, str) else path.write_bytes(text)
        return load(path)

    write_and_load.path = path
    return write_and_load


def refused(function, match):
    with pytest.raises(SourceUnavailableError, match=match) as caught:
        grad(function)
    assert "instead: " in str(caught.value)


# --- in files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"def f(x):\r\n    return x * x\r\n",
        b"def f(x):\r    return x * x\r",
        b"def f(x):\n\treturn x * x",
        b"\x0c\ndef f(x):\n\x0c\n    return x * x\n",
        codecs.BOM_UTF8 + b"f = lambda x: x * x; g = lambda x: x + 1\n",
        b"# coding: latin-1\ns = '\xe9'; f = lambda x: x * x; g = lambda x: x + 1\n",
        "s = 'ü\u2028\x1c\x85'\ndef f(ü):\n    return ü * ü\n".encode(),
        b"if True:\n    def f(x):\n        return x * x\nelse:\n    def f(x):\n        return x\n",
        b"def f(x):\n    return x\n\ndef f(x):\n    return x * x\n",
        b"class A:\n    class B:\n        f = staticmethod(lambda x: x * x)\nf = A.B.f\n",
        b"from __future__ import annotations\ndef f(x: no):\n    y: no = x\n    return x * y\n",
        b"import math\ndef f(x):\n    return x * x * math.cos(0.0)\n",
        b"if 1:\n    import math as m\nf, g = lambda x: x * x * m.cos(0.0), lambda x: m.cos(x)\n",
        b"def f(x):\n    '''Text.'''\n    if __debug__:\n        return x * x\n",
    ],
)
def test_forms_of_files(file, data):
    assert slope(file(data).f) == 6.0


def test_lambdas_are_told_apart(file):
    module = file("""
        k = 2.0
        a, b, c = lambda x: x * k, lambda x: x + k, lambda x, k=5.0: x * k
        table = {"a": lambda x: x * 7.0, "b": lambda x: x * 8.0, "c": [lambda x: (
            x * 9.0), lambda x: x]}
        def make(k): return lambda x: x * k, lambda x: x * x * k
        def default(x, f=lambda x: x * 4.0, g=lambda x: x * 6.0): return f(x) * g(x)
        chosen = max([lambda x: x * 3.0, lambda x: x * 4.0], key=lambda f: f(1.0))
        nested = (lambda x: lambda x: lambda x: x * x)(0)(0)
        same = [lambda x: 2.0 * x, lambda x: 2.0 * x]
    """)
    table = module.table
    functions = [module.a, module.b, module.c, table["a"], table["b"], *table["c"]]
    assert list(map(slope, functions)) == [2.0, 1.0, 5.0, 7.0, 8.0, 9.0, 1.0]
    assert list(map(slope, module.make(10.0))) == [10.0, 60.0]
    assert slope(module.default) == 144.0
    assert slope(module.chosen) == 4.0
    assert slope(module.nested) == 6.0
    assert list(map(slope, module.same)) == [2.0, 2.0]


def test_the_right_one_of_equal_lambdas_is_shown(file):
    module = file("f, g = lambda x: {x}, lambda x: {x}\n")
    columns = []
    for function in (module.f, module.g):
        with pytest.raises(SyntaxError) as caught:
            slope(function)
        columns.append(caught.value.place.column)
    assert columns == [17, 32] if sys.version_info >= (3, 11) else columns[0] in (17, 32)


def test_functions_of_one_name(file):
    module = file("""
        def make(which):
            if which:
                def f(x):
                    return x * x
            else:
                def f(x):
                    return x * x * x
            return f
        class A:
            def f(self, x): return 2.0 * x
            @staticmethod
            def g(x): return 3.0 * x
            @classmethod
            def h(cls, x): return 4.0 * x
            def __private(self, __x): return 5.0 * __x
        a = A()
        methods = [a.f, a.g, a.h, A.g, A.h, a._A__private]
    """)
    assert [slope(module.make(True)), slope(module.make(False))] == [6.0, 27.0]
    assert list(map(slope, module.methods)) == [2.0, 3.0, 4.0, 3.0, 4.0, 5.0]


def test_wrappers_are_what_they_do_not_what_they_wrap(file):
    module = file("""
        import functools
        def inner(x): return x * x
        @functools.wraps(inner)
        def outer(x): return 10.0 * inner(x)
        def doubled(f):
            @functools.wraps(f)
            def wrapper(x):
                return 2.0 * f(x)
            return wrapper
        @doubled
        @doubled
        def decorated(x):
            return x * x
    """)
    assert slope(module.outer) == 60.0
    assert slope(module.decorated) == 24.0
    assert slope(module.decorated.__wrapped__.__wrapped__) == 6.0


def test_a_copy_reads_its_own_globals(file):
    module = file("k = 2.0\ndef f(x): return k * x\n")
    copied = types.FunctionType(module.f.__code__, {"k": 5.0, "__name__": "elsewhere"})
    assert (slope(module.f), slope(copied)) == (2.0, 5.0)
    module.f.__code__ = (lambda x: x * x).__code__
    assert slope(module.f) == 6.0


# --- changed files --------------------------------------------------------------------------------

TEXT = "c = 1.0\ndef f(x, k=2.0):\n    '''Text.'''\n    return x * 2.0 + c\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * 2.0", "x * 3.0"),
        ("x * 2.0", "x + 2.0"),
        ("x * 2.0", "x * 2"),
        ("x * 2.0", "x *-2.0"),
        ("+ c", "+ x"),
        ("x, k", "k, x"),
        ("x, k", "x, *, k"),
        ("Text.", "Other text."),
        ("    return x", "    return k"),
        ("    return", "    if x:\n        return"),
        ("def f(x", "async def f(x"),
    ],
)
def test_a_changed_function_is_refused(file, old, new):
    module = file(TEXT)
    file.path.write_text(TEXT.replace(old, new))
    assert file.path.read_text() != TEXT
    refused(module.f, "says something else than what runs")


def test_a_change_that_is_not_seen_by_time_and_size_is_seen(file):
    module = file(TEXT)
    stat = file.path.stat()
    linecache.getlines(str(file.path))
    file.path.write_text(TEXT.replace("x * 2.0", "x * 3.0"))
    os.utime(file.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert slope(module.f) == 2.0  # linecache holds what was imported
    linecache.cache.pop(str(file.path))
    find_source._sources.clear()
    refused(module.f, "says something else")


def test_changes_elsewhere_do_not_matter(file):
    module = file(TEXT)
    file.path.write_text(TEXT + "def g(x):\n    return x\n")
    assert slope(module.f) == 2.0
    file.path.write_text("\n" + TEXT)
    assert slope(module.f) == 2.0  # its source is known already


def test_moved_and_broken_and_removed_files(file):
    module = file(TEXT)
    file.path.write_text("\n" + TEXT)
    refused(module.f, "line 2 of .* does not hold it")
    file.path.write_text("def f(x:\n")
    refused(module.f, "does not parse any more")
    file.path.write_bytes(b"\xff\xfe\x00")
    refused(module.f, "no file that can be read")
    file.path.unlink()
    refused(module.f, "no file that can be read")
    file.path.write_text(TEXT)
    assert slope(module.f) == 2.0


def test_a_changed_lambda_beside_another(file):
    text = "f, g = lambda x: x * 2.0, lambda x: x * 3.0\n"
    module = file(text)
    file.path.write_text(text.replace("2.0", "4.0"))
    refused(module.f, "says something else")
    assert slope(module.g) == 3.0


def test_a_changed_callee_is_refused(file):
    text = "def g(x):\n    return 2.0 * x\ndef f(x):\n    return g(x)\n"
    module = file(text)
    file.path.write_text(text.replace("2.0", "3.0"))
    with pytest.raises(SourceUnavailableError, match="source of `g`"):
        slope(module.f)


def test_reloaded_modules(file):
    module = file(TEXT)
    assert slope(module.f) == 2.0
    file.path.write_text(TEXT.replace("x * 2.0", "x * 33.0"))
    module.__spec__.loader.exec_module(module)
    assert slope(module.f) == 33.0


def test_functions_with_asserts_under_pytest():
    def f(x):
        assert x > 0.0, "not positive"
        y = x * x
        assert y > x
        return y

    assert slope(f) == 6.0  # pytest has rewritten the asserts of this file


def test_other_rewritten_code_is_refused(file):
    module = file(TEXT)
    code = module.f.__code__
    constants = tuple(3.0 if c == 2.0 else c for c in code.co_consts)
    module.f.__code__ = code.replace(co_consts=constants)
    assert module.f(1.0) == 4.0
    refused(module.f, "says something else")


# --- no files -------------------------------------------------------------------------------------


def test_exec_with_and_without_source():
    text = "def f(x):\n    return x * x\n"
    space, name = {}, "<a text of ours>"
    exec(compile(text, name, "exec"), space)
    refused(space["f"], "made with exec")
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    assert slope(space["f"]) == 6.0
    exec(compile(text.replace("* x", "* x * x"), name, "exec"), space)
    refused(space["f"], "says something else")


def test_exec_in_the_name_of_a_file(file):
    file("def f(x):\n    return x * x\n")
    space = {}
    exec(compile("def f(x):\n    return x + x\n", str(file.path), "exec"), space)
    refused(space["f"], "says something else")


def test_generated_methods_have_no_source():
    @dataclasses.dataclass
    class Point:
        x: float

    refused(Point.__init__, "source of .*__init__` cannot be found")


def test_zip_files(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed/__init__.py", "from .inside import f\n")
        archive.writestr("packed/inside.py", "def f(x):\n    return x * x\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    import packed

    assert slope(packed.f) == 6.0
    for name in ("packed", "packed.inside"):
        monkeypatch.delitem(sys.modules, name)


def test_doctests():
    text = """
    >>> from diffpy import grad
    >>> def cube(x):
    ...     return x * x * x
    >>> grad(cube, backend="python")(2.0)
    12.0
    >>> square, line = lambda x: x * x, lambda x: x
    >>> grad(square, backend="python")(2.0)
    4.0
    """
    test = doctest.DocTestParser().get_doctest(text, {}, "sources", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def run(arguments, typed=None):
    done = subprocess.run(
        [sys.executable, *arguments], input=typed, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


PROGRAM = """
from diffpy import grad
def square(x):
    return x * x
import math
if 1:
    import math as m; h = lambda x: m.sin(x)  # imports change the code of calls after them
print('slope', grad(square, backend='python')(3.0))
f, g = lambda x: 2.0 * x, lambda x: 5.0 * x
grad(h, backend='python')(3.0)
print('slopes', grad(f, backend='python')(3.0), grad(g, backend='python')(3.0))
"""


def test_main_module(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    assert "slope 6.0\nslopes 2.0 5.0" in run([str(tmp_path / "program.py")])


def test_python_c():
    said = run(["-c", PROGRAM])
    if PYTHON_KEEPS_PROMPTS:
        assert "slope 6.0\nslopes 2.0 5.0" in said
    else:
        assert "SourceUnavailableError: the source of `square` cannot be found" in said
        assert "instead: write the function into a file or a notebook" in said


def test_standard_input():
    said = run(["-"], PROGRAM)
    assert "slope 6.0\nslopes 2.0 5.0" in said or "SourceUnavailableError" in said


def test_the_prompt():
    """Python's own prompt, in a terminal."""
    typed = (
        PROGRAM.replace("* x\nimport", "* x\n\nimport").replace("\nprint", "\n\nprint", 1)
        + "exit()\n"
    )
    own, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-q", "-i"], stdin=other, stdout=other, stderr=other, close_fds=True,
        env={**os.environ, "TERM": "dumb", "PYTHON_BASIC_REPL": ""},
    )  # fmt: skip
    os.close(other)
    os.write(own, typed.encode())
    said = b""
    try:
        while chunk := os.read(own, 4096):
            said += chunk
    except OSError:  # the terminal is gone with its last process
        pass
    os.close(own)
    assert process.wait(timeout=60) == 0
    text = said.decode().replace("\r\n", "\n")
    if PYTHON_KEEPS_PROMPTS:
        assert "\nslope 6.0" in text and "\nslopes 2.0 5.0" in text
    else:
        assert "SourceUnavailableError: the source of `square` cannot be found" in text


def test_notebook_cells():
    """IPython's cells: a file name for each, the text in linecache."""
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    shell.run_cell("from diffpy import grad\nfrom __future__ import annotations")
    shell.run_cell("def f(x: float):\n    return k * x")
    shell.run_cell("import math\ndef s(x):\n    return math.exp(x)")
    shell.run_cell("k = 2.0\nfirst = grad(f, backend='python')(1.0)")
    shell.run_cell("def f(x):\n    return f2(x) * 3.0\ndef f2(x): return x * x")
    shell.run_cell("g, h = lambda x: x * x, lambda x: 7.0 * x")
    shell.run_cell("found = [grad(each, backend='python')(1.0) for each in (f, g, h, s)]")
    space = shell.user_ns
    assert (space["first"], space["found"]) == (2.0, [6.0, 2.0, 7.0, math.e])
    shell.run_cell("%%time\ndef timed(x): return x * x")  # which keeps no text
    refused(space["timed"], "no file that can be read")


def test_sources_of_wrapped_builtins_are_not_looked_for():
    refused_call = functools.partial(Holder(), 1.0)
    assert grad(refused_call, backend="python")(3.0) == 1.0


class Holder:
    def __call__(self, y, x):
        return x * y
