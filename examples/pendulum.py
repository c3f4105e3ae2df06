"""A pendulum that bounces off a wall: how the time of a bounce depends on where it was let go.

The pendulum is integrated in steps of fixed length. A step that would end behind the wall, which
stands at the lowest point, is shortened until it ends there, by Newton's method in a `while` loop;
the bob comes back with 90% of its speed. How many steps and bounces there are and how often Newton
iterates is known only when it runs. Halving an interval would find the same time, but
not its derivative: a midpoint of two fixed numbers does not move with the angle.

A quarter of a period is the complete elliptic integral of the first kind, which the arithmetic-
geometric mean computes in a few steps (C. F. Gauss; Abramowitz and Stegun, 17.6), so that time and
derivative are known in another way too.

    python examples/pendulum.py [--plot FILE]
"""

import argparse
import math
from pathlib import Path

import diffpy

GRAVITY = 9.81  # m/s**2
LENGTH = 1.0  # m
RESTITUTION = 0.9  # speed after a bounce / speed before it


def acceleration(angle):
    """Angular acceleration."""
    return -GRAVITY / LENGTH * math.sin(angle)


def step(angle, speed, h):
    """One Runge-Kutta step of h seconds."""
    v1, a1 = speed, acceleration(angle)
    v2, a2 = speed + 0.5 * h * a1, acceleration(angle + 0.5 * h * v1)
    v3, a3 = speed + 0.5 * h * a2, acceleration(angle + 0.5 * h * v2)
    v4, a4 = speed + h * a3, acceleration(angle + h * v3)
    return angle + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4), speed + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)


def time_to_wall(angle, speed, h):
    """After which part of a step that ends behind the wall the bob is there, and its speed."""
    end, end_speed = step(angle, speed, h)
    h *= angle / (angle - end)
    end, end_speed = step(angle, speed, h)
    while abs(end) > 1e-9:
        h -= end / end_speed
        end, end_speed = step(angle, speed, h)
    h -= end / end_speed  # Newton's last step makes the derivative of h exact
    return h, step(angle, speed, h)[1]


def time_of_bounce(angle, bounces, h):
    """When the pendulum that starts at rest at `angle` hits the wall for the last time."""
    t, speed = 0.0, 0.0
    while bounces > 0:
        end, end_speed = step(angle, speed, h)
        if end < 0.0:
            part, hit = time_to_wall(angle, speed, h)
            t += part
            angle, speed = 0.0, -RESTITUTION * hit
            bounces -= 1
        else:
            t += h
            angle, speed = end, end_speed
    return t


def quarter_period(k):
    """Time from the turning point to the lowest one; k is the sine of half the amplitude."""
    a, b = 1.0, math.sqrt(1.0 - k * k)
    while a - b > 1e-15:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return math.pi / (2.0 * a) * math.sqrt(LENGTH / GRAVITY)


def exact_time(angle, bounces):
    """The same time by elliptic integrals: a bounce takes a share of the energy, which is k**2."""
    k = math.sin(0.5 * angle)
    t = quarter_period(k)
    for _ in range(bounces - 1):
        k *= RESTITUTION
        t += 2.0 * quarter_period(k)
    return t


def plot(path, angle, seconds, h=0.002):
    """Swings from three neighbouring angles."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for start in (angle - 0.2, angle, angle + 0.2):
        times, angles, speed = [0.0], [start], 0.0
        while times[-1] < seconds:
            end, end_speed = step(angles[-1], speed, h)
            if end < 0.0:
                part, hit = time_to_wall(angles[-1], speed, h)
                end, end_speed = 0.0, -RESTITUTION * hit
                times.append(times[-1] + part)
            else:
                times.append(times[-1] + h)
            angles.append(end)
            speed = end_speed
        axes.plot(times, angles, label=f"let go at {start:.1f}")
    axes.set(xlabel="time (s)", ylabel="angle from the wall (rad)", ylim=(0, None))
    axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Print times and their derivatives, draw, check; returns the last derivative."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw three swings into FILE")
    parser.add_argument("--angle", type=float, default=1.5, help="where it is let go (rad)")
    options = parser.parse_args(arguments)

    angle, h = options.angle, 0.01
    simulated = diffpy.value_and_grad(time_of_bounce)
    exact = diffpy.value_and_grad(exact_time)
    print("bounce  time (s)    exact       derivative  exact")
    for bounce in range(1, 6):
        t, slope = simulated(angle, bounce, h)
        t_exact, slope_exact = exact(angle, bounce)
        print(f"{bounce:6}  {t:.8f}  {t_exact:.8f}  {slope:.8f}  {slope_exact:.8f}")
    if options.plot:
        plot(options.plot, angle, 6.0)
        print(f"picture: {options.plot}")

    for time in (lambda a: time_of_bounce(a, 3, h), lambda a: exact_time(a, 3)):
        diffpy.check_grads(time, (angle,), backend="python")
    print("check_grads: the derivatives agree with finite differences")
    return slope


if __name__ == "__main__":
    main()
