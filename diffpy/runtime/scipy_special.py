"""SciPy's special functions under the names that generated code calls them by: ``special_j0``.

In Python they are `scipy.special`'s own. Compiled code calls the same C functions, which SciPy
exports from `scipy.special.cython_special` (see `lowering/scipy_special.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

PREFIX = "special_"


def _each(names: str, operands: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), operands)


#: name -> kinds of its operands: ``f`` a float, ``n`` an integer
SIGNATURES: dict[str, str] = {
    **_each(
        "erf erfc erfcx erfi erfinv erfcinv dawsn ndtr log_ndtr ndtri "
        "gamma gammaln loggamma rgamma psi "
        "j0 j1 y0 y1 i0 i1 i0e i1e k0 k1 k0e k1e "
        "expit logit log_expit exprel expi exp1 exp2 exp10 expm1 log1p cbrt cosm1 entr spence "
        "sindg cosdg tandg cotdg ellipk ellipe wrightomega",
        "f",
    ),
    **_each(
        "beta betaln binom poch xlogy xlog1py rel_entr kl_div huber pseudo_huber "
        "boxcox boxcox1p inv_boxcox inv_boxcox1p gammainc gammaincc "
        "jv jve yv yve iv ive kv kve",
        "ff",
    ),
    **_each(
        "kn yn eval_legendre eval_chebyt eval_chebyu eval_hermite eval_hermitenorm eval_laguerre",
        "nf",
    ),
    **_each("eval_genlaguerre eval_gegenbauer", "nff"),
    **_each("eval_jacobi", "nfff"),
    **_each("betainc", "fff"),
}


@functools.cache
def special_function(name: str) -> Callable[..., Any]:
    """What generated code calls: a function of its own, which numba can overload.

    SciPy is imported by its first call.
    """
    operands = ", ".join(f"x{i}" for i in range(len(SIGNATURES[name])))
    # Written out, because numba matches the parameters of overloads by their names.
    text = f"def {PREFIX}{name}({operands}):\n    return ufunc({name!r})({operands})\n"
    scope: dict[str, Any] = {"ufunc": _ufunc}
    exec(text, scope)
    function: Callable[..., Any] = scope[PREFIX + name]
    function.__module__ = __name__
    return function


@functools.cache
def _ufunc(name: str) -> Callable[..., Any]:
    from scipy import special

    function: Callable[..., Any] = getattr(special, name)
    return function
