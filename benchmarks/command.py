"""The command line: `python -m benchmarks [--quick] [--case NAME] ...`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.ablate import ablate, ablation_report, programs, steps
from benchmarks.array_cases import ALL as ARRAYS
from benchmarks.array_table import array_report, measure_arrays
from benchmarks.case import Case
from benchmarks.cases import ALL
from benchmarks.columns import HAND, OURS, PEERS, TAPE, Column, NotInstalledError
from benchmarks.compiling import compile_report
from benchmarks.first_programs import NAMES
from benchmarks.firstcall import Compilation, compilation, overhead, warm_up, warm_up_ours
from benchmarks.further import ALL as FURTHER
from benchmarks.further_table import further_report, measure_further
from benchmarks.measure import Row, measure
from benchmarks.memory import memory_report
from benchmarks.operators.calls import calls_report
from benchmarks.operators.cases import cases as operator_cases
from benchmarks.operators.overhead import overhead_report
from benchmarks.operators.table import measure_operator, operator_report
from benchmarks.parallel import parallel_report
from benchmarks.plot import svg
from benchmarks.processes import in_processes, process_report
from benchmarks.report import as_json, text


def parser() -> argparse.ArgumentParser:
    """The options."""
    listed = (case.name for case in (*ALL, *ARRAYS, *FURTHER))
    names = list(dict.fromkeys((*listed, *NAMES)))
    options = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="srcad beside a native tape, HIPS autograd, PyTorch and JAX: one thread, "
        "medians of interleaved rounds, gradients checked for agreement first.",
    )
    options.add_argument("--case", action="append", choices=names, help="only this case; repeat")
    options.add_argument("--arrays", action="store_true", help="the programs in NumPy form")
    options.add_argument(
        "--further", action="store_true", help="the further programs; --case chooses them, too"
    )
    options.add_argument("--operators", action="store_true", help="what the operators cost")
    options.add_argument("--calls", action="store_true", help="what a call from Python costs")
    options.add_argument("--processes", action="store_true", help="first calls, with the cache")
    options.add_argument("--ablate", action="store_true", help="leave out each pass in turn")
    options.add_argument("--parallel", action="store_true", help="gradients in threads")
    options.add_argument("--memory", action="store_true", help="page faults, and threads")
    options.add_argument("--compile", action="store_true", help="first calls, without the cache")
    options.add_argument("--before", type=Path, metavar="FILE", help="JSON of an earlier --compile")
    options.add_argument("--quick", action="store_true", help="small inputs, short budgets")
    options.add_argument("--tiny", action="store_true", help="inputs of a few numbers, for tests")
    options.add_argument("--hand", action="store_true", help="add hand-written adjoints: the limit")
    options.add_argument("--no-peers", action="store_true", help="only srcad and the native tape")
    options.add_argument("--budget", type=float, help="seconds of timing per case (default 20)")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options.add_argument("--svg", type=Path, metavar="FILE", help="draw the ratios")
    return options


def say(message: str) -> None:
    """Show progress on standard error, on one line where that is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{message}")
    else:
        sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def srcad_works() -> bool:
    """Whether srcad can be measured; says so if it cannot."""
    try:
        warm_up_ours()
    except NotInstalledError as reason:
        say(f"ours: {reason}")
    except Exception as failure:  # noqa: BLE001  (whatever fails there, the peers still run)
        say(f"ours: failed: {type(failure).__name__}: {failure}")
    else:
        return True
    return False


