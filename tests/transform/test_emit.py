"""The printed program does what the intermediate form means, and reads as a person would write."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from transform.interpret import interpret
from transform.random_programs import LENGTH, programs
from transform.writing import (
    VECTOR,
    add_to,
    block,
    branch,
    counted,
    do,
    function,
    get,
    make_zeros,
    put,
    repeated,
    var,
)

from diffpy.kinds import NP_FLOAT, PY_BOOL, PY_FLOAT, PY_INT, TAPE, Scalar
from diffpy.rules.operators import choose, logical_and, power
from diffpy.rules.structural import accumulate, pop, push, throw
from diffpy.runtime import tape as runtime_tape
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.emit import emit_module
from diffpy.transform.ir import Call, Const, Origin, called_functions
from diffpy.transform.thread_tapes import thread_tapes
from diffpy.transform.verify import verify


def load(text, name):
    scope = {}
    exec(compile(text, "<generated>", "exec"), scope)
    return scope[name]


def run(function, *args):
    """What a call returns and leaves in its array."""
    array = np.arange(1.0, LENGTH + 1)
    with np.errstate(all="ignore"):
        return [*function(*args, array), *array]


ARGUMENTS = ((1.5, -0.25, 2), (0.5, 3.0, 0))


def check(program):
    """Every text of a program, cleaned or not, does what the interpreter does."""
    entry, tape = program.entry, program.tape
    for one in called_functions(entry):
        verify(one)
    for clean in (False, True):
        finished = thread_tapes(eliminate_dead_code(entry) if clean else entry)
        for one in called_functions(finished):
            verify(one)
        for compiled in (False, True):
            text = emit_module(finished, compiled)
            assert emit_module(finished, compiled) == text
            written = load(text, text.split(",")[0].strip('"'))
            for args in ARGUMENTS:
                memory = {tape: runtime_tape.ListTape()}
                expected = run(lambda *a: interpret(entry, *a, tapes=memory), *args)
                extra = [runtime_tape.ListTape() for _ in finished.params[4:]]
                actual = run(lambda *a: written(*a, *extra), *args)
                np.testing.assert_array_equal(actual, expected, err_msg=text)


def many(examples):
    phases = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking takes minutes
    health = list(HealthCheck)
    return settings(
        max_examples=examples, deadline=None, phases=phases, suppress_health_check=health
    )


@many(100)
@given(programs())
def test_text_means_the_program(program):
    check(program)


@pytest.mark.slow
@many(5000)
@given(programs())
def test_text_means_the_program_often(program):
    check(program)


@pytest.mark.slow
@many(60)
@given(programs())
def test_compiled_text_means_the_program(program):
    from diffpy.runtime import compile_numba

    finished = thread_tapes(eliminate_dead_code(program.entry))
    text = emit_module(finished, compiled=True)
    compiled = compile_numba(text, "random_program")[text.split(",")[0].strip('"')]
    for args in ARGUMENTS:
        memory = {program.tape: runtime_tape.ListTape()}
        expected = run(lambda *a: interpret(program.entry, *a, tapes=memory), *args)
        tapes = [runtime_tape.StackTape() for _ in finished.params[4:]]
        actual = run(lambda *a: compiled(*a, *(t.handle for t in tapes)), *args)
        np.testing.assert_array_equal(actual, expected, err_msg=text)


# --- how it reads --------------------------------------------------------------------------------


def body(entry, compiled=False, **options):
    """The lines of the last function, without what is above its body."""
    verify(entry)
    text = emit_module(entry, compiled, **options)
    return text[text.rindex("def ") :].splitlines()[1:]


X, Y, N = var("x"), var("y"), var("n", PY_INT)
A = var("a", VECTOR)


def test_versions_of_a_variable_share_its_name():
    y, x = var("y"), var("x")
    f = function([X], do(y, "*", X, 2.0), do(x, "+", y, 1.0), gives=[x])
    assert body(f) == ["    y = x * 2.0", "    x = y + 1.0", "    return x"]


def test_versions_needed_at_once_do_not():
    x, z = var("x"), var("z")
    f = function([X], do(x, "*", X, 2.0), do(z, "+", x, X), gives=[z])
    assert body(f) == ["    x_1 = x * 2.0", "    z = x_1 + x", "    return z"]


def test_reserved_names():
    np_, for_, f, power_ = var("np"), var("for"), var("f"), var("power")
    made = function([np_, for_, f, power_], do(var("t"), power, np_, for_), gives=[np_], name="abs")
    text = emit_module(made, compiled=True)
    assert "def abs(np, for_, f, power_):" in text
    t = made.body.statements[0].target
    made.body = block(*made.body.statements, gives=[t])
    assert "return power(np, for_)" in emit_module(made, compiled=True)
    zeros = function([np_], make_zeros(var("z", VECTOR), 3), gives=[np_])
    assert "def f(np_):" in emit_module(zeros, compiled=False)


def test_swap():
    u, v, i, p, q = var("u"), var("v"), var("i", PY_INT), var("u"), var("v")
    loop = counted(i, [N], block(gives=[v, u]), [u, v], [X, Y], [p, q])
    assert body(function([X, Y, N], loop, gives=[p, q])) == [
        "    u = x",
        "    v = y",
        "    for _ in range(n):",
        "        u, v = v, u",
        "    return u, v",
    ]


def test_a_chain_of_copies_needs_no_tuple():
    u, v, i, p, q = var("u"), var("v"), var("i", PY_INT), var("u"), var("v")
    loop = counted(i, [N], block(gives=[v, 1.0]), [u, v], [X, Y], [p, q])
    assert body(function([X, Y, N], loop, gives=[p, q]))[3:5] == [
        "        u = v",
        "        v = 1.0",
    ]


def test_branches():
    c, y, z, r = var("c", PY_BOOL), var("x"), var("x"), var("x")
    other = block(do(z, "-", X, 1.0), gives=[z])
    f = function([c, X], branch(c, block(gives=[X]), other, [r]), do(y, "*", r, 2.0), gives=[y])
    assert body(f) == ["    if not c:", "        x -= 1.0", "    x = x * 2.0", "    return x"]


def test_elif():
    def chain(k, *rest):
        t, y = var("t", PY_BOOL), var("y")
        then = block(do(y, "+", X, float(k)), gives=[y])
        test = do(t, "<", X, float(k))
        orelse = block(*chain(*rest), gives=[rest and last[-1] or X]) if rest else block(gives=[X])
        last.append(var("y"))
        return test, branch(t, then, orelse, [last[-1]])

    last = []
    first = chain(1, 2, 3)
    z = var("z")
    f = function([X], *first, do(z, "*", last[-1], 2.0), gives=[z])
    assert body(f)[:-2] == [
        "    if x < 1.0:",
        "        y = x + 1.0",
        "    elif x < 2.0:",
        "        y = x + 2.0",
        "    elif x < 3.0:",
        "        y = x + 3.0",
        "    else:",
        "        y = x",
    ]


def test_recursion_returns_early():
    t, y, z, r, m = var("t", PY_BOOL), var("y"), var("tz"), var("tr"), var("tm", PY_INT)
    f = function([X, N], name="power")
    deeper = block(do(m, "-", N, 1), Call((y,), f, (X, m)), do(z, "*", X, y), gives=[z])
    f.body = block(do(t, "==", N, 0), branch(t, block(gives=[1.0]), deeper, [r]), gives=[r])
    assert body(f) == [
        "    if n == 0:",
        "        return 1.0",
        "    y = power(x, n - 1)",
        "    return x * y",
    ]
    y.temporary = True
    assert body(f)[2:] == ["    return x * power(x, n - 1)"]


def test_early_exit():
    h, r, y, c, i = var("x"), var("x"), var("x"), var("t", PY_BOOL), var("i", PY_INT)
    inside = block(do(y, "*", h, 2.0), do(c, "<", 9.0, y), gives=[y, c])
    loop = counted(i, [N], inside, [h], [X], [r], exits=True)
    assert body(function([X, N], loop, gives=[r])) == [
        "    for _ in range(n):",
        "        x = x * 2.0",
        "        if 9.0 < x:",
        "            break",
        "    return x",
    ]


def test_an_exit_decided_by_what_was_carried_in():
    h, k, r, s, y = var("x"), var("k", PY_BOOL), var("x"), var("k", PY_BOOL), var("x")
    i, c = var("i", PY_INT), var("c", PY_BOOL)
    inside = block(do(y, "*", h, 2.0), do(c, "<", 9.0, y), gives=[y, c, k])
    loop = counted(i, [N], inside, [h, k], [X, False], [r, s], exits=True)
    f = function([X, N], loop, gives=[r])
    assert load(emit_module(f, compiled=False), "f")(1.0, 10) == interpret(f, 1.0, 10) == 32.0


def test_while_with_and_without_statements_before_its_test():
    def program(temporary):
        h, r, y = var("x"), var("x"), var("x")
        d, c = var("t" if temporary else "d"), var("t", PY_BOOL)
        test = block(do(d, "*", h, h), do(c, "<", d, 9.0), gives=[c])
        loop = repeated(test, block(do(y, "+", h, 1.0), gives=[y]), [h], [X], [r])
        return body(function([X], loop, gives=[r]))

    assert program(True) == ["    while x * x < 9.0:", "        x += 1.0", "    return x"]
    assert program(False) == [
        "    while True:",
        "        d = x * x",
        "        if not d < 9.0:",
        "            break",
        "        x += 1.0",
        "    return x",
    ]


def test_ranges():
    def bounds(*given, used=True):
        i = var("i", PY_INT)
        t = var("t", PY_INT)
        given = [t if b == "n - 1" else b for b in given]
        inside = block(add_to(A, 1.0, i if used else 0))
        f = function([A, N], do(t, "-", N, 1), counted(i, given, inside))
        return next(line for line in body(eliminate_dead_code(f)) if "range" in line).strip()

    assert bounds(N) == "for i in range(n):"
    assert bounds(1, N) == "for i in range(1, n):"
    assert bounds(0, N, 2) == "for i in range(0, n, 2):"
    assert bounds("n - 1", -1, -1) == "for i in range(n - 1, -1, -1):"
    assert bounds("n - 1", -1, -1, used=False) == "for _ in range(n):"


def test_a_loop_may_count_down_what_bounds_it():
    m, r, again, i = var("n", PY_INT), var("n", PY_INT), var("n", PY_INT), var("i", PY_INT)
    loop = counted(i, [N], block(do(again, "-", m, 1), gives=[again]), [m], [N], [r])
    assert body(function([N], loop, gives=[r])) == [
        "    for _ in range(n):",
        "        n -= 1",
        "    return n",
    ]


def test_arrays_are_not_changed_in_place_by_rebinding():
    b, c = var("a", VECTOR), var("a", VECTOR)
    f = function([A], do(b, "+", A, 1.0), do(None, accumulate, b, 2.0, pattern=("e",)), gives=[b])
    assert body(f) == ["    a = a + 1.0", "    a += 2.0", "    return a"]


def test_reads_do_not_cross_stores():
    t, u, y = var("t"), var("tu"), var("y")
    f = function([A], get(t, A, 0), put(A, 2.0, 0), get(u, A, 0), do(y, "+", t, u), gives=[y])
    assert body(f) == ["    t = a[0]", "    a[0] = 2.0", "    y = t + a[0]", "    return y"]


def test_what_can_raise_does_not_cross_effects():
    t, y = var("t"), var("y")
    f = function([X, A], do(t, "/", 1.0, X), put(A, 2.0, 0), do(y, "+", t, 1.0), gives=[y])
    assert body(f)[0] == "    t = 1.0 / x"
    f = function([X, A], do(t, "*", 2.0, X), put(A, 2.0, 0), do(y, "+", t, 1.0), gives=[y])
    assert body(f)[1] == "    y = 2.0 * x + 1.0"


def test_what_can_raise_is_always_computed():
    t, c, y = var("t"), var("c", PY_BOOL), var("y")
    f = function([X, c], do(t, "/", 1.0, X), do(y, choose, c, t, 0.0), gives=[y])
    assert body(f)[0] == "    t = 1.0 / x"
    less, both = var("tl", PY_BOOL), var("both", PY_BOOL)
    f = function([X, c], do(less, "<", X, 1.0), do(both, logical_and, c, less), gives=[both])
    assert body(f)[0] == "    both = c and x < 1.0"


def test_long_expressions_are_divided():
    total, statements = X, []
    for k in range(40):
        t = var("t")
        statements.append(do(t, "+", total, float(k)))
        total = t
    lines = body(function([X], *statements, gives=[total]))
    assert 3 <= len(lines) <= 12 and max(map(len, lines)) <= 92


def test_pushes_and_calls():
    tape, y, z = var("tape", TAPE), var("y"), var("z")
    forward = function([X, tape], do(None, push, tape, X, slot=PY_FLOAT), gives=[X, X], name="g")
    p, q = var("p"), var("q")
    f = function(
        [X, tape],
        Call((p, q), forward, (X, tape)),
        do(y, pop, tape, slot=PY_FLOAT),
        do(z, "+", y, q),
        gives=[z],
        name="g",
    )
    text = emit_module(f, compiled=False)
    assert "from diffpy.runtime import pop_f8, push_f8\n" in text
    assert "def g_1(x, tape):\n    push_f8(tape, x)\n    return x, x\n" in text
    assert body(f)[:2] == ["    _, q = g_1(x, tape)", "    y = pop_f8(tape)"]


def test_raise():
    t = var("t", PY_BOOL)
    refuse = block(do(None, throw, error="ValueError", message="x < 0"), gives=[0.0])
    r, y = var("r"), var("r")
    other = block(do(y, "*", X, X), gives=[y])
    f = function([X], do(t, "<", X, 0.0), branch(t, refuse, other, [r]), gives=[r])
    assert body(f)[:2] == ["    if x < 0.0:", '        raise ValueError("x < 0")']


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1.0, PY_FLOAT, "1.0"),
        (1, PY_FLOAT, "1.0"),
        (-0.0, PY_FLOAT, "-0.0"),
        (2.5, NP_FLOAT, "2.5"),
        (np.float64(2.5), NP_FLOAT, "np.float64(2.5)"),
        (float("inf"), PY_FLOAT, "np.inf"),
        (float("-inf"), PY_FLOAT, "-np.inf"),
        (float("nan"), PY_FLOAT, "np.nan"),
        (0.5, Scalar("float32"), "np.float32(0.5)"),
        (2j, Scalar("complex128", True), "2j"),
        (1 - 2j, Scalar("complex128", True), "complex(1.0, -2.0)"),
        (True, PY_BOOL, "True"),
        (-3, PY_INT, "-3"),
    ],
)
def test_constants(value, kind, text):
    assert body(function([], gives=[Const(value, kind)])) == [f"    return {text}"]


def test_defaults_and_documentation():
    seed, tape = var("out_bar"), var("tape", TAPE)
    f = function([X, seed, tape], gives=[X], doc="Short.\n\n        Long.\n        ")
    text = emit_module(f, compiled=False, defaults={seed: 1.0})
    assert "def f(x, out_bar=1.0, tape=None):" in text
    assert load(text, "f").__doc__ == "Short.\n\n    Long.\n    "


def test_sweeps_and_the_lines_that_they_reverse():
    y, t = var("y"), var("t")
    bars = [var("x_bar") for _ in range(3)]
    source = Origin("f.py", {2: "    y = x * x", 3: "    " + "z" * 120})
    f = function(
        [X, var("y_bar")],
        do(y, "*", X, X, line=2),
        do(t, "*", X, 2.0, line=2),
        do(bars[0], "*", t, 3.0, line=2),
        do(bars[1], "+", bars[0], 1.0, line=2),
        do(bars[2], "+", bars[1], y, line=3),
        gives=[bars[2]],
        origin=source,
        reverse_from=1,
    )
    lines = body(f)
    assert lines[0] == "    # forward sweep"
    assert lines[2] == "    # reverse sweep"
    assert lines[3].endswith("# line 2: y = x * x") and lines[3].index("#") == 62
    assert lines[4] == "    x_bar += 1.0"
    assert lines[5] == "    # line 3: " + "z" * 120


def test_long_signatures_and_returns_are_wrapped():
    params = [var(f"parameter_{k}") for k in range(20)]
    callee = function(params, gives=params, name="callee")
    outs = [var(f"result_{k}") for k in range(20)]
    f = function(params, Call(tuple(outs), callee, tuple(params)), gives=outs)
    text = emit_module(f, compiled=False)
    assert max(map(len, text.splitlines())) <= 320  # the targets of the call
    assert "def callee(\n    parameter_0, parameter_1," in text
    assert load(text, "f")(*range(20)) == tuple(range(20))


def test_a_long_function_is_emitted_line_by_line():
    total, statements = X, []
    for k in range(8000):
        x = var("t" if k % 3 else "x")
        statements.append(do(x, "+-*"[k % 3], total, X))
        total = x
    f = function([X], *statements, gives=[total])
    lines = len(emit_module(f, compiled=True).splitlines())
    assert 8000 // 3 <= lines < 8000 // 3 + 20  # temporaries stand in the line that uses them
