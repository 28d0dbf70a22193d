"""tests/test_sennit_run.py: the command that runs GrCUDA programs, and GrCUDA's options on it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

import sennit as sn
from sennit import polyglot


def sennit_run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sennit", "run", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SENNIT_DEVICE": "cpu", **environment},
    )


# ---- Scripts -----------------------------------------------------------------------------------


def test_a_script_runs_as_it_is(tmp_path):
    (tmp_path / "other.py").write_text("VALUE = 3\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, polyglot, other\n"
        "from java.lang import System\n"
        "assert __name__ == '__main__'\n"
        "before = System.nanoTime()\n"
        "assert System.nanoTime() >= before and System.currentTimeMillis() > 10**12\n"
        "assert System.getProperty('os.name') and System.getProperty('no.such') is None\n"
        "x = polyglot.eval(language='grcuda', string='int[4]')\n"
        "x[1] = other.VALUE\n"
        "options = polyglot.eval(language='grcuda', string='getoptions()')\n"
        "print(x[:], sys.argv[1:], options['grcuda.InputPrefetch'])\n"
    )
    done = sennit_run("--polyglot", "--jvm", str(script), "-n", "5", "--grcuda.InputPrefetch")
    assert done.stderr == ""
    assert done.stdout == "[0, 3, 0, 0] ['-n', '5'] true\n"


def test_the_options_of_graalvm_are_dropped(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys; print(sys.argv[1:])")
    graal = ["--polyglot", "--jvm", "--native", "--experimental-options", "--vm.Xmx8G"]
    graal += ["--log.grcuda.com.nvidia.grcuda.level=FINE", "--log.file=none/there"]
    done = sennit_run(*graal, str(script), "own")
    assert (done.stdout, done.stderr) == ("['own']\n", "")


def test_what_a_script_raises_is_the_status_of_the_command(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import polyglot\npolyglot.eval(language='grcuda', string='flaot[1]')\n")
    done = sennit_run(str(script))
    assert done.returncode == 1
    assert "invalid type 'flaot'" in done.stderr and "script.py" in done.stderr


def test_the_command_says_what_it_knows(capsys):
    from sennit import _command

    assert _command.main(["walk"]) == 2
    assert "no command is called 'walk'; known: run" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="there is no file 'none.py'"):
        _command.main(["run", "none.py"])


# ---- Options -----------------------------------------------------------------------------------

# Each of GrCUDA's options with a value that is not its default.
OPTIONS = {
    "BandwidthMatrix": "links.csv",
    "CuBLASEnabled": "false",
    "CuBLASLibrary": "blas.so",
    "CuMLEnabled": "false",
    "CuMLLibrary": "ml.so",
    "CuSPARSEEnabled": "false",
    "CuSPARSELibrary": "sparse.so",
    "DataThreshold": "0.5",
    "DependencyPolicy": "no-const",
    "DeviceSelectionPolicy": "minmax-transfer-time",
    "EnableComputationTimers": "true",
    "ExecutionPolicy": "sync",
    "ExportDAG": "graph",
    "ForceStreamAttach": "true",
    "InputPrefetch": "true",
    "MemAdvisePolicy": "read-mostly",
    "NumberOfGPUs": "1",
    "RetrieveNewStreamPolicy": "always-new",
    "RetrieveParentStreamPolicy": "disjoint",
    "TensorRTEnabled": "true",
    "TensorRTLibrary": "trt.so",
}
SHOW_OPTIONS = """\
import json, polyglot
x = polyglot.eval(language="grcuda", string="int[2]")
x[0] = 1
options = polyglot.eval(language="grcuda", string="getoptions()")
print(json.dumps(dict(list(pair) for pair in options)))
"""
# The same through the module, without the command.
START_WITH_OPTIONS = f"""\
import json, sys
from sennit import polyglot
polyglot.start(options=list(json.loads(sys.argv[1]).items()))
{SHOW_OPTIONS.replace("import json, polyglot", "")}
polyglot._program = None
"""


@pytest.mark.parametrize("door", ["command line", "environment", "API"])
def test_every_option_is_set_by_name_through_every_door(door, tmp_path):
    (tmp_path / "links.csv").write_text("From,To,Bandwidth\n-1,0,12\n")
    given = {**OPTIONS, "BandwidthMatrix": str(tmp_path / "links.csv")}
    given["ExportDAG"] = str(tmp_path / "graph")
    named = {f"grcuda.{name}": value for name, value in given.items()}
    script = tmp_path / "script.py"
    script.write_text(SHOW_OPTIONS)
    if door == "command line":
        done = sennit_run(str(script), *(f"--{name}={value}" for name, value in named.items()))
    elif door == "environment":
        done = sennit_run(
            str(script), **{f"SENNIT_GRCUDA_{name.upper()}": value for name, value in given.items()}
        )
    else:
        done = subprocess.run(
            [sys.executable, "-c", START_WITH_OPTIONS, json.dumps(named)],
            capture_output=True,
            text=True,
            env={**os.environ, "SENNIT_DEVICE": "cpu"},
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == named
    assert pathlib.Path(given["ExportDAG"] + ".dot").read_text().startswith("digraph")


@pytest.mark.parametrize("name", ["grcuda.ExecutionPolice", "grcuda.executionpolicy", "grcuda."])
def test_an_unknown_option_is_refused_with_the_known_ones(name, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print('runs')")
    done = sennit_run(str(script), f"--{name}=sync")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"sennit run: no option is called '{name}'")
    assert "Traceback" not in done.stderr
    for known in OPTIONS:
        assert f"grcuda.{known}" in done.stderr
    with pytest.raises(sn.InvalidArgumentError, match="no option is called 'grcuda.*known: grcuda"):
        polyglot.start(options=[(name, "sync")])


def test_an_unknown_value_is_refused_with_the_known_ones(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print('runs')")
    done = sennit_run(str(script), "--grcuda.ExecutionPolicy=later")
    assert done.returncode == 1 and done.stdout == ""
    assert "'later'" in done.stderr and "async, sync, default" in done.stderr
    done = sennit_run(str(script), SENNIT_GRCUDA_NUMBEROFGPUS="many")
    assert done.returncode == 1 and "SENNIT_GRCUDA_NUMBEROFGPUS" in done.stderr


def test_a_flag_without_a_value_is_true_and_the_first_versions_names_are_known(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SHOW_OPTIONS)
    done = sennit_run(
        str(script), "--grcuda.ForceStreamAttach", "--grcuda.ExecutionPolicy=default",
        "--grcuda.RetrieveNewStreamPolicy=fifo", "--grcuda.DependencyPolicy=default",
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert shown["grcuda.ForceStreamAttach"] == "true"
    assert shown["grcuda.ExecutionPolicy"] == "async"
    assert shown["grcuda.RetrieveNewStreamPolicy"] == "reuse"
    assert shown["grcuda.RetrieveParentStreamPolicy"] == "same-as-parent"
    assert shown["grcuda.DependencyPolicy"] == "no-const"
