"""The transforms as users call them."""

import functools
import importlib.util
import inspect
import math
from collections import namedtuple

import numba
import numpy as np
import pytest

import diffpy
from diffpy import check_grads, grad, jvp, linearize, value_and_grad, vjp

both = pytest.mark.parametrize("backend", ["python", "numba"])

Point = namedtuple("Point", "x y name n")


def product(x, y=2.0, n=3):
    """The product of everything."""
    return x * y * n


def cube(x):
    return x * x * x


def norm2(a):
    return np.sum(a * a)


def kinked(x):
    return 2.0 * x if x > 0.0 else x


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


# --- how a transform is written ------------------------------------------------------------------


@both
def test_function_decorator_and_decorator_with_options(backend):
    assert grad(cube, backend=backend)(2.0) == 12.0

    @grad
    def plain(x):
        return x * x

    @grad(argnums=1, backend=backend)
    def second(x, y):
        return x * y * y

    @value_and_grad(argnames="y", backend=backend)
    def named(x, y):
        return x * y * y

    assert plain(3.0) == 6.0
    assert second(2.0, 3.0) == 12.0
    assert named(2.0, 3.0) == (18.0, 12.0)


def test_a_derivative_looks_like_its_function():
    df = grad(product)
    assert df.__name__ == "product" and df.__doc__ == "The product of everything."
    assert df.__wrapped__ is product and df.py_func is product
    assert inspect.signature(df) == inspect.signature(product)
    assert df.transform.name == "grad" and callable(df) and "grad of product" in repr(df)


@both
def test_argnums_and_argnames(backend):
    at = functools.partial(grad, product, backend=backend)
    assert at()(5.0) == 6.0
    assert at(argnums=1)(5.0) == 15.0
    assert at(argnums=-2)(5.0) == 15.0
    assert at(argnums=(1, 0))(5.0) == (15.0, 6.0)
    assert at(argnums=[0])(5.0) == (6.0,)
    assert at(argnames="y")(5.0) == 15.0
    assert at(argnames=("y", "x"))(5.0) == (15.0, 6.0)


@both
def test_keywords_and_defaults(backend):
    df = grad(product, argnums=(0, 1), backend=backend)
    assert df(5.0) == df(5.0, 2.0) == df(x=5.0) == df(n=3, y=2.0, x=5.0) == (6.0, 15.0)
    assert df(5.0, n=1) == (2.0, 5.0)


@both
def test_variadic_and_keyword_only_arguments(backend):
    def f(x, *rest, scale=2.0):
        total = x * scale
        for r in rest:
            total = total + r * r * x
        return total

    df = grad(f, argnums=(0, 2), backend=backend)
    assert df(1.0, 2.0, 3.0) == (15.0, 6.0)
    assert grad(f, argnames="scale", backend=backend)(5.0, scale=3.0) == 5.0
    assert vjp(f, 1.0, 2.0, backend=backend)[1](1.0) == (6.0, 4.0)


@pytest.mark.parametrize("options", [{"argnums": 3}, {"argnums": -4}, {"argnames": "z"}])
def test_arguments_that_are_not_there_are_refused_at_once(options):
    with pytest.raises(diffpy.NonDifferentiableInputError, match="product"):
        grad(product, **options)


def test_wrong_calls_are_worded_by_python():
    df = grad(product)
    with pytest.raises(TypeError, match=r"product\(\) missing 1 required positional argument: 'x'"):
        df()
    with pytest.raises(TypeError, match=r"product\(\) got an unexpected keyword argument 'z'"):
        df(1.0, z=1)
    with pytest.raises(TypeError, match="grad takes a function"):
        grad(3.0)
    with pytest.raises(ValueError, match="there is no backend 'jax'"):
        grad(product, backend="jax")


# --- what can be differentiated ------------------------------------------------------------------


