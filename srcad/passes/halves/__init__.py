"""Derivatives in two functions: what is computed once, and what as often as wanted."""
