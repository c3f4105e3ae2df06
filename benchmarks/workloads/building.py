"""Radiant floor heating: PassiveLogic's building simulation, 1000 time steps.

A tank heats water, the water passes tubes in a concrete slab. Physics and constants are those of
github.com/PassiveLogic/differentiable-swift-examples, Benchmarks/BuildingSimulation; the
gradient is with respect to every field of the record. float64 here, where theirs is float32.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.jit import compiled
from benchmarks.peers import jax_loop, jax_reverse, torch_reverse
from benchmarks.timing import Thunk
from benchmarks.workload import Workload
from benchmarks.workspace import workspace

PI = 3.14159265359
DT = 0.1
MEASURED = 27.344767


class Tube(NamedTuple):
    spacing: float
    diameter: float
    thickness: float
    resistivity: float


class Slab(NamedTuple):
    temperature: float
    area: float
    heat_capacity: float
    density: float
    thickness: float


class Quanta(NamedTuple):
    power: float
    temperature: float
    flow: float
    density: float
    heat_capacity: float


class Tank(NamedTuple):
    temperature: float
    volume: float
    heat_capacity: float
    density: float
    mass: float


class Building(NamedTuple):
    tube: Tube
    slab: Slab
    quanta: Quanta
    tank: Tank
    starting_temperature: float


def with_power(quanta: Quanta, power: float) -> Quanta:
    return Quanta(power, quanta.temperature, quanta.flow, quanta.density, quanta.heat_capacity)


def resistance(slab: Slab, tube: Tube) -> float:
    surface = (slab.area / tube.spacing) * PI * tube.diameter
    return tube.resistivity * tube.thickness / surface * 10.0


def load_power(slab: Slab, tube: Tube, quanta: Quanta) -> tuple[Quanta, float]:
    conductance = 1.0 / resistance(slab, tube)
    power = (slab.temperature - quanta.temperature) * conductance
    return with_power(quanta, power), -power


def updated_quanta(quanta: Quanta) -> Quanta:
    mass = quanta.flow * DT * quanta.density
    rise = quanta.power * DT / quanta.heat_capacity / mass
    temperature = quanta.temperature + rise
    return Quanta(0.0, temperature, quanta.flow, quanta.density, quanta.heat_capacity)


def updated_slab(power: float, slab: Slab) -> Slab:
    mass = slab.area * slab.thickness * slab.density
    temperature = slab.temperature + power * DT / slab.heat_capacity / mass
    return Slab(temperature, slab.area, slab.heat_capacity, slab.density, slab.thickness)


def updated_tank(tank: Tank, quanta: Quanta) -> tuple[Tank, Quanta]:
    mass_per_time = quanta.flow * quanta.density
    power = (tank.temperature - quanta.temperature) * mass_per_time * quanta.heat_capacity
    rise = power * DT / tank.heat_capacity / (tank.volume * tank.density)
    temperature = tank.temperature + rise
    tank = Tank(temperature, tank.volume, tank.heat_capacity, tank.density, tank.mass)
    return tank, with_power(quanta, power)


def step(tube: Tube, slab: Slab, quanta: Quanta, tank: Tank) -> tuple[Slab, Quanta, Tank]:
    tank, quanta = updated_tank(tank, quanta)
    quanta = updated_quanta(quanta)
    quanta, power = load_power(slab, tube, quanta)
    quanta = updated_quanta(quanta)
    return updated_slab(power, slab), quanta, tank


def start(slab: Slab, temperature: float) -> Slab:
    return Slab(temperature, slab.area, slab.heat_capacity, slab.density, slab.thickness)


def loss(building: Building, steps: int) -> float:
    tube, slab, quanta, tank, starting_temperature = building
    slab = start(slab, starting_temperature)
    for _ in range(steps):
        slab, quanta, tank = step(tube, slab, quanta, tank)
    return abs(slab.temperature - MEASURED)


def args() -> tuple[Any, ...]:
    building = Building(
        Tube(0.50292, 0.019, 0.001588, 2.43),
        Slab(21.1111111, 100.0, 0.2, 2242.58, 0.101),
        Quanta(0.0, 60.0, 0.0006309, 1000.0, 4180.0),
        Tank(70.0, 0.0757082, 4180.0, 1000.0, 75.708),
        33.3,
    )
    return building, 1000


@compiled
def _adjoint(
    t: float, q: float, s: float, k1: float, k2: float, k3: float, k4: float,
    steps: int, tape: NDArray[np.float64],
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    # A step, with the invariant products in k1 to k4 and temperatures of tank, quanta, slab:
    #   a = t - q; t += k1 * a; q += k2 * a; b = s - q; q += k3 * b; s += k4 * b
    # t, q and s are linear in their old values: only a and b are needed for the k_bar.
    for i in range(0, 2 * steps, 2):
        a = t - q
        t += k1 * a
        q += k2 * a
        b = s - q
        q += k3 * b
        s += k4 * b
        tape[i], tape[i + 1] = a, b
    t_bar, q_bar, s_bar = 0.0, 0.0, 1.0 if s > MEASURED else -1.0
    k1_bar, k3_bar, k4_bar = 0.0, 0.0, 0.0
    # The transposed step multiplied out, which shortens the chain from bar to bar.
    tt, qt, st = 1.0 + k1, k2 * (1.0 - k3), -k2 * k4
    tq, qq, sq = -k1, (1.0 - k2) * (1.0 - k3), -k4 * (1.0 - k2)
    ss = 1.0 + k4
    for i in range(2 * steps - 2, -1, -2):
        a, b = tape[i], tape[i + 1]
        k1_bar += t_bar * a
        k3_bar += q_bar * b
        k4_bar += s_bar * b
        t_old, q_old = t_bar, q_bar
        t_bar = tt * t_old + (qt * q_old + st * s_bar)
        q_bar = tq * t_old + (qq * q_old + sq * s_bar)
        s_bar = k3 * q_old + ss * s_bar
    return t_bar, q_bar, s_bar, k1_bar * k1, k3_bar * k3, k4_bar * k4


@compiled
def _gradient(
    spacing: float, diameter: float, tube_thickness: float, resistivity: float,
    area: float, slab_capacity: float, slab_density: float, slab_thickness: float,
    q: float, flow: float, density: float, capacity: float,
    t: float, volume: float, tank_capacity: float, tank_density: float,
    s: float, steps: int, tape: NDArray[np.float64],
) -> tuple[float, ...]:  # fmt: skip
    conductance = area * PI * diameter / (10.0 * spacing * resistivity * tube_thickness)
    water = flow * density * capacity
    k1 = water * DT / (tank_capacity * volume * tank_density)
    k3 = conductance / water
    k4 = -conductance * DT / (slab_capacity * area * slab_thickness * slab_density)
    # k2 is identically one: what heats the water is divided by the same water.
    t_bar, q_bar, s_bar, g1, g3, g4 = _adjoint(t, q, s, k1, 1.0, k3, k4, steps, tape)
    # k1, k3, k4 are products of powers: k_bar * dk/dp = (k_bar * k) * exponent / p.
    g, w = g3 + g4, g1 - g3
    return (
        -g / spacing, g / diameter, -g / tube_thickness, -g / resistivity,
        g3 / area, -g4 / slab_capacity, -g4 / slab_density, -g4 / slab_thickness,
        q_bar, w / flow, w / density, w / capacity,
        t_bar, -g1 / volume, -g1 / tank_capacity, -g1 / tank_density, s_bar,
    )  # fmt: skip


def hand_gradient(building: Building, steps: int) -> Building:
    tube, slab, quanta, tank, starting = building
    g = _gradient(
        *tube, *slab[1:], *quanta[1:], *tank[:4], starting,
        steps, workspace("building", 2 * steps),
    )  # fmt: skip
    return Building(
        Tube(*g[:4]),
        Slab(0.0, *g[4:8]),
        Quanta(0.0, *g[8:12]),
        Tank(g[12], g[13], g[14], g[15], 0.0),
        g[16],
    )


def jax_gradient(*arguments: Any) -> Thunk:
    import jax.numpy as jnp

    def primal(building: Building, steps: int) -> Any:
        tube, slab, quanta, tank, starting_temperature = building
        slab = start(slab, starting_temperature)
        zero: Any = jnp.zeros(())

        def body(state: Any) -> Any:
            slab, quanta, tank = step(tube, *state)
            return slab, with_power(quanta, zero), tank

        slab, _, _ = jax_loop(body, (slab, with_power(quanta, zero), tank), steps)
        return jnp.abs(slab.temperature - MEASURED)

    return jax_reverse(primal, arguments, (0,))


def torch_gradient(*arguments: Any) -> Thunk:
    return torch_reverse(loss, arguments, (0,))


WORKLOAD = Workload(
    name="building",
    title="building simulation, T = 1000",
    primal=loss,
    argnums=(0,),
    args=args,
    hand_gradient=hand_gradient,
    jax_gradient=jax_gradient,
    torch_gradient=torch_gradient,
)
