"""SciPy's functions: their values and both modes against differences, in both backends."""

import numpy as np
import pytest
from differences import check_gradient, check_tangent, check_value, random_like, zero_tangent

from diffpy import DiffpyError, check_grads, grad, jvp, vjp

special = pytest.importorskip("scipy.special")
optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")

#: name -> points at which the function of one number is differentiated
NUMBERS = {
    **dict.fromkeys("erf erfc erfcx erfi dawsn ndtr log_ndtr".split(), (-1.3, 0.0, 0.7)),
    **dict.fromkeys("gamma gammaln loggamma rgamma psi".split(), (0.4, 2.5)),
    **dict.fromkeys("j0 j1 i0 i1 i0e i1e".split(), (-1.3, 0.7, 4.0)),
    **dict.fromkeys("y0 y1 k0 k1 k0e k1e exp1 entr".split(), (0.7, 4.0)),
    **dict.fromkeys(
        "expit log_expit exprel exp2 exp10 expm1 cosm1 sindg cosdg".split(), (-1.2, 0.8)
    ),
    **dict.fromkeys("erfinv tandg cotdg wrightomega expi".split(), (0.3, 0.8)),
    **dict.fromkeys("ellipk ellipe".split(), (-0.5, 0.0, 0.005, 0.6)),
    **dict.fromkeys("logit ndtri erfcinv log1p cbrt".split(), (0.2, 0.9)),
    "spence": (0.4, 1.0, 1.005, 3.0),
}

#: name, operands; those that are differentiated
OPERANDS = (
    ("beta", (1.2, 0.7), (0, 1)),
    ("betaln", (1.2, 0.7), (0, 1)),
    ("binom", (5.5, 2.2), (0, 1)),
    ("poch", (1.5, 2.2), (0, 1)),
    ("xlogy", (1.5, 2.2), (0, 1)),
    ("xlog1py", (1.5, 2.2), (0, 1)),
    ("rel_entr", (1.5, 2.2), (0, 1)),
    ("kl_div", (1.5, 2.2), (0, 1)),
    ("huber", (1.5, 2.2), (0, 1)),
    ("huber", (1.5, -0.4), (0, 1)),
    ("pseudo_huber", (1.5, 2.2), (0, 1)),
    ("boxcox", (1.5, 0.7), (0, 1)),
    ("boxcox", (1.5, 0.0), (0, 1)),
    ("boxcox1p", (1.5, 0.01), (0, 1)),
    ("inv_boxcox", (1.5, 0.7), (0, 1)),
    ("inv_boxcox", (1.5, 0.0), (0, 1)),
    ("inv_boxcox1p", (1.5, 0.001), (0, 1)),
    ("gammainc", (1.5, 0.7), (1,)),
    ("gammaincc", (1.5, 0.7), (1,)),
    ("betainc", (1.5, 2.7, 0.3), (2,)),
    *((name, (1.3, 2.1), (1,)) for name in "jv jve yv yve iv ive kv kve".split()),
    ("kn", (2, 2.1), (1,)),
    ("yn", (2, 2.1), (1,)),
    *(
        (f"eval_{name}", (n, 0.6), (1,))
        for name in "legendre chebyt chebyu hermite hermitenorm laguerre".split()
        for n in (0, 1, 4)
    ),
    ("eval_genlaguerre", (3, 0.5, 0.6), (2,)),
    ("eval_gegenbauer", (3, 0.5, 0.6), (2,)),
    ("eval_jacobi", (3, 0.5, 0.3, 0.6), (3,)),
)

both = pytest.mark.parametrize("backend", ["python", "numba"])


def check_both_modes(f, args, argnums, backend):
    """Reverse and forward mode against differences."""
    out, pullback = vjp(f, *args, backend=backend)
    check_value(f, args, out)
    out_bar = random_like(out)
    found = tuple(pullback(out_bar)[k] for k in argnums)
    check_gradient(f, args, argnums, found, out_bar)
    tangents = tuple(
        random_like(a, k) if k in argnums else zero_tangent(a) for k, a in enumerate(args)
    )
    check_tangent(f, args, tangents, jvp(f, args, tangents, backend=backend)[1])


@both
@pytest.mark.parametrize("name", NUMBERS)
def test_functions_of_one_number(name, backend):
    function = getattr(special, name)
    points = np.array(NUMBERS[name])
    check_both_modes(lambda x: function(x) * x, (points,), (0,), backend)


@both
@pytest.mark.parametrize(("name", "args", "argnums"), OPERANDS, ids=lambda x: str(x))
def test_functions_of_several(name, args, argnums, backend):
    function = getattr(special, name)

    fixed = args[: argnums[0]]  # what has no derivative comes first

    def f(*active):
        return function(*fixed, *active) * active[-1]

    active = tuple(args[k] for k in argnums)
    check_both_modes(f, active, tuple(range(len(active))), backend)


