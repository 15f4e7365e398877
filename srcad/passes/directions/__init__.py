"""Derivatives along several directions at once."""
