"""Motion and diffusion, step by step."""

import math

import numpy as np

from programs import program

POSITIONS = np.array([[0.0, 0.0], [1.0, 0.2], [-0.3, 1.1]])
VELOCITIES = np.array([[0.1, 0.0], [0.0, 0.4], [-0.2, 0.1]])
MASSES = np.array([1.0, 0.5, 0.8])
BUMP = np.exp(-(np.linspace(-2.0, 2.0, 9) ** 2))


@program(np.array([1.0, 0.5]), np.array([0.0, 0.3]), 1.3)
def leapfrog(q, p, k):
    dt = 0.1
    p -= 0.5 * dt * k * q
    for step in range(10):
        q += dt * p
        if step < 9:
            p -= dt * k * q
    p -= 0.5 * dt * k * q
    return 0.5 * np.sum(p * p) + 0.5 * k * np.sum(q * q) + q[0] * p[1]


@program(1.0, 0.2, 1.3)
def leapfrog_of_numbers(q, p, k):
    dt, trajectory = 0.1, []
    for _ in range(10):
        p = p - 0.5 * dt * k * math.sin(q)
        q = q + dt * p
        p = p - 0.5 * dt * k * math.sin(q)
        trajectory.append(q)
    return sum(trajectory) / len(trajectory)


@program(BUMP, 0.2, compiled=True)
def heat(u, alpha):
    new = np.empty_like(u)
    for _ in range(6):
        new[0] = u[0]
        new[-1] = u[-1]
        for i in range(1, len(u) - 1):
            new[i] = u[i] + alpha * (u[i + 1] - 2 * u[i] + u[i - 1])
        u, new = new, u
    return np.sum(u**2)


@program(BUMP, 0.2)
def heat_with_slices(u, alpha):
    u = u.copy()
    for _ in range(6):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[0] = u[1]
        u[-1] = u[-2]
    return np.sum(u**2)


@program(np.outer(BUMP[:5], BUMP[2:7]), 0.1)
def heat_on_a_plate(u, alpha):
    buffers = [u.copy(), np.zeros_like(u)]
    for step in range(4):
        source, target = buffers[step % 2], buffers[1 - step % 2]
        target[:] = source
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                around = source[i - 1, j] + source[i + 1, j] + source[i, j - 1] + source[i, j + 1]
                target[i, j] = source[i, j] + alpha * (around - 4 * source[i, j])
    return np.sum(buffers[0] ** 2)


@program(BUMP, 0.5)
def wave(initial, courant):
    n = len(initial)
    before, now, after = initial.copy(), initial.copy(), np.zeros(n)
    for step in range(8):
        for i in range(1, n - 1):
            after[i] = 2 * now[i] - before[i] + courant**2 * (now[i + 1] - 2 * now[i] + now[i - 1])
        before, now, after = now, after, before
    return np.sum(now * now) + now[3] * before[4]


@program(BUMP, 0.5)
def wave_history(initial, courant):
    n = len(initial)
    u = np.zeros((7, n))
    u[0] = initial
    u[1, :] = u[0]
    for k in range(1, 6):
        u[k + 1, 1:-1] = (
            2 * u[k, 1:-1] - u[k - 1, 1:-1] + courant**2 * (u[k, 2:] - 2 * u[k, 1:-1] + u[k, :-2])
        )
    return np.sum(u[-1] ** 2)


@program(BUMP, 0.4)
def crank_nicolson(u, r):
    n = len(u)
    lower, upper = np.full(n, -r / 2), np.full(n, -r / 2)
    for _ in range(3):
        diagonal = np.full(n, 1 + r)
        right = (1 - r) * u
        right[1:] += r / 2 * u[:-1]
        right[:-1] += r / 2 * u[1:]
        for i in range(1, n):
            w = lower[i] / diagonal[i - 1]
            diagonal[i] -= w * upper[i - 1]
            right[i] -= w * right[i - 1]
        u = np.empty(n)
        u[-1] = right[-1] / diagonal[-1]
        for i in range(n - 2, -1, -1):
            u[i] = (right[i] - upper[i] * u[i + 1]) / diagonal[i]
    return np.sum(u * u)


