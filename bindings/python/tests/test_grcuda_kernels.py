"""tests/test_grcuda_kernels.py: kernels as GrCUDA's documents describe them, row by row."""

from __future__ import annotations

import pytest
from grcuda_program import KERNELS, grcuda, program  # noqa: F401

import sennit as sn


@pytest.fixture
def build():
    return grcuda("buildkernel")


# ---- Building and binding ----------------------------------------------------------------------


def test_buildkernel_takes_a_nidl_signature(build):
    kernel = build(KERNELS, "increment(x: inout pointer sint32, n: sint32)")
    x = grcuda("int[100]")
    kernel(4, 32)(x, 100)
    assert x[:] == [1] * 100


def test_buildkernel_takes_a_name_and_a_legacy_signature(build):
    for signature in ("pointer, sint32", "(pointer, sint32)", "(pointer, sint32): void"):
        x = grcuda("int[100]")
        build(KERNELS, "increment", signature)(4, 32)(x, 100)
        assert x[99] == 1


@pytest.mark.parametrize(
    "signature",
    [
        "const pointer, pointer, float, sint32",
        "pointer const, pointer, const float, sint32",
        "const pointer float, pointer float, float, sint32",
        "(const pointer, pointer, float, sint32)",
        "(const pointer, pointer, float, sint32): void",
        "in pointer float, out pointer float, float, sint32",
    ],
)
def test_a_legacy_signature_has_const_anywhere_and_parentheses_or_none(build, signature):
    x, y = grcuda("float[4]"), grcuda("float[4]")
    x[3] = 2
    kernel = build(KERNELS, "scale", signature)
    kernel(1, 4)(x, y, 1.5, 4)
    assert y[3] == 3
    assert kernel.signature.startswith("scale(in pointer ")
    assert ", inout pointer " in kernel.signature


@pytest.mark.parametrize("qualifier", ["", "in ", "out ", "inout ", "const "])
def test_a_nidl_signature_says_in_out_or_inout(build, qualifier):
    x, y = grcuda("float[4]"), grcuda("float[4]")
    x[3] = 2
    text = f"scale(x: in pointer float, y: {qualifier}pointer float, f: float, n: sint32)"
    build(KERNELS, text)(1, 4)(x, y, 1.5, 4)
    assert y[3] == 3


@pytest.mark.parametrize(
    "signature",
    ["(pointer, sint32", "pointer, sint32)", "pointer,, sint32", "pointer sint32 sint32"],
)
def test_a_malformed_legacy_signature_is_refused(build, signature):
    with pytest.raises(sn.InvalidArgumentError, match="expected|invalid type"):
        build(KERNELS, "increment", signature)


def test_templates_and_namespaces_are_found_by_name(build):
    x = grcuda("double[10]")
    build(KERNELS, "increment_any<double>", "pointer, sint32")(1, 32)(x, 10)
    assert x[:] == [1.0] * 10
    y = grcuda("int[1]")
    y[0] = 21
    build(KERNELS, "ns::twice", "pointer")(1, 1)(y)
    assert y[0] == 42


def test_the_namespace_has_the_functions_as_members():
    x = grcuda("CU").DeviceArray("int", 10)
    grcuda("CU").buildkernel(KERNELS, "increment", "pointer, sint32")(1, 32)(x, 10)
    assert x[9] == 1


def test_a_kernel_tells_its_name_and_its_launches(build):
    kernel = build(KERNELS, "increment(x: inout pointer sint32, n: sint32)")
    x = grcuda("int[4]")
    assert (kernel.name, kernel.launchCount) == ("increment", 0)
    kernel(1, 4)(x, 4)
    kernel(1, 4)(x, 4)
    assert kernel.launchCount == 2
    assert isinstance(kernel.ptx, str)
    assert dir(kernel) == ["launchCount", "name", "ptx", "signature"]


def test_a_kernel_file_is_bound_by_signature_or_by_name(tmp_path):
    file = tmp_path / "kernels.cu"
    file.write_text(KERNELS)
    bind = grcuda("bindkernel")
    x = grcuda("int[10]")
    bind(str(file), "increment(x: inout pointer sint32, n: sint32)")(1, 32)(x, 10)
    bind(str(file), "increment", "pointer, sint32")(1, 32)(x, 10)
    bind(str(file), "cxx ns::twice(x: inout pointer sint32)")(1, 1)(x)
    assert x[:3] == [4, 2, 2]


