"""tests/test_pointers.py: what kernels do is found in their code, pointers in memory included."""

import numpy as np
import pytest

import sennit as sn

SOURCE = """
__global__ void through(float** table, int n) {
  for (int k = 0; k < n; ++k) table[k][threadIdx.x] += k + 1;
}
__global__ void fill(float* x, float value) { x[threadIdx.x] = value; }
__global__ void cheat(const float* x) { const_cast<float*>(x)[threadIdx.x] = 1; }
"""


def table_of(*arrays):
    return sn.array(np.array([array.pointer for array in arrays], "uint64"))


def test_kernels_that_follow_a_table_of_pointers_are_ordered():
    fill, through = sn.kernel(SOURCE, "fill"), sn.kernel(SOURCE, "through")
    x, y = sn.zeros(8, "float32"), sn.zeros(8, "float32")
    table = table_of(x, y)
    for value in range(100):
        fill[1, 8](x, value)
        fill[1, 8](y, value)
        through[1, 8](table, 2)
        assert (x[0], y[7]) == (value + 1, value + 2)


def test_a_launch_may_name_what_it_touches():
    fill, through = sn.kernel(SOURCE, "fill"), sn.kernel(SOURCE, "through")
    x = sn.zeros(8, "float32")
    table = table_of(x)
    fill[1, 8](x, 5)
    through[1, 8](table, 1, touches=[x])
    assert x[3] == 6
    fill[1, 8](x, 7)
    sn.sync()
    through[1, 8](table, 1, touches=[])  # the caller says that nothing else concerns it
    sn.sync()


def test_a_pointer_stays_the_same_and_is_that_of_the_element():
    x = sn.zeros(8, "float32")
    assert x.pointer == x.pointer
    assert x[2:].pointer == x.pointer + 8


def test_touches_takes_arrays_only():
    fill = sn.kernel(SOURCE, "fill")
    x = sn.zeros(8, "float32")
    with pytest.raises(TypeError, match="touches has a int"):
        fill[1, 8](x, 1, touches=[1])
    with pytest.raises(TypeError, match="known: after, touches"):
        fill[1, 8](x, 1, touching=[x])


def test_a_const_that_is_cast_away_is_refused():
    with pytest.raises(ValueError, match="parameter 1 \\('x'\\) is read-only by its const"):
        sn.kernel(SOURCE, "cheat")
