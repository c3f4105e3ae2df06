"""`jvp`: a function and its derivative along a direction, in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.dispatch import Dispatch
from diffpy.parameters import Parameters
from diffpy.runtime.derivative_trees import own_copy, take_derivative
from diffpy.structure import Sequence, flatten, rebuild
from diffpy.transform.apply_transform import tangent_structure
from diffpy.transform.check_request import Transform
from diffpy.versions import describe_arguments


class TangentMaker:
    """The versions of one function's jvp."""

    def __init__(self, transform: Transform) -> None:
        self.parameters = Parameters(transform.fun)
        self.dispatch = Dispatch(transform, self.parameters)

    def call(self, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """The value and its tangent; checks the tangents against the primals."""
        if len(tangents) != len(primals):
            raise TypeError(f"there are {len(primals)} primals, but {len(tangents)} tangents")
        name, names = self.parameters.name, self.parameters.names
        values = self.parameters.bind(primals, {})
        dots = self.parameters.bind_tangents(tangents, values)
        structures = describe_arguments(values, names, name)
        leaves = [
            leaf
            for k, (structure, value, dot) in enumerate(zip(structures, values, dots))
            for leaf in take_derivative(
                structure, value, dot, f"the tangent of {names[k] if names else k}"
            )
        ]
        whole = tangent_structure(Sequence(tuple, structures))
        found = self.dispatch.call(values, rebuild(whole, iter(leaves)))
        given = [*flatten(Sequence(tuple, structures), values), *leaves]
        arrays = [leaf for leaf in given if isinstance(leaf, np.ndarray)]
        return own_copy(found, arrays) if arrays else found