@both
def test_lambdas_closures_methods_jitted_and_library_functions(backend):
    weights = np.array([1.0, 2.0, 3.0])

    class Spring:
        def __init__(self):
            self.n = 2

        def energy(self, x):
            return 0.5 * x * x

        @grad(backend=backend)
        def force(self, x):
            return 0.5 * x * x

    assert grad(lambda x: x * x, backend=backend)(3.0) == 6.0
    assert np.array_equal(grad(lambda x: np.sum(x * weights), backend=backend)(weights), weights)
    assert grad(Spring().energy, backend=backend)(3.0) == 3.0
    assert grad(numba.njit(cube), backend=backend)(2.0) == 12.0
    assert grad(np.sin, backend=backend)(0.5) == pytest.approx(math.cos(0.5), rel=1e-15)
    assert grad(math.log, backend=backend)(0.5) == 2.0
    spring = Spring()
    assert spring.force(3.0) == 3.0 and spring.force is spring.force
    assert spring.force.signatures == ["(float)"]


# --- gradients -----------------------------------------------------------------------------------


@both
def test_a_gradient_has_the_type_of_its_argument(backend):
    df = grad(cube, backend=backend)
    assert type(df(2.0)) is float
    assert type(df(np.float64(2.0))) is np.float64
    assert type(df(np.float32(2.0))) is np.float32
    assert df(np.array(2.0)).shape == () and df(np.array(2.0)) == 12.0
    da = grad(norm2, backend=backend)
    for dtype in (np.float64, np.float32):
        for shape in ((3,), (2, 3), (0,), ()):
            a = np.ones(shape, dtype)
            assert da(a).dtype == dtype and da(a).shape == shape


@both
def test_a_gradient_has_the_structure_of_its_argument(backend):
    def f(p, t):
        return p.x * p.y[0] * p.y[1] * p.n + t[0]

    p = Point(2.0, (3.0, 4), "point", 5)
    df = grad(f, argnums=(0, 1), backend=backend)
    assert df(p, (1.0, True, None)) == (Point(60.0, (40.0, 0.0), None, 0.0), (1.0, 0.0, None))
    assert type(df(p, (1.0, True, None))[0]) is Point


@both
def test_an_unused_argument_gives_zeros(backend):
    df = grad(lambda x, a, t: x * 2.0, argnums=(1, 2), backend=backend)
    found, pair = df(1.0, np.ones((2, 3)), (1.0, np.arange(2)))
    assert found.shape == (2, 3) and not found.any()
    assert pair[0] == 0.0 and np.array_equal(pair[1], [0.0, 0.0])


@both
def test_gradients_share_no_memory(backend):
    df = grad(lambda a, b: np.sum(a + b), argnums=(0, 1), backend=backend)
    a = np.ones(4)
    first, second = df(a, a)
    arrays = [a, first, second]
    for k, one in enumerate(arrays):
        one += k + 1
    assert [x[0] for x in arrays] == [2.0, 3.0, 4.0]

    out, pullback = vjp(lambda a: a, a, backend=backend)
    seed = np.ones(4)
    (found,) = pullback(seed)
    out += 7.0
    found += 5.0
    assert np.all(seed == 1.0) and np.all(a == 2.0)

    (out, part), (out_dot, _) = jvp(lambda a: (a, a[1:]), (a,), (seed,), backend=backend)
    out += 7.0
    part += 7.0
    out_dot += 5.0
    assert np.all(seed == 1.0) and np.all(a == 2.0)
    assert np.array_equal(pullback(seed)[0], np.ones(4))


@both
def test_array_layouts(backend):
    df = grad(lambda a: np.sum(a * a * a), backend=backend)
    plain = np.arange(12.0).reshape(3, 4)
    frozen = plain.copy()
    frozen.flags.writeable = False
    for a in (
        plain,
        plain.T,
        np.asfortranarray(plain),
        plain[::2, ::-1],
        frozen,
        plain.astype(">f8"),
    ):
        found = df(a)
        assert np.array_equal(found, 3 * a * a) and found.flags.writeable


