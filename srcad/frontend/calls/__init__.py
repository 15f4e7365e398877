"""Calls: of the user's functions, of functions with rules, of derivatives."""
