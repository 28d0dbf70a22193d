"""tests/gpu/test_interop.py: sennit, CuPy and PyTorch in one process, on the same buffers of a GPU.

Run by `python -m pytest tests/gpu` where sennit, a GPU and at least one of the two libraries are;
what is missing is skipped. CONTRIBUTING.md says how to install sennit there.
"""

from __future__ import annotations

import gc

import pytest

import sennit as sn

SOURCE = r"""
extern "C" __global__ void affine(float* x, float a, float b, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] = a * x[i] + b;
}
extern "C" __global__ void slow(float* x, float add, long long cycles, int n) {
  long long start = clock64();
  while (clock64() - start < cycles) {}
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] += add;
}
"""
VARIABLES = r"""
__constant__ float factors[4];
__device__ int calls;
extern "C" __global__ void weigh(float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i == 0) calls += 1;
  if (i < n) x[i] *= factors[i % 4];
}
"""
CLUSTER = r"""
extern "C" __global__ void ranks(int* x) {
  unsigned rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (threadIdx.x == 0) x[blockIdx.x] = (int)rank;
}
"""
PTX = """
.version 7.8
.target sm_75
.address_size 64
.visible .entry doubled(.param .u64 x, .param .u32 n)
{
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .f32 %f<3>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [x];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.s32 %p1, %r5, %r1;
  @%p1 bra done;
  cvta.to.global.u64 %rd2, %rd1;
  mul.wide.s32 %rd3, %r5, 4;
  add.s64 %rd4, %rd2, %rd3;
  ld.global.f32 %f1, [%rd4];
  add.f32 %f2, %f1, %f1;
  st.global.f32 [%rd4], %f2;
done:
  ret;
}
"""
N = 1 << 20
GRID, BLOCK = N // 256, 256
CYCLES = 2_000_000  # about a millisecond: long enough for an unordered reader to be too early


@pytest.fixture(scope="module")
def runtime() -> sn.Runtime:
    try:
        return sn.Runtime("cuda", devices=1)
    except sn.UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def affine(runtime: sn.Runtime) -> sn.Kernel:
    return runtime.kernel(SOURCE, "affine")


@pytest.fixture(scope="module")
def slow(runtime: sn.Runtime) -> sn.Kernel:
    return runtime.kernel(SOURCE, "slow")


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no GPU")
    return torch


@pytest.fixture
def cupy():
    cupy = pytest.importorskip("cupy")
    if cupy.cuda.runtime.getDeviceCount() == 0:
        pytest.skip("CuPy sees no GPU")
    return cupy


# ---- PyTorch -----------------------------------------------------------------------------------


def streams(torch) -> list:
    return [torch.cuda.default_stream(), torch.cuda.Stream()]


@pytest.mark.parametrize("which", [0, 1], ids=["default stream", "stream of its own"])
def test_torch_and_sennit_take_turns_on_a_tensor(runtime, slow, torch, which):
    with torch.cuda.stream(streams(torch)[which]):
        stream = torch.cuda.current_stream()
        t = torch.zeros(N, device="cuda")
        torch.cuda._sleep(CYCLES)
        t += 1
        x = runtime.from_dlpack(t)  # after the addition
        for _ in range(5):
            slow[GRID, BLOCK](x, 1.0, 0, N)
            slow[1, 1](x, 0.0, CYCLES, N)  # its neighbours in the stream must be waited for, too
            runtime.stream_wait(stream, x)
            t *= 2
            torch.cuda._sleep(CYCLES)
            t += 1
            runtime.wait_for(stream)
        expected = 1.0
        for _ in range(5):
            expected = (expected + 1) * 2 + 1
        assert x[0] == expected and x[N - 1] == expected
        assert bool((t == expected).all())


