"""Entry point: fixes one thread and one core before anything numerical is imported.

Unless threads are what is measured.
"""

import os
import sys

if "--parallel" not in sys.argv:
    for _variable in (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ):
        os.environ[_variable] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from benchmarks.command import main  # after the environment is set

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
