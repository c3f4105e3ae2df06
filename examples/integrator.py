"""An integrator that chooses its steps, written once and differentiated for two systems.

`integrate` is the method of Dormand and Prince (J. R. Dormand and P. J. Prince, A family of
embedded Runge-Kutta formulae, Journal of Computational and Applied Mathematics 6, 1980), which
MATLAB's ode45 and scipy's RK45 use: the difference of a formula of order 5 and one of order 4 says
whether a step is taken and how long the next one is. It takes the right-hand side as a function,
here a closure over the parameters that we differentiate by.

The first system, a damped oscillator, is known in closed form. The second, van der Pol's, is not:
there the period of the limit cycle and its derivative by the parameter are compared with the
expansion in the parameter (C. M. Andersen and J. F. Geer, Power series expansions for the frequency
and period of the limit cycle of the van der Pol equation, SIAM Journal on Applied Mathematics 42,
1982).

    python examples/integrator.py [--plot FILE]
"""

import argparse
import math
from pathlib import Path

import numpy as np

import diffpy

TOLERANCE = 1e-9
# The formula: times, weights of the rates, and the weights of the error.
C = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0])
A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0],
    ]
)
E = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])


def dormand_prince(rhs, t, y, h):
    """One step: the state after it, and an estimate of the error."""
    rates = np.zeros((len(C), len(y)))
    for i in range(len(C)):
        after = y + h * (A[i] @ rates)
        rates[i] = rhs(t + C[i] * h, after)
    return after, h * (E @ rates)


def integrate(rhs, y, t, end, tolerance):
    """The state at `end` of dy/dt = rhs(t, y), which is y at t."""
    h = 0.01 * (end - t)
    while t < end:
        last = t + h >= end
        if last:
            h = end - t
        after, error = dormand_prince(rhs, t, y, h)
        scale = tolerance * (1.0 + np.maximum(np.abs(y), np.abs(after)))
        too_large = math.sqrt(np.mean((error / scale) ** 2))
        if too_large <= 1.0:
            y = after
            t = end if last else t + h
        h *= min(5.0, max(0.2, 0.9 * max(too_large, 1e-8) ** -0.2))
    return y


def oscillator(damping, frequency, end):
    """Elongation at `end` of a damped oscillator that was let go at 1."""

    def rhs(t, y):
        return np.array([y[1], -2 * damping * y[1] - frequency**2 * y[0]])

    return integrate(rhs, np.array([1.0, 0.0]), 0.0, end, TOLERANCE)[0]


def oscillator_exact(damping, frequency, end):
    """The same in closed form."""
    w = math.sqrt(frequency**2 - damping**2)
    return math.exp(-damping * end) * (math.cos(w * end) + damping / w * math.sin(w * end))


def van_der_pol(mu, y, end):
    """State at `end` of van der Pol's oscillator."""

    def rhs(t, y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    return integrate(rhs, y, 0.0, end, TOLERANCE)


def shooting(mu, amplitude, period):
    """What is missing to a cycle that begins and ends with a maximum; zero for a periodic one."""
    return van_der_pol(mu, np.array([amplitude, 0.0]), period) - np.array([amplitude, 0.0])


def jacobian(mu, amplitude, period):
    """Derivatives of the two components of `shooting` by its three arguments."""
    _, pullback = diffpy.vjp(shooting, mu, amplitude, period)
    return np.array([pullback(unit) for unit in np.eye(2)])


def limit_cycle(mu, amplitude=2.0, period=2 * math.pi):
    """Amplitude, period and derivatives of both by mu, by Newton's method."""
    missing = shooting(mu, amplitude, period)
    while np.max(np.abs(missing)) > 1e-7:
        by_both = jacobian(mu, amplitude, period)[:, 1:]
        step = np.linalg.solve(by_both, missing)
        amplitude, period = amplitude - float(step[0]), period - float(step[1])
        missing = shooting(mu, amplitude, period)
    by_all = jacobian(mu, amplitude, period)
    slopes = -np.linalg.solve(by_all[:, 1:], by_all[:, 0])  # the implicit function theorem
    return amplitude, period, slopes


def period_by_expansion(mu):
    """Period of the limit cycle for a small mu."""
    frequency = (
        1 - mu**2 / 16 + 17 * mu**4 / 3072 + 35 * mu**6 / 884736 - 678899 * mu**8 / 5096079360
    )
    return 2 * math.pi / frequency


def plot(path, mu, amplitude, period):
    """The limit cycle, and how it moves when mu grows by a tenth."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    start = np.array([amplitude, 0.0])
    states, tangents = [], []
    for t in np.linspace(0.0, period, 200)[1:].tolist():
        y, y_dot = diffpy.jvp(van_der_pol, (mu, start, t), (1.0, 0 * start, 0.0))
        states.append(y)
        tangents.append(y_dot)
    cycle = np.array(states)
    axes.plot(*cycle.T, label=f"mu = {mu}")
    axes.plot(*(cycle + 0.2 * np.array(tangents)).T, "--", label="along the tangent, by 0.2")
    axes.set(xlabel="y", ylabel="dy/dt")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Differentiate both systems, print, draw, check; returns the derivative of the period."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the limit cycle into FILE")
    options = parser.parse_args(arguments)

    args = (0.1, 2.0, 10.0)
    names = ("elongation", "by damping", "by frequency", "by time")
    value, slopes = diffpy.value_and_grad(oscillator, argnums=(0, 1, 2))(*args)
    exact, exact_slopes = diffpy.value_and_grad(oscillator_exact, argnums=(0, 1, 2))(*args)
    print("damped oscillator integrated   exact")
    for name, found, known in zip(names, (value, *slopes), (exact, *exact_slopes)):
        print(f"{name:17} {found:10.7f}  {known:10.7f}")

    mu = 0.5
    amplitude, period, (_, by_mu) = limit_cycle(mu)
    expansion = diffpy.value_and_grad(period_by_expansion)(mu)
    print("van der Pol       integrated   expansion")
    print(f"{'period':17} {period:10.7f}  {expansion[0]:10.7f}")
    print(f"{'by mu':17} {by_mu:10.7f}  {expansion[1]:10.7f}")
    print(f"{'amplitude':17} {amplitude:10.7f}")
    if options.plot:
        plot(options.plot, mu, amplitude, period)
        print(f"picture: {options.plot}")

    diffpy.check_grads(oscillator, args, order=1, backend="python")
    diffpy.check_grads(shooting, (mu, amplitude, period), order=1, backend="python")
    print("check_grads: the derivatives agree with finite differences")
    return by_mu


if __name__ == "__main__":
    main()