def test_an_integer_argument_is_refused():
    with pytest.raises(diffpy.NonDifferentiableInputError, match=r"'x', an int here") as caught:
        grad(cube)(3)
    assert "pass 3.0" in str(caught.value) and isinstance(caught.value, TypeError)
    for value in (True, np.int64(3), np.arange(3), None, "three"):
        with pytest.raises(diffpy.NonDifferentiableInputError):
            grad(lambda x, y: y, argnums=0)(value, 1.0)
    with pytest.raises(diffpy.NonDifferentiableInputError, match=r"pass a\.astype\(float\)"):
        grad(norm2)(np.arange(3))


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda a: a * a, "a float64 array of 1 dimension"),
        (lambda a: (a[0], a[1]), "a tuple"),
        (lambda a: len(a), "an int"),
        (lambda a: a[0] > 0.0, "bool"),
        (lambda a: None, "None"),
    ],
)
def test_results_without_a_gradient_are_refused(f, said):
    with pytest.raises(diffpy.NonScalarOutputError, match=said):
        grad(f)(np.ones(3))


def test_the_refusal_of_a_vector_names_the_way_out():
    with pytest.raises(diffpy.NonScalarOutputError, match="vjp") as caught:
        grad(lambda a: a * a)(np.ones(3))
    assert "vjp" in str(caught.value)


@both
def test_has_aux(backend):
    def f(a):
        return np.sum(a * a), (2.0 * a, 3, "aux")

    a = np.array([1.0, 2.0])
    gradient, aux = grad(f, has_aux=True, backend=backend)(a)
    assert np.array_equal(gradient, 2 * a) and np.array_equal(aux[0], 2 * a)
    assert aux[1:] == (3, "aux") and type(aux[1]) is int
    (value, aux), gradient = value_and_grad(f, has_aux=True, backend=backend)(a)
    assert value == 5.0 and np.array_equal(gradient, 2 * a)
    out, pullback, aux = vjp(f, a, has_aux=True, backend=backend)
    assert out == 5.0 and np.array_equal(pullback(1.0)[0], 2 * a) and aux[1:] == (3, "aux")
    with pytest.raises(diffpy.NonScalarOutputError, match="pair"):
        grad(norm2, has_aux=True)(a)


@both
def test_value_and_grad(backend):
    value, gradient = value_and_grad(norm2, backend=backend)(np.array([1.0, 2.0]))
    assert value == 5.0 and type(value) is np.float64
    assert np.array_equal(gradient, [2.0, 4.0])


# --- vjp and jvp ---------------------------------------------------------------------------------


@both
def test_a_pullback_can_be_kept_and_called_again(backend):
    def f(a, n):
        x = a[0]
        for _ in range(n):
            x = x * a[1]
        k = 0.0
        while x > 1.0:
            x = x / 2.0
            k = k + x * x
        return a * x, k

    a = np.array([1.5, 1.75])
    expected = vjp(f, a.copy(), 5, backend="python")[1]((np.ones(2), 0.5))
    out, pullback = vjp(f, a, 5, backend=backend)
    a[:] = 100.0
    vjp(f, a, 2, backend=backend)[1]((np.ones(2), 0.5))
    for _ in range(3):
        gradient, zero = pullback((np.ones(2), 0.5))
        assert np.allclose(gradient, expected[0], rtol=1e-14) and zero == 0.0
        gradient[:] = -1.0
        out[0][:] = -1.0


@both
def test_a_pullback_checks_its_seed(backend):
    _, pullback = vjp(lambda a, x: (a * x, x), np.ones(3), 2.0, backend=backend)
    for seed in (
        np.ones(3),
        (np.ones(2), 1.0),
        (np.ones(3),),
        (1.0, 1.0),
        (np.ones(3), 1j),
        (np.ones(3), "x"),
        (np.ones(3), None),
    ):
        with pytest.raises(diffpy.NonDifferentiableInputError):
            pullback(seed)
    gradient, x_bar = pullback((np.ones(3, int), 1))
    assert np.array_equal(gradient, [2.0, 2.0, 2.0]) and x_bar == 4.0 and type(x_bar) is float


@both
def test_jvp(backend):
    def f(a, x, n):
        return (a * x, n, None, x**n)

    out, out_dot = jvp(f, (np.ones(2), 3.0, 2), (np.array([0.0, 1.0]), 1.0, 0.0), backend=backend)
    assert np.array_equal(out[0], [3.0, 3.0]) and out[1:] == (2, None, 9.0)
    assert np.array_equal(out_dot[0], [1.0, 4.0]) and out_dot[1:] == (0.0, None, 6.0)
    assert type(out_dot[3]) is float


