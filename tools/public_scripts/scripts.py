"""The functions: where they are, and arguments to differentiate them at.

Only names and arguments stand here; the code stays in the repositories it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["SCRIPTS", "Script"]


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
    """

    repository: str
    path: str
    function: str
    uses: str
    arguments: Callable[[np.random.Generator, ModuleType], tuple[Any, ...]]
    package: str | None = None


def decay(x: float, y: float) -> float:
    return -0.5 * y + np.sin(x)


def cubic(x: float) -> float:
    return x**3 - 2.0 * x - 5.0


def _simplex(r: np.random.Generator, *shape: int) -> np.ndarray:
    x = r.uniform(0.1, 1.0, shape)
    return x / x.sum(axis=-1, keepdims=True)


#: Commits at which the table in docs/public-scripts.md was made.
COMMITS = {
}

_ALGORITHMS = "TheAlgorithms/Python"
_NPBENCH = "spcl/npbench"
_PYTHRAN = "serge-sans-paille/pythran"
_CASES = "pythran/tests/cases/"
_BENCH = "npbench/benchmarks/"
_EXAMPLES = "numba/numba-examples"

SCRIPTS = (
    # --- differential equations
    Script(_ALGORITHMS, "maths/numerical_analysis/runge_kutta.py", "runge_kutta",
           "function argument, array filled in a loop", lambda r, m: (decay, 1.0, 0.0, 0.1, 1.95)),
    Script(_ALGORITHMS, "maths/euler_method.py", "explicit_euler",
           "function argument, np.ceil", lambda r, m: (decay, 1.0, 0.0, 0.1, 1.95)),
    Script(_ALGORITHMS, "maths/numerical_analysis/runge_kutta_gills.py", "runge_kutta_gills",
           "function argument, raise", lambda r, m: (decay, 0.0, 1.0, 0.1, 1.95)),
    Script(_ALGORITHMS, "maths/numerical_analysis/adams_bashforth.py", "AdamsBashforth.step_3",
           "dataclass method",
           lambda r, m: (m.AdamsBashforth(decay, [0.0, 0.2, 0.4], [1.0, 1.1, 1.2], 0.2, 1.1),)),
    Script(_PYTHRAN, _CASES + "hasting.py", "fweb", "food web, array filled by items",
           lambda r, m: (np.array([0.8, 0.2, 0.1]), 0.0, 5.0, 0.1, 3.0, 2.0, 0.4, 0.01)),
    Script(_PYTHRAN, _CASES + "calculate_u.py", "timeloop",
           "while, nested lists, comprehension",
           lambda r, m: (0.0, 0.35, 0.1, 0.5, 0.6, *r.uniform(1.0, 2.0, (3, 5, 6)).tolist())),
    Script(_PYTHRAN, _CASES + "wave_simulation.py", "physics", "argument written, tuple unpacking",
           lambda r, m: (np.cumsum(r.uniform(0.5, 1.0, (2, 6, 2)), axis=1), 1e-4, 15, 3)),
    Script("HIPS/autograd", "examples/fluidsim/fluidsim.py", "project", "np.roll, loop",
           lambda r, m: (r.normal(size=(4, 4)), r.normal(size=(4, 4)))),
    Script(_NPBENCH, _BENCH + "polybench/adi/adi_numpy.py", "kernel", "stencil, argument written",
           lambda r, m: (3, 6, r.uniform(1.0, 2.0, (6, 6)))),
    Script(_NPBENCH, _BENCH + "polybench/deriche/deriche_numpy.py", "kernel",
           "recursive filter, chained assignment",
           lambda r, m: (0.25, r.uniform(0.0, 1.0, (5, 6)))),
    Script(_NPBENCH, _BENCH + "nbody/nbody_numpy.py", "nbody",
           "n bodies, masks, in-place updates of arguments",
           lambda r, m: (r.uniform(0.5, 1.0, (4, 1)), r.normal(size=(4, 3)), r.normal(size=(4, 3)),
                         4, 5, 0.01, 1.0, 0.1)),
    Script(_NPBENCH, _BENCH + "nbody/nbody_numpy.py", "getEnergy", "boolean masks, np.triu",
           lambda r, m: (r.normal(size=(4, 3)), r.normal(size=(4, 3)), r.uniform(0.5, 1, (4, 1)),
                         1.0)),
    Script(_NPBENCH, _BENCH + "nbody/nbody_numpy.py", "getAcc", "boolean masks, np.hstack",
           lambda r, m: (r.normal(size=(4, 3)), r.uniform(0.5, 1, (4, 1)), 1.0, 0.1)),
    # --- hydrology, climate, energy
    Script("kratzert/RRMPG", "rrmpg/models/hbvedu_model.py", "run_hbvedu",
           "@njit, structured array of parameters",
           lambda r, m: (r.normal(5, 5, 20), r.uniform(0, 9, 20), np.arange(20) // 2,
                         r.uniform(1, 3, 12), r.normal(5, 5, 12), 10.0, 100.0, 3.0, 10.0,
                         dict(T_t=0.1, DD=4.2, FC=250.0, Beta=3.0, C=0.02, PWP=140.0, K_0=0.1,
                              K_1=0.05, K_2=0.02, K_p=0.03, L=4.5))),
    Script("kratzert/RRMPG", "rrmpg/models/gr4j_model.py", "run_gr4j",
           "@njit, extents from values, early return",
           lambda r, m: (r.uniform(0, 9, 20), r.uniform(1, 3, 20), 0.6, 0.7,
                         dict(x1=320.0, x2=2.4, x3=69.6, x4=1.4))),
    Script("kratzert/RRMPG", "rrmpg/models/gr4j_model.py", "_s_curve2", "@njit, if … elif",
           lambda r, m: (1.5, 1.2)),
    Script("climlab/climlab", "climlab/utils/thermo.py", "estimated_inversion_strength",
           "module of constants, chains of functions", lambda r, m: (290.0, 281.0), "."),
    Script("climlab/climlab", "climlab/utils/thermo.py", "pseudoadiabat", "constants",
           lambda r, m: (285.0, 900.0), "."),
    Script("pvlib/pvlib-python", "pvlib/spa.py", "sum_mult_cos_add_mult", "array columns",
           lambda r, m: (r.normal(size=(4, 3)), 0.2)),
    Script("pvlib/pvlib-python", "pvlib/spa.py", "heliocentric_radius_vector",
           "tables of the module, Horner", lambda r, m: (0.013,)),
    Script("bashtage/arch", "arch/univariate/recursions_python.py", "garch_recursion_python",
           "jitted callee, argument filled",
           lambda r, m: (np.array([0.1, 0.2, 0.1, 0.6]), r.uniform(0, 1, 8),
                         np.sign(r.normal(size=8)), np.zeros(8), 1, 1, 1, 8, 0.5,
                         np.tile([1e-6, 1e6], (8, 1)))),
    # --- engineering
    Script("CalebBell/fluids", "fluids/friction.py", "Clamond", "math",
           lambda r, m: (1e5, 1e-4), "."),
    Script("CalebBell/fluids", "fluids/friction.py", "Churchill_1977", "large powers",
           lambda r, m: (1e5, 1e-4), "."),
    Script("CalebBell/fluids", "fluids/friction.py", "friction_factor",
           "30 branches on a string", lambda r, m: (1e5, 1e-4), "."),
    Script("CalebBell/fluids", "fluids/friction.py", "Colebrook",
           "try/except, import in a function, nested function, secant solver",
           lambda r, m: (1e5, 1e-4, 1e-10), "."),
    Script("CalebBell/fluids", "fluids/core.py", "Reynolds", "None arguments",
           lambda r, m: (2.5, 0.25, 1.1613, 1.9e-5), "."),
    Script("CalebBell/ht", "ht/conv_internal.py", "Nu_conv_internal",
           "list with append, keyword calls, 30 branches on a string",
           lambda r, m: (1e5, 0.7, 1e-4), "."),
    Script("CalebBell/ht", "ht/hx.py", "effectiveness_from_NTU", "branches on a string",
           lambda r, m: (5.0, 0.7, "S&T", 2), "."),
    Script("CalebBell/chemicals", "chemicals/vapor_pressure.py", "TRC_Antoine_extended",
           "branches", lambda r, m: (180.0, 227.51, -120.0, 8.95894, 510.595, -15.95, 2.41377,
                                      -93.74, 7425.9), "."),
    Script("CalebBell/chemicals", "chemicals/viscosity.py", "mu_IAPWS", "polynomials in loops",
           lambda r, m: (298.15, 998.0), "."),
    Script("poliastro/poliastro", "src/poliastro/core/angles.py", "M_to_E",
           "@jit, Newton's method with a for … return",
           lambda r, m: (0.5, 0.3), "src"),
    Script("poliastro/poliastro", "src/poliastro/core/propagation/farnocchia.py",
           "farnocchia_coe", "@jit, branches by orbit, calls of calls",
           lambda r, m: (398600.4, 7000.0, 0.2, 0.5, 0.3, 0.2, 0.7, 600.0), "src"),
    Script("poliastro/poliastro", "src/poliastro/core/elements.py", "rv2coe",
           "@jit, norms, cross products, branches",
           lambda r, m: (398600.4, np.array([-6045.0, -3490.0, 2500.0]),
                         np.array([-3.457, 6.618, 2.533])), "src"),
    Script("poliastro/poliastro", "src/poliastro/core/elements.py", "coe2rv",
           "@jit, rotation matrices",
           lambda r, m: (398600.4, 7000.0, 0.2, 0.5, 0.3, 0.2, 0.7), "src"),
    Script("brandon-rhodes/python-sgp4", "sgp4/propagation.py", "gstime", "math, while",
           lambda r, m: (2453101.8,), "."),
    # --- geometry
    Script(_ALGORITHMS, "geodesy/haversine_distance.py", "haversine_distance", "math, constants",
           lambda r, m: (37.77, -122.42, 37.86, -119.53)),
    Script(_ALGORITHMS, "geodesy/lamberts_ellipsoidal_distance.py",
           "lamberts_ellipsoidal_distance", "relative import, chained comparisons",
           lambda r, m: (37.77, -122.42, 37.86, -119.53), "."),
    Script(_NPBENCH, _BENCH + "pythran/arc_distance/arc_distance_numpy.py", "arc_distance",
           "arrays", lambda r, m: tuple(r.uniform(0.1, 1.0, (4, 5)))),
    Script(_ALGORITHMS, "maths/line_length.py", "line_length", "function argument, math.hypot",
           lambda r, m: (np.sin, 0.0, 2.0, 10)),
    # --- molecules and materials
    Script(_EXAMPLES, "examples/physics/lennard_jones/numpy_impl.py", "potential_numpy",
           "boolean mask, newaxis", lambda r, m: (r.normal(0, 2, (5, 3)),)),
    Script(_EXAMPLES, "examples/physics/lennard_jones/numba_scalar_impl.py",
           "potential_numba_scalar", "@njit, rows as arguments",
           lambda r, m: (r.normal(0, 2, (5, 3)),)),
    Script(_PYTHRAN, _CASES + "vibr_energy.py", "calculate_vibr_energy", "arrays",
           lambda r, m: (r.uniform(0.1, 1, 5), r.uniform(0.1, 1, 5), np.arange(5))),
    Script("lmfit/lmfit-py", "lmfit/lineshapes.py", "doniach", "defaults, own power",
           lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 0.2)),
    Script("lmfit/lmfit-py", "lmfit/lineshapes.py", "split_lorentzian", "bool arithmetic",
           lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, 0.9)),
    Script("lmfit/lmfit-py", "lmfit/lineshapes.py", "step", "form by a string, erf",
           lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7, "erf")),
    Script("lmfit/lmfit-py", "lmfit/lineshapes.py", "voigt", "complex error function",
           lambda r, m: (np.linspace(-1, 1, 7), 1.2, 0.1, 0.7)),
    # --- geostatistics
    Script("mmaelicke/scikit-gstat", "skgstat/models.py", "spherical",
           "decorator with *args and **kwargs over a jitted function",
           lambda r, m: (4.0, 10.0, 2.0)),
    Script("mmaelicke/scikit-gstat", "skgstat/models.py", "stable",
           "decorator with *args and **kwargs over a jitted function",
           lambda r, m: (r.uniform(1, 5, 6), 10.0, 2.0, 1.5)),
    Script("bsmurphy/PyKrige", "pykrige/variogram_models.py", "gaussian_variogram_model",
           "list of parameters", lambda r, m: ([2.0, 10.0, 0.1], r.uniform(1, 5, 6))),
    Script("bsmurphy/PyKrige", "pykrige/variogram_models.py", "spherical_variogram_model",
           "np.piecewise with a lambda", lambda r, m: ([2.0, 4.1, 0.1], r.uniform(1, 6, 6))),
    # --- finance
    Script(_EXAMPLES, "examples/finance/blackscholes/blackscholes.py", "black_scholes",
           "np.where", lambda r, m: (*r.uniform(1.0, 3.0, (3, 5)), 0.02, 0.3)),
    Script(_PYTHRAN, _CASES + "blacksholes.py", "BlackScholes", "two lists, append, math",
           lambda r, m: (*r.uniform(1.0, 3.0, (3, 5)).tolist(), 0.02, 0.3, 5)),
    Script(_ALGORITHMS, "financial/present_value.py", "present_value",
           "list argument, generator in sum", lambda r, m: (0.13, [10.0, 20.7, -293.0, 297.0])),
    Script(_ALGORITHMS, "financial/exponential_moving_average.py", "exponential_moving_average",
           "generator function", lambda r, m: (iter([2.0, 5.0, 3.0, 8.2, 6.0]), 3)),
    # --- statistics and learning
    Script(_EXAMPLES, "examples/density_estimation/kernel/impl.py", "numpy_kde", "newaxis",
           lambda r, m: (r.normal(size=4), r.normal(size=5), r.uniform(0.5, 1, 5))),
    Script(_ALGORITHMS, "machine_learning/loss_functions.py", "categorical_cross_entropy",
           "raise, clip", lambda r, m: (np.eye(3), _simplex(r, 3, 3))),
    Script(_ALGORITHMS, "machine_learning/loss_functions.py", "huber_loss", "np.where",
           lambda r, m: (r.normal(size=6), r.normal(size=6), 1.0)),
    Script(_ALGORITHMS, "machine_learning/loss_functions.py", "kullback_leibler_divergence",
           "logs", lambda r, m: (_simplex(r, 4), _simplex(r, 4))),
    Script(_NPBENCH, _BENCH + "deep_learning/mlp/mlp_numpy.py", "mlp", "neural network",
           lambda r, m: (r.normal(size=(2, 3)), r.normal(size=(3, 4)), r.normal(size=4),
                         r.normal(size=(4, 3)), r.normal(size=3), r.normal(size=(3, 2)),
                         r.normal(size=2))),
    Script(_NPBENCH, _BENCH + "polybench/correlation/correlation_numpy.py", "kernel",
           "mask store, argument written, double store",
           lambda r, m: (3, 6.0, r.normal(size=(6, 3)))),
    Script(_PYTHRAN, _CASES + "descent.py", "np_descent", "itertools.repeat, tuple store",
           lambda r, m: (np.linspace(0, 2, 8), r.normal(3, 1, 8), 0.01, 10)),
    Script(_PYTHRAN, _CASES + "cronbach.py", "cronbach", "method calls with positions",
           lambda r, m: (r.normal(size=(4, 6)),)),
    Script(_PYTHRAN, _CASES + "projection_simplex.py", "projection_simplex",
           "sort, mask, last true index", lambda r, m: (r.normal(size=6), 1)),
    Script(_PYTHRAN, _CASES + "allpairs.py", "sqr_dists", "nested comprehensions over rows",
           lambda r, m: (r.normal(size=(3, 2)), r.normal(size=(4, 2)))),
    Script(_PYTHRAN, _CASES + "wdist.py", "slow_wdist", "loops over columns",
           lambda r, m: (r.normal(size=(3, 2)), r.normal(size=(3, 4)), r.uniform(1, 2, (3, 2)))),
    Script("joelgrus/data-science-from-scratch", "scratch/linear_algebra.py", "distance",
           "lists, zip, sum of a comprehension, assert",
           lambda r, m: ([1.0, 2.0, 3.0], [2.0, 4.5, 3.3]), "."),
    Script("joelgrus/data-science-from-scratch", "scratch/statistics.py", "correlation",
           "lists, early return", lambda r, m: ([1.0, 2.0, 3.0, 5.0], [2.0, 4.5, 3.3, 7.0]), "."),
    Script("joelgrus/data-science-from-scratch", "scratch/neural_networks.py", "feed_forward",
           "lists of lists of lists, append",
           lambda r, m: (r.normal(size=(2, 2, 3)).tolist(), [0.5, -0.3]), "."),
    Script("rlabbe/filterpy", "filterpy/kalman/kalman_filter.py", "predict",
           "matrices, None arguments, isscalar",
           lambda r, m: (r.normal(size=2), np.eye(2) * 2.0, r.normal(size=(2, 2)), np.eye(2)),
           "."),
    Script("rlabbe/filterpy", "filterpy/kalman/kalman_filter.py", "update",
           "matrices, None arguments, try/except, inverse",
           lambda r, m: (r.normal(size=2), np.eye(2) * 2.0, np.array([0.7]), np.eye(1),
                         np.array([[1.0, 0.5]])), "."),
    # --- optimisation
    Script("ljvmiranda921/pyswarms", "pyswarms/utils/functions/single_obj.py", "ackley",
           "raise by all()", lambda r, m: (r.normal(size=(3, 2)),)),
    Script("ljvmiranda921/pyswarms", "pyswarms/utils/functions/single_obj.py", "holdertable",
           "columns, np.abs", lambda r, m: (r.normal(size=(3, 2)),)),
    Script("ljvmiranda921/pyswarms", "pyswarms/utils/functions/single_obj.py", "rosenbrock",
           "slices of the transpose", lambda r, m: (r.normal(size=(3, 4)),)),
    Script("anyoptimization/pymoo", "pymoo/problems/single/simple.py", "x", "", lambda r, m: ()),
    # --- algorithms
    Script(_ALGORITHMS, "maths/numerical_analysis/bisection.py", "bisection",
           "function argument, while", lambda r, m: (m.f, 2.0, 3.0)),
    Script(_ALGORITHMS, "maths/numerical_analysis/newton_raphson.py", "newton_raphson",
           "nested function, list with append, raise", lambda r, m: (cubic, 2.5)),
    Script(_ALGORITHMS, "maths/numerical_analysis/nevilles_method.py", "neville_interpolate",
           "lists of lists", lambda r, m: ([1.0, 2.0, 3.0, 4.0, 6.0], [6.0, 7.5, 8.0, 9.0, 11.0],
                                           5.3)),
    Script(_ALGORITHMS, "maths/numerical_analysis/simpson_rule.py", "method_2",
           "generator function", lambda r, m: ([0.0, 1.0], 10.0)),
    Script(_ALGORITHMS, "maths/area_under_curve.py", "trapezoidal_area", "function argument",
           lambda r, m: (np.cos, 0.1, 1.2, 12)),
    Script(_ALGORITHMS, "maths/maclaurin_series.py", "maclaurin_sin",
           "isinstance, generator in sum, factorial", lambda r, m: (1.3, 15)),
    Script(_ALGORITHMS, "maths/gamma.py", "gamma_recursive", "recursion, raise",
           lambda r, m: (4.5,)),
    Script(_ALGORITHMS, "maths/polynomial_evaluation.py", "horner", "reversed tuple",
           lambda r, m: ((0.0, 1.5, 5.0, 9.3, 7.0), 1.7)),
    Script(_ALGORITHMS, "maths/polynomial_evaluation.py", "evaluate_poly",
           "generator in sum, enumerate", lambda r, m: ((0.1, 1.5, 5.0, 9.3, 7.0), 1.7)),
    Script(_ALGORITHMS, "maths/qr_decomposition.py", "qr_householder",
           "np.block, column index by a list", lambda r, m: (r.normal(size=(4, 3)),)),
    Script(_ALGORITHMS, "linear_algebra/lu_decomposition.py", "lower_upper_decomposition",
           "generator in sum, loops", lambda r, m: (r.normal(size=(3, 3)) + 3 * np.eye(3),)),
    Script(_ALGORITHMS, "linear_algebra/src/conjugate_gradient.py", "conjugate_gradient",
           "while, assert, np.allclose", lambda r, m: (np.array([[4.0, 1.0], [1.0, 3.0]]),
                                                       np.array([[1.0], [2.0]]))),
    Script(_ALGORITHMS, "linear_algebra/gaussian_elimination.py", "solve_linear_system",
           "augmented matrix", lambda r, m: (r.normal(size=(3, 3)) + 3 * np.eye(3),
                                             r.normal(size=(3, 1)))),
    Script(_NPBENCH, _BENCH + "polybench/durbin/durbin_numpy.py", "kernel", "np.flip of slices",
           lambda r, m: (r.uniform(0.1, 0.3, 6),)),
    Script(_NPBENCH, _BENCH + "polybench/gramschmidt/gramschmidt_numpy.py", "kernel",
           "columns in place", lambda r, m: (r.normal(size=(5, 3)),)),
    Script("QuantEcon/QuantEcon.py", "quantecon/quad.py", "_qnwtrap1", "@jit, raise",
           lambda r, m: (5, 0.3, 1.7), "."),
    Script("QuantEcon/QuantEcon.py", "quantecon/quad.py", "_qnwlege1", "@jit, while iteration",
           lambda r, m: (5, 0.3, 1.7), "."),
)
