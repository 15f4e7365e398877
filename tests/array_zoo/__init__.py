"""The array zoo: programs over whole arrays, as users write them."""

from tests.array_zoo import flow, learning, linear, memory, models, solvers, statistics

THEMES = (flow, learning, linear, memory, models, solvers, statistics)
PROGRAMS = [row for theme in THEMES for row in theme.program]

__all__ = ["PROGRAMS", "THEMES"]