def test_bound_kernels_keep_read_only_and_element_types(tmp_path):
    file = tmp_path / "kernels.cu"
    file.write_text(KERNELS)
    signature = "scale(x: in pointer float, y: out pointer float, factor: float, n: sint32)"
    kernel = grcuda("bindkernel")(str(file), signature)
    assert "x: in pointer float32, y: inout pointer float32" in kernel.signature
    with pytest.raises(sn.InvalidArgumentError, match="argument 1"):
        kernel(1, 32)(grcuda("int[2]"), grcuda("float[2]"), 2, 2)


def test_ready_code_needs_a_gpu(tmp_path):
    file = tmp_path / "kernels.ptx"
    file.write_text(".version 8.0\n.target sm_70\n.address_size 64\n")
    with pytest.raises(sn.UnsupportedError, match='on device "cuda"'):
        grcuda("bindkernel")(str(file), "k", "pointer")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("x",), sn.InvalidArgumentError, "buildkernel function requires two or three arguments"),
        ((KERNELS, "f(x: flout)"), sn.InvalidArgumentError, "invalid type 'flout'"),
        ((KERNELS, "f(x: float"), sn.InvalidArgumentError, r'expected "\)"'),
        ((KERNELS, "f"), sn.InvalidArgumentError, r'expected "\("'),
        ((KERNELS, "cxx ns::twice(x: pointer)"), sn.InvalidArgumentError, "leave it away"),
        ((KERNELS, "nothing", "pointer"), sn.Error, "nothing"),
        ((KERNELS, "increment", "pointer"), sn.InvalidArgumentError, "1 parameter against 2"),
        (("__global__ void k() { nonsense; }", "k", ""), sn.CompileError, "nonsense"),
        ((3, "k", ""), sn.InvalidArgumentError, "string expected for the source of buildkernel"),
    ],
)
def test_a_kernel_that_cannot_be_built_is_refused(build, arguments, error, message):
    with pytest.raises(error, match=message):
        build(*arguments)


def test_a_missing_file_is_named():
    with pytest.raises(sn.UnavailableError, match="unable to read the kernel file 'none.cubin'"):
        grcuda("bindkernel")("none.cubin", "k", "pointer")


def test_an_untrue_in_is_overruled_since_programs_use_it_to_drop_dependencies(build):
    x = grcuda("int[4]")
    kernel = build(KERNELS, "increment(x: in pointer sint32, n: sint32)")
    for _ in range(100):
        kernel(1, 4)(x, 4)
    assert x[3] == 100


# ---- Configuring -------------------------------------------------------------------------------


def test_grid_and_block_have_up_to_three_dimensions(build):
    kernel = build(KERNELS, "index_2d", "pointer, sint32")
    expected = [100 * row + column for row in range(4) for column in range(8)]
    for grid, block in (((2, 2), (4, 2)), ([2, 2, 1], [4, 2, 1]), ((4.0 / 2, 2), (4, 2))):
        x = grcuda("int[32]")
        kernel(grid, block)(x, 8)
        assert x[:] == expected


def test_integral_floats_are_sizes_as_in_graalpython(build):
    x = grcuda("int[100]")
    build(KERNELS, "increment", "pointer, sint32")(16 / 2, 64 / 2)(x, 200 / 2)
    assert x[99] == 1


def test_the_third_number_is_shared_memory(build):
    x, out = grcuda("int[32]"), grcuda("int[1]")
    x.copyFrom(list(range(32)))
    build(KERNELS, "shared_sum", "const pointer, pointer")(1, 32, 4 * 32)(x, out)
    assert out[0] == sum(range(32))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (((), 32), "gridSize needs to have between 1 and 3 elements; it has 0"),
        (((1, 1, 1, 1), 32), "gridSize needs to have between 1 and 3 elements; it has 4"),
        ((1, (1, "a")), "integer expected for blockSize.dim3.y"),
        ((1.5, 32), "integer expected for gridSize.dim3.x, and it was given 1.5"),
        ((0, 32), "gridSize.dim3.x is 0"),
        ((1, 2048), "1024"),
        ((1,), "'increment' takes 2 to 4 arguments, and was given 1"),
        ((1, 32, "stream"), "cudaStreamCreate"),
        ((1, 32, -1), "-1 bytes of dynamic shared memory"),
    ],
)
def test_a_wrong_configuration_is_refused(build, configuration, message):
    with pytest.raises(sn.InvalidArgumentError, match=message):
        build(KERNELS, "increment", "pointer, sint32")(*configuration)


