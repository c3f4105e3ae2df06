"""Differentiate the kernels of NPBench as they are."""
