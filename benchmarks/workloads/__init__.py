"""One workload a file: the plain primal, its arguments, and everybody's gradient of it."""
