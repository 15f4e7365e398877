"""Indices and divisors that may be wrong at run time are tested."""
