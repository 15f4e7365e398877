"""The benchmark programs, one file each."""

from benchmarks.case import Case
from benchmarks.cases.chain import CHAIN
from benchmarks.cases.jacobi import JACOBI
from benchmarks.cases.logistic import LOGISTIC
from benchmarks.cases.lorenz import LORENZ
from benchmarks.cases.lstm import LSTM
from benchmarks.cases.mixture import MIXTURE
from benchmarks.cases.nbody import NBODY
from benchmarks.cases.rosenbrock import ROSENBROCK

ALL: tuple[Case, ...] = (
    CHAIN,
    ROSENBROCK,
    LOGISTIC,
    NBODY,
    LORENZ,
    MIXTURE,
    LSTM,
    JACOBI,
)
