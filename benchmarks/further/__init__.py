"""Programs beyond those of the main table, each with a hand-written adjoint where one is short."""

from benchmarks.further.case import FurtherCase
from benchmarks.further.chance import CHANCE
from benchmarks.further.learning import LEARNING
from benchmarks.further.matrices import MATRICES
from benchmarks.further.motion import MOTION

ALL: tuple[FurtherCase, ...] = (*LEARNING, *MOTION, *MATRICES, *CHANCE)
