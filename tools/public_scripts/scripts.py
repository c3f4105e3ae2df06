"""The functions: where they are, and arguments to differentiate them at.

Only names and arguments stand here; the code stays in the repositories it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["COMMITS", "SCRIPTS", "Script"]


@dataclass(frozen=True)
class Script:
    """One function of a public repository.

    Parameters
    ----------
    repository : str
        ``owner/name`` on GitHub.
    path : str
        The file.
    function : str
        Its name in the file, with dots for an attribute.
    uses : str
        What of Python and NumPy it uses.
    arguments : callable
        ``arguments(random, module)`` makes the arguments.
    package : str
        Folder that holds the package of the file, if the file imports from its package.
    reach : float
        The fraction of itself by which differences move an argument at most.
    """

    repository: str
    path: str
    function: str
    uses: str
    arguments: Callable[[np.random.Generator, ModuleType], tuple[Any, ...]]
    package: str | None = None
    reach: float = 2.0**-6


def decay(x: float, y: float) -> float:
    return -0.5 * y + np.sin(x)


def _simplex(r: np.random.Generator, *shape: int) -> np.ndarray:
    x = r.uniform(0.1, 1.0, shape)
    return x / x.sum(axis=-1, keepdims=True)


def _record(**fields: float) -> np.void:
    """A scalar of a structured dtype."""
    dtype = [(name, "f8") for name in fields]
    return np.array([tuple(fields.values())], dtype=dtype)[0]


#: Commits at which the table in docs/public-scripts.md was made.
COMMITS = {
    "AtsushiSakai/PythonRobotics": "b38c510e083d69a5755d98d0680bd50f3d9a91fa",
    "CalebBell/chemicals": "82faef900dcf2b48537c31bcf1ab56c35bb79a1e",
    "CalebBell/fluids": "091070e90f6b556183a242184cf83e502740cf0d",
    "CalebBell/ht": "f9c60c46c2b7d0a7481bdf525ec7a3634c0cb434",
    "HIPS/autograd": "bff107b8d71a444a1160deade3e1cbd0b92f4fa6",
    "QuantEcon/QuantEcon.py": "13b436b8a43aa53313f6523509bd3f7a35d9dfd2",
    "TheAlgorithms/Python": "f5988cc09713315817df6a7e327e258013a94440",
    "brandon-rhodes/python-sgp4": "20a13b4022fce80b40084ab0001fa5453d6e85e6",
    "bsmurphy/PyKrige": "ec671d01f0e1c147b2b86f85fb2a7ec36129f3fd",
    "climlab/climlab": "fcbde377d131d98b05e2e9d0729d9a22ec60bd18",
    "eriklindernoren/ML-From-Scratch": "a2806c6732eee8d27762edd6d864e0c179d8e9e8",
    "joelgrus/data-science-from-scratch": "d5d0f117f41b3ccab3b07f1ee1fa21cfcf69afa1",
    "kratzert/RRMPG": "7de78c25acc1c255d2acaf739d65e9ce7bbd60c3",
    "ljvmiranda921/pyswarms": "70c969d929bb2dab6211765def0431680fc5cb01",
    "lmfit/lmfit-py": "fe389bbbd1fe936cd73742bd81fc6fce7ac92858",
    "mmaelicke/scikit-gstat": "cb689abfa872b5ef99e60db35ff596c62102aec2",
    "numba/numba-benchmark": "6d682a7f849d5e92e2f33ec425e83d72dcc9a5ab",
    "numba/numba-examples": "c423f5419a459f5ab8874fda6d39bb5ea05d04b2",
    "pastas/pastas": "f4ee486d62969b9a1e4c719afe339b8fa1201712",
    "poliastro/poliastro": "21fd7719e89a7d22b4eac63141a60a7f1b01768c",
    "pvlib/pvlib-python": "6382338a7598a5b9d94473f47fcbc787b0ac6408",
    "rlabbe/filterpy": "3b51149ebcff0401ff1e10bf08ffca7b6bbc4a33",
    "ryansmcgee/seirsplus": "63dcba1728fa40c87876680bdd9aed347efadf6f",
    "serge-sans-paille/pythran": "204a3e4435cff8b815e922d69ecf91d95336e735",
    "skyfielders/python-skyfield": "40c6e6c2c4f30e2a4d2c800adfbae58af5412df5",
    "spcl/npbench": "f2d7f27d87ba4881991e62c18a607aa6ba52b260",
}

_ALGORITHMS = "TheAlgorithms/Python"
_NPBENCH = "spcl/npbench"
_PYTHRAN = "serge-sans-paille/pythran"
_CASES = "pythran/tests/cases/"
_BENCH = "npbench/benchmarks/"
_EXAMPLES = "numba/numba-examples"

SCRIPTS = (
    # --- differential equations
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/runge_kutta.py",
        "runge_kutta",
        "function argument, array filled in a loop",
        lambda r, m: (decay, 1.0, 0.0, 0.1, 1.95),
    ),
    Script(
        _ALGORITHMS,
        "maths/euler_method.py",
        "explicit_euler",
        "function argument, np.ceil",
        lambda r, m: (decay, 1.0, 0.0, 0.1, 1.95),
    ),
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/runge_kutta_gills.py",
        "runge_kutta_gills",
        "function argument, raise",
        lambda r, m: (decay, 0.0, 1.0, 0.1, 1.95),
    ),
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/adams_bashforth.py",
        "AdamsBashforth.step_3",
        "dataclass method",
        lambda r, m: (m.AdamsBashforth(decay, [0.0, 0.2, 0.4], [1.0, 1.1, 1.2], 0.2, 1.1),),
    ),
    Script(
        _PYTHRAN,
        _CASES + "hasting.py",
        "fweb",
        "food web, array filled by items",
        lambda r, m: (np.array([0.8, 0.2, 0.1]), 0.0, 5.0, 0.1, 3.0, 2.0, 0.4, 0.01),
    ),
    Script(
        _PYTHRAN,
        _CASES + "calculate_u.py",
        "timeloop",
        "while, nested lists, comprehension",
        lambda r, m: (0.0, 0.35, 0.1, 0.5, 0.6, *r.uniform(1.0, 2.0, (3, 5, 6)).tolist()),
    ),
    Script(
        "HIPS/autograd",
        "examples/fluidsim/fluidsim.py",
        "project",
        "np.roll, loop",
        lambda r, m: (r.normal(size=(4, 4)), r.normal(size=(4, 4))),
    ),
    Script(
        _NPBENCH,
        _BENCH + "polybench/adi/adi_numpy.py",
        "kernel",
        "stencil, argument written",
        lambda r, m: (3, 6, r.uniform(1.0, 2.0, (6, 6))),
    ),
    Script(
        _NPBENCH,
        _BENCH + "polybench/deriche/deriche_numpy.py",
        "kernel",
        "recursive filter, chained assignment",
        lambda r, m: (0.25, r.uniform(0.0, 1.0, (5, 6))),
    ),
    Script(
        _NPBENCH,
        _BENCH + "nbody/nbody_numpy.py",
        "nbody",
        "n bodies, masks, in-place updates of arguments",
        lambda r, m: (
            r.uniform(0.5, 1.0, (4, 1)),
            r.normal(size=(4, 3)),
            r.normal(size=(4, 3)),
            4,
            5,
            0.01,
            1.0,
            0.1,
        ),
    ),
    Script(
        _NPBENCH,
        _BENCH + "nbody/nbody_numpy.py",
        "getEnergy",
        "boolean masks, np.triu",
        lambda r, m: (r.normal(size=(4, 3)), r.normal(size=(4, 3)), r.uniform(0.5, 1, (4, 1)), 1.0),
    ),
    Script(
        _NPBENCH,
        _BENCH + "nbody/nbody_numpy.py",
        "getAcc",
        "boolean masks, np.hstack",
        lambda r, m: (r.normal(size=(4, 3)), r.uniform(0.5, 1, (4, 1)), 1.0, 0.1),
    ),
    # --- hydrology, climate, energy
    Script(
        "kratzert/RRMPG",
        "rrmpg/models/hbvedu_model.py",
        "run_hbvedu",
        "@njit, structured array of parameters",
        lambda r, m: (
            r.normal(5, 5, 20),
            r.uniform(0, 9, 20),
            np.arange(20) // 2,
            r.uniform(1, 3, 12),
            r.normal(5, 5, 12),
            10.0,
            100.0,
            3.0,
            10.0,
            _record(
                T_t=0.1,
                DD=4.2,
                FC=250.0,
                Beta=3.0,
                C=0.02,
                PWP=140.0,
                K_0=0.1,
                K_1=0.05,
                K_2=0.02,
                K_p=0.03,
                L=4.5,
            ),
        ),
    ),
    Script(
        "kratzert/RRMPG",
        "rrmpg/models/gr4j_model.py",
        "run_gr4j",
        "@njit, extents from values, early return",
        lambda r, m: (
            r.uniform(0, 9, 20),
            r.uniform(1, 3, 20),
            0.6,
            0.7,
            _record(x1=320.0, x2=2.4, x3=69.6, x4=1.4),
        ),
    ),
    Script(
        "kratzert/RRMPG",
        "rrmpg/models/gr4j_model.py",
        "_s_curve2",
        "@njit, if … elif",
        lambda r, m: (1.5, 1.2),
    ),
    Script(
        "climlab/climlab",
        "climlab/utils/thermo.py",
        "estimated_inversion_strength",
        "module of constants, chains of functions",
        lambda r, m: (290.0, 281.0),
        "climlab",
    ),
    Script(
        "climlab/climlab",
        "climlab/utils/thermo.py",
        "pseudoadiabat",
        "constants",
        lambda r, m: (285.0, 900.0),
        "climlab",
    ),
    Script(
        "pvlib/pvlib-python",
        "pvlib/spa.py",
        "sum_mult_cos_add_mult",
        "array columns",
        lambda r, m: (r.normal(size=(4, 3)), 0.2),
    ),
    Script(
        "pvlib/pvlib-python",
        "pvlib/spa.py",
        "heliocentric_radius_vector",
        "tables of the module, Horner",
        lambda r, m: (0.013,),
    ),
    # --- engineering
    Script(
        "CalebBell/fluids", "fluids/friction.py", "Clamond", "math", lambda r, m: (1e5, 1e-4), "."
    ),
    Script(
        "CalebBell/fluids",
        "fluids/friction.py",
        "Churchill_1977",
        "large powers",
        lambda r, m: (1e5, 1e-4),
        ".",
    ),
    Script(
        "CalebBell/fluids",
        "fluids/friction.py",
        "friction_factor",
        "30 branches on a string",
        lambda r, m: (1e5, 1e-4),
        ".",
    ),
    Script(
        "CalebBell/fluids",
        "fluids/friction.py",
        "Colebrook",
        "try/except, import in a function, nested function, secant solver",
        lambda r, m: (1e5, 1e-4, 1e-10),
        ".",
    ),
    Script(
        "CalebBell/fluids",
        "fluids/core.py",
        "Reynolds",
        "None arguments",
        lambda r, m: (2.5, 0.25, 1.1613, 1.9e-5),
        ".",
    ),
    Script(
        "CalebBell/ht",
        "ht/conv_internal.py",
        "Nu_conv_internal",
        "list with append, keyword calls, 30 branches on a string",
        lambda r, m: (1e5, 0.7, 1e-4),
    ),
    Script(
        "CalebBell/chemicals",
        "chemicals/vapor_pressure.py",
        "TRC_Antoine_extended",
        "branches",
        lambda r, m: (180.0, 227.51, -120.0, 8.95894, 510.595, -15.95, 2.41377, -93.74, 7425.9),
        ".",
    ),
    Script(
        "CalebBell/chemicals",
        "chemicals/viscosity.py",
        "mu_IAPWS",
        "polynomials in loops",
        lambda r, m: (298.15, 998.0),
        ".",
    ),
    Script(
        "poliastro/poliastro",
        "src/poliastro/core/angles.py",
        "M_to_E",
        "@jit, Newton's method with a for … return",
        lambda r, m: (0.5, 0.3),
        "src",
    ),
    Script(
        "poliastro/poliastro",
        "src/poliastro/core/propagation/farnocchia.py",
        "farnocchia_coe",
        "@jit, branches by orbit, calls of calls",
        lambda r, m: (398600.4, 7000.0, 0.2, 0.5, 0.3, 0.2, 0.7, 600.0),
        "src",
    ),
    Script(
        "poliastro/poliastro",
        "src/poliastro/core/elements.py",
        "rv2coe",
        "@jit, norms, cross products, branches",
        lambda r, m: (
            398600.4,
            np.array([-6045.0, -3490.0, 2500.0]),
            np.array([-3.457, 6.618, 2.533]),
        ),
        "src",
    ),
    Script(
        "poliastro/poliastro",
        "src/poliastro/core/elements.py",
        "coe2rv",
        "@jit, rotation matrices",
        lambda r, m: (398600.4, 7000.0, 0.2, 0.5, 0.3, 0.2, 0.7),
        "src",
    ),
    Script(
        "brandon-rhodes/python-sgp4",
        "sgp4/propagation.py",
        "gstime",
        "math, while",
        lambda r, m: (2453101.8,),
        ".",
        1e-8,
    ),
    # --- geometry
    Script(
        _ALGORITHMS,
        "geodesy/haversine_distance.py",
        "haversine_distance",
        "math, constants",
        lambda r, m: (37.77, -122.42, 37.86, -119.53),
    ),
    Script(
        _ALGORITHMS,
        "geodesy/lamberts_ellipsoidal_distance.py",
        "lamberts_ellipsoidal_distance",
        "relative import, chained comparisons",
        lambda r, m: (37.77, -122.42, 37.86, -119.53),
        ".",
    ),
    Script(
        _NPBENCH,
        _BENCH + "pythran/arc_distance/arc_distance_numpy.py",
        "arc_distance",
        "arrays",
        lambda r, m: tuple(r.uniform(0.1, 1.0, (4, 5))),
    ),
    Script(
        _ALGORITHMS,
        "maths/line_length.py",
        "line_length",
        "function argument, math.hypot",
        lambda r, m: (np.sin, 0.0, 2.0, 10),
    ),
    # --- molecules and materials
    Script(
        _EXAMPLES,
        "examples/physics/lennard_jones/numpy_impl.py",
        "potential_numpy",
        "boolean mask, newaxis",
        lambda r, m: (r.normal(0, 2, (5, 3)),),
    ),
    Script(
        _EXAMPLES,
        "examples/physics/lennard_jones/numba_scalar_impl.py",
        "potential_numba_scalar",
        "@njit, rows as arguments",
        lambda r, m: (r.normal(0, 2, (5, 3)),),
    ),
    Script(
        _PYTHRAN,
        _CASES + "vibr_energy.py",
        "calculate_vibr_energy",
        "arrays",
        lambda r, m: (r.uniform(0.1, 1, 5), r.uniform(0.1, 1, 5), np.arange(5)),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "doniach",
        "defaults, own power",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 0.2),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "split_lorentzian",
        "bool arithmetic",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 0.9),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "step",
        "form by a string, erf",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, "erf"),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "voigt",
        "complex error function",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7),
    ),
    # --- geostatistics
    Script(
        "mmaelicke/scikit-gstat",
        "skgstat/models.py",
        "spherical",
        "decorator with *args and **kwargs over a jitted function",
        lambda r, m: (4.0, 10.0, 2.0),
    ),
    Script(
        "mmaelicke/scikit-gstat",
        "skgstat/models.py",
        "stable",
        "decorator with *args and **kwargs over a jitted function",
        lambda r, m: (r.uniform(1, 5, 6), 10.0, 2.0, 1.5),
    ),
    Script(
        "bsmurphy/PyKrige",
        "pykrige/variogram_models.py",
        "gaussian_variogram_model",
        "list of parameters",
        lambda r, m: ([2.0, 10.0, 0.1], r.uniform(1, 5, 6)),
    ),
    Script(
        "bsmurphy/PyKrige",
        "pykrige/variogram_models.py",
        "spherical_variogram_model",
        "np.piecewise with a lambda",
        lambda r, m: ([2.0, 4.1, 0.1], r.uniform(1, 6, 6)),
    ),
    # --- finance
    Script(
        _EXAMPLES,
        "examples/finance/blackscholes/blackscholes.py",
        "black_scholes",
        "np.where",
        lambda r, m: (*r.uniform(1.0, 3.0, (3, 5)), 0.02, 0.3),
    ),
    Script(
        _PYTHRAN,
        _CASES + "blacksholes.py",
        "BlackScholes",
        "two lists, append, math",
        lambda r, m: (*r.uniform(1.0, 3.0, (3, 5)).tolist(), 0.02, 0.3, 5),
    ),
    # --- statistics and learning
    Script(
        _EXAMPLES,
        "examples/density_estimation/kernel/impl.py",
        "numpy_kde",
        "newaxis",
        lambda r, m: (r.normal(size=4), r.normal(size=5), r.uniform(0.5, 1, 5)),
    ),
    Script(
        _ALGORITHMS,
        "machine_learning/loss_functions.py",
        "huber_loss",
        "np.where",
        lambda r, m: (r.normal(size=6), r.normal(size=6), 1.0),
    ),
    Script(
        _ALGORITHMS,
        "machine_learning/loss_functions.py",
        "kullback_leibler_divergence",
        "logs",
        lambda r, m: (_simplex(r, 4), _simplex(r, 4)),
    ),
    Script(
        _NPBENCH,
        _BENCH + "deep_learning/mlp/mlp_numpy.py",
        "mlp",
        "neural network",
        lambda r, m: (
            r.normal(size=(2, 3)),
            r.normal(size=(3, 4)),
            r.normal(size=4),
            r.normal(size=(4, 3)),
            r.normal(size=3),
            r.normal(size=(3, 2)),
            r.normal(size=2),
        ),
    ),
    Script(
        _NPBENCH,
        _BENCH + "polybench/correlation/correlation_numpy.py",
        "kernel",
        "mask store, argument written, double store",
        lambda r, m: (3, 6.0, r.normal(size=(6, 3))),
    ),
    Script(
        _PYTHRAN,
        _CASES + "descent.py",
        "np_descent",
        "itertools.repeat, tuple store",
        lambda r, m: (np.linspace(0, 2, 8), r.normal(3, 1, 8), 0.01, 10),
    ),
    Script(
        _PYTHRAN,
        _CASES + "cronbach.py",
        "cronbach",
        "method calls with positions",
        lambda r, m: (r.normal(size=(4, 6)),),
    ),
    Script(
        _PYTHRAN,
        _CASES + "projection_simplex.py",
        "projection_simplex",
        "sort, mask, last true index",
        lambda r, m: (r.normal(size=6), 1),
    ),
    Script(
        _PYTHRAN,
        _CASES + "allpairs.py",
        "sqr_dists",
        "nested comprehensions over rows",
        lambda r, m: (r.normal(size=(3, 2)), r.normal(size=(4, 2))),
    ),
    Script(
        _PYTHRAN,
        _CASES + "wdist.py",
        "slow_wdist",
        "loops over columns",
        lambda r, m: (r.normal(size=(3, 2)), r.normal(size=(3, 4)), r.uniform(1, 2, (3, 2))),
    ),
    Script(
        "joelgrus/data-science-from-scratch",
        "scratch/linear_algebra.py",
        "distance",
        "lists, zip, sum of a comprehension, assert",
        lambda r, m: ([1.0, 2.0, 3.0], [2.0, 4.5, 3.3]),
        ".",
    ),
    Script(
        "joelgrus/data-science-from-scratch",
        "scratch/statistics.py",
        "correlation",
        "lists, early return",
        lambda r, m: ([1.0, 2.0, 3.0, 5.0], [2.0, 4.5, 3.3, 7.0]),
        ".",
    ),
    Script(
        "joelgrus/data-science-from-scratch",
        "scratch/neural_networks.py",
        "feed_forward",
        "lists of lists of lists, append",
        lambda r, m: (r.normal(size=(2, 2, 3)).tolist(), [0.5, -0.3]),
        ".",
    ),
    Script(
        "rlabbe/filterpy",
        "filterpy/kalman/kalman_filter.py",
        "predict",
        "matrices, None arguments, isscalar",
        lambda r, m: (r.normal(size=2), np.eye(2) * 2.0, r.normal(size=(2, 2)), np.eye(2)),
        ".",
    ),
    Script(
        "rlabbe/filterpy",
        "filterpy/kalman/kalman_filter.py",
        "update",
        "matrices, None arguments, try/except, inverse",
        lambda r, m: (
            r.normal(size=2),
            np.eye(2) * 2.0,
            np.array([0.7]),
            np.eye(1),
            np.array([[1.0, 0.5]]),
        ),
        ".",
    ),
    # --- optimisation
    Script(
        "ljvmiranda921/pyswarms",
        "pyswarms/utils/functions/single_obj.py",
        "ackley",
        "raise by all()",
        lambda r, m: (r.normal(size=(3, 2)),),
    ),
    Script(
        "ljvmiranda921/pyswarms",
        "pyswarms/utils/functions/single_obj.py",
        "holdertable",
        "columns, np.abs",
        lambda r, m: (r.normal(size=(3, 2)),),
    ),
    Script(
        "ljvmiranda921/pyswarms",
        "pyswarms/utils/functions/single_obj.py",
        "rosenbrock",
        "slices of the transpose",
        lambda r, m: (r.normal(size=(3, 4)),),
    ),
    # --- algorithms
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/bisection.py",
        "bisection",
        "function argument, while",
        lambda r, m: (m.f, 2.0, 3.0),
    ),
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/nevilles_method.py",
        "neville_interpolate",
        "lists of lists",
        lambda r, m: ([1.0, 2.0, 3.0, 4.0, 6.0], [6.0, 7.5, 8.0, 9.0, 11.0], 5.3),
    ),
    Script(
        _ALGORITHMS,
        "maths/area_under_curve.py",
        "trapezoidal_area",
        "function argument",
        lambda r, m: (np.cos, 0.1, 1.2, 12),
    ),
    Script(
        _ALGORITHMS,
        "maths/maclaurin_series.py",
        "maclaurin_sin",
        "isinstance, generator in sum, factorial",
        lambda r, m: (1.3, 9),
    ),
    Script(
        _ALGORITHMS,
        "maths/polynomial_evaluation.py",
        "horner",
        "reversed tuple",
        lambda r, m: ((0.0, 1.5, 5.0, 9.3, 7.0), 1.7),
    ),
    Script(
        _ALGORITHMS,
        "maths/polynomial_evaluation.py",
        "evaluate_poly",
        "generator in sum, enumerate",
        lambda r, m: ((0.1, 1.5, 5.0, 9.3, 7.0), 1.7),
    ),
    Script(
        _ALGORITHMS,
        "maths/qr_decomposition.py",
        "qr_householder",
        "np.block, column index by a list",
        lambda r, m: (r.normal(size=(4, 3)),),
    ),
    Script(
        _ALGORITHMS,
        "linear_algebra/lu_decomposition.py",
        "lower_upper_decomposition",
        "generator in sum, loops",
        lambda r, m: (r.normal(size=(3, 3)) + 3 * np.eye(3),),
    ),
    Script(
        _ALGORITHMS,
        "linear_algebra/src/conjugate_gradient.py",
        "conjugate_gradient",
        "while, assert, np.allclose",
        lambda r, m: (np.array([[4, 1], [1, 3]]), np.array([[1.0], [2.0]])),
    ),
    Script(
        _NPBENCH,
        _BENCH + "polybench/durbin/durbin_numpy.py",
        "kernel",
        "np.flip of slices",
        lambda r, m: (r.uniform(0.1, 0.3, 6),),
    ),
    Script(
        _NPBENCH,
        _BENCH + "polybench/gramschmidt/gramschmidt_numpy.py",
        "kernel",
        "columns in place",
        lambda r, m: (r.normal(size=(5, 3)),),
    ),
    Script(
        "QuantEcon/QuantEcon.py",
        "quantecon/quad.py",
        "_qnwtrap1",
        "@jit, raise",
        lambda r, m: (5, 0.3, 1.7),
        ".",
    ),
    Script(
        "QuantEcon/QuantEcon.py",
        "quantecon/quad.py",
        "_qnwlege1",
        "@jit, while iteration",
        lambda r, m: (5, 0.3, 1.7),
        ".",
    ),
    # --- classes, and more
    Script(
        "eriklindernoren/ML-From-Scratch",
        "mlfromscratch/deep_learning/activation_functions.py",
        "SELU.__call__",
        "object with __init__ and __call__",
        lambda r, m: (m.SELU(), r.normal(size=6)),
    ),
    Script(
        "eriklindernoren/ML-From-Scratch",
        "mlfromscratch/deep_learning/activation_functions.py",
        "Softmax.__call__",
        "object with __call__, keepdims",
        lambda r, m: (m.Softmax(), r.normal(size=(2, 3))),
    ),
    Script(
        "pvlib/pvlib-python",
        "pvlib/singlediode.py",
        "bishop88",
        "defaults, np.where with inf, tuple results",
        lambda r, m: (
            np.linspace(0.1, 30.0, 5),
            7.2,
            1e-9,
            0.3,
            250.0,
            1.4,
            1.5,
            40.0,
            0.1,
            -15.0,
            3.3,
        ),
        ".",
    ),
    Script(
        "skyfielders/python-skyfield",
        "skyfield/earthlib.py",
        "refraction",
        "np.where with masks",
        lambda r, m: (np.array([5.0, 20.0, 60.0]), 10.0, 1010.0),
        ".",
    ),
    Script(
        "AtsushiSakai/PythonRobotics",
        "Localization/extended_kalman_filter/extended_kalman_filter.py",
        "ekf_estimation",
        "Kalman filter with matrices, np.linalg.inv, module constants",
        lambda r, m: (
            r.normal(size=(4, 1)),
            np.eye(4),
            r.normal(size=(2, 1)),
            r.normal(size=(2, 1)),
        ),
        ".",
    ),
    Script(
        "AtsushiSakai/PythonRobotics",
        "PathPlanning/QuinticPolynomialsPlanner/quintic_polynomials_planner.py",
        "QuinticPolynomial.calc_point",
        "method of an object with coefficients",
        lambda r, m: (m.QuinticPolynomial(0.0, 1.0, 0.1, 10.0, 0.5, 0.1, 5.0), 1.3),
    ),
    Script(
        "ryansmcgee/seirsplus",
        "seirsplus/legacy_models.py",
        "SEIRSModel.system_dfes",
        "SEIRS epidemic, static method, unpacking, list result",
        lambda r, m: (0.0, (990.0, 5.0, 3.0, 1.0, 1.0, 0.5, 0.2), *r.uniform(0.05, 0.5, 16)),
        ".",
    ),
    Script(
        "pastas/pastas",
        "pastas/rfunc.py",
        "Gamma.impulse",
        "static method, scipy.special.gamma",
        lambda r, m: (np.linspace(1.0, 9.0, 5), (2.0, 1.5, 3.0)),
        ".",
    ),
    Script(
        _NPBENCH,
        _BENCH + "azimint_naive/azimint_naive_numpy.py",
        "azimint_naive",
        "means over boolean masks",
        lambda r, m: (r.normal(size=12), r.uniform(0, 1, 12), 3),
    ),
    Script(
        "numba/numba-benchmark",
        "benchmarks/bench_nbody.py",
        "run_numpy_nbody",
        "rows minus matrix, transposes",
        lambda r, m: (r.normal(size=(4, 2)), r.uniform(1, 2, 4)),
    ),
    Script(
        _ALGORITHMS,
        "machine_learning/t_stochastic_neighbour_embedding.py",
        "compute_pairwise_affinities",
        "np.fill_diagonal, in-place division",
        lambda r, m: (r.normal(size=(4, 2)), 1.3),
    ),
    Script(
        _ALGORITHMS,
        "physics/rainfall_intensity.py",
        "rainfall_intensity",
        "raise",
        lambda r, m: (1000.0, 0.2, 11.6, 0.81, 10.0, 60.0),
    ),
    Script(
        _ALGORITHMS,
        "physics/terminal_velocity.py",
        "terminal_velocity",
        "constant of scipy.constants",
        lambda r, m: (70.0, 1.2, 0.7, 1.0),
    ),
    Script(
        _ALGORITHMS,
        "neural_network/activation_functions/mish.py",
        "mish",
        "function of another file",
        lambda r, m: (r.normal(size=5),),
        ".",
    ),
    Script(
        _ALGORITHMS,
        "maths/numerical_analysis/runge_kutta_fehlberg_45.py",
        "runge_kutta_fehlberg_45",
        "function argument, arrays filled in a loop, raise",
        lambda r, m: (decay, 0.0, 1.0, 0.2, 1.1),
    ),
    Script(
        _ALGORITHMS, "maths/power_using_recursion.py", "power", "recursion", lambda r, m: (1.3, 5)
    ),
    Script(
        _ALGORITHMS,
        "financial/interest.py",
        "compound_interest",
        "raise",
        lambda r, m: (10000.0, 0.05, 3.0),
    ),
    Script(
        _ALGORITHMS,
        "linear_algebra/jacobi_iteration_method.py",
        "jacobi_iteration_method",
        "checks of shapes, lists, loops over lists",
        lambda r, m: (
            np.array([[4.0, 1.0, 1.0], [1.0, 5.0, 2.0], [1.0, 2.0, 4.0]]),
            np.array([[2.0], [-6.0], [-4.0]]),
            [0.5, -0.5, -0.5],
            3,
        ),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "pearson7",
        "scipy.special.beta, defaults",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 1.5),
    ),
    Script(
        "lmfit/lmfit-py",
        "lmfit/lineshapes.py",
        "expgaussian",
        "erfc",
        lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 0.9),
    ),
)