def test_torch_takes_a_sennit_array_without_a_copy(runtime, affine, torch):
    x = runtime.zeros(N)
    affine[GRID, BLOCK](x, 1.0, 3.0, N)
    t = torch.from_dlpack(x)  # behind the launch, on torch's current stream
    assert bool((t == 3).all())
    t.add_(1)
    runtime.wait_for(torch.cuda.current_stream())
    affine[GRID, BLOCK](x, 2.0, 0.0, N)
    assert x[5] == 8
    runtime.stream_wait(torch.cuda.current_stream(), x)
    assert float(t[5]) == 8
    assert torch.as_tensor(x, device="cuda").data_ptr() == t.data_ptr()


def test_views_of_one_tensor_are_one_storage(runtime, affine, torch):
    t = torch.ones(N, device="cuda")
    whole = runtime.from_dlpack(t)
    half = runtime.from_dlpack(t[N // 2 :])
    for _ in range(10):
        affine[GRID, BLOCK](whole, 1.0, 1.0, N)
        affine[GRID // 2, BLOCK](half, 2.0, 0.0, N // 2)
    expected = 1.0
    for _ in range(10):
        expected = (expected + 1) * 2
    assert whole[0] == 11 and whole[N - 1] == expected and half[0] == expected


def test_what_the_host_writes_is_what_torch_reads(runtime, torch):
    t = torch.zeros(16, device="cuda")
    x = runtime.from_dlpack(t)
    x[3] = 7
    x[8:12] = [1, 2, 3, 4]
    x[0:16:5] = 9  # strided: on the host
    runtime.stream_wait(torch.cuda.current_stream(), x)
    assert t.tolist() == [9, 0, 0, 7, 0, 9, 0, 0, 1, 2, 9, 4, 0, 0, 0, 9]


def test_a_strided_tensor_and_other_types(runtime, torch):
    t = torch.arange(12, device="cuda", dtype=torch.int32).reshape(3, 4)
    x = runtime.from_dlpack(t.T)
    assert x.shape == (4, 3)
    assert x.tolist() == t.T.tolist()
    half = runtime.from_dlpack(torch.ones(8, device="cuda", dtype=torch.bfloat16))
    assert half.dtype == "bfloat16"
    assert torch.from_dlpack(half).dtype == torch.bfloat16


def test_torch_has_its_memory_back_once_the_work_is_done(runtime, slow, torch):
    gc.collect()
    runtime.sync()  # what earlier tests released
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    t = torch.zeros(N, device="cuda")
    x = runtime.from_dlpack(t)
    slow[1, 1](x, 1.0, CYCLES, 1)
    del t, x
    gc.collect()
    runtime.sync()
    assert torch.cuda.memory_allocated() == before


def test_a_torch_graph_is_captured_and_replayed_beside_sennit(runtime, affine, torch):
    static = torch.zeros(N, device="cuda")
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # warm up, as PyTorch asks for
        static.add_(1)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        static.add_(1)
    x = runtime.from_dlpack(static)
    for _ in range(3):
        graph.replay()
        runtime.wait_for(torch.cuda.current_stream())
        affine[GRID, BLOCK](x, 2.0, 0.0, N)
        runtime.stream_wait(torch.cuda.current_stream(), x)
    torch.cuda.synchronize()
    assert float(static[0]) == ((1 + 1) * 2 + 1) * 2 * 2 + 2
    assert x[N - 1] == float(static[0])


def test_a_stream_being_captured_is_refused_and_the_capture_survives(runtime, affine, torch):
    static = torch.zeros(N, device="cuda")
    x = runtime.zeros(N)
    affine[GRID, BLOCK](x, 1.0, 1.0, N)
    runtime.sync()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        static.add_(1)
        capturing = torch.cuda.current_stream()
        with pytest.raises(sn.BusyError, match="captur"):
            runtime.wait_for(capturing)
        with pytest.raises(sn.BusyError, match="captur"):
            runtime.stream_wait(capturing, x)
    graph.replay()
    torch.cuda.synchronize()
    assert float(static[0]) == 1
    affine[GRID, BLOCK](x, 1.0, 1.0, N)
    assert x[0] == 2


# ---- CuPy --------------------------------------------------------------------------------------


def test_cupy_and_sennit_take_turns_through_dlpack(runtime, slow, cupy):
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        c = cupy.zeros(N, dtype=cupy.float32)
        x = runtime.from_dlpack(c)
        for _ in range(5):
            slow[GRID, BLOCK](x, 1.0, 0, N)
            slow[1, 1](x, 1.0, CYCLES, 1)
            runtime.stream_wait(stream, x)
            c *= 2
            runtime.wait_for(stream)
        expected, first = 0.0, 0.0
        for _ in range(5):
            expected, first = (expected + 1) * 2, (first + 2) * 2
        assert x[0] == first and x[N - 1] == expected
        assert float(c[0]) == first


def test_cupy_and_sennit_take_turns_through_the_cuda_array_interface(runtime, affine, cupy):
    x = runtime.array([1.0] * N, "float32")
    c = cupy.asarray(x)
    assert c.data.ptr == x.__cuda_array_interface__["data"][0]
    stream = cupy.cuda.get_current_stream()
    c += 1
    runtime.wait_for(stream)
    affine[GRID, BLOCK](x, 3.0, 0.0, N)
    runtime.stream_wait(stream, x)
    assert float(c[7]) == 6
    y = runtime.from_cuda_array(c)
    affine[GRID, BLOCK](y, 1.0, 1.0, N)
    assert x[7] == 7  # one storage


def test_three_libraries_on_one_buffer(runtime, affine, cupy, torch):
    t = torch.ones(N, device="cuda")
    stream = torch.cuda.current_stream()
    c = cupy.from_dlpack(t)
    x = runtime.from_dlpack(t)
    with cupy.cuda.ExternalStream(stream.cuda_stream):
        for _ in range(10):
            affine[GRID, BLOCK](x, 1.0, 1.0, N)
            runtime.stream_wait(stream, x)
            c *= 2
            t -= 1
            runtime.wait_for(stream)
    expected = 1.0
    for _ in range(10):
        expected = (expected + 1) * 2 - 1
    assert x[0] == float(t[0]) == float(c[N - 1]) == expected


# ---- sennit alone, where a GPU is needed -------------------------------------------------------


def test_ptx_runs(runtime):
    kernel = runtime.kernel(PTX, "doubled", "doubled(x: inout pointer float, n: sint32)")
    x = runtime.array([1.5] * 1000, "float32")
    kernel[4, 256](x, 1000)
    assert x.tolist() == [3.0] * 1000


def test_variables_are_ordered_with_the_launches(runtime):
    kernel = runtime.kernel(VARIABLES, "weigh")
    factors = kernel.variable("factors", "float32")
    x = runtime.array([1.0] * 8, "float32")
    factors[:] = [1, 2, 3, 4]
    kernel[1, 32](x, 8)
    factors[:] = [2, 2, 2, 2]
    kernel[1, 32](x, 8)
    assert x.tolist() == [2, 4, 6, 8] * 2
    assert kernel.variable("calls", "int32")[0] == 2
    kernel[1, 32](x, 8)
    assert kernel.variable("calls", "int32", ()).item() == 3


@pytest.mark.parametrize("blocks", [2, 8, 16])
def test_clusters_are_launched(runtime, blocks):
    kernel = runtime.kernel(CLUSTER, "ranks")
    x = runtime.zeros(64, "int32")
    try:
        kernel(64, 32, cluster=blocks)(x)
    except sn.UnsupportedError as error:
        pytest.skip(str(error))
    assert x.tolist() == [i % blocks for i in range(64)]


def test_trim_gives_memory_back(runtime, affine):
    x = runtime.zeros(N)
    affine[GRID, BLOCK](x, 1.0, 1.0, N)
    assert x[0] == 1
    del x
    runtime.trim()
    y = runtime.zeros(N)
    affine[GRID, BLOCK](y, 1.0, 2.0, N)
    assert y[N - 1] == 2
