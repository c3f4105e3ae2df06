"""Inference and simulation with draws that are given."""

import math

import numpy as np

from programs import program

F = np.array([[1.0, 0.1], [0.0, 0.9]])
H = np.array([[1.0, 0.2]])
Q = np.array([[0.02, 0.01], [0.01, 0.05]])
R = np.array([[0.3]])
Z = np.array([0.9, 1.1, 1.4])
DRAWS = np.array([0.3, -1.1, 0.7, 0.2, -0.4, 1.3])
SPINS = np.array([[1, -1, 1], [1, 1, -1], [-1, 1, 1]])


@program(F, H, Q, R, Z)
def kalman_filter(F, H, Q, R, z):
    x, P = np.zeros((2, 1)), np.eye(2)
    log_likelihood = 0.0
    for k in range(len(z)):
        x = F @ x
        P = F @ P @ F.T + Q
        y = z[k] - H @ x
        S = H @ P @ H.T + R
        K = P @ H.T @ np.linalg.inv(S)
        x += K @ y
        P = (np.eye(2) - K @ H) @ P
        log_likelihood -= 0.5 * (y.T @ np.linalg.solve(S, y))[0, 0]
        log_likelihood -= 0.5 * np.log(2 * np.pi * np.linalg.det(S))
    return log_likelihood


class Kalman:
    def __init__(self, F, H, Q, R):
        self.F, self.H, self.Q, self.R = F, H, Q, R
        self.x = np.zeros(2)
        self.P = np.eye(2)

    def predict(self):
        self.x = np.dot(self.F, self.x)
        self.P = self.F.dot(self.P).dot(self.F.T) + self.Q

    def update(self, z):
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T / S[0, 0]
        self.x = self.x + K[:, 0] * (z - (self.H @ self.x)[0])
        self.P -= K @ self.H @ self.P


@program(F, H, Q, R, Z)
def kalman_filter_of_a_class(F, H, Q, R, z):
    filter = Kalman(F, H, Q, R)
    estimates = []
    for value in z:
        filter.predict()
        filter.update(value)
        estimates.append(filter.x[0])
    return np.array(estimates)


@program(0.4, 0.1, compiled=True)
def ising_energy(coupling, field):
    energy = 0.0
    n = SPINS.shape[0]
    for i in range(n):
        for j in range(n):
            s = SPINS[i, j]
            neighbours = SPINS[(i + 1) % n, j] + SPINS[i, (j + 1) % n]
            energy -= coupling * s * neighbours + field * s
    return energy


@program(0.4, np.array([0.1, 0.9, 0.4, 0.02, 0.6, 0.7]))
def metropolis(beta, draws):
    spins = np.array([1, -1, 1, 1, -1, 1])
    weight = 1.0
    for k in range(len(draws)):
        i = (5 * k) % 6
        change = 2 * spins[i] * (spins[i - 1] + spins[(i + 1) % 6])
        p = min(1.0, math.exp(-beta * change))
        if draws[k] < p:
            spins[i] *= -1
            weight *= p
        else:
            weight *= 1 - p
    return math.log(weight)


@program(np.array([0.2, 0.4]), DRAWS)
def hamiltonian_step(q, draws):
    def slope(q):
        return q + 0.3 * q**3

    p = draws[:2].copy()
    before = 0.5 * np.sum(p**2)
    p -= 0.05 * slope(q)
    for _ in range(3):
        q += 0.1 * p
        p -= 0.1 * slope(q)
    p += 0.05 * slope(q)
    return 0.5 * np.sum(p**2) - before + np.sum(0.5 * q**2)


@program(np.array([0.1, 0.15, 0.8]), DRAWS)
def garch(parameters, returns):
    omega, alpha, beta = parameters
    variance = np.empty(len(returns))
    variance[0] = np.mean(returns**2)
    for t in range(1, len(returns)):
        variance[t] = omega + alpha * returns[t - 1] ** 2 + beta * variance[t - 1]
    return 0.5 * np.sum(np.log(variance) + returns**2 / variance)


@program(np.array([0.1, 0.3, 0.9, 1.2, 1.0]), np.array([0.2, 1.1]))
def mixture_by_em(x, means):
    weights, deviations = np.array([0.5, 0.5]), np.array([0.4, 0.4])
    for _ in range(3):
        responsible = np.zeros((len(x), 2))
        for k in range(2):
            z = (x - means[k]) / deviations[k]
            responsible[:, k] = weights[k] * np.exp(-0.5 * z**2) / deviations[k]
        responsible /= responsible.sum(axis=1)[:, None]
        count = responsible.sum(0)
        weights = count / len(x)
        means = responsible.T @ x / count
        for k in range(2):
            spread = np.sum(responsible[:, k] * (x - means[k]) ** 2)
            deviations[k] = np.sqrt(spread / count[k] + 0.01)
    return means, deviations


