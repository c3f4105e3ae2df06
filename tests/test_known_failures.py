"""Programs that other tools get wrong, or were reported to have got wrong, each with who did.

The reports are named by repository and number. What was written in another language stands here as
one writes it in Python. Each program runs in both modes and both backends; the oracle is the
program itself (differences.py). Many of the reports are of wrong derivatives without an error.
"""

import contextlib
import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import differences
import numpy
import numpy as np
import pytest

import diffpy as dp

PROGRAMS: list[Any] = []
BOTH = pytest.mark.parametrize("backend", ["python", "numba"])
V = np.array([0.7, -1.2, 2.3, 0.4])
W = np.array([1.1, 0.6, -0.8, 1.9])
M = np.array([[0.9, -0.4, 1.3], [0.2, 1.7, -0.6], [1.2, 0.8, 2.1]])


def fails(who: str, *cases: tuple) -> Callable[[Callable], Callable]:
    """Adds a program with its arguments; all floats and arrays of floats are differentiated."""

    def add(function: Callable) -> Callable:
        for k, args in enumerate(cases):
            name = f"{function.__name__}-{k}"
            PROGRAMS.append(pytest.param(function, args, id=f"{who}-{name}".replace("/", ".")))
        return function

    return add


def float_argnums(args: tuple) -> tuple[int, ...]:
    return tuple(k for k, arg in enumerate(args) if differences.components(arg).size)


@BOTH
@pytest.mark.parametrize("function, args", PROGRAMS)
def test_reverse(function: Callable, args: tuple, backend: str) -> None:
    argnums = float_argnums(args)
    value, gradient = dp.value_and_grad(function, argnums=argnums, backend=backend)(*args)
    differences.check_value(function, args, value)
    differences.check_gradient(function, args, argnums, gradient, 1.0)


@BOTH
@pytest.mark.parametrize("function, args", PROGRAMS)
def test_forward(function: Callable, args: tuple, backend: str) -> None:
    argnums = float_argnums(args)
    active = differences.pick(args, argnums)
    tangents = differences.tangents_of(args, argnums, differences.random_like(active, seed=1))
    _, out_dot = dp.jvp(function, args, tangents, backend=backend)
    differences.check_tangent(function, args, tangents, out_dot)


# --- google/tangent ---------------------------------------------------------------------------


def scaled(x, k=2.0):
    return x * k * k


@fails("google/tangent: the keyword argument has no derivative", (1.3,))
def passes_itself_by_keyword(x):
    return scaled(x, k=x)


@fails("google/tangent: the body of a with statement is dropped", (1.3,))
def within_errstate(x):
    y = x
    with np.errstate(divide="ignore"):
        y = y * x * x
    return y


class Doubling:
    def __enter__(self):
        return 2.0

    def __exit__(self, *exception):
        return False


@contextlib.contextmanager
def tripling(x):
    yield 3.0 * x


@fails("google/tangent: the body of a with statement is dropped", (1.3,))
def within_ones_own(x):
    with Doubling() as two:
        y = two * x * x
    with tripling(x) as z:
        y = y * z
    return y


@fails("google/tangent: the loop target is no gradient carrier", (1.3,))
def loops_over_a_display(x):
    total = 0.0
    for a in [1, 2, x]:
        total += a * x
    return total


def d(x):
    return x * x * x


@fails("google/tangent: a name that begins like a generated one", (1.3, 0.4))
def calls_a_function_d(x, bx):
    dx = d(x)
    bd = dx * bx
    return bd * d(bx)


@fails("google/tangent: the name of the derivative of another", (1.3,))
def has_a_variable_d(x):
    d = x * x
    dd = d * x
    return dd + d


@fails("google/tangent: an accumulator that starts from a constant", (1.3, 5))
def accumulates_from_a_constant(x, n):
    total = 0
    for _ in range(n):
        total = total * x + 1
    return total


@fails("google/tangent: two names of one array", (V,))
def writes_by_another_name(v):
    a = v * v
    b = a
    b[0] = v[1] * v[2]
    b[1] += a[0]
    return np.sum(a * v)