class Body:
    def __init__(self, mass, position, velocity):
        self.mass = mass
        self.position = position
        self.velocity = velocity
        self.force = np.zeros(2)

    def kick(self, dt):
        self.velocity += dt * self.force / self.mass

    def drift(self, dt):
        self.position += dt * self.velocity

    @property
    def kinetic(self):
        return 0.5 * self.mass * np.dot(self.velocity, self.velocity)


class System:
    def __init__(self, bodies, softening=0.1):
        self.bodies = bodies
        self.softening = softening
        self.time = 0.0

    def update_forces(self):
        for body in self.bodies:
            body.force[:] = 0.0
        for i, a in enumerate(self.bodies):
            for b in self.bodies[i + 1 :]:
                d = b.position - a.position
                r2 = np.sum(d**2) + self.softening**2
                force = a.mass * b.mass * d / r2**1.5
                a.force += force
                b.force -= force

    def step(self, dt):
        for body in self.bodies:
            body.kick(dt / 2)
            body.drift(dt)
        self.update_forces()
        for body in self.bodies:
            body.kick(dt / 2)
        self.time += dt


@program(MASSES, POSITIONS, VELOCITIES)
def n_body(masses, positions, velocities):
    bodies = [Body(masses[i], positions[i].copy(), velocities[i].copy()) for i in range(3)]
    system = System(bodies)
    system.update_forces()
    while system.time < 0.25:
        system.step(0.1)
    return sum(body.kinetic for body in system.bodies) + bodies[0].position[0]


@program(MASSES, POSITIONS, VELOCITIES)
def n_body_in_arrays(masses, positions, velocities):
    def accelerations(x):
        a = np.zeros_like(x)
        for i in range(len(masses)):
            for j in range(len(masses)):
                if i != j:
                    d = x[j] - x[i]
                    a[i] += masses[j] * d / (d @ d + 0.01) ** 1.5
        return a

    a = accelerations(positions)
    for _ in range(3):
        velocities += 0.05 * a
        positions += 0.1 * velocities
        a = accelerations(positions)
        velocities += 0.05 * a
    return np.sum(positions[:, 0] * velocities[:, 1])


def rate(t, y, mu):
    return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0] + 0.1 * math.sin(t)])


@program(np.array([1.0, 0.3]), 1.1)
def runge_kutta_fehlberg(y, mu):
    t, end, h, tolerance = 0.0, 1.0, 0.3, 1e-3
    taken = 0
    while t < end:
        h = min(h, end - t)
        k1 = h * rate(t, y, mu)
        k2 = h * rate(t + h / 4, y + k1 / 4, mu)
        k3 = h * rate(t + 3 * h / 8, y + 3 / 32 * k1 + 9 / 32 * k2, mu)
        k4 = h * rate(
            t + 12 * h / 13, y + 1932 / 2197 * k1 - 7200 / 2197 * k2 + 7296 / 2197 * k3, mu
        )
        k5 = h * rate(t + h, y + 439 / 216 * k1 - 8 * k2 + 3680 / 513 * k3 - 845 / 4104 * k4, mu)
        fourth = y + 25 / 216 * k1 + 1408 / 2565 * k3 + 2197 / 4104 * k4 - k5 / 5
        k6 = h * rate(
            t + h / 2,
            y - 8 / 27 * k1 + 2 * k2 - 3544 / 2565 * k3 + 1859 / 4104 * k4 - 11 / 40 * k5,
            mu,
        )
        fifth = y + 16 / 135 * k1 + 6656 / 12825 * k3 + 28561 / 56430 * k4 - 9 / 50 * k5
        fifth += 2 / 55 * k6
        error = np.max(np.abs(fifth - fourth))
        if error <= tolerance:
            t += h
            y = fourth
            taken += 1
        if error < tolerance / 10:
            h *= 2
        elif error > tolerance:
            h /= 2
        if taken > 100:
            raise RuntimeError("too many steps")
    return y[0] * y[1]