MATRIX = np.random.default_rng(0).normal(size=(3, 4))
POSITIVE = np.random.default_rng(1).uniform(1.5, 3.0, 5)

ARRAYS = {
    "logsumexp": (lambda x: special.logsumexp(x), MATRIX),
    "logsumexp axis": (lambda x: special.logsumexp(x, axis=1), MATRIX),
    "logsumexp keepdims": (lambda x: special.logsumexp(x, axis=0, keepdims=True) - x, MATRIX),
    "logsumexp weights": (lambda x: special.logsumexp(x, b=np.array([1.0, 2.0, 0.0, 4.0])), MATRIX),
    "logsumexp ties": (lambda x: special.logsumexp(x * 0.0 + x[0]), POSITIVE),
    "softmax": (lambda x: special.softmax(x), MATRIX),
    "softmax axis": (lambda x: special.softmax(x, axis=-1), MATRIX),
    "log_softmax": (lambda x: special.log_softmax(x), MATRIX),
    "log_softmax axis": (lambda x: special.log_softmax(x, axis=0), MATRIX),
    "multigammaln": (lambda x: special.multigammaln(x, 3), POSITIVE),
    "polygamma": (lambda x: special.polygamma(0, x) + special.polygamma(2, x), POSITIVE),
    "factorial": (lambda x: special.factorial(x), POSITIVE),
    "comb": (lambda x: special.comb(x, 1.2), POSITIVE),
    "rosen": (optimize.rosen, POSITIVE),
    "rosen_der": (optimize.rosen_der, POSITIVE),
    "trapezoid": (lambda y: integrate.trapezoid(y, dx=0.5, axis=0), MATRIX),
    "trapezoid x": (lambda y: integrate.trapezoid(y * y, y), POSITIVE),
    "simpson odd": (lambda y: integrate.simpson(y, dx=0.5), POSITIVE),
    "simpson even": (lambda y: integrate.simpson(y, dx=0.5), MATRIX),
    "simpson axis": (lambda y: integrate.simpson(y, axis=0), MATRIX),
    "simpson two": (lambda y: integrate.simpson(y[:, :2]), MATRIX),
    "simpson x": (lambda y: integrate.simpson(y * y, x=y), np.sort(MATRIX[0])),
    "cumulative_trapezoid": (lambda y: integrate.cumulative_trapezoid(y, dx=0.5), MATRIX),
    "cumulative_trapezoid initial": (
        lambda y: integrate.cumulative_trapezoid(y * y, y, initial=0),
        POSITIVE,
    ),
}


@both
@pytest.mark.parametrize("name", ARRAYS)
def test_functions_of_arrays(name, backend):
    f, x = ARRAYS[name]
    check_both_modes(f, (x,), (0,), backend)


@both
def test_rosen_by_its_own_derivatives(backend):
    x, p = POSITIVE, POSITIVE[::-1].copy()
    np.testing.assert_allclose(grad(optimize.rosen, backend=backend)(x), optimize.rosen_der(x))
    product = jvp(grad(optimize.rosen), (x,), (p,), backend=backend)[1]
    np.testing.assert_allclose(product, optimize.rosen_hess_prod(x, p))
    check_both_modes(optimize.rosen_hess_prod, (x, p), (0, 1), backend)


@pytest.mark.parametrize(
    "f",
    [
        special.erf,
        special.j1,
        special.exprel,
        special.spence,
        special.ellipk,
        lambda x: special.jv(1.5, x) * special.xlogy(x, x),
        lambda x: special.boxcox(1.0 + x, x),
        lambda x: special.eval_legendre(3, x),
    ],
)
def test_second_order(f):
    check_grads(f, (0.6,), order=2, backend="python")


def test_where_formulas_cancel():
    assert grad(special.erfcx)(1e7) == pytest.approx(-1 / np.sqrt(np.pi) / 1e14, rel=1e-12)
    assert grad(special.dawsn)(-1e7) == pytest.approx(-0.5e-14, rel=1e-12)
    assert grad(special.log_ndtr)(-1e6) == pytest.approx(1e6 + 1e-6, rel=1e-12)
    assert grad(special.exprel)(0.0) == 0.5
    assert grad(grad(special.spence))(1.0) == pytest.approx(0.5)
    assert grad(special.ellipk)(0.0) == pytest.approx(np.pi / 8)


def test_orders_are_not_differentiated():
    with pytest.raises(DiffpyError, match="by argument 1 is not known"):
        grad(special.jv)(1.5, 2.0)
    assert grad(special.jv, argnums=1)(1.0, 0.0) == 0.5


def test_single_precision():
    x = np.linspace(0.1, 0.9, 3, dtype=np.float32)
    for backend in ("python", "numba"):
        assert vjp(special.erf, x, backend=backend)[0].dtype == np.float32
        assert grad(lambda x: np.sum(special.j0(x)), backend=backend)(x).dtype == np.float32
