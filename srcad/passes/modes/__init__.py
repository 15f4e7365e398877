"""Forward mode, reverse mode, the function itself, and what becomes of calls."""
