"""report/results.py: reads what a run of the suite has written, and compares pairs.

<device>.jsonl has a line for each measurement, <device>.samples.jsonl its single times. Those of
one benchmark, size and language that have the same index were taken one after another, so ratios
are taken between them, and the median of the ratios is what counts.
"""

from __future__ import annotations

import json
import math
import pathlib
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

APPLICATIONS = ("VEC", "B&S", "ML", "HITS", "IMG", "DL")
RIVALS = ("serial", "events", "graph-api", "graph-capture")

Key = tuple[str, int, str, str]  # benchmark, size, language, implementation


@dataclass
class Measurement:
    benchmark: str
    size: int
    language: str
    implementation: str
    median_us: float
    min_us: float
    max_us: float
    iterations: int
    cold_us: float
    verified: bool
    commit: str
    times_us: list[float] = field(default_factory=list)
    submit_us: list[float] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return (self.benchmark, self.size, self.language, self.implementation)


def lines(path: pathlib.Path) -> Iterator[dict]:
    if path.exists():
        with path.open() as file:
            yield from (json.loads(line) for line in file if line.strip())


class Results:
    """One device's newest measurements; where a key was measured twice, the later one."""

    def __init__(self, folder: pathlib.Path, device: str) -> None:
        self.device = device
        self.machine = next(lines(folder / f"{device}.machine.json"), {})
        self.by_key: dict[Key, Measurement] = {}
        for line in lines(folder / f"{device}.jsonl"):
            measurement = Measurement(**line)
            self.by_key[measurement.key] = measurement
        for line in lines(folder / f"{device}.samples.jsonl"):
            key = (line["benchmark"], line["size"], line["language"], line["implementation"])
            if key in self.by_key:
                self.by_key[key].times_us = line["times_us"]
                self.by_key[key].submit_us = line.get("submit_us", [])

    def get(
        self, benchmark: str, size: int, implementation: str, language: str = "c++"
    ) -> Measurement | None:
        return self.by_key.get((benchmark, size, language, implementation))

    def sizes(self, benchmark: str, language: str = "c++") -> list[int]:
        return sorted({k[1] for k in self.by_key if k[0] == benchmark and k[2] == language})

    def benchmarks(self, language: str = "c++") -> list[str]:
        """In the order in which they were run."""
        return list(dict.fromkeys(k[0] for k in self.by_key if k[2] == language))

    def application_sizes(self, language: str = "c++") -> list[tuple[str, int]]:
        return [(name, size) for name in APPLICATIONS for size in self.sizes(name, language)]

    @property
    def has_rivals(self) -> bool:
        return any(key[3] in RIVALS for key in self.by_key)

    def serial(self, benchmark: str, size: int) -> Measurement | None:
        """The baseline of speedups: one stream by hand, or what comes next to it on a CPU."""
        return self.get(benchmark, size, "serial" if self.has_rivals else "sennit-serial")

    def best_rival(self, benchmark: str, size: int) -> Measurement | None:
        rivals = (self.get(benchmark, size, name) for name in RIVALS)
        return min((r for r in rivals if r), key=lambda r: r.median_us, default=None)


def ratio(a: Measurement | None, b: Measurement | None) -> float | None:
    """The median of a / b, pair by pair; of languages or runs apart, of the medians."""
    if a is None or b is None:
        return None
    if a.language == b.language and a.times_us and len(a.times_us) == len(b.times_us):
        return statistics.median(x / y for x, y in zip(a.times_us, b.times_us, strict=True))
    return a.median_us / b.median_us


def geometric_mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else None
