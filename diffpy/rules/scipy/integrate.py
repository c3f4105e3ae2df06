"""`scipy.integrate`: integrals of samples."""

from __future__ import annotations

from scipy import integrate

from diffpy.rules.reductions import trapezoid
from diffpy.rules.registry import define

__all__: list[str] = []

define(integrate.trapezoid)(trapezoid)
