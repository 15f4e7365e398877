"""The operators, as JAX has them: from a function to its derivatives, one topic a module."""
