"""Tell malignant from benign tumours: logistic regression on scikit-learn's breast cancer data.

Written with whole arrays; diffpy differentiates the loss, scipy's L-BFGS minimises it.

    python examples/logistic_regression.py
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import diffpy

HERE = Path(__file__).parent


def loss(w, X, y, l2):
    """Mean logistic loss of labels -1 and 1, plus an L2 penalty that spares the intercept ``w[0]``.

    ``log(1 + exp(-m))`` is computed as ``log1p(exp(-|m|)) + max(-m, 0)``, which cannot overflow.
    """
    margin = y * (X @ w[1:] + w[0])
    misfit = np.log1p(np.exp(-np.abs(margin))) + np.maximum(-margin, 0.0)
    return np.mean(misfit) + 0.5 * l2 * np.sum(w[1:] ** 2)


def load_tumours():
    """Standardised training and test data, labels -1 (malignant) and 1 (benign), and names."""
    data = load_breast_cancer()
    labels = np.where(data.target == 1, 1.0, -1.0)
    X, X_test, y, y_test = train_test_split(
        data.data, labels, test_size=0.3, random_state=0, stratify=labels
    )
    mean, spread = X.mean(axis=0), X.std(axis=0)
    return (X - mean) / spread, y, (X_test - mean) / spread, y_test, data.feature_names


def accuracy(w, X, y):
    """Share of tumours on the right side of the plane."""
    return np.mean(y * (X @ w[1:] + w[0]) > 0)


def plot(path, w, X, y, names):
    """The two classes along the score, and the weight of each measurement."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    scores, weights = figure.subplots(1, 2)
    for label, name in [(-1.0, "malignant"), (1.0, "benign")]:
        scores.hist((X @ w[1:] + w[0])[y == label], bins=20, alpha=0.6, label=name)
    scores.axvline(0.0, color="black", linewidth=1)
    scores.set(xlabel="score", ylabel="tumours in the test set")
    scores.legend()
    order = np.argsort(w[1:])
    weights.barh(names[order], w[1:][order])
    weights.tick_params(axis="y", labelsize=7)
    weights.set(xlabel="weight")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Fit, print, draw, check; returns the accuracy on the test set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE / "output" / "logistic_regression.png")
    parser.add_argument("--l2", type=float, default=1e-3, help="strength of the penalty")
    options = parser.parse_args(arguments)

    X, y, X_test, y_test, names = load_tumours()
    start = np.zeros(1 + X.shape[1])

    df = diffpy.value_and_grad(loss)
    print(df.source)

    fit = minimize(df, start, args=(X, y, options.l2), jac=True, method="L-BFGS-B")
    correct = accuracy(fit.x, X_test, y_test)
    print(f"loss {fit.fun:.4f} after {fit.nfev} evaluations")
    print(f"accuracy {accuracy(fit.x, X, y):.3f} in training, {correct:.3f} in the test set")

    plot(options.output, fit.x, X_test, y_test, names)
    print(f"picture: {options.output}")

    diffpy.check_grads(lambda w: loss(w, X, y, options.l2), (fit.x,))
    print("check_grads: the derivative agrees with finite differences")
    return correct


if __name__ == "__main__":
    main()
