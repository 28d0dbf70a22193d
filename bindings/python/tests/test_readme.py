"""tests/test_readme.py: the README's program runs, and prints the log that the README shows."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

README = pathlib.Path(__file__).parents[3] / "README.md"


def without_times(log):
    return re.sub(r"waited \d+ us", "waited some us", log)


def test_the_program_of_the_readme_prints_the_log_of_the_readme():
    pytest.importorskip("numpy")
    text = README.read_text()
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    log = re.search(r"```\n(sennit: debug: .*?)```", text, re.DOTALL)[1]
    environment = {**os.environ, "SENNIT_LOG_LEVEL": "debug", "SENNIT_DEVICE": "cpu"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert without_times(run.stderr) == without_times(log)
