"""How contagious was it? An epidemic model fitted to influenza at a boarding school in 1978.

In W. O. Kermack and A. G. McKendrick's model (A contribution to the mathematical theory of
epidemics, Proceedings of the Royal Society A 115, 1927) a boy is susceptible, infectious or
removed; here the infectious ones are those in bed. Contact rate, recovery rate and the number of
infectious boys on the first day are fitted by least squares with Gauss and Newton's method, whose
Jacobian is made of three tangents: forward mode, as there are few parameters and many residuals.

The data are those of the British Medical Journal (data/boarding_school_1978.csv). Least-squares
fits of the same model to them find a contact rate of 1.79, a recovery rate of 0.456, 2.1 boys in
the beginning, and thus a basic reproduction number of 3.9.

    python examples/epidemic.py [--plot FILE]
"""

import argparse
from pathlib import Path

import numpy as np

import diffpy

HERE = Path(__file__).parent
BOYS = 763
NAMES = ("contact rate", "recovery rate", "boys in bed on day 0")
FIRST_GUESS = np.array([1.5, 0.5, 3.0])


def rates(susceptible, infectious, contact, recovery):
    """Rates of change a day."""
    infections = contact * susceptible * infectious / BOYS
    return -infections, infections - recovery * infectious


def day(susceptible, infectious, contact, recovery, steps):
    """A day later, by steps of the classical Runge-Kutta method."""
    h = 1.0 / steps
    for _ in range(steps):
        s, i = susceptible, infectious
        s1, i1 = rates(s, i, contact, recovery)
        s2, i2 = rates(s + 0.5 * h * s1, i + 0.5 * h * i1, contact, recovery)
        s3, i3 = rates(s + 0.5 * h * s2, i + 0.5 * h * i2, contact, recovery)
        s4, i4 = rates(s + h * s3, i + h * i3, contact, recovery)
        susceptible += h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
        infectious += h / 6 * (i1 + 2 * i2 + 2 * i3 + i4)
    return susceptible, infectious


def in_bed(parameters, days, steps=20):
    """Boys in bed on each day."""
    contact, recovery, infectious = parameters
    susceptible = BOYS - infectious
    found = []
    for _ in range(days):
        found.append(infectious)
        susceptible, infectious = day(susceptible, infectious, contact, recovery, steps)
    return np.array(found)


def residuals(parameters, counts):
    """Model minus data."""
    return in_bed(parameters, len(counts)) - counts


def jacobian(parameters, counts):
    """Derivatives of the residuals, one column a parameter."""
    still = np.zeros(len(counts))
    columns = [
        diffpy.jvp(residuals, (parameters, counts), (direction, still))[1]
        for direction in np.eye(len(parameters))
    ]
    return np.array(columns).T


def fit(counts, parameters, tolerance=1e-8):
    """Gauss and Newton's method with steps halved until they help; how many it took."""
    misfit = np.sum(residuals(parameters, counts) ** 2)
    for iteration in range(50):
        step = np.linalg.lstsq(jacobian(parameters, counts), residuals(parameters, counts))[0]
        length = 1.0
        while np.sum(residuals(parameters - length * step, counts) ** 2) > misfit:
            length /= 2
            if length < tolerance:
                return parameters, iteration
        parameters = parameters - length * step
        misfit = np.sum(residuals(parameters, counts) ** 2)
        if np.max(np.abs(step / parameters)) < tolerance:
            return parameters, iteration + 1
    raise RuntimeError("no convergence")


def standard_errors(parameters, counts):
    """Of the parameters, from the curvature of the sum of squares."""
    columns = jacobian(parameters, counts)
    freedom = len(counts) - len(parameters)
    variance = np.sum(residuals(parameters, counts) ** 2) / freedom
    return np.sqrt(variance * np.diag(np.linalg.inv(columns.T @ columns)))


def load_counts():
    """Boys in bed, one number a day."""
    table = np.loadtxt(HERE / "data" / "boarding_school_1978.csv", delimiter=",", skiprows=4)
    return table[:, 1].copy()


def plot(path, counts, parameters):
    """Data as points, model as a line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(counts, "o", label="boys in bed")
    axes.plot(in_bed(parameters, len(counts)), label="model")
    axes.set(xlabel="days after 22 January 1978", ylabel="boys")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Fit, print, draw, check; returns the parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw data and model into FILE")
    options = parser.parse_args(arguments)

    counts = load_counts()
    parameters, iterations = fit(counts, FIRST_GUESS)
    for name, value, error in zip(NAMES, parameters, standard_errors(parameters, counts)):
        print(f"{name:22} {value:6.3f} +- {error:.3f}")
    contact, recovery, _ = parameters
    print(f"{'R0':22} {contact / recovery:6.3f}")
    residual = np.sqrt(np.mean(residuals(parameters, counts) ** 2))
    print(f"{'residual':22} {residual:6.2f} boys (root mean square), {iterations} iterations")
    if options.plot:
        plot(options.plot, counts, parameters)
        print(f"picture: {options.plot}")

    diffpy.check_grads(residuals, (FIRST_GUESS, counts), backend="python")
    print("check_grads: the derivatives agree with finite differences")
    return parameters


if __name__ == "__main__":
    main()
