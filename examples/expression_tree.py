"""Find Kepler's third law: fit the constants of formulas that are given as trees.

This is the inner loop of symbolic regression. A formula is a tree of objects, and `evaluate` calls
itself for its branches. The derivative with respect to a tree is a tree of the same form, with a
slope in the place of each constant; each candidate's constants are then fitted by scipy. Of the
candidates the power law has by far the smallest error, with exponent 3/2, as J. Kepler, Harmonices
Mundi (1619), has it. The planets are NASA's (data/planets.csv).

    python examples/expression_tree.py [--plot FILE]
"""

import argparse
import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import diffpy

HERE = Path(__file__).parent


@dataclass
class Variable:
    def __str__(self):
        return "x"


@dataclass
class Constant:
    value: float

    def __str__(self):
        return f"{self.value:.3f}"


@dataclass
class Sum:
    left: object
    right: object

    def __str__(self):
        return f"({self.left} + {self.right})"


@dataclass
class Product:
    left: object
    right: object

    def __str__(self):
        return f"{self.left} * {self.right}"


@dataclass
class Power:
    base: object
    exponent: object

    def __str__(self):
        return f"{self.base}^{self.exponent}"


@dataclass
class Logarithm:
    argument: object

    def __str__(self):
        return f"log({self.argument})"


X = Variable()
CANDIDATES = [
    Sum(Constant(1.0), Product(Constant(1.0), X)),
    Product(Constant(1.0), Logarithm(Sum(Constant(1.0), X))),
    Sum(Product(Constant(1.0), X), Product(Constant(0.1), Product(X, X))),
    Product(Constant(1.0), Power(X, Constant(1.0))),
]


def evaluate(tree, x):
    """The value of a formula at x."""
    match tree:
        case Variable():
            return x
        case Constant(value):
            return value
        case Sum(left, right):
            return evaluate(left, x) + evaluate(right, x)
        case Product(left, right):
            return evaluate(left, x) * evaluate(right, x)
        case Power(base, exponent):
            return evaluate(base, x) ** evaluate(exponent, x)
        case Logarithm(argument):
            return math.log(evaluate(argument, x))
    raise TypeError(f"no formula: {tree!r}")


def loss(tree, x, y):
    """Mean square of the relative errors."""
    total = 0.0
    for i in range(len(x)):
        total += (evaluate(tree, x[i]) / y[i] - 1.0) ** 2
    return total / len(x)


def constants(tree):
    """The constants of a formula from left to right; of a gradient, the slopes."""
    if isinstance(tree, Constant):
        return [tree.value]
    return [c for field in fields(tree) for c in constants(getattr(tree, field.name))]


def with_constants(tree, values):
    """The formula with constants taken from an iterator."""
    if isinstance(tree, Constant):
        return Constant(float(next(values)))
    return type(tree)(*(with_constants(getattr(tree, f.name), values) for f in fields(tree)))


def fit(tree, x, y):
    """The formula with the best constants, and its relative error."""

    def value_and_slopes(values):
        value, slopes = value_and_gradient(with_constants(tree, iter(values)), x, y)
        return value, np.array(constants(slopes))

    found = minimize(value_and_slopes, constants(tree), jac=True, method="BFGS")
    return with_constants(tree, iter(found.x)), math.sqrt(found.fun)


value_and_gradient = diffpy.value_and_grad(loss)


def load_planets():
    """Semi-major axes and periods."""
    table = np.loadtxt(HERE / "data" / "planets.csv", delimiter=",", skiprows=3, usecols=(1, 2))
    return table[:, 0].copy(), table[:, 1].copy()


def plot(path, x, y, formulas):
    """The planets as points, the formulas as lines."""
    from matplotlib.figure import Figure

    grid = np.geomspace(0.3, 40.0, 200)
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for formula in formulas:
        axes.loglog(grid, [evaluate(formula, g) for g in grid], label=str(formula))
    axes.loglog(x, y, "o", color="black", label="planets")
    axes.set(xlabel="semi-major axis (AU)", ylabel="period (years)", ylim=(0.1, 500))
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Fit each candidate, print, draw, check; returns the best formula."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the fits into FILE")
    options = parser.parse_args(arguments)

    x, y = load_planets()
    law = CANDIDATES[-1]
    print(f"gradient of the loss at {law}:")
    print(f"  {value_and_gradient(law, x, y)[1]!r}")
    fitted = [fit(tree, x, y) for tree in CANDIDATES]
    for formula, error in fitted:
        print(f"{formula!s:28} relative error {error:.4f}")
    best, error = min(fitted, key=lambda found: found[1])
    print(f"best: period = {best}")
    if options.plot:
        plot(options.plot, x, y, [formula for formula, _ in fitted])
        print(f"picture: {options.plot}")

    for tree in CANDIDATES:
        diffpy.check_grads(loss, (tree, x, y), backend="python")
    print("check_grads: the derivatives agree with finite differences")
    return best


if __name__ == "__main__":
    main()