@pytest.mark.parametrize(
    "tangents", [(1.0,), (1.0, 1.0), (np.ones(3), 0.0, 0.0), (np.ones(2), 1.0)]
)
def test_jvp_checks_its_tangents(tangents):
    with pytest.raises(TypeError):
        jvp(lambda a, n: a * n, (np.ones(2), 3), tangents)


@both
def test_linearize(backend):
    a = np.array([1.0, 2.0])
    out, tangent = linearize(norm2, a, backend=backend)
    a[:] = 0.0
    assert out == 5.0 and tangent(np.array([1.0, 0.5])) == 4.0


# --- any order -----------------------------------------------------------------------------------


@both
def test_derivatives_of_derivatives(backend):
    d1 = grad(cube, backend=backend)
    assert grad(d1, backend=backend)(2.0) == 12.0
    assert grad(grad(d1), backend=backend)(2.0) == 6.0
    assert jvp(d1, (2.0,), (1.0,), backend=backend) == (12.0, 12.0)
    assert vjp(d1, 2.0, backend=backend)[1](1.0) == (12.0,)
    d_newton = grad(grad(newton), backend=backend)
    assert d_newton(2.0) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-6)


@both
def test_derivatives_inside_a_differentiated_function(backend):
    def outer(x):
        return grad(cube)(x) * x

    def along(x, v):
        return jvp(cube, (x,), (v,))[1]

    assert grad(outer, backend=backend)(2.0) == 36.0
    assert grad(along, argnums=(0, 1), backend=backend)(2.0, 3.0) == (36.0, 12.0)


def test_check_grads_passes_and_fails():
    check_grads(newton, (2.0,), order=2)
    check_grads(lambda a, n: (a * a, n, np.sum(a)), (np.array([0.5, 1.5]), 3), backend="python")
    check_grads(cube, (np.float32(0.5),), order=1)
    with pytest.raises(AssertionError, match="disagrees with differences"):
        check_grads(kinked, (0.0,), order=1)
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match="nan"):
        check_grads(lambda x: np.log(x), (-1.0,), order=1)
    with pytest.raises(ValueError, match="modes"):
        check_grads(cube, (1.0,), modes=("backwards",))


# --- the source ----------------------------------------------------------------------------------


def test_source_before_and_after_a_call():
    df = grad(newton)
    guessed = df.source
    assert "def grad_newton(a, out_bar=1.0" in guessed
    assert "# forward sweep" in guessed and "# reverse sweep" in guessed
    assert df.signatures == []
    df(2.0)
    assert df.source == guessed and df.signatures == ["(float)"]
    assert "def newton(a)" in df.inspect_source("primal")
    assert "grad_newton" in df.inspect_source("numba")
    with pytest.raises(ValueError, match="no stage"):
        df.inspect_source("middle")


def test_a_saved_derivative_runs_by_itself(tmp_path):
    for f, x in ((newton, 2.0), (cube, 3.0)):
        path = grad(f).save(tmp_path / f"d_{f.__name__}.py")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        saved = getattr(module, f"grad_{f.__name__}")
        assert saved(x) == grad(f)(x)
        assert saved(x, 2.0) == 2 * grad(f)(x)


def test_compile_runs_nothing():
    def f(x, n):
        return x * (1.0 / n)

    df = grad(f, backend="numba")
    assert df.compile(1.0, 0) is df
    assert df.signatures == ["(float, int)"]
    with pytest.raises(ZeroDivisionError):
        df(1.0, 0)


def test_errors_come_at_definition():
    with pytest.raises(diffpy.UnsupportedSyntaxError):

        @grad
        def refused(x):
            return eval("x * x")

    with pytest.raises(diffpy.SourceUnavailableError):
        grad(eval("lambda x: x * x"))


def test_names_that_do_not_exist_yet_postpone_generation_only():
    df = grad(uses_later)
    global defined_later
    defined_later = cube
    try:
        assert df(2.0) == 12.0
    finally:
        del defined_later


def uses_later(x):
    return defined_later(x)
