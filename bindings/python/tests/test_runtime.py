"""tests/test_runtime.py: runtimes, their devices, options, statistics and traces."""

from __future__ import annotations

import pytest

import sennit as sn


def test_a_runtime_says_what_it_has(runtime):
    (device,) = runtime.devices()
    assert device.kind == "cpu" and device.multiprocessors >= 1 and "CPU" in device.name
    assert device.max_threads_per_block >= 1024
    assert repr(runtime).startswith("<sennit.Runtime cpu (CPU")
    assert repr(device).startswith("<sennit.Device cpu: CPU")


def test_statistics_count(runtime, square):
    before = runtime.statistics()
    x = runtime.zeros(4)
    for _ in range(5):
        square[1, 4](x, 4)
    x.wait()
    after = runtime.statistics()
    assert after.launches == before.launches + 5
    assert after.live_arrays == before.live_arrays + 1
    assert "launches" in repr(after)


@pytest.mark.parametrize(("replay", "runs_as_graphs"), [("repeated", True), ("off", False)])
def test_repeated_work_runs_as_graphs(kernel_source, replay, runs_as_graphs):
    runtime = sn.Runtime("cpu", replay=replay)
    square = runtime.kernel(kernel_source, "square")
    x = runtime.array([2.0, 3.0], "float32")
    y = runtime.array([1.0, -1.0], "float32")
    for _ in range(8):
        x[:] = [2, 3]
        square[1, 2](x, 2)
        square[1, 2](y, 2)
        square[1, 2](x, 2)
        assert x.tolist() == [16, 81]
    assert y.tolist() == [1, 1]
    statistics = runtime.statistics()
    assert (statistics.replays > 0) is runs_as_graphs
    assert statistics.replayed >= 2 * statistics.replays
    assert statistics.replay_strays == 0


def test_options_are_listed_and_taken():
    names = [option.name for option in sn.options()]
    assert names == sorted(names) and "stream_policy" in names
    assert all(option.meaning for option in sn.options())
    runtime = sn.Runtime("cpu", serial=True, stream_policy="always_new")
    assert runtime.zeros(2).tolist() == [0, 0]


def test_the_default_runtime_is_one():
    assert sn.default_runtime() is sn.default_runtime() is sn.zeros(1).runtime
    assert sn.devices()[0].kind
    sn.sync()
    assert sn.statistics().operations >= 0
    assert sn.__version__.count(".") == 2


def test_a_trace_shows_what_ran(runtime, square, tmp_path):
    x, y = runtime.zeros(4), runtime.zeros(4)
    with runtime.trace() as trace:
        square[1, 4](x, 4)
        square[1, 4](y, 4)
        square[1, 4](x, 4)
        with pytest.raises(RuntimeError, match="not ended"):
            trace.summary()
    assert "3" in trace.summary()
    for format in ("svg", "dot", "json"):
        trace.write(tmp_path / f"trace.{format}")
        text = (tmp_path / f"trace.{format}").read_text()
        assert "square" in text
        trace.write(tmp_path / "same", format)
        assert (tmp_path / "same").read_text() == text
    assert "test_runtime.py" in (tmp_path / "trace.json").read_text()
    with pytest.raises(sn.InvalidArgumentError):
        trace.write(tmp_path / "trace.bmp")
    with pytest.raises(RuntimeError, match="records once"):
        trace.__enter__()
    with sn.trace(runtime) as other:
        pass
    assert other.summary()
