"""Fit the Lotka-Volterra model to the hare and lynx pelts of 1900 to 1920.

The model is a loop in plain Python: a Runge-Kutta integrator, calling a function for the rates of
change. diffpy writes its derivative and scipy's optimiser uses it. The data and the error model
(log-normal, so least squares on the logarithms) are those of Carpenter's Stan case study, which
finds alpha 0.55, beta 0.028, gamma 0.80 and delta 0.024.

    python examples/predator_prey.py
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize

import diffpy

HERE = Path(__file__).parent
NAMES = ("alpha", "beta", "gamma", "delta", "hares in 1900", "lynxes in 1900")
# Read off the data: a cycle lasts ten years (2 pi / sqrt(alpha gamma)), there are about 34 thousand
# hares (gamma / delta) and 20 thousand lynxes (alpha / beta) on average, 30 and 4 in the beginning.
FIRST_GUESS = np.log([0.63, 0.63 / 20, 0.63, 0.63 / 34, 30.0, 4.0])


def rates(hare, lynx, alpha, beta, gamma, delta):
    """Rates of change: hares breed and are eaten, lynxes eat and die."""
    return (alpha - beta * lynx) * hare, (delta * hare - gamma) * lynx


def rk4_step(hare, lynx, h, alpha, beta, gamma, delta):
    """One step of the classical Runge-Kutta method."""
    a1, b1 = rates(hare, lynx, alpha, beta, gamma, delta)
    a2, b2 = rates(hare + 0.5 * h * a1, lynx + 0.5 * h * b1, alpha, beta, gamma, delta)
    a3, b3 = rates(hare + 0.5 * h * a2, lynx + 0.5 * h * b2, alpha, beta, gamma, delta)
    a4, b4 = rates(hare + h * a3, lynx + h * b3, alpha, beta, gamma, delta)
    hare += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    lynx += h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
    return hare, lynx


def simulate(theta, samples, interval, steps):
    """Populations at `samples` times, `interval` years and `steps` integrator steps apart.

    `theta` holds the logarithms of the six parameters, so that any real number is allowed.
    """
    alpha, beta = np.exp(theta[0]), np.exp(theta[1])
    gamma, delta = np.exp(theta[2]), np.exp(theta[3])
    hare, lynx = np.exp(theta[4]), np.exp(theta[5])
    h = interval / steps
    path = np.zeros((samples, 2))
    path[0, 0] = hare
    path[0, 1] = lynx
    for sample in range(1, samples):
        for _ in range(steps):
            hare, lynx = rk4_step(hare, lynx, h, alpha, beta, gamma, delta)
        path[sample, 0] = hare
        path[sample, 1] = lynx
    return path


def loss(theta, log_pelts, steps):
    """Half the sum of squared errors of the logarithms, one row of `log_pelts` a year."""
    path = simulate(theta, log_pelts.shape[0], 1.0, steps)
    return 0.5 * np.sum((np.log(path) - log_pelts) ** 2)


def load_pelts():
    """Years, and an array of hares and lynxes a year."""
    table = np.loadtxt(HERE / "data" / "hudson_bay_pelts.csv", delimiter=",", skiprows=4)
    return table[:, 0], table[:, 1:]


def plot(path, years, pelts, theta):
    """Data as points, the fitted model as lines."""
    per_year = 20
    curve = simulate(theta, (len(years) - 1) * per_year + 1, 1 / per_year, 5)
    times = years[0] + np.arange(len(curve)) / per_year
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for column, (name, colour) in enumerate([("hare", "tab:blue"), ("lynx", "tab:orange")]):
        axes.plot(years, pelts[:, column], "o", color=colour, label=f"{name}, pelts")
        axes.plot(times, curve[:, column], color=colour, label=f"{name}, model")
    axes.set(xlabel="year", ylabel="thousands", xticks=range(1900, 1921, 4), ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=4)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Fit, print, draw, check; returns the six parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE / "output" / "predator_prey.png")
    parser.add_argument("--steps", type=int, default=50, help="integrator steps a year")
    options = parser.parse_args(arguments)

    years, pelts = load_pelts()
    log_pelts = np.log(pelts)

    df = diffpy.value_and_grad(loss)
    print(df.source)

    fit = minimize(df, FIRST_GUESS, args=(log_pelts, options.steps), jac=True, method="BFGS")
    parameters = np.exp(fit.x)
    for name, value in zip(NAMES, parameters):
        print(f"{name:15} {value:8.4f}")
    print(f"{'loss':15} {fit.fun:8.4f}  after {fit.nfev} evaluations")

    plot(options.output, years, pelts, fit.x)
    print(f"picture: {options.output}")

    diffpy.check_grads(lambda theta: loss(theta, log_pelts, 4), (FIRST_GUESS,))
    print("check_grads: the derivative agrees with finite differences")
    return parameters


if __name__ == "__main__":
    main()
