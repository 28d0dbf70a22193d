#!/usr/bin/env python3
"""python/suite.py: runs the applications from Python, and compares what a launch costs there.

Run by benchmarks/run, which says where the C++ suite is: sizes and shapes come from its table
(`suite --list`), and the results are appended to the same files, with the language "python".
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

COLD = 3  # iterations that are reported apart
MOST = 200  # iterations


@dataclass
class Effort:
    least: int = 30
    seconds: float = 1.0

    def least_after(self, cold_us: list[float]) -> int:
        return min(self.least, 15) if cold_us[-1] > 200e3 else self.least


EFFORTS = {
    "smoke": Effort(10, 0),
    "quick": Effort(30, 0.3),
    "standard": Effort(),
    "full": Effort(),
}


@dataclass
class Times:
    """What one implementation took."""

    cold_us: list[float] = field(default_factory=list)
    times_us: list[float] = field(default_factory=list)
    submit_us: list[float] = field(default_factory=list)
    verified: bool = True


class Output:
    """The files of one device."""

    def __init__(self, folder: pathlib.Path, device: str, commit: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
        self.lines = (folder / f"{name}.jsonl").open("a")
        self.samples = (folder / f"{name}.samples.jsonl").open("a")
        self.commit = commit

    def add(self, benchmark: str, size: int, implementation: str, times: Times) -> None:
        what = {
            "benchmark": benchmark,
            "size": size,
            "language": "python",
            "implementation": implementation,
        }
        line = what | {
            "median_us": round(statistics.median(times.times_us), 3),
            "min_us": round(min(times.times_us), 3),
            "max_us": round(max(times.times_us), 3),
            "iterations": len(times.times_us),
            "cold_us": round(times.cold_us[0], 3),
            "verified": times.verified,
            "commit": self.commit,
        }
        samples = what | {
            "cold_us": [round(t, 3) for t in times.cold_us],
            "times_us": [round(t, 3) for t in times.times_us],
            "submit_us": [round(t, 3) for t in times.submit_us],
        }
        print(json.dumps(line), file=self.lines, flush=True)
        print(json.dumps(samples), file=self.samples, flush=True)
        median = statistics.median(times.times_us)
        mark = "" if times.verified else "  WRONG"
        print(f"{benchmark:17} {size:10} {implementation:16} {median:14.3f} us{mark}", flush=True)


def in_turns(run: dict[str, Callable[[int], tuple[float, float, bool]]], effort: Effort) -> dict:
    """Runs each, then each again. `run` takes the iteration; gives time, submission, verdict."""
    measured = {name: Times() for name in run}
    iteration, start = 0, 0.0
    least = effort.least
    while iteration < COLD + least or (
        iteration < COLD + MOST and time.perf_counter() - start < effort.seconds
    ):
        for name, once in run.items():
            all_us, submit_us, right = once(iteration)
            times = measured[name]
            times.verified &= right
            if iteration < COLD:
                times.cold_us.append(all_us)
            else:
                times.times_us.append(all_us)
                times.submit_us.append(submit_us)
        iteration += 1
        if iteration == COLD:
            start = time.perf_counter()
            least = min(effort.least_after(times.cold_us) for times in measured.values())
    return measured


def application_runner(application) -> Callable[[int], tuple[float, float, bool]]:
    import numpy as np

    def once(iteration: int) -> tuple[float, float, bool]:
        inputs, expected = application.sets[iteration % len(application.sets)]
        application.reset(inputs)
        start = time.perf_counter_ns()
        application.submit()
        submitted = time.perf_counter_ns()
        first = application.finish()
        end = time.perf_counter_ns()
        right = all(
            application.is_right(np.asarray(value), answer.flat[0])
            for value, answer in zip(first, expected, strict=False)
        )
        if iteration % 10 == 0:
            right &= all(
                application.is_right(np.asarray(output), answer.reshape(output.shape))
                for output, answer in zip(application.outputs(), expected, strict=True)
            )
        return (end - start) / 1e3, (submitted - start) / 1e3, right

    return once


def sizes_of(row: dict, reach: str) -> list[int]:
    """From Python as far as a quick run goes; a full run as far as a standard one."""
    count = {"smoke": 1, "quick": row["quick"], "standard": row["quick"], "full": row["standard"]}
    return row["sizes"][: count[reach]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("--suite", required=True, help="the C++ suite")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--reach", default="standard", choices=EFFORTS)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--commit", default="unknown")
    given = parser.parse_args()
    try:
        import sennit as sn
    except ImportError:
        print("sennit is not installed for this Python: nothing is measured from it")
        return
    import launches
    import transfers
    from applications import APPLICATIONS

    listed = subprocess.run([given.suite, "--list"], check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    runtime = sn.Runtime(given.device, replay="off")
    effort = EFFORTS[given.reach]
    output = Output(given.out, runtime.devices()[0].name, given.commit)
    verified = True
    for row in rows:
        if row["name"] not in APPLICATIONS:
            continue
        for size in sizes_of(row, given.reach):
            application = APPLICATIONS[row["name"]](runtime, size, tuple(row["shape"]))
            measured = in_turns({"sennit-naive": application_runner(application)}, effort)
            for name, times in measured.items():
                output.add(row["name"], size, name, times)
                verified &= times.verified
    sizes = {row["name"]: sizes_of(row, given.reach) for row in rows}
    for benchmark, size, contenders in itertools.chain(
        launches.benchmarks(runtime), transfers.benchmarks(runtime, sizes)
    ):
        for name, times in in_turns(contenders, effort).items():
            output.add(benchmark, size, name, times)
            verified &= times.verified
    if not verified:
        sys.exit("python/suite.py: there were wrong answers")


if __name__ == "__main__":
    main()
