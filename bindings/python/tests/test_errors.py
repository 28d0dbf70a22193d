"""tests/test_errors.py: which exception says what, and when."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import sennit as sn


def test_exceptions_are_what_python_users_catch():
    assert issubclass(sn.InvalidArgumentError, ValueError)
    assert issubclass(sn.OutOfMemoryError, MemoryError)
    for name in (
        "InvalidArgumentError OutOfMemoryError UnavailableError CompileError KernelError "
        "DeviceLostError BusyError UnsupportedError InternalError"
    ).split():
        assert issubclass(getattr(sn, name), sn.Error)


def test_a_source_that_does_not_compile_raises_its_log(runtime):
    source = 'extern "C" __global__ void wrong(int* x) {\n  x[0] = undeclared;\n}\n'
    with pytest.raises(sn.CompileError) as caught:
        runtime.kernel(source, "wrong", source_name="wrong.cu")
    assert "undeclared" in caught.value.log and "wrong.cu" in caught.value.log
    assert "2" in caught.value.log


def test_an_unknown_kernel_is_answered_with_the_known_ones(runtime):
    with pytest.raises(sn.InvalidArgumentError, match="cube.*square"):
        runtime.kernel('extern "C" __global__ void square(float* x) {}', "cube")


def test_unknown_options_are_answered_with_the_known_ones():
    with pytest.raises(sn.InvalidArgumentError, match="stream_polic.*known: .*stream_policy"):
        sn.Runtime("cpu", stream_polic="always_new")
    with pytest.raises(sn.InvalidArgumentError, match="known: "):
        sn.Runtime("abacus")


def test_a_kernel_that_fails_raises_where_its_result_is_read():
    runtime = sn.Runtime("cpu")
    source = """
    #include <cassert>
    extern "C" __global__ void check(int* x) { assert(x[0] == 1); x[0] = 2; }
    """
    check = runtime.kernel(source, "check")
    x, y = runtime.zeros(1, "int32"), runtime.zeros(1, "int32")
    operation = check[1, 1](x)
    assert y[0] == 0
    with pytest.raises(sn.KernelError, match="check"):
        x[0]
    with pytest.raises(sn.KernelError, match="check"):
        operation.wait()
    with pytest.raises(sn.KernelError, match="check"):
        np.asarray(x)

    async def wait():
        await x.ready()

    with pytest.raises(sn.KernelError, match="check"):
        asyncio.run(wait())


def test_a_failure_names_the_launching_line_while_a_trace_records():
    runtime = sn.Runtime("cpu")
    source = """
    #include <cassert>
    extern "C" __global__ void check(int* x) { assert(x[0] == 1); }
    """
    check = runtime.kernel(source, "check")
    x = runtime.zeros(1, "int32")
    with pytest.raises(sn.KernelError) as caught, runtime.trace():
        check[1, 1](x)  # the line that is named
        x.wait()
    with open(__file__) as file:
        line = [text.strip() for text in file].index("check[1, 1](x)  # the line that is named") + 1
    assert f"test_errors.py:{line}" in str(caught.value)


def test_nothing_is_left_behind_when_the_interpreter_ends():
    program = """
    import sennit as sn
    x = sn.zeros(1000)
    k = sn.kernel('extern "C" __global__ void f(float* x) { x[threadIdx.x] = 1; }', "f")
    configured = k[1, 1000]
    operation = configured(x)
    view = memoryview(x)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_numpy_is_not_needed():
    program = """
    import sys
    sys.modules["numpy"] = None  # as if it were not installed
    import sennit as sn
    x = sn.array([[1, 2], [3, 4]], "float32")
    x[0] = [5, 6]
    with x.writable() as view:
        assert isinstance(view, memoryview)
        view[1, 1] = 8
    try:
        view[0, 0] = 1
    except ValueError:
        pass
    else:
        raise AssertionError("the view can be written after its end")
    assert x.tolist() == [[5, 6], [3, 8]] and x.dtype == "float32"
    assert memoryview(x).tolist() == x.tolist() and x.T[1].tolist() == [6, 8]
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
