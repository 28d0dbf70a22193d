"""report/markdown.py: a run of the suite in words and tables."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence

from .results import RIVALS, Measurement, Results, geometric_mean, ratio

OURS = ("sennit-naive", "sennit-replay", "sennit-serial")
TASKS = ("chain", "independent", "fork-join", "fork-join-busy", "scalar-read")
TRANSFERS = ("upload", "upload-pageable", "download", "download-pageable")

# A size is bound by launches where serial submission takes this part of the time and more.
LAUNCH_BOUND = 0.5
# What sennit may take of the time of others.
MOST_OF_EVENTS = 1.03
MOST_OF_SERIAL = 1.03
MOST_OF_SERIAL_LAUNCH_BOUND = 1.05


def as_measured(results: Results, benchmark: str, size: int, language: str) -> Measurement | None:
    """sennit as a program of that language ran it: without replay, or else with it."""
    measured = (results.get(benchmark, size, name, language) for name in OURS[:2])
    return next((one for one in measured if one), None)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    right = ["---"] + ["---:"] * (len(head) - 1)
    return ["| " + " | ".join(row) + " |" for row in (head, right, *rows)]


def number(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.1f}"


def spread(measured: Measurement | None) -> str:
    if measured is None:
        return "–"
    wrong = "" if measured.verified else " **wrong**"
    if measured.iterations == 1:
        return number(measured.median_us) + wrong
    low, high = number(measured.min_us), number(measured.max_us)
    return f"{number(measured.median_us)} ({low} to {high}){wrong}"


def head(results: Results) -> list[str]:
    machine = results.machine
    commits = sorted({m.commit for m in results.by_key.values()})
    counts = [m.iterations for m in results.by_key.values() if m.iterations > 1]
    facts = [
        ("device", machine.get("device", results.device)),
        ("driver", machine.get("driver", "not known")),
        ("CUDA", machine.get("cuda", "–")),
        ("host", machine.get("host", "not known")),
        ("date", machine.get("date", "not known")),
        ("commit", ", ".join(commits)),
    ]
    text = ["# The benchmark suite's newest run", ""]
    text += table(["", ""], facts)
    text += [
        "",
        "Times are microseconds: the median, and the least and the most of "
        f"{min(counts, default=0)} to {max(counts, default=0)} iterations. Implementations took "
        "turns, iteration by iteration, in one process; ratios are medians of the ratios of such "
        "neighbours. Every run was checked against a reference on the host. What is measured and "
        "how: [README.md](README.md).",
    ]
    return text


def summary(results: Results) -> list[str]:
    def mean(a: str, b: Callable[[str, int], Measurement | None]) -> str:
        sizes = results.application_sizes()
        return number(geometric_mean(ratio(results.get(*s, a), b(*s)) for s in sizes), 3)

    def named(name: str) -> Callable[[str, int], Measurement | None]:
        return lambda benchmark, size: results.get(benchmark, size, name)

    def speedup(name: str) -> str:
        sizes = results.application_sizes()
        ratios = (ratio(results.serial(*s), results.get(*s, name)) for s in sizes)
        return number(geometric_mean(ratios), 3)

    names = (*OURS, "events", "graph-api", "graph-capture") if results.has_rivals else OURS
    baseline = (
        "`serial`, one stream with transfers placed by hand"
        if results.has_rivals
        else "`sennit-serial`, since there is nothing written by hand for this device"
    )
    text = [
        "",
        "## In short",
        "",
        f"Geometric means over all applications and sizes of the speedup over {baseline}:",
        "",
        *table(["implementation", "speedup"], [[name, speedup(name)] for name in names]),
    ]
    if results.has_rivals:
        text += [
            "",
            f"`sennit-naive` takes {mean('sennit-naive', named('events'))} of the time of "
            f"hand-placed streams and events, and {mean('sennit-naive', results.best_rival)} of "
            "that of the best rival of each size.",
        ]
    return text


def is_launch_bound(serial: Measurement | None) -> bool:
    if serial is None or not serial.submit_us:
        return False
    return statistics.median(serial.submit_us) >= LAUNCH_BOUND * serial.median_us


def losses(results: Results) -> list[str]:
    if not results.has_rivals:
        return []
    rows = []
    for benchmark, size in results.application_sizes():
        ours = results.get(benchmark, size, "sennit-naive")
        serial = results.get(benchmark, size, "serial")
        best = results.best_rival(benchmark, size)
        over_serial = ratio(ours, serial)
        over_events = ratio(ours, results.get(benchmark, size, "events"))
        over_best = ratio(ours, best)
        launch_bound = is_launch_bound(serial)
        most = MOST_OF_SERIAL_LAUNCH_BOUND if launch_bound else MOST_OF_SERIAL
        misses = []
        if over_events and over_events > MOST_OF_EVENTS:
            misses.append(f"events {number(over_events, 3)}")
        if over_serial and over_serial > most:
            misses.append(f"serial {number(over_serial, 3)}")
        if best and best.implementation not in ("events", "serial") and (over_best or 0) > 1:
            misses.append(f"{best.implementation} {number(over_best, 3)}")
        if misses:
            bound = "launches" if launch_bound else "the device"
            rows.append([benchmark, f"{size:,}", bound, ", ".join(misses)])
    text = ["", "## Where sennit loses", ""]
    if not rows:
        return text + ["Nowhere in this run."]
    return text + [
        f"Sizes at which `sennit-naive` takes more than {MOST_OF_EVENTS} of the time of `events`, "
        f"more than {MOST_OF_SERIAL} of `serial` ({MOST_OF_SERIAL_LAUNCH_BOUND} where launches "
        "bound it), or more than a graph that is the best rival:",
        "",
        *table(["benchmark", "size", "bound by", "sennit-naive's time over"], rows),
    ]


def applications(results: Results) -> list[str]:
    names = (*OURS, *RIVALS, "bound", "bound-link")
    rows = []
    for benchmark, size in results.application_sizes():
        ours = results.get(benchmark, size, "sennit-naive")
        rows.append(
            [f"{benchmark} {size:,}"]
            + [spread(results.get(benchmark, size, name)) for name in names]
            + [
                number(ratio(ours, results.get(benchmark, size, name)), 3)
                for name in ("serial", "events")
            ]
            + [number(ratio(ours, results.best_rival(benchmark, size)), 3)]
        )
    return [
        "",
        "## Applications",
        "",
        "![Speedup over serial, ratio to the best rival, part of the bound]"
        f"(results/{results.device}.svg)",
        "",
        "`bound` is the longest chain of operations that need each other, each with the time that "
        "it takes alone; `bound-link` the time of all transfers in the link's busier direction.",
        "",
        *table(["", *names, "/ serial", "/ events", "/ best"], rows),
    ]


def tasks(results: Results) -> list[str]:
    rows = []
    for language in ("c++", "python"):
        for benchmark in TASKS:
            for size in results.sizes(benchmark, language):
                for key, measured in results.by_key.items():
                    if key[:3] != (benchmark, size, language):
                        continue
                    submit = measured.submit_us
                    rows.append(
                        [
                            f"{benchmark} of {size:,}",
                            language,
                            measured.implementation,
                            number(measured.median_us / size, 3),
                            number(statistics.median(submit) / size * 1e3, 0) if submit else "–",
                        ]
                    )
    if not rows:
        return []
    return [
        "",
        "## Tasks that do next to nothing",
        "",
        "Microseconds for a task from end to end, and nanoseconds that the host takes to submit "
        "it. Bursts of 256 find the device idle; longer runs wait for it.",
        "",
        *table(["pattern", "language", "implementation", "µs a task", "ns to submit"], rows),
    ]


def transfers(results: Results) -> list[str]:
    rows = []
    for language, benchmark in itertools.product(("c++", "python"), TRANSFERS):
        rival = "serial" if language == "c++" else "cupy"
        for size in results.sizes(benchmark, language):
            measured = [
                as_measured(results, benchmark, size, language),
                results.get(benchmark, size, rival, language),
            ]
            row = [f"{benchmark}, {size:,} bytes", language]
            for one in measured:
                rate = size / one.median_us / 1e3 if one else None
                row += [spread(one), number(rate, 2)]
            rows.append([*row, number(ratio(*measured), 3)])
    if not rows:
        return []
    columns = ["", "language", "sennit, µs", "GB/s", "serial, µs", "GB/s", "sennit / serial"]
    return [
        "",
        "## Transfers",
        "",
        "One array goes over the link, before or after a kernel that does next to nothing; the "
        "kernel and its answer are in the time. `serial` copies from and to pinned memory, or, "
        "where the name says pageable, to memory that the driver has not pinned. sennit uses its "
        "own mirror, or the caller's memory. From Python the memory is NumPy's, and CuPy stands in "
        "the place of `serial`.",
        "",
        *table(columns, rows),
    ]


def python_applications(results: Results) -> list[str]:
    rows = []
    for benchmark, size in results.application_sizes("python"):
        ours = as_measured(results, benchmark, size, "python")
        native = results.get(benchmark, size, ours.implementation) if ours else None
        rows.append([f"{benchmark} {size:,}", spread(ours), number(ratio(ours, native), 3)])
    if not rows:
        return []
    return [
        "",
        "## From Python",
        "",
        *table(["", "sennit from Python", "over C++"], rows),
    ]


def report(results: Results) -> str:
    parts = (head, summary, losses, applications, python_applications, tasks, transfers)
    return "\n".join(line for part in parts for line in part(results)) + "\n"