@fails("google/tangent: repeated indices in a read", (V,))
def reads_an_element_twice(v):
    return np.sum(v[[0, 0, 2]] * np.array([1.0, 10.0, 100.0]) * v[1])


@fails("google/tangent, tensorflow/tensorflow#56961: repeated indices in a store", (V,))
def stores_an_element_twice(v):
    a = np.zeros(3)
    a[np.array([1, 1, 2])] = v[:3] * v[:3]
    return np.sum(a * np.array([1.0, 10.0, 100.0]))


@fails("google/tangent: repeated indices in an augmented store", (V,))
def adds_to_an_element_twice(v):
    a = v * 2.0
    a[np.array([1, 1, 2])] += v[:3] * v[:3]
    return np.sum(a * np.array([1.0, 10.0, 100.0, 1000.0]))


@fails("google/tangent#77: nested functions", (1.3,))
def calls_a_nested_function(x):
    def a(x):
        return x * x

    return a(x)


@fails("google/tangent: closures over what is active", (1.3, 0.4))
def calls_a_closure(x, y):
    def along(t):
        return x + t * y

    y = y * x
    return along(2.0) * along(y)


@fails("google/tangent#69: a name that was never defined", (W, 4))
def adds_to_the_diagonal(d, n):
    S = np.zeros((n, n))
    for i in range(n):
        S[i, 2] = 1.0
        if i == 2:
            S[i, i] += d[i]
    return np.sum(S * S)


@fails("google/tangent#31: a ValueError for nested loops", (M,))
def sums_the_upper_triangle(x):
    """Sum the upper triangle of the array x."""
    sum = 0
    rows, cols = x.shape
    for i in np.arange(rows):
        for j in np.arange(i, cols):
            sum = sum + x[i, j]
    return sum


@fails("google/tangent#23: numpy by its full name", (M, V[:3]))
def imports_numpy_by_its_name(W, x):
    h1 = numpy.dot(x, W)
    h2 = numpy.tanh(h1)
    out = numpy.sum(h2)
    return out


@fails("google/tangent#58: a TypeError for enumerate", (V,))
def enumerates(x):
    total = 0.0
    for r, element in enumerate(x):
        total += r * element * element
    return total


@fails("google/tangent#57: lists that grow", (1.3, 5))
def appends(x, n):
    found = []
    for i in range(n):
        found.append(i * x)
    return found[2] * found[-1]


@fails("google/tangent#56: a slice that the loop leaves behind", (np.stack([M, M * M]),))
def keeps_the_last_slice(x):
    for f in range(np.shape(x)[2]):
        r = x[:, :, f]
    return np.sum(r * r)


@fails("google/tangent#62: dot of rows", (M, M.T * 0.5))
def multiplies_rows(x, y):
    return np.dot(x[0, :], y[0, :])


@fails(
    "google/tangent#64: wrong by the augmented assignments",
    (1.2, 0.9, 1.7, 1.4, 0.8, 2.0, 0.3, 1.1, 0.6),
)
def enthalpy_and_power(W_in, W_out, ht_in, ht_out_ideal, eff, n_mech, b_W, b_ht, b_ht_ideal):
    ht_out = W_in / W_out * (ht_in * (1.0 - eff) + ht_out_ideal * eff)
    power = W_in * eff * (ht_in - ht_out_ideal) * 1.4148532
    ht_out += b_W / W_out * (b_ht * (1.0 - eff) + b_ht_ideal * eff)
    power += b_W * eff * (b_ht - b_ht_ideal) * 1.4148532
    trq = power / n_mech * 5252.11 / 1e4
    return power + trq * ht_out


@fails("google/tangent#70: names that cannot be resolved", (M, M.T + 0.3))
def normalised_misfit(p, o):
    pscale = 1.0 / np.sqrt(np.sum(p * p, axis=1))
    oscale = 1.0 / np.sqrt(np.sum(o * o, axis=1))
    residual = p * pscale.reshape((-1, 1)) - o * oscale.reshape((-1, 1))
    return 0.5 * np.sum(residual * residual)


