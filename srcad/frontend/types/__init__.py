"""Types of names and of operations, as Numba would choose them."""