@program(np.array([[0.1, 0.2], [0.9, 1.1], [0.2, 0.1], [1.0, 0.8]]), np.array([[0, 0.3], [1, 0.7]]))
def k_means(points, centres):
    for _ in range(3):
        sums, counts = np.zeros_like(centres), np.zeros(len(centres))
        for point in points:
            nearest, smallest = 0, np.inf
            for c in range(len(centres)):
                distance = np.sum((point - centres[c]) ** 2)
                if distance < smallest:
                    nearest, smallest = c, distance
            sums[nearest] += point
            counts[nearest] += 1
        for c in range(len(centres)):
            if counts[c] > 0:
                centres[c] = 0.5 * centres[c] + 0.5 * sums[c] / counts[c]
    inertia = 0.0
    for point in points:
        inertia += min([np.sum((point - c) ** 2) for c in centres])
    return inertia


@program(np.array([[0.1, 0.2], [0.9, 1.1], [0.2, 0.1], [1.0, 0.8]]))
def k_means_with_masks(points):
    centres = points[:2].copy()
    for _ in range(2):
        distances = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
        labels = np.argmin(distances, axis=1)
        for k in range(2):
            centres[k] = points[labels == k].mean(axis=0)
    return centres


class Running:
    """Welford's mean and variance."""

    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def add(self, value):
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        self.squares += delta * (value - self.mean)

    def variance(self):
        return self.squares / (self.count - 1)


@program(DRAWS, like=lambda x: (np.mean(x), np.var(x, ddof=1)), compiled=True)
def running_variance(x):
    running = Running()
    for value in x:
        running.add(value)
    return running.mean, running.variance()


@program(0.05, 0.3, DRAWS)
def asian_option(rate, sigma, draws):
    steps, dt = 3, 1 / 3
    payoffs = np.zeros(2)
    for path in range(2):
        s, average = 1.0, 0.0
        for k in range(steps):
            z = draws[path * steps + k]
            s *= math.exp((rate - 0.5 * sigma**2) * dt + sigma * math.sqrt(dt) * z)
            average += s / steps
        payoffs[path] = max(average - 0.6, 0.0)
    return math.exp(-rate) * payoffs.mean()


@program(np.array([0.5, -0.3]), np.array([0.1, 0.9, 0.6, 0.2]))
def particle_filter(theta, uniform):
    particles = np.linspace(-1.0, 1.0, 4)
    weights = np.ones(4) / 4
    total = 0.0
    for t in range(2):
        particles = theta[0] * particles + theta[1] + 0.5 * (uniform - 0.5)
        weights *= np.exp(-0.5 * (particles - 0.2) ** 2)
        total += np.log(weights.sum())
        weights /= weights.sum()
        positions = np.searchsorted(np.cumsum(weights), (np.arange(4) + 0.5) / 4)
        particles = particles[positions]
        weights.fill(1.0 / 4)
    return total


@program(np.array([0.2, 0.8, 0.5]), 0.3)
def gaussian_process(x, length):
    n = len(x)
    K = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            K[i, j] = np.exp(-0.5 * (x[i] - x[j]) ** 2 / length**2)
            K[j, i] = K[i, j]
        K[i, i] += 0.1
    y = np.sin(3 * x)
    return 0.5 * y @ np.linalg.solve(K, y) + 0.5 * np.linalg.slogdet(K)[1]


@program(np.array([[0.2, 0.5], [0.1, 0.9], [0.7, 0.3]]))
def page_rank(links):
    n = 3
    m = np.zeros((n, n))
    m[:, :2] = links
    m[:, 2] = 0.4
    for j in range(n):
        m[:, j] /= m[:, j].sum()
    rank = np.ones(n) / n
    for _ in range(5):
        rank = 0.85 * m @ rank + 0.15 / n
    return rank


@program(np.array([0.4, 0.2, 0.9]), np.array([1.0, 2.0, 3.0]))
def gradient_descent_with_momentum(w, targets):
    velocity = np.zeros_like(w)
    history = []
    for epoch in range(5):
        gradient = np.zeros_like(w)
        for i in range(len(targets)):
            error = w @ np.array([1.0, i, i * i * 0.1]) - targets[i]
            gradient += error * np.array([1.0, i, i * i * 0.1])
        velocity *= 0.9
        velocity -= 0.05 * gradient
        w += velocity
        history.append(np.sum(gradient**2))
    return history[-1] + np.sum(w)


@program(np.array([0.4, 1.2]), 0.1)
def adam(w, rate):
    m, v = np.zeros(2), np.zeros(2)
    for t in range(1, 5):
        g = np.array([2 * w[0] * w[1], w[0] ** 2 - 4 * (1 - w[1]) ** 3])
        m[:] = 0.9 * m + 0.1 * g
        v[:] = 0.99 * v + 0.01 * g**2
        w -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return w
