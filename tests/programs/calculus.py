"""Roots, integrals and minima."""

import math

import numpy as np

from programs import program


def simpson(f, a, b):
    return (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))


def adaptive(f, a, b, tolerance, whole):
    c = (a + b) / 2
    left, right = simpson(f, a, c), simpson(f, c, b)
    if abs(left + right - whole) <= 15 * tolerance:
        return left + right + (left + right - whole) / 15
    return adaptive(f, a, c, tolerance / 2, left) + adaptive(f, c, b, tolerance / 2, right)


@program(0.2, 1.7, 2.3, compiled=True)
def adaptive_simpson(a, b, k):
    def f(x):
        return math.exp(-k * x) * math.sin(3 * x)

    return adaptive(f, a, b, 1e-6, simpson(f, a, b))


@program(0.2, 1.7)
def romberg(a, b):
    def f(x):
        return np.exp(-x * x)

    n = 4
    r = np.zeros((n, n))
    h = b - a
    r[0, 0] = 0.5 * h * (f(a) + f(b))
    for i in range(1, n):
        h *= 0.5
        total = 0.0
        for k in range(1, 2**i, 2):
            total += f(a + k * h)
        r[i, 0] = 0.5 * r[i - 1, 0] + h * total
        for j in range(1, i + 1):
            r[i, j] = r[i, j - 1] + (r[i, j - 1] - r[i - 1, j - 1]) / (4**j - 1)
    return r[-1, -1]


@program(
    np.array([0.0, 0.3, 0.9, 1.4]),
    np.array([1.0, 0.4, 0.7, 0.2]),
    like=lambda x, y: np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2,
)
def trapezoids(x, y):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2
    return total


@program(2.0, 0.4)
def newton(c, start):
    x = start + 1.0
    for _ in range(50):
        fx = x**3 - c * x - 1
        if abs(fx) < 1e-12:
            break
        x -= fx / (3 * x * x - c)
    else:
        raise ArithmeticError("no convergence")
    return x


@program(2.0)
def secant(c):
    x0, x1 = 1.0, 2.0
    while abs(x1 - x0) > 1e-10:
        f0, f1 = x0 * x0 - c, x1 * x1 - c
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


@program(np.array([0.5, 1.5]))
def newton_of_a_system(c):
    x = np.array([1.0, 1.0])
    for _ in range(6):
        f = np.array([x[0] ** 2 + x[1] - c[0] - 1, x[0] - x[1] ** 2 + c[1] - 1])
        jacobian = np.zeros((2, 2))
        jacobian[0, 0], jacobian[0, 1] = 2 * x[0], 1.0
        jacobian[1] = [1.0, -2 * x[1]]
        x -= np.linalg.solve(jacobian, f)
    return x


@program(1.1, 0.7)
def steepest_descent_with_line_search(a, b):
    x = np.array([-0.4, 0.9])

    def f(x):
        return a * (x[0] - 1) ** 2 + b * (x[1] + x[0] ** 2) ** 2

    for _ in range(3):
        slope = np.zeros(2)
        slope[0] = 2 * a * (x[0] - 1) + 4 * b * x[0] * (x[1] + x[0] ** 2)
        slope[1] = 2 * b * (x[1] + x[0] ** 2)
        step = 1.0
        while f(x - step * slope) > f(x) - 0.3 * step * slope @ slope:
            step *= 0.5
        x -= step * slope
    return f(x) + x[0]


@program(1.1, 0.7)
def nelder_mead(a, b):
    def f(x):
        return (x[0] - a) ** 2 + b * (x[1] + 0.3) ** 2

    simplex = np.array([[0.0, 0.1], [1.0, 0.0], [0.2, 1.0]])
    values = np.array([f(p) for p in simplex])
    for _ in range(4):
        order = np.argsort(values)
        simplex, values = simplex[order], values[order]
        centre = (simplex[0] + simplex[1]) / 2
        reflected = 2 * centre - simplex[2]
        if f(reflected) < values[1]:
            simplex[2] = reflected
        else:
            simplex[2] = 0.5 * (centre + simplex[2]) + 0.01 * a
        values[2] = f(simplex[2])
    return np.min(values) + np.sum(simplex)


@program(0.3, 1.2)
def continued_fraction(x, y):
    value = 0.0
    for k in range(8, 0, -1):
        value = k * x / (y + value)
    return 1 / (1 + value)


@program(1.4, 0.6)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-12:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return a


@program(0.8)
def bessel_by_its_series(x):
    terms = [1.0]
    k = 1
    while abs(terms[-1]) > 1e-14:
        terms.append(-terms[-1] * (x / 2) ** 2 / k**2)
        k += 1
    return math.fsum(terms) if k > 1000 else sum(terms)


@program(2.0, 1.3)
def fixed_step_memory(x, y):
    memory = np.full(6, np.nan)
    memory[0], memory[1] = x, y
    for k in range(2, 6):
        if np.isnan(memory[k]):
            memory[k] = math.sin(memory[k - 1]) + 0.3 * memory[k - 2]
    return memory[5]


def fibonacci(n, x, known):
    if known[n] != 0.0:
        return known[n]
    known[n] = x * fibonacci(n - 1, x, known) + fibonacci(n - 2, x, known)
    return known[n]


@program(1.3, compiled=True)
def memoised_recursion(x):
    known = np.zeros(8)
    known[0], known[1] = 1.0, x
    return fibonacci(7, x, known)


@program(1.3)
def memoised_in_a_dictionary(x):
    known = {0: 1.0, 1: x}

    def f(n):
        if n not in known:
            known[n] = x * f(n - 1) + f(n - 2)
        return known[n]

    return f(6)


@program(np.array([0.2, 0.9, 0.5]))
def finite_elements(heights):
    n = len(heights) + 1
    stiffness, load = np.zeros((n + 1, n + 1)), np.zeros(n + 1)
    x = np.concatenate(([0.0], np.cumsum(heights), [3.0]))
    for e in range(n):
        h = x[e + 1] - x[e]
        local = np.array([[1.0, -1.0], [-1.0, 1.0]]) / h
        for a in range(2):
            for b in range(2):
                stiffness[e + a, e + b] += local[a, b]
            load[e + a] += h / 2
    inner = slice(1, n)
    u = np.zeros(n + 1)
    u[inner] = np.linalg.solve(stiffness[inner, inner], load[inner])
    return u[inner].sum()


@program(np.array([0.2, 0.9, 0.5]))
def assembled_by_blocks(k):
    n = len(k)
    K = np.zeros((n + 1, n + 1))
    for e in range(n):
        dofs = [e, e + 1]
        K[np.ix_(dofs, dofs)] += k[e] * np.array([[1.0, -1.0], [-1.0, 1.0]])
    K[0, :] = 0.0
    K[:, 0] = 0.0
    K[0, 0] = 1.0
    return np.linalg.solve(K, np.arange(n + 1.0))
