"""tests/test_grcuda_examples.py: GrCUDA programs run as they are; they check their own results."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

EXAMPLES = sorted((pathlib.Path(__file__).parents[3] / "examples" / "grcuda").glob("*.py"))


def run(script: pathlib.Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sennit", "run", str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "SENNIT_DEVICE": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_examples():
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_finds_the_right_result(script):
    assert run(script).endswith("result: correct\n")


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
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_the_introduction_runs_unmodified(name, tmp_path):
    script = tmp_path / f"{name}.py"
    script.write_text(PROGRAMS[name])
    assert run(script) == "result: correct\n"
