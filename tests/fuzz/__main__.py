"""Run random programs outside pytest: `python -m tests.fuzz --programs 1000 --seed 0`.

Prints how far it is, writes each finding with its shrunk program to a file, and ends with a
table. The exit code is 1 if there were findings.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Run a campaign and return the exit code."""
    os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")  # read when Numba is imported
    os.environ.setdefault("SRCAD_VERIFY", "0")
    from tests.fuzz.campaign import FINDINGS, Campaign, Task, lower_priority  # noqa: PLC0415
    from tests.fuzz.kinds import KINDS  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first program")
    parser.add_argument("--kind", default="all", choices=[*KINDS, "all"])
    parser.add_argument("--compiled", action="store_true", help="compile the derivatives")
    parser.add_argument("--second-order", action="store_true", help="derivatives of gradients")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--out", type=Path, default=Path("fuzz-out"), help="where results go")
    parser.add_argument("--resume", action="store_true", help="go on with the results in --out")
    parser.add_argument("--timeout", type=float, help="seconds that one program may take")
    parser.add_argument("--shrink", type=float, default=40.0, help="seconds to shrink a finding")
    options = parser.parse_args()

    mode = "second" if options.second_order else "compiled" if options.compiled else "plain"
    kinds = list(KINDS) if options.kind == "all" else [options.kind]
    timeout = options.timeout or (300.0 if mode == "compiled" else 90.0)
    campaign = Campaign(options.out, timeout, options.shrink)
    results = options.out / "results.jsonl"
    if results.exists() and not options.resume:
        parser.error(f"{results} is there already: --resume goes on with it")
    done = campaign.resume()
    lower_priority()
    tasks = (
        Task(kinds[k % len(kinds)], mode, options.seed + k // len(kinds))
        for k in range(options.programs)
    )
    campaign.run((task for task in tasks if task not in done), options.jobs)
    table = campaign.table()
    (options.out / "table.txt").write_text(table + "\n")
    print(table)
    return int(any(result.status in FINDINGS for result in campaign.results))


if __name__ == "__main__":
    sys.exit(main())
