"""Side-by-side timings of gradients: diffpy, hand-written adjoints, JAX, PyTorch."""