def test_a_configured_kernel_is_used_again_and_returns_itself(build):
    x = grcuda("int[10]")
    configured = build(KERNELS, "increment", "pointer, sint32")(1, 32)
    configured(x, 10)(x, 10)
    assert x[0] == 2


# ---- Arguments ---------------------------------------------------------------------------------


def test_scalars_are_checked_and_converted(build):
    out = grcuda("int[6]")
    put = build(KERNELS, "put", "pointer, char, sint16, uint32, sll64, double, bool")(1, 1)
    put(out, -5, 300.0, 2**32 - 2, 2**40, 7, True)
    assert out[:] == [-5, 300, 2**31 - 1, 2**8, 7, 1]
    for position, value in ((1, 200), (2, 40000), (3, -1), (3, 2**32), (1, 1.5), (5, "x")):
        arguments = [out, 1, 1, 1, 1, 1.0, True]
        arguments[position] = value
        with pytest.raises(sn.InvalidArgumentError, match=f"argument {position + 1}"):
            put(*arguments)


def test_a_wrong_number_of_arguments_is_refused(build):
    kernel = build(KERNELS, "increment", "pointer, sint32")(1, 4)
    x = grcuda("int[4]")
    for arguments in ((), (x,), (x, 4, 4)):
        with pytest.raises(sn.InvalidArgumentError, match="takes 2 arguments|2"):
            kernel(*arguments)
    assert x[0] == 0


def test_texts_are_no_arguments_of_kernels(build):
    with pytest.raises(sn.InvalidArgumentError, match="unsupported by-value parameter type"):
        build(KERNELS, "increment", "pointer, string")


def test_a_pointer_takes_arrays_of_its_type(build):
    kernel = build(KERNELS, "scale(x: in pointer float, y: out pointer float, f: float, n: sint32)")
    x, y, z = grcuda("float[4]"), grcuda("float[4]"), grcuda("double[4]")
    x.copyFrom([1, 2, 3, 4])
    kernel(1, 4)(x, y, 2, 4)
    assert y[:] == [2, 4, 6, 8]
    with pytest.raises(sn.InvalidArgumentError, match="float64"):
        kernel(1, 4)(x, z, 2, 4)
    with pytest.raises(sn.InvalidArgumentError, match="expected DeviceArray type"):
        kernel(1, 4)([1, 2], y, 2, 4)
    with pytest.raises(sn.InvalidArgumentError, match="4"):
        kernel(1, 4)(x, y, 2)


def test_matrices_and_rows_without_gaps_are_arguments(build):
    kernel = build(KERNELS, "increment", "pointer, sint32")(1, 32)
    matrix = grcuda("int[2][3]")
    kernel(matrix, 6)
    kernel(matrix[1], 3)
    assert [list(row) for row in matrix] == [[1, 1, 1], [2, 2, 2]]
    columns = grcuda("DeviceArray")("int", 2, 3, "F")
    with pytest.raises(sn.InvalidArgumentError, match="expected DeviceArray type.*has gaps"):
        kernel(columns[1], 3)


def test_a_freed_array_is_no_argument(build):
    x = grcuda("int[4]")
    x.free()
    with pytest.raises(sn.InvalidArgumentError, match="memory of array freed"):
        build(KERNELS, "increment", "pointer, sint32")(1, 4)(x, 4)


def test_a_chain_of_launches_gives_the_sequential_answer(build):
    increment = build(KERNELS, "increment", "pointer, sint32")(4, 32)
    scale = build(KERNELS, "scale", "const pointer, pointer, float, sint32")(4, 32)
    x, y, z = grcuda("float[64]"), grcuda("float[64]"), grcuda("int[64]")
    x[0] = 1
    for step in range(20):
        scale(x, y, 2, 64)
        increment(z, 64)
        scale(y, x, 0.5 if step % 2 else 1, 64)
    assert x[0] == 2.0**10 and z[63] == 20
