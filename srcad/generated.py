"""The module that all generated functions say they are from; it is empty.

Numba looks for it by name when it loads compiled code in another process.
"""
