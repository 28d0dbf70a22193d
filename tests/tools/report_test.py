"""tests/tools/report_test.py: the report of the benchmark suite says what the results say."""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from report.markdown import report  # noqa: E402
from report.plots import svg  # noqa: E402
from report.results import Results, geometric_mean, ratio  # noqa: E402


def written(folder: pathlib.Path, times: dict[tuple[str, int, str], list[float]]) -> Results:
    """Results on the device "gpu", by benchmark, size and implementation."""
    with (
        (folder / "gpu.jsonl").open("w") as lines,
        (folder / "gpu.samples.jsonl").open("w") as single,
    ):
        for (benchmark, size, implementation), values in times.items():
            what = {
                "benchmark": benchmark,
                "size": size,
                "language": "c++",
                "implementation": implementation,
            }
            line = what | {
                "median_us": sorted(values)[len(values) // 2],
                "min_us": min(values),
                "max_us": max(values),
                "iterations": len(values),
                "cold_us": 1,
                "verified": True,
                "commit": "abc",
            }
            print(json.dumps(line), file=lines)
            samples = {"cold_us": [1], "times_us": values, "submit_us": values}
            print(json.dumps(what | samples), file=single)
    return Results(folder, "gpu")


class ReportTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def results(self, naive: list[float]) -> Results:
        return written(
            self.folder,
            {
                ("VEC", 100, "sennit-naive"): naive,
                ("VEC", 100, "serial"): [20, 20, 20],
                ("VEC", 100, "events"): [10, 20, 30],
                ("VEC", 100, "bound"): [5],
                ("chain", 200, "sennit-naive"): [400, 400, 400],
            },
        )

    def test_ratios_are_taken_between_neighbours(self) -> None:
        # The medians are equal; each neighbour but one is twice as fast.
        results = self.results([20, 40, 20])
        naive, events = results.get("VEC", 100, "sennit-naive"), results.get("VEC", 100, "events")
        self.assertEqual(ratio(naive, events), 2)

    def test_a_mean_leaves_out_what_was_not_run(self) -> None:
        self.assertAlmostEqual(geometric_mean([4, None, 1]), 2)
        self.assertIsNone(geometric_mean([None]))

    def test_a_loss_is_told_with_the_ratio(self) -> None:
        lost = report(self.results([11, 22, 33]))
        self.assertIn("| VEC | 100 | launches | events 1.100, serial 1.100 |", lost)
        self.assertNotIn("Nowhere", lost)
        self.assertIn("Nowhere", report(self.results([9, 18, 27])))

    def test_a_pattern_is_given_for_a_task(self) -> None:
        text = report(self.results([9, 18, 27]))
        self.assertIn("| chain of 200 | c++ | sennit-naive | 2.000 | 2,000 |", text)

    def test_a_wrong_answer_is_marked(self) -> None:
        results = self.results([9, 18, 27])
        self.assertNotIn("**wrong**", report(results))
        results.get("VEC", 100, "sennit-naive").verified = False
        self.assertIn("**wrong**", report(results))

    def test_the_picture_is_an_svg_with_a_curve_for_each_implementation(self) -> None:
        picture = xml.etree.ElementTree.fromstring(svg(self.results([9, 18, 27])))
        curves = picture.findall("{http://www.w3.org/2000/svg}polyline")
        # Speedup and time over the best: three; part of the bound: three.
        self.assertEqual(len(curves), 9)


if __name__ == "__main__":
    unittest.main()
