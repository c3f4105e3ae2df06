"""Find the minimum of Rosenbrock's banana: by descent, by Newton's method, by scipy.

The valley of ``100 (y - x**2)**2 + (1 - x)**2`` is curved and flat, so that the gradient alone
creeps, while Newton's method, whose Hessian is the gradient of the gradient, is there in a few
steps. The function: H. H. Rosenbrock, An automatic method for finding the greatest or least value
of a function, The Computer Journal 3 (1960). The start (0, 2) and the rate 0.001 are those of
step 28 of DeZero (O'Reilly Japan, Deep Learning from Scratch 3).

    python examples/rosenbrock.py [--plot FILE]
"""

import argparse
from pathlib import Path

import numpy as np

import diffpy

START = (0.0, 2.0)


def rosenbrock(x, y):
    """Zero at (1, 1), positive everywhere else."""
    return 100 * (y - x**2) ** 2 + (x - 1) ** 2


def banana(v):
    """The same function of one vector."""
    return rosenbrock(v[0], v[1])


slope = diffpy.grad(rosenbrock, argnums=(0, 1))
curvature_x = diffpy.grad(lambda x, y: slope(x, y)[0], argnums=(0, 1))
curvature_y = diffpy.grad(lambda x, y: slope(x, y)[1], argnums=(0, 1))


def descend(x, y, rate, steps):
    """The path of gradient descent, one point a row."""
    path = [(x, y)]
    for _ in range(steps):
        x_bar, y_bar = slope(x, y)
        x, y = x - rate * x_bar, y - rate * y_bar
        path.append((x, y))
    return np.array(path)


def newton(x, y, tolerance=1e-12):
    """The path of Newton's method, until the gradient is gone."""
    path = [(x, y)]
    gradient = np.array(slope(x, y))
    while np.linalg.norm(gradient) > tolerance:
        hessian = np.array([curvature_x(x, y), curvature_y(x, y)])
        x, y = np.array([x, y]) - np.linalg.solve(hessian, gradient)
        path.append((x, y))
        gradient = np.array(slope(x, y))
    return np.array(path)


def quasi_newton(x, y):
    """scipy's BFGS with the gradient of diffpy: the point, and how often it asked."""
    from scipy.optimize import minimize

    fit = minimize(banana, np.array([x, y]), jac=diffpy.grad(banana), method="BFGS")
    return fit.x, fit.njev


def plot(path, descent, steps):
    """Contours of the logarithm, and both paths."""
    from matplotlib.figure import Figure

    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 300), np.linspace(-1.0, 2.2, 300))
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    axes.contour(x, y, np.log10(rosenbrock(x, y)), levels=15, cmap="Greys")
    axes.plot(*descent.T, ".-", markersize=3, label="gradient descent")
    axes.plot(*steps.T, "o-", label="Newton's method")
    axes.set(xlabel="x", ylabel="y", xlim=(-0.5, 1.5), ylim=(-1.0, 2.2))
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Minimise in three ways, print, check; returns the end of the descent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw both paths into FILE")
    options = parser.parse_args(arguments)

    print(f"gradient at (0, 2)  {slope(*START)}")
    descent = descend(*START, rate=0.001, steps=1000)
    print("gradient descent    ({:.8f}, {:.8f}) after 1000 steps".format(*descent[-1]))
    steps = newton(*START)
    print("Newton's method     ({:.8f}, {:.8f}) after {} steps".format(*steps[-1], len(steps) - 1))
    try:
        point, gradients = quasi_newton(*START)
    except ImportError:
        print("BFGS                needs scipy")
    else:
        print("BFGS                ({:.6f}, {:.6f}) after {} gradients".format(*point, gradients))
    if options.plot:
        plot(options.plot, descent, steps)
        print(f"picture: {options.plot}")

    diffpy.check_grads(rosenbrock, START)
    print("check_grads: the derivatives agree with finite differences")
    return descent[-1]


if __name__ == "__main__":
    main()