@program(np.array([1.0, 0.4]), 0.9, 0.3)
def predator_and_prey(y0, a, b):
    def f(y):
        return np.array([a * y[0] - b * y[0] * y[1], -y[1] + 0.5 * y[0] * y[1]])

    path = np.zeros((5, 2))
    path[0] = y0
    h = 0.2
    for n in range(4):
        k1 = f(path[n])
        k2 = f(path[n] + h / 2 * k1)
        k3 = f(path[n] + h / 2 * k2)
        k4 = f(path[n] + h * k3)
        path[n + 1] = path[n] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.mean(path, axis=0)


@program(np.array([1.2, 0.4]), np.array([0.3, 0.8, 0.5, 0.9, 0.2, 0.6, 0.7, 0.1]))
def gillespie(rates, draws):
    birth, death = rates[0], rates[1]
    count, t, area = 3, 0.0, 0.0
    for k in range(0, len(draws), 2):
        total = birth + death * count
        wait = -math.log(draws[k]) / total
        t += wait
        area += count * wait
        if draws[k + 1] * total < birth:
            count += 1
        else:
            count -= 1
    return area / t


@program(1.07, 0.3, 0.05)
def black_scholes_by_a_grid(strike, sigma, interest):
    s = np.linspace(0.0, 3.0, 16)
    ds, steps = s[1] - s[0], 40
    dt = 1.0 / steps
    value = np.maximum(s - strike, 0.0)
    for n in range(steps):
        delta = (value[2:] - value[:-2]) / (2 * ds)
        gamma = (value[2:] - 2 * value[1:-1] + value[:-2]) / ds**2
        theta = 0.5 * sigma**2 * s[1:-1] ** 2 * gamma + interest * s[1:-1] * delta
        value[1:-1] += dt * (theta - interest * value[1:-1])
        value[-1] = s[-1] - strike * math.exp(-interest * (n + 1) * dt)
    return np.interp(1.1, s, value)


@program(np.array([0.6, 0.3, 0.8, 0.2, 0.7]), 0.35)
def burgers_upwind(u, dt_over_dx):
    for _ in range(4):
        flux = np.zeros(len(u) + 1)
        for i in range(len(u)):
            flux[i + 1] = 0.5 * u[i] ** 2
        flux[0] = flux[-1]
        for i in range(len(u)):
            u[i] -= dt_over_dx * (flux[i + 1] - flux[i])
    return np.sum(u**3)


@program(BUMP, 0.4)
def lax_wendroff(u, c):
    half = np.zeros(len(u) - 1)
    for _ in range(3):
        np.add(u[1:], u[:-1], out=half)
        half *= 0.5
        half -= 0.5 * c * (u[1:] - u[:-1])
        u[1:-1] -= c * np.diff(half)
    return u[4] * u[5]


@program(10.0, 28.0, 8 / 3)
def lorenz(sigma, rho, beta):
    state = [1.0, 1.0, 1.0]
    for _ in range(12):
        x, y, z = state
        state[0] += 0.01 * sigma * (y - x)
        state[1] += 0.01 * (x * (rho - z) - y)
        state[2] += 0.01 * (x * y - beta * z)
    return state[0] * state[1] + state[2]


@program(np.array([0.2, 0.5, 0.1, 0.7]), 0.3)
def cellular_springs(x, k):
    v = np.zeros(len(x))
    springs = [(0, 1), (1, 2), (2, 3), (3, 0)]
    for _ in range(4):
        force = np.zeros(len(x))
        for i, j in springs:
            f = k * (x[j] - x[i])
            force[i] += f
            force[j] -= f
        v = 0.9 * v + force
        x = x + 0.1 * v
    return np.sum(x * v)


@program(np.array([[0.2, 0.9, 0.4], [0.5, 0.1, 0.3], [0.8, 0.7, 0.6]]), 0.055, 0.062)
def gray_scott(u, feed, kill):
    v = 0.3 * u[::-1]

    def laplacian(z):
        return np.roll(z, 1, 0) + np.roll(z, -1, 0) + np.roll(z, 1, 1) + np.roll(z, -1, 1) - 4 * z

    for _ in range(3):
        reaction = u * v * v
        lu, lv = laplacian(u), laplacian(v)
        u += 0.16 * lu - reaction + feed * (1 - u)
        v += 0.08 * lv + reaction - (feed + kill) * v
    return np.sum(u * v)
