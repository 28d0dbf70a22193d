#!/usr/bin/env python3
"""tools/check_overhead.py: a launch costs no more instructions than is recorded.

    tools/check_overhead.py BINARY            fails if a pattern needs 5 % more than recorded
    tools/check_overhead.py BINARY --record   writes the counts down

Time on a shared machine is noise; the instructions that callgrind counts are not. They depend on
the compiler, so the file has one list for each. A compiler without a list is not compared: record
one if it matters. Fewer instructions than recorded are good news, and are reported, so that the
record can follow.

A scheduler that knows 10^5 arrays must not need more for a launch than one that knows 10; this
holds for every compiler.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PATTERNS = [
    "chain/1",
    "chain/2",
    "chain/8",
    "forkjoin/2",
    "forkjoin/8",
    "held/1",
    "independent/1",
    "independent/8",
    "join/1",
    "join/2",
    "join/8",
    "live/10",
    "live/100000",
    "novel/1",
    "queue/8",
]
MARGIN = 0.05
RECORD = pathlib.Path(__file__).parent.parent / "benchmarks/submit_overhead.instructions.json"


def instructions_per_launch(binary, pattern):
    """Returns the instructions of one launch, from one batch under callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no",
                   "--toggle-collect=submit_overhead_measured_batch",
                   f"--callgrind-out-file={folder}/callgrind.out",
                   binary, "--instructions", pattern]  # fmt: skip
        run = subprocess.run(command, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    launches = re.search(r"^(\d+) launches", run.stdout, re.MULTILINE)
    if run.returncode != 0 or not collected or not launches or int(collected[1]) == 0:
        sys.exit(f"{' '.join(command)}: status {run.returncode}\n{run.stdout}{run.stderr}")
    return round(int(collected[1]) / int(launches[1]))


def compiler_of(binary):
    run = subprocess.run([binary, "--compiler"], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def differences(measured, recorded):
    """Returns the complaints about `measured`, and prints every pattern's counts."""
    complaints = []
    for pattern, count in measured.items():
        expected = recorded.get(pattern)
        print(f"{pattern:16} {count:7} instructions per launch, recorded: {expected or 'none'}")
        if expected is None:
            continue
        if count > expected * (1 + MARGIN):
            complaints.append(f"{pattern} needs {count} instructions per launch, not {expected}")
        elif count < expected * (1 - MARGIN):
            print(f"{'':16} better than recorded: run with --record")
    few, many = measured["live/10"], measured["live/100000"]
    if abs(many - few) > few * MARGIN:
        complaints.append(f"with 100000 live arrays a launch needs {many}, with 10 {few}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="benchmark_submit_overhead of a release build")
    parser.add_argument("--record", action="store_true", help="write the counts down")
    arguments = parser.parse_args()

    compiler = compiler_of(arguments.binary)
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda name: instructions_per_launch(arguments.binary, name), PATTERNS)
        measured = dict(zip(PATTERNS, counts, strict=True))
    if arguments.record:
        records[compiler] = measured
        RECORD.write_text(json.dumps(records, indent=2, sort_keys=True) + "\n")
    if compiler not in records:
        known = ", ".join(sorted(records)) or "none"
        print(f"no counts are recorded for {compiler} (recorded: {known}); only live/ is compared")
    complaints = differences(measured, records.get(compiler, {}))
    for complaint in complaints:
        print(f"overhead: {complaint}; if that is the price of something, run with --record")
    if not complaints:
        print("overhead: ok")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
