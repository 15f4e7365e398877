"""Objects for the libraries that people already use: SciPy, samplers, JAX, PyTorch, Dask."""
