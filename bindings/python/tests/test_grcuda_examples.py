"""tests/test_grcuda_examples.py: GrCUDA programs run as they are; they check their own results."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

EXAMPLES = sorted((pathlib.Path(__file__).parents[3] / "examples" / "grcuda").glob("*.py"))


def run(script: pathlib.Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sennit", "run", str(script), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "SENNIT_DEVICE": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(output: str) -> tuple[str, list[float]]:
    """Words and numbers of a program's output, without its times."""
    output = re.sub(r"\d+ us", "", output)
    number = r"-?\d+(?:\.\d+)?"
    return re.sub(number, "#", output), [float(each) for each in re.findall(number, output)]


def check_under_both_execution_policies(script: pathlib.Path) -> None:
    """One after another and at the same time give the same. Sums of floats differ in their last
    bits from run to run, as the blocks of a kernel add to them in any order."""
    results = []
    for policy in ("sync", "async"):
        output = run(script, f"--grcuda.ExecutionPolicy={policy}")
        assert output.endswith("result: correct\n")
        results.append(shown(output))
    (words, numbers), (other_words, other_numbers) = results
    assert words == other_words and numbers == pytest.approx(other_numbers, rel=1e-5)


def test_there_are_examples():
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_finds_the_right_result(script):
    assert run(script).endswith("result: correct\n")


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_finds_the_same_under_both_execution_policies(script):
    check_under_both_execution_policies(script)


# What the original's authors measured: streams and dependencies as their paper has them.
PAPER = ["RetrieveNewStreamPolicy=always-new", "RetrieveParentStreamPolicy=disjoint"]
PAPER += ["DependencyPolicy=with-const", "ForceStreamAttach", "InputPrefetch=true"]


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_with_the_options_of_the_paper(script):
    assert run(script, *(f"--grcuda.{option}" for option in PAPER)).endswith("result: correct\n")


# In the manner of GrCUDA's own introduction: each way to reach a function, an array and a kernel.
PROGRAMS = {
    "increment": '''
import polyglot

SOURCE = """
__global__ void increment(int *arr, int n) {
  auto idx = blockIdx.x * blockDim.x + threadIdx.x;
  if (idx < n) {
    arr[idx] += 1;
  }
}
"""
kernel = polyglot.eval(language="grcuda", string="buildkernel")(
    SOURCE, "increment", "pointer, sint32")
n = 100
arr = polyglot.eval(language="grcuda", string=f"int[{n}]")
for i in range(n):
    arr[i] = i
block = 32
kernel((n + block - 1) // block, block)(arr, n)
assert [arr[i] for i in range(n)] == list(range(1, n + 1))
print("result: correct")
''',
    "namespace": '''
import polyglot

cu = polyglot.eval(language="grcuda", string="CU")
kernel = cu.buildkernel("""
__global__ void inc(float *x, int n) {
  int col = blockIdx.x * blockDim.x + threadIdx.x;
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  if (row < n && col < n) x[row * n + col] += 1.0f;
}""", "inc(x: inout pointer float, n: sint32)")
matrix = cu.DeviceArray("float", 16, 16)
kernel([2, 2], [8, 8])(matrix, 16)
assert all(value == 1 for row in matrix for value in row)
assert (kernel.launchCount, kernel.name) == (1, "inc")
print("result: correct")
''',
    "template": '''
import polyglot

build = polyglot.eval(language="grcuda", string="buildkernel")
SOURCE = """template <typename T> __global__ void inc(T *x, int n) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] += 1; }"""
for name in ("int", "float", "double"):
    x = polyglot.eval(language="grcuda", string=f"{name}[10 * 2]")
    build(SOURCE, f"inc<{name}>", "pointer, sint32")(1, 32)(x, len(x))
    assert x[:] == [1] * 20
print("result: correct")
''',
    "arrays": """
import numpy as np
import polyglot

make = polyglot.eval(language="grcuda", string="DeviceArray")
x = make("double", 1000)
source = np.linspace(0, 1, 1000)
x.copyFrom(int(source.ctypes.data), len(x))
assert [x[0], x[999]] == [0, 1] and len(x[0:10]) == 10
matrix = polyglot.eval(language="grcuda", string="int[5][10]")
for i in range(len(matrix)):
    for j in range(len(matrix[i])):
        matrix[i][j] = 10 * i + j
columns = make("int", 5, 10, "F")
columns.copyFrom(matrix, 50)
assert [list(row) for row in columns] == [list(row) for row in matrix]
matrix.free()
assert matrix.isMemoryFreed
print("result: correct")
""",
    "streams": '''
import polyglot

cu = polyglot.eval(language="grcuda", string="CU")
kernel = cu.buildkernel("""
__global__ void add(float *x, float value, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] += value;
}""", "add", "pointer, float, sint32")
first, second = cu.cudaStreamCreate(), cu.cudaStreamCreate()
x, y = cu.DeviceArray("float", 256), cu.DeviceArray("float", 256)
cu.cudaStreamAttachMemAsync(first, x)
kernel(2, 128, first)(x, 1.0, 256)
kernel(2, 128, second)(y, 2.0, 256)
event = cu.cudaEventCreate()
cu.cudaEventRecord(event, first)
cu.cudaStreamWaitEvent(second, event)
kernel(2, 128, second)(x, 3.0, 256)
cu.cudaStreamSynchronize(second)
assert (x[255], y[255]) == (4, 2)
for stream in (first, second):
    cu.cudaStreamDestroy(stream)
cu.cudaEventDestroy(event)
print("result: correct")
''',
    "native function": """
import ctypes.util
import polyglot

library = ctypes.util.find_library("m") or "libm.so.6"
bind = polyglot.eval(language="grcuda", string="bind")
cosine = bind(library, "cos(x: double): double")
assert cosine(0) == 1 and abs(cosine(3.141592653589793) + 1) < 1e-12
hypotenuse = polyglot.eval(
    language="grcuda", string=f'bind("{library}", "hypot", "(double, double): double")')
assert hypotenuse(3, 4) == 5
print("result: correct")
""",
    "devices and options": """
import polyglot

devices = polyglot.eval(language="grcuda", string="getdevices()")
for device in devices:
    properties = device.properties
    print(device.id, properties.deviceName, properties.totalDeviceMemory > 0)
device = polyglot.eval(language="grcuda", string="getdevice(0)")
device.setCurrent()
assert device.isCurrent() and len(devices) == polyglot.eval(
    language="grcuda", string="cudaGetDeviceCount()")
options = polyglot.eval(language="grcuda", string="getoptions()")
assert options["grcuda.ExecutionPolicy"] in ("sync", "async")
print("result: correct")
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_the_introduction_runs_unmodified_under_both_policies(name, tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAMS[name])
    check_under_both_execution_policies(script)


def test_the_program_of_the_document_runs(tmp_path):
    document = EXAMPLES[0].parents[2] / "docs" / "grcuda.md"
    script = tmp_path / "program.py"
    program = re.search(r"```python\n(.*?)```", document.read_text(), re.DOTALL)[1]
    source = (
        'extern "C" __global__ void square(float* x, int n) { x[threadIdx.x] *= x[threadIdx.x]; }'
    )
    script.write_text(f"source = {source!r}\n{program}")
    assert run(script) == "0.0\n"