def main(arguments: list[str]) -> int:
    """Run the benchmarks; the exit code is 1 when some result disagrees."""
    options = parser().parse_args(arguments)
    which = "tiny" if options.tiny else "quick" if options.quick else "full"
    budget = options.budget or {"tiny": 0.05, "quick": 2.0, "full": 20.0}[which]
    if options.arrays:
        return array_programs(options, which, budget)
    if options.operators:
        return operators(which, budget)
    if options.ablate:
        warm_up()
        chosen = [p for p in programs(which) if not options.case or p.name in options.case]
        sys.stdout.write(f"{ablation_report(ablate(chosen, steps(), budget / 40, say))}\n")
        return 0
    if options.parallel:
        sys.stdout.write(f"{parallel_report()}\n")
        return 0
    if options.calls:
        sys.stdout.write(f"{calls_report(which)}\n")
        return 0
    if options.memory:
        sys.stdout.write(f"{memory_report(which, say)}\n")
        return 0
    if options.compile:
        return first_gradients(options)
    cases: tuple[Case, ...] = tuple(
        case for case in ALL if not options.case or case.name in options.case
    )
    if options.further or (options.case and not cases):
        return further_programs(options, which, budget)
    if options.processes:
        sys.stdout.write(f"{process_report(in_processes(cases))}\n")
        return 0
    warm_up()
    with_ours = srcad_works()
    columns: tuple[Column, ...] = (
        OURS,
        *([HAND] if options.hand else []),
        TAPE,
        *([] if options.no_peers else PEERS),
    )
    rows: list[Row] = []
    compilations: list[Compilation] = []
    for case in cases:
        say(f"{case.name}: first calls")
        compilations.append(first_calls(case, with_ours=with_ours))
        rows.append(measure(case, columns, which, budget, say))
    found = overhead(with_ours=with_ours)
    say("")
    sys.stdout.write(text(rows, compilations, found) + "\n")
    if options.json:
        options.json.write_text(json.dumps(as_json(rows, compilations, found), indent=2) + "\n")
    if options.svg:
        options.svg.write_text(svg(rows))
    return 0 if all(entry.agrees for row in rows for entry in row.entries.values()) else 1


def array_programs(options: argparse.Namespace, which: str, budget: float) -> int:
    """Run the programs in NumPy form; the exit code is 1 when some result disagrees."""
    warm_up()
    srcad_works()
    cases = [case for case in ARRAYS if not options.case or case.name in options.case]
    rows = [measure_arrays(c, which, budget, say, peers=not options.no_peers) for c in cases]
    say("")
    sys.stdout.write(array_report(rows) + "\n")
    return int(any(why.startswith("disagrees") for row in rows for why in row.failed.values()))


def further_programs(options: argparse.Namespace, which: str, budget: float) -> int:
    """Run the further programs beside njit and by hand; the exit code is 1 when some disagrees."""
    warm_up()
    srcad_works()
    cases = [case for case in FURTHER if not options.case or case.name in options.case]
    rows = [measure_further(case, which, budget / 4, say) for case in cases]
    say("")
    sys.stdout.write(further_report(rows) + "\n")
    return int(any(row.failed for row in rows))


def first_gradients(options: argparse.Namespace) -> int:
    """Run the table of first gradients without the cache."""
    warm_up()
    warm_up_ours()
    before = json.loads(options.before.read_text()) if options.before else None
    report, found = compile_report(say, options.case or (), before)
    say("")
    sys.stdout.write(f"{report}\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def operators(which: str, budget: float) -> int:
    """Run the tables of the operators; the exit code is 1 when some result disagrees."""
    rows = [measure_operator(case, budget / 4, say) for case in operator_cases(which)]
    say("overheads")
    sys.stdout.write(f"{operator_report(rows)}\n\n{overhead_report(which)}\n")
    return int(any(why.startswith("disagrees") for row in rows for why in row.failed.values()))


def first_calls(case: Case, *, with_ours: bool) -> Compilation:
    """Compile times of one case; without ours where that fails on this case."""
    try:
        return compilation(case, with_ours=with_ours)
    except Exception as failure:  # noqa: BLE001  (reported again, and noted, by `measure`)
        say(f"{case.name}: ours failed: {type(failure).__name__}: {failure}")
        return compilation(case, with_ours=False)