@BOTH
def test_one_name_in_two_modules(tmp_path: Any, monkeypatch: Any, backend: str) -> None:
    """google/tangent merges the globals of modules, so that one `step` calls the other."""
    for name, factor in (("module_one", 2.0), ("module_two", 5.0)):
        (tmp_path / f"{name}.py").write_text(
            f"FACTOR = {factor}\n\n\ndef step(x):\n    return FACTOR * x * x\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    one, two = importlib.import_module("module_one"), importlib.import_module("module_two")
    monkeypatch.delitem(sys.modules, "module_one")
    monkeypatch.delitem(sys.modules, "module_two")

    def both(x):
        return one.step(x) + two.step(x) * x

    assert dp.grad(both, backend=backend)(1.5) == 4.0 * 1.5 + 15.0 * 1.5**2


# --- Swift ------------------------------------------------------------------------------------


@fails("swiftlang/swift#78264: adjoints of active values in loops", (1.3,), (-0.7,))
def repeats_while_with_a_loop_inside(x):
    result = x
    i = 0
    while True:
        temp = x
        j = 0
        while True:
            temp = temp * x
            j += 1
            if not j < 2:
                break
        result = result * temp
        i += 1
        if not i < 2:
            break
    return result


@fails("swiftlang/swift#27796: a result that starts from a constant", (3.0,))
def result_starts_from_one(x):
    result = 1.0
    for _ in range(2):
        result = result * x
    return result


@fails("swiftlang/swift#25558: nested loops", (2.0, 3), (4.0, 3))
def nested_loop(x, count):
    outer = x
    for _ in range(1, count):
        outer = outer * x
        inner = outer
        i = 1
        while i < count:
            inner = inner + x
            i += 1
        outer = inner
    return outer


@fails("tensorflow/swift-apis#394: only the last element had a gradient", (V, W))
def sums_products_of_elements(inputs, parameters):
    result = 0.0
    for i in range(4):
        result = result + inputs[i] * parameters[i]
    return result


@fails("swiftlang/swift#28258: zero derivatives of literals of arrays", (1.3, 0.4))
def two_element_literal(x, y):
    pair = [x * y, x]
    return pair[0] * pair[1]


@fails("swiftlang/swift#58070: gradients of an argument that is changed", (10.0, 2.0, 3.0))
def callee_changes_a_list(x, y, z):
    def add_and_scale(held, y, z):
        held[0] = held[0] * y + z
        held.append(held[0] * z)

    held = [x]
    add_and_scale(held, y, z)
    add_and_scale(held, z, y)
    return held[0] * held[-1]


@fails("swiftlang/swift: inout parameters", (V,))
def callee_changes_an_array(v):
    def accumulate(a):
        for i in range(1, len(a)):
            a[i] += a[i - 1] * a[i]

    a = v.copy()
    accumulate(a)
    return a[-1] * a[1]


class TooLarge(Exception):
    pass


def checked(x):
    if x > 2.0:
        raise TooLarge
    return x * x


@fails("swiftlang/swift: try in a loop", (1.1, 4), (0.4, 4), (3.0, 2))
def tries_in_a_loop(x, n):
    y = x
    for i in range(n):
        try:
            y = checked(y) + x
        except TooLarge:
            y = y / (2 + i)
    return y


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


@fails("swiftlang/swift: switch over cases with payloads", (1.3, 0.4, 0), (1.3, 0.4, 1))
def area(x, y, kind):
    shape = Circle(x * y) if kind == 0 else Box(x, x + y)
    match shape:
        case Circle(r):
            return math.pi * r * r
        case Box(w, h):
            return w * h
    return 0.0


def root_of(x):
    return math.sqrt(x) if x > 0 else None


@fails("swiftlang/swift: optionals", (1.3, 0.4), (-1.3, 0.4))
def root_or_other(x, y):
    root = root_of(x)
    if root is not None:
        return root * y
    return x * y * y


def choose(n, k, x):
    if k == 0 or n == k:
        return x
    return choose(n - 1, k - 1, x * x) * 0.5 + choose(n - 1, k, x + 0.1)


@fails("swiftlang/swift: tree recursion", (0.7, 4))
def tree_recursion(x, n):
    return choose(n, 2, x)


@fails("swiftlang/swift#57954: pow by its exponent", (2.0, 2.0), (0.5, -1.5))
def power(x, y):
    return x**y


# --- HIPS/autograd and JAX --------------------------------------------------------------------


@fails("HIPS/autograd#58: assignment to a block", (M,))
def assigns_a_block(A):
    B = np.zeros((4, 4))
    B[:3, :3] = A * A
    B[1:, 3] = A[0]
    return np.sum(B * B)


@fails("HIPS/autograd#177: assignment in a loop", (M,))
def assigns_in_a_loop(param):
    res = np.zeros(3)
    for m in range(3):
        res[m] = np.sum(param[m] * param[0])
    return np.sum(res)


@fails("HIPS/autograd#159: assignment by masks", (20.0 * V,))
def softplus_by_masks(x):
    above, below = x >= 34, x <= -20.0
    between = np.logical_not(np.logical_or(above, below))
    rval = np.copy(x)
    if np.any(below):
        rval[below] = 0.0
    if np.any(between):
        rval[between] = np.log(1 + np.exp(x[between]))
    return np.sum(rval)


@fails("HIPS/autograd#396: where that broadcasts", (V, 0.4), (V[:1], 0.4))
def where_that_broadcasts(v, x):
    return np.sum(np.where(v > 0.5, v * x, x) * np.arange(1.0, 5.0))


@fails("HIPS/autograd#394: polar coordinates and back", (V, W))
def to_polar_and_back(real, imag):
    angle = np.arctan2(imag, real)
    amplitude = np.sqrt(real**2 + imag**2)
    both = np.array([amplitude, amplitude * 0.5])
    turned = np.array([angle, 2.0 * angle])
    x = np.sum(both * np.cos(turned), axis=0)
    y = np.sum(both * np.sin(turned), axis=0)
    return np.sum(x**2 + 0.1 * y)


@fails("HIPS/autograd#77: division in place", (V, 1.3))
def divides_in_place(v, x):
    h = v + 1.0
    h /= (v - x) * (v + x)
    h *= x
    return np.sum(h * h)


@fails("HIPS/autograd, JAX: updates in place of what is read later", (V,))
def smooths_in_place(v):
    a = v.copy()
    for i in range(1, len(a) - 1):
        a[i] = 0.25 * a[i - 1] + 0.5 * a[i] * a[i] + 0.25 * a[i + 1]
    return np.sum(a * a)


@fails("JAX: a branch on a number under compilation", (1.3, 0.4), (-1.3, 0.4))
def branches(x, y):
    if x * y > 0.1:
        return np.sin(x) * y
    return x * x


@fails("JAX: a while loop in reverse mode", (2.0,), (1e4,))
def square_root_by_newton(a):
    x = a
    while abs(x * x - a) > 1e-10 * a:
        x = 0.5 * (x + a / x)
    return x


@fails("JAX: the trip count depends on data", (1.3, 0.9))
def collatz_of_floats(x, y):
    steps = 0
    while x < 10.0:
        x = x * (1.5 + y) if steps % 2 else x + y * y
        steps += 1
    return x * steps


@fails("jax-ml/jax#5900: a loop of conditionals, 324 instead of 108", (3.0, 4))
def power_by_a_bounded_loop(x, n):
    value, going = 1.0, True
    for i in range(10):
        if going:
            value = value * x
            going = i + 1 < n
    return value


@fails("jax-ml/jax#764: tanh far out", (30.0,), (-30.0,))
def saturates(x):
    return np.tanh(x) + np.tanh(x / 100.0)


@fails("jax-ml/jax#1104: indices computed from the input", (np.array([1.25, 2.5, 3.75]),))
def indices_of_the_input(x):
    y = np.zeros(4)
    indices = x.astype(np.int64)
    y[indices] = x * x
    return np.sum(y * np.arange(4.0))


def overwritten_root(x):
    y = np.zeros(1)
    y[0] = np.sqrt(x[0])
    y[0] = x[0] - 1.0
    return y[0]


# --- Zygote -----------------------------------------------------------------------------------


@fails("FluxML/Zygote.jl#1198: swapped variables", (1.3, 0.4, 6))
def chebyshev(x, y, n):
    v0, v1 = y, x * y
    total = v0 + v1
    for i in range(n):
        v2 = 2 * x * v1 - v0
        total = total + v2 / (i + 1)
        v0, v1, v2 = v1, v2, v0
    return total + v2


@fails("FluxML/Zygote.jl#314: what the function of a sum captures", (3.0, V))
def sum_of_a_generator(captured, table):
    return sum(v * captured for v in table)


@fails("FluxML/Zygote.jl#242: return out of a branch in a loop", (1.0,), (1e-4,))
def sine_series(x):
    t = 0.0
    sign = -1.0
    for i in range(1, 20):
        if i % 2 == 1:
            new = x**i / math.factorial(i)
            if abs(new) < 1e-8:
                return t
            sign = -sign
            t += sign * new
    return t


@fails("FluxML/Zygote.jl#717: a dict in a closure", (0.4, 1.3))
def dict_in_a_closure(y, z):
    held = {"y": y * z, "z": z}

    def read():
        return held["y"] * held["z"]

    return read()


@fails("FluxML/Zygote.jl#265: statements after a return", (1.3,))
def goes_on_after_return(x):
    return 3.0 * x
    1


def variance(v, mean=None):
    if mean is None:
        mean = np.sum(v) / len(v)
    return np.sum((v - mean) ** 2)


@fails("FluxML/Zygote.jl#446: the gradient by a keyword is dropped", (V, 0.3))
def variance_about(v, m):
    return variance(v, mean=m) + variance(v)


# --- Enzyme, Warp, Taichi, Nx, PyTorch --------------------------------------------------------


@fails("EnzymeAD/Enzyme.jl#3124: zero through another name of a buffer", (V,))
def writes_a_held_buffer(v):
    buffer = np.zeros(4)
    held = {"buffer": buffer}
    for i in range(4):
        held["buffer"][i] = v[i] * v[i]
    return np.sum(buffer)


@fails("EnzymeAD/Enzyme.jl#1340: temporary storage", (W, M, V[:3]))
def least_squares_in_storage(y, X, beta):
    storage = np.zeros(3)
    for i in range(3):
        for j in range(3):
            storage[i] += X[i, j] * beta[j]
    storage[:] = y[:3] - storage
    return 0.5 * np.sum(storage**2)


@fails("EnzymeAD/Enzyme#2002: a minimum kept by an if", (M,))
def smallest_neighbour(phi):
    smallest = np.zeros(1)
    smallest[0] = phi[0, 0]
    for i in range(3):
        for j in range(3):
            if phi[i, j] <= smallest[0]:
                smallest[0] = phi[i, j]
    return smallest[0] ** 2


@fails("EnzymeAD/Enzyme.jl#432: a work array that is cleared in each iteration", (M, 0.7))
def clears_its_work_array(u, coeff):
    u = u.copy()
    v = np.zeros_like(u)
    for _ in range(2):
        v[:] = 0.0
        v += coeff * u
        u += v**2
    return np.sum(u**2)


@fails(
    "NVIDIA/warp#1694: a value from before the loop, used after it", (1.3, 0.4, 3), (1.3, 0.4, 0)
)
def around_a_loop(x, y, n):
    before = x * x * y
    total = 0.0
    for i in range(n):
        total += i * y
    return before * total + before


@fails("NVIDIA/warp#174: a loop that overwrites its variable", (1.3, 5))
def overwrites(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x
    return y


@fails("NVIDIA/warp#1740: the sum of a loop, used in a root", (V,))
def length_by_a_loop(v):
    total = 0.0
    for i in range(len(v)):
        total += v[i] * v[i]
    return np.sqrt(total) + 1.0 / total


@fails("NVIDIA/warp#1552: continue in the search for a maximum", (1.3, M), (-1.3, M))
def largest_with_continue(x, c):
    largest = -1e20
    for p in range(3):
        for q in range(3):
            if c[p, q] < 0.5:
                continue
            value = x * c[p, q] * (p + 1 + q + 1)
            if value > largest:
                largest = value
    return largest


@fails("NVIDIA/warp#1293: nested loops whose bounds are data", (V, 0.4, np.array([0, 1, 4, 4])))
def loops_over_segments(v, x, starts):
    total = x
    for k in range(len(starts) - 1):
        part = x
        for i in range(starts[k], starts[k + 1]):
            part = part * v[i] + x
        total = total * part
    return total


@fails("NVIDIA/warp#140: the number of iterations is computed", (V, W, 1.3, 3))
def sums_as_far_as_asked(a, weight, c, p):
    summ = 0.0
    for j in range(p + 1):
        summ = summ + weight[j] * a[j]
    return summ * c


@fails("taichi-dev/taichi#8356: sums of sums in place", (V, W))
def adds_all_to_each(x, y):
    x = x.copy()
    for i in range(len(x)):
        for j in range(len(y)):
            x[i] += y[j]
    return np.sum(x)


@fails("elixir-nx/nx#1747: the body depends on the variable", (0.5, 2), (0.5, 3), (0.5, 0))
def multiplies_in_a_while(x, n):
    acc, i = 1.0, 0
    while i < n:
        acc, i = acc * x, i + 1
    return acc


@fails("elixir-nx/nx#1747: the body depends on the variable", (0.5, 3))
def sine_in_a_while(x, n):
    acc, i = 1.0, 0
    while i < n:
        acc, i = math.sin(acc / x), i + 1
    return acc


@fails("pytorch/pytorch#74874: results put beside operands in one array", (1.3, 0.4, 0.9))
def reduces_in_one_array(x, y, z):
    tensor = np.zeros(5)
    tensor[0] = x
    tensor[1] = y
    tensor[3] = z
    tensor[2] = tensor[0] * tensor[1]
    tensor[4] = tensor[2] * tensor[3]
    return tensor[4]


@fails("pytorch/pytorch#24853: a masked store of what is masked", (V, W))
def masked_minimum(b, c):
    bb = b + 1.0
    mask = np.array([True, False, True, False])
    bb[mask] = np.minimum(bb[mask], c[mask])
    return np.sum(bb * bb)


@fails("pytorch/pytorch#198270: an array added to itself in reverse", (V,))
def adds_itself_in_reverse(v):
    x = v.copy()
    x[np.arange(4)] = x * 2.0
    x += x[::-1].copy()
    x[1:] = x[:-1].copy()
    return np.sum(x * np.arange(1.0, 5.0))


# --- derivatives in derivatives ---------------------------------------------------------------


def confused_by_addition(x):
    return x * dp.grad(lambda y: x + y)(1.0)


def confused_by_product(x):
    return x * dp.grad(lambda y: x * y)(1.0)


def confused_forward(x):
    return x * dp.jvp(lambda y: x * y * y, (x,), (1.0,))[1]


def squared_slope(x):
    return dp.grad(lambda y: y**2)(x) ** 2


def nested_three_times(x):
    return dp.grad(lambda y: y * dp.grad(lambda z: x * y * z * z)(y))(x)


@BOTH
@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(
    "function, slope",
    [
        (confused_by_addition, lambda x: 1.0),  # JuliaDiff/ForwardDiff.jl#83, AutoGrad.jl#75
        (confused_by_product, lambda x: 2.0 * x),  # JuliaDiff/ReverseDiff.jl#45
        (confused_forward, lambda x: 6.0 * x * x),  # the same in forward mode
        (squared_slope, lambda x: 8.0 * x),  # ekmett/ad#12
        (nested_three_times, lambda x: 18.0 * x * x),
    ],
)
def test_levels_are_not_confused(
    function: Callable, slope: Callable, mode: str, backend: str
) -> None:
    if mode == "reverse":
        found = dp.grad(function, backend=backend)(4.0)
    else:
        found = dp.jvp(function, (4.0,), (1.0,), backend=backend)[1]
    assert found == slope(4.0)


@pytest.mark.xfail(strict=True, reason="the zero adjoint of the root times its infinite slope")
@BOTH
def test_an_overwritten_root_at_zero(backend: str) -> None:
    """jax-ml/jax#28262: NaN, although nothing of the root is left."""
    zero = np.zeros(1)
    np.testing.assert_array_equal(dp.grad(overwritten_root, backend=backend)(zero), [1.0])
