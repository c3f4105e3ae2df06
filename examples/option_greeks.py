"""Prices of options by simulation, and their greeks: how the price moves with the market.

A call option on the final price of a stock, or on its average price, is worth the discounted mean
of what it pays on many random paths. The paths are two plain loops; the random numbers are passed
in, so that price and derivative see the same ones. The derivative along each path is Broadie and
Glasserman's pathwise estimator (M. Broadie and P. Glasserman, Estimating security price
derivatives using simulation, Management Science 42, 1996). It is exact for the mean of the paths;
what is left to chance is how far that mean is from the price. It gives no gamma: the payoff has a
kink, beside which it is straight.

The call on the final price is compared with Black and Scholes' formula, which diffpy
differentiates as well; the average has no such formula.

    python examples/option_greeks.py [--plot FILE]
"""

import argparse
import math
from pathlib import Path

import numpy as np

import diffpy

STRIKE, RATE, YEARS = 100.0, 0.05, 1.0
NAMES = ("price", "delta", "vega", "rho")


def call_on_final_price(spot, volatility, rate, draws):
    """Discounted mean payoff; draws holds a standard normal number for each path and step."""
    paths, steps = draws.shape
    h = YEARS / steps
    total = 0.0
    for path in range(paths):
        price = spot
        for step in range(steps):
            shock = volatility * math.sqrt(h) * draws[path, step]
            price *= math.exp((rate - 0.5 * volatility**2) * h + shock)
        total += max(price - STRIKE, 0.0)
    return math.exp(-rate * YEARS) * total / paths


def call_on_average_price(spot, volatility, rate, draws):
    """The same for an Asian option, which pays by the mean of the prices after each step."""
    paths, steps = draws.shape
    h = YEARS / steps
    total = 0.0
    for path in range(paths):
        price, sum_of_prices = spot, 0.0
        for step in range(steps):
            shock = volatility * math.sqrt(h) * draws[path, step]
            price *= math.exp((rate - 0.5 * volatility**2) * h + shock)
            sum_of_prices += price
        total += max(sum_of_prices / steps - STRIKE, 0.0)
    return math.exp(-rate * YEARS) * total / paths


def normal(x):
    """Distribution function of the standard normal distribution."""
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def black_scholes(spot, volatility, rate):
    """Price of the call on the final price."""
    spread = volatility * math.sqrt(YEARS)
    d1 = (math.log(spot / STRIKE) + (rate + 0.5 * volatility**2) * YEARS) / spread
    return spot * normal(d1) - STRIKE * math.exp(-rate * YEARS) * normal(d1 - spread)


def antithetic_draws(paths, steps, seed=1):
    """Standard normal numbers; each path has a mirror image, so that their mean is zero."""
    half = np.random.default_rng(seed).standard_normal((paths // 2, steps))
    return np.concatenate([half, -half])


def greeks(price, *args):
    """Price and derivatives by spot, volatility and rate."""
    value, slopes = diffpy.value_and_grad(price, argnums=(0, 1, 2))(*args)
    return np.array([value, *slopes])


def standard_errors(price, market, batches):
    """Standard errors of price and greeks, from those of batches of paths."""
    found = np.array([greeks(price, *market, batch) for batch in batches])
    return found.std(axis=0, ddof=1) / math.sqrt(len(batches))


def plot(path, market, draws):
    """Delta of both options by spot."""
    from matplotlib.figure import Figure

    spots = np.linspace(60.0, 140.0, 41)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for price in (call_on_final_price, call_on_average_price):
        deltas = [greeks(price, spot, *market[1:], draws)[1] for spot in spots]
        axes.plot(spots, deltas, label=price.__name__.replace("_", " "))
    exact = [greeks(black_scholes, spot, *market[1:])[1] for spot in spots]
    axes.plot(spots, exact, "--", color="black", label="Black and Scholes")
    axes.set(xlabel="price of the stock", ylabel="delta")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Print prices and greeks, draw, check; returns those of the call on the final price."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw both deltas into FILE")
    parser.add_argument("--paths", type=int, default=100_000, help="how many paths")
    options = parser.parse_args(arguments)

    market = (100.0, 0.2, RATE)
    draws = antithetic_draws(options.paths, steps=12)
    batches = [draws[i::20] for i in range(20)]
    final, average = call_on_final_price, call_on_average_price
    found, found_average = greeks(final, *market, draws), greeks(average, *market, draws)
    errors = standard_errors(final, market, batches)
    errors_average = standard_errors(average, market, batches)
    exact = greeks(black_scholes, *market)
    print("       call on the final price        on the average price")
    print("       simulated            formula   simulated")
    for k, name in enumerate(NAMES):
        print(
            f"{name:5} {found[k]:8.4f} +- {errors[k]:.4f}  {exact[k]:8.4f}"
            f"  {found_average[k]:8.4f} +- {errors_average[k]:.4f}"
        )
    if options.plot:
        plot(options.plot, market, draws[::10])
        print(f"picture: {options.plot}")

    for price in (final, average):
        diffpy.check_grads(price, (*market, antithetic_draws(6, 4)), backend="python")
    diffpy.check_grads(black_scholes, market, backend="python")
    print("check_grads: the derivatives agree with finite differences")
    return found


if __name__ == "__main__":
    main()
