"""Which scalings of a loop become one, and which keep every bit."""

from transform.writing import block, branch, counted, do, function, var

from diffpy.kinds import NP_FLOAT, PY_BOOL, PY_FLOAT, PY_INT
from diffpy.rules.operators import divide, multiply
from diffpy.transform.analyse_exactness import analyse_exactness
from diffpy.transform.gather_factors import gather_factors
from diffpy.transform.ir import targets
from diffpy.transform.verify import verify

A, B, C, N = var("a"), var("b"), var("c"), var("n", PY_INT)


def gathered(make, kind=PY_FLOAT):
    """The statements of a loop whose last one makes what it hands on."""
    x, r, start = var("x", kind), var("r", kind), var("start", kind)
    statements = make(x)
    (last,) = targets(statements[-1])
    body = block(*statements, gives=[last])
    loop = counted(var("i", PY_INT), [N], body, [x], [start], [r])
    made = gather_factors(function([A, B, C, N, start], loop, gives=[r]))
    verify(made)
    return made.body.statements[0].body.statements


def test_a_chain_becomes_one_multiplication():
    t, u, y = var("t"), var("u"), var("y")
    last = gathered(lambda x: [do(t, "*", x, A), do(u, "/", t, B), do(y, "neg", u)])[-1]
    assert last.primitive is multiply
    assert last.args[0].name == "x"
    assert last.args[1].name == "factor"


def test_a_value_that_somebody_else_reads_ends_the_chain():
    t, u, y = var("t"), var("u"), var("y")
    made = gathered(lambda x: [do(t, "*", x, A), do(u, "*", t, B), do(y, "+", u, t)])
    assert [s.args for s in made if s.target is u] == [(t, B)]


def test_a_lone_division_becomes_an_inverse_but_not_by_a_constant():
    y = var("y")
    assert gathered(lambda x: [do(y, "/", x, A)])[-1].primitive is multiply
    assert gathered(lambda x: [do(y, "/", x, 3.0)])[-1].primitive is divide


def test_a_value_that_a_branch_depends_on_is_left_alone():
    t, u, q, y = var("t"), var("u"), var("q", PY_BOOL), var("y")

    def make(x):
        chain = [do(t, "*", x, A), do(u, "/", t, B), do(q, "<", u, 1.0)]
        return [*chain, branch(q, block(gives=[u]), block(gives=[x]), [y]), do(var("w"), "*", y, C)]

    assert divide in [s.primitive for s in gathered(make) if hasattr(s, "primitive")]


def test_exact_values_reach_back_through_loops():
    x, t, q, y, r = var("x"), var("t"), var("q", PY_BOOL), var("y"), var("r")
    body = block(do(t, "*", x, A), do(q, "<", x, 1.0), do(y, "+", t, B), gives=[y])
    f = function([A, B, N], counted(var("i", PY_INT), [N], body, [x], [C], [r]), gives=[r])
    assert analyse_exactness(f) >= {N}
    assert {v.name for v in analyse_exactness(f)} == {"n", "x", "y", "t", "a", "b", "c"}


def test_kinds_that_raise_differently_are_not_mixed():
    y = var("y", NP_FLOAT)
    made = gathered(lambda x: [do(y, "/", x, A)], NP_FLOAT)
    assert made[-1].primitive is divide
