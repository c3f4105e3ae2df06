"""Finding a function's tree: which function, and at which place in its file."""

import functools
import importlib.util
import linecache
import subprocess
import sys
import textwrap

import gast
import pytest

from diffpy.errors import SourceUnavailableError, UnsupportedSyntaxError
from diffpy.kinds import PY_FLOAT, PY_INT, Array
from diffpy.structure import Leaf
from diffpy.transform.find_source import plain_function, source_of
from diffpy.transform.guess_kinds import guess
from diffpy.transform.refuse_unsupported import fence


def text_of(function):
    """The source text that the found tree says it stands at."""
    source = source_of(function)
    node = source.node
    lines = [source.lines[n] for n in range(node.lineno, node.end_lineno + 1)]
    lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
    lines[0] = lines[0].encode()[node.col_offset :].decode()
    return "\n".join(lines)


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@functools.lru_cache
@wrapping
def decorated(x):
    return x


class Holder:
    def method(self, x):
        return x * 2

    @staticmethod
    def static(x):
        return x * 3


def test_plain_and_nested():
    def nested(x):
        return x + 1

    assert text_of(nested) == "def nested(x):\n        return x + 1"
    assert source_of(nested).node.lineno == nested.__code__.co_firstlineno
    assert text_of(Holder.method).startswith("def method(self, x):")
    assert text_of(Holder.static).startswith("def static(x):")


def test_decorated():
    inner = decorated.__wrapped__.__wrapped__
    assert text_of(inner).startswith("def decorated(x):")
    assert source_of(inner).node.lineno == inner.__code__.co_firstlineno + 2


def test_lambdas_on_one_line():
    f, g, h = lambda x: x + 1, lambda x: x + 2, lambda y: y + 1
    k = lambda x: lambda x: x + 3
    assert text_of(f) == "lambda x: x + 1"
    assert text_of(g) == "lambda x: x + 2"
    assert text_of(h) == "lambda y: y + 1"
    assert text_of(k) == "lambda x: lambda x: x + 3"
    assert text_of(k(0)) == "lambda x: x + 3"


def test_closures_on_one_line():
    k = 3
    f, g = lambda x: x * k, lambda x: x + k
    assert text_of(f) == "lambda x: x * k"
    assert text_of(g) == "lambda x: x + k"


def test_lambda_over_several_lines():
    table = {
        "a": lambda x: x * 2,
        "b": lambda x: x * 3,
    }
    assert text_of(table["a"]).endswith("* 2")
    assert text_of(table["b"]).endswith("* 3")


def test_equal_lambdas_are_one():
    f, g = lambda x: x + 1, lambda x: x + 1
    assert text_of(f) == text_of(g) == "lambda x: x + 1"


def test_wide_characters():
    f = lambda π: π * π
    "ü"
    g = lambda ψ: ψ + 1  # noqa: E702
    assert text_of(f) == "lambda π: π * π"
    assert text_of(g) == "lambda ψ: ψ + 1"
    place = source_of(g).place(source_of(g).node)
    assert place.text[place.column : place.end_column] == "lambda ψ: ψ + 1"


def test_closures_share_their_code():
    def make(k):
        return lambda x: x * k

    assert source_of(make(1)) is source_of(make(2))


def test_notebook_cell():
    text = "y = 3\ndef cell(x):\n    return x * y\n"
    name = "<ipython-input-1-abc>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {}
    exec(compile(text, name, "exec"), space)
    assert text_of(space["cell"]) == "def cell(x):\n    return x * y"


def test_no_source():
    space = {}
    exec("def f(x):\n    return x\n", space)
    with pytest.raises(SourceUnavailableError, match="cannot be found"):
        source_of(space["f"])


def test_changed_file(tmp_path):
    path = tmp_path / "changing_module.py"
    path.write_text("def f(x):\n    return x\n")
    spec = importlib.util.spec_from_file_location("changing_module", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path.write_text("# another line\n\ndef f(x):\n    return x\n")
    with pytest.raises(SourceUnavailableError, match="does not hold it"):
        source_of(module.f)


def test_name_mangling():
    class Private:
        def method(self, __x):
            return __x

    assert text_of(Private.method).startswith("def method")


def test_plain_function_looks_through_dispatchers():
    class Dispatcher:
        py_func = staticmethod(text_of)

    assert plain_function(Dispatcher()) is text_of
    assert plain_function(len) is None


def test_main_module():
    code = """
        from diffpy.transform.find_source import source_of
        def f(x):
            return x
        print(source_of(f).node.lineno)
    """
    run = subprocess.run(
        [sys.executable, "-"], input=textwrap.dedent(code), capture_output=True, text=True
    )
    assert "SourceUnavailableError" in run.stderr or run.stdout.strip() == "3"


# --- the fence --------------------------------------------------------------------------------


def refused(f, what, shown):
    with pytest.raises(UnsupportedSyntaxError, match=what) as caught:
        fence(f)
    place = caught.value.place
    assert place.text[place.column : place.end_column].startswith(shown)
    assert caught.value.lineno == place.line


def test_fence():
    def generator(x):
        yield x

    def answered_generator(x):
        def inner():
            got = yield x
            return got

        return sum(inner())

    def with_global(x):
        global state
        state = x
        return x

    def with_eval(x):
        return eval("x * x")

    def with_class(x):
        class Local:
            pass

        return x

    async def with_async(x):
        return x

    def nested(x):
        def inner(y):
            exec("y = 1")
            return y

        return inner(x)

    refused(generator, "is a generator", "def generator")
    refused(answered_generator, "the value of `yield`", "yield x")
    refused(with_global, "`global`", "global state")
    refused(with_eval, "`eval`", "eval(")
    refused(with_class, "a class", "class Local")
    refused(with_async, "`async def`", "async def")
    refused(nested, "`exec`", "exec(")


def test_lists_that_are_only_read_pass():
    def f(x: list[float], np):
        [a, b] = x, 2 * x
        for v in [a, b]:
            a += v
        return np.sum(np.array([[a, b], [b, a]])) * (a in [1, 2])

    fence(f)


def test_fence_of_objects():
    class Callable:
        def __call__(self, x):
            return eval("x")

    refused(Callable(), "`eval`", "eval(")
    refused(functools.partial(Callable().__call__), "`eval`", "eval(")
    fence(len)


# --- guesses ----------------------------------------------------------------------------------


def kinds(f):
    return [str(structure.kind) for structure in guess(f)]


def test_guesses():
    def f(a, b, i, n, x, flag: bool, k=3, y=1.0):
        for j in range(n + 1):
            x = x + a[i, j] * b[j]
        return x

    assert kinds(f) == [
        "float64[:, :]",
        "float64[:]",
        "int",
        "int",
        "float",
        "bool",
        "int",
        "float",
    ]


def test_guesses_from_use_as_an_array():
    def f(a, b, c):
        return a.sum() + len(b) + c.shape[1]

    assert guess(f) == (
        Leaf(Array("float64", 1)),
        Leaf(Array("float64", 1)),
        Leaf(Array("float64", 2)),
    )


def test_guess_of_text_annotations_and_methods():
    def f(x: "int"):
        return x

    assert guess(f) == (Leaf(PY_INT),)
    assert guess(Holder().method) == (Leaf(PY_FLOAT),)


def test_positions_survive_gast():
    node = source_of(text_of).node
    assert isinstance(node, gast.FunctionDef) and node.end_lineno > node.lineno
