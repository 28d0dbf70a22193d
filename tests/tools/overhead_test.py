"""tests/tools/overhead_test.py: tools/check_overhead.py complains when it should."""

import contextlib
import importlib.util
import io
import pathlib
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools/check_overhead.py"
SPEC = importlib.util.spec_from_file_location("check_overhead", TOOL)
check_overhead = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_overhead)

RECORDED = {"chain/1": 2000, "live/10": 3000, "live/100000": 3010}


class Overhead(unittest.TestCase):
    def complaints(self, **changes):
        measured = RECORDED | {name.replace("_", "/"): count for name, count in changes.items()}
        with contextlib.redirect_stdout(io.StringIO()):
            return check_overhead.differences(measured, RECORDED)

    def test_recorded_counts_pass(self):
        self.assertEqual(self.complaints(), [])

    def test_a_little_more_passes_and_six_percent_do_not(self):
        self.assertEqual(self.complaints(chain_1=2090), [])
        self.assertEqual(len(self.complaints(chain_1=2120)), 1)

    def test_fewer_pass(self):
        self.assertEqual(self.complaints(chain_1=1000), [])

    def test_many_live_arrays_must_not_cost_more(self):
        self.assertEqual(len(self.complaints(live_10=2000)), 1)


if __name__ == "__main__":
    unittest.main()
