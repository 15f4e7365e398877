"""Derivatives of Numba-style Python functions, as readable source that Numba compiles."""
