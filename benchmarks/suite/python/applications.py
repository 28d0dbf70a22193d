"""python/applications.py: the six applications as a user of sennit writes them in Python.

The kernels, sizes and shapes are those of the C++ programs beside this folder.
"""

from __future__ import annotations

import pathlib

import numpy as np
import references

import sennit as sn

KERNELS = pathlib.Path(__file__).resolve().parent.parent / "kernels"
Inputs = dict[str, np.ndarray]


def write_on_host(array: sn.Array, values: np.ndarray) -> None:
    """Writes sennit's memory on the host: `array[...] = values` transfers large ones at once."""
    with array.writable() as view:
        view[...] = values


class Application:
    """One benchmark at one size. `sets` holds pairs of inputs and expected answers."""

    source: str
    kernels: tuple[str, ...]
    tolerance = 1e-3  # relative to the larger of 1 and the expected value
    mismatched_share = 0.0  # of the elements

    def __init__(self, runtime: sn.Runtime, size: int, shape: tuple[int, int]) -> None:
        self.runtime, self.size = runtime, size
        self.blocks, self.threads = shape
        self.side = max(self.blocks // 2, 1)  # of two-dimensional grids
        text = (KERNELS / self.source).read_text()
        for name in self.kernels:
            setattr(self, name, runtime.kernel(text, name))
        self.sets: list[tuple[Inputs, list[np.ndarray]]] = []
        self.prepare()

    def prepare(self) -> None:
        raise NotImplementedError

    def reset(self, inputs: Inputs) -> None:
        """The host writes the inputs into the arrays of the same names."""
        for name, values in inputs.items():
            write_on_host(getattr(self, name), values)

    def submit(self) -> None:
        raise NotImplementedError

    def outputs(self) -> list[sn.Array]:
        raise NotImplementedError

    def finish(self) -> list[float]:
        """Reads the first element of each output: waits."""
        return [output[(0,) * output.ndim] for output in self.outputs()]

    def zeros(self, *shape: int, dtype: str = "float32") -> sn.Array:
        return self.runtime.zeros(shape, dtype)

    def is_right(self, values: np.ndarray, expected: np.ndarray) -> bool:
        close = np.abs(values - expected) <= self.tolerance * np.maximum(1, np.abs(expected))
        return 1 - close.mean() <= self.mismatched_share


class Vec(Application):
    source, kernels = "vec.cu", ("square", "reduce")

    def prepare(self) -> None:
        n = self.size
        self.x, self.y, self.x1, self.y1 = (self.zeros(n) for _ in range(4))
        self.result = self.zeros(1)
        series = 1 / np.arange(1, n + 1, dtype="float64")
        for a, b in ((1, 2), (2, 1)):
            x, y = (a * series).astype("float32"), (b * series).astype("float32")
            inputs = {"x": x, "y": y, "result": np.zeros(1, "float32")}
            self.sets.append((inputs, [references.vec(x, y)]))

    def submit(self) -> None:
        n = self.size
        self.square[self.blocks, self.threads](self.x, self.x1, n)
        self.square[self.blocks, self.threads](self.y, self.y1, n)
        self.reduce[self.blocks, self.threads](self.x1, self.y1, self.result, n)

    def outputs(self) -> list[sn.Array]:
        return [self.result]


class BlackScholes(Application):
    source, kernels = "bs.cu", ("bs",)
    tolerance = 1e-6
    STOCKS, PARAMETERS = 10, (0.08, 0.3, 1.0, 60.0)  # rate, volatility, years, strike

    def prepare(self) -> None:
        self.spots = [self.zeros(self.size, dtype="float64") for _ in range(self.STOCKS)]
        self.calls = [self.zeros(self.size, dtype="float64") for _ in range(self.STOCKS)]
        for low in (59.5, 49.5):
            spots = low + np.random.default_rng(1).random((self.STOCKS, self.size))
            expected = [references.call_price(row, *self.PARAMETERS) for row in spots]
            self.sets.append(({"spots": spots}, expected))

    def reset(self, inputs: Inputs) -> None:
        for spot, values in zip(self.spots, inputs["spots"], strict=True):
            write_on_host(spot, values)

    def submit(self) -> None:
        for spot, call in zip(self.spots, self.calls, strict=True):
            self.bs[self.blocks, self.threads](spot, call, self.size, *self.PARAMETERS)

    def outputs(self) -> list[sn.Array]:
        return self.calls


class Ensemble(Application):
    source = "ml.cu"
    kernels = ("rr_1", "rr_2", "rr_3", "nb_1", "nb_2", "nb_3", "nb_4", "softmax", "argmax")
    tolerance, mismatched_share = 0, 1e-3  # rounding decides where two scores all but meet
    FEATURES, CLASSES = 200, 10

    def prepare(self) -> None:
        rows, random = self.size, np.random.default_rng(1)
        weights = (self.CLASSES, self.FEATURES)
        x = random.integers(0, 10, (rows, self.FEATURES), dtype="int32")
        log_probabilities = random.uniform(-0.05, 0, weights).astype("float32")
        coefficients = random.uniform(-0.1, 0.1, weights).astype("float32")
        biases = random.uniform(-0.1, 0.1, self.CLASSES).astype("float32")
        self.x = self.runtime.array(x)
        self.log_probabilities = self.runtime.array(log_probabilities)
        self.coefficients = self.runtime.array(coefficients)
        self.biases = self.runtime.array(biases)
        self.z = self.zeros(rows, self.FEATURES)
        self.bayes, self.ridge = (self.zeros(rows, self.CLASSES) for _ in range(2))
        self.highest, self.log_sums = self.zeros(rows), self.zeros(rows)
        self.winners = self.zeros(rows, dtype="int32")
        for _ in range(2):
            prior = random.uniform(-3, 0, self.CLASSES).astype("float32")
            inputs = {
                "bayes": np.tile(prior, (rows, 1)),
                "ridge": np.zeros((rows, self.CLASSES), "float32"),
            }
            expected = references.winners(x, log_probabilities, coefficients, biases, prior)
            self.sets.append((inputs, [expected]))

    def submit(self) -> None:
        at, n, f, c = (self.blocks, self.threads), self.size, self.FEATURES, self.CLASSES
        self.rr_1[at](self.x, self.z, n, f)
        self.nb_1[at](self.x, self.log_probabilities, self.bayes, n, f, c)
        self.rr_2[at](self.z, self.coefficients, self.ridge, n, f, c)
        self.nb_2[at](self.bayes, self.highest, n, c)
        self.nb_3[at](self.bayes, self.highest, self.log_sums, n, c)
        self.rr_3[at](self.ridge, self.biases, n, c)
        self.nb_4[at](self.bayes, self.log_sums, n, c)
        self.softmax[at](self.bayes, n, c)
        self.softmax[at](self.ridge, n, c)
        self.argmax[at](self.bayes, self.ridge, self.winners, n, c)

    def finish(self) -> list[float]:
        self.winners[0]
        return []  # says nothing alone, since it may be off

    def outputs(self) -> list[sn.Array]:
        return [self.winners]


class Hits(Application):
    source, kernels = "hits.cu", ("spmv", "sum", "divide")
    DEGREE, STEPS = 3, 5

    def prepare(self) -> None:
        n, edges = self.size, self.size * self.DEGREE
        self.tolerance = 1e-2 / n  # scores sum up to 1
        for suffix in ("", "_t"):  # the graph and its transpose, in compressed rows
            setattr(self, "starts" + suffix, self.zeros(n + 1, dtype="int32"))
            setattr(self, "columns" + suffix, self.zeros(edges, dtype="int32"))
            setattr(self, "values" + suffix, self.zeros(edges, dtype="int32"))
        for name in ("authority", "hub"):
            setattr(self, name, self.zeros(n))
            setattr(self, f"next_{name}", self.zeros(n))
            setattr(self, f"{name}_norm", self.zeros(1))
            setattr(self, f"{name}_row", self.zeros(1, dtype="int32"))
        for seed in (1, 2):
            targets = np.random.default_rng(seed).integers(0, n, edges, dtype="int32")
            sources = np.repeat(np.arange(n, dtype="int32"), self.DEGREE)
            inputs = {
                "starts": np.arange(0, edges + 1, self.DEGREE, dtype="int32"),
                "columns": targets,
                "starts_t": np.concatenate(
                    ([0], np.cumsum(np.bincount(targets, minlength=n)))
                ).astype("int32"),
                "columns_t": sources[np.argsort(targets, kind="stable")],
            }
            inputs |= {name: np.ones(edges, "int32") for name in ("values", "values_t")}
            inputs |= {name: np.ones(n, "float32") for name in ("authority", "hub")}
            for name in ("authority", "hub"):
                inputs |= {f"{name}_norm": np.zeros(1, "float32")}
                inputs |= {f"{name}_row": np.zeros(1, "int32")}
            self.sets.append((inputs, references.hits(sources, targets, n, self.STEPS)))

    def submit(self) -> None:
        at, n = (self.blocks, self.threads), self.size
        for _ in range(self.STEPS):
            self.spmv[at](self.authority_row, self.starts_t, self.columns_t, self.values_t,
                          self.hub, self.next_authority, n)  # fmt: skip
            self.spmv[at](self.hub_row, self.starts, self.columns, self.values,
                          self.authority, self.next_hub, n)  # fmt: skip
            self.sum[at](self.next_authority, self.authority_norm, n)
            self.sum[at](self.next_hub, self.hub_norm, n)
            self.divide[at](self.next_authority, self.authority, self.authority_norm, n)
            self.divide[at](self.next_hub, self.hub, self.hub_norm, n)
            for state in (self.authority_norm, self.authority_row, self.hub_norm, self.hub_row):
                state.fill(0)

    def outputs(self) -> list[sn.Array]:
        return [self.authority, self.hub]


class ImagePipeline(Application):
    source = "../../../examples/image_pipeline/kernels.cu"
    kernels = ("gaussian_blur", "sobel", "maximum", "minimum", "extend", "unsharpen", "combine")
    AMOUNT = 0.5

    def prepare(self) -> None:
        side = self.size
        image = np.random.default_rng(1).random((side, side), dtype="float32")
        masks = [references.gaussian(*mask) for mask in ((3, 1), (5, 10), (3, 5))]
        self.image = self.runtime.array(image)
        self.small_mask, self.large_mask, self.unsharpen_mask = map(self.runtime.array, masks)
        for name in ("small", "large", "unsharpened", "small_edges", "large_edges", "sharp"):
            setattr(self, name, self.zeros(side, side))
        self.mixed, self.result = self.zeros(side, side), self.zeros(side, side)
        self.largest, self.smallest = self.zeros(1), self.zeros(1)
        inputs = {"largest": np.zeros(1, "float32"), "smallest": np.full(1, 1000, "float32")}
        self.sets.append((inputs, [references.picture(image, masks, self.AMOUNT)]))

    def reset(self, inputs: Inputs) -> None:
        super().reset(inputs)
        self.result.fill(-1)  # so that the last picture does not pass for this one
        self.runtime.sync()

    def submit(self) -> None:
        flat = (self.blocks, self.threads)
        tiled = ((self.side, self.side), (8, 8))
        s, n = self.size, self.size**2
        self.gaussian_blur[tiled](self.image, self.small, s, s, self.small_mask, 3)
        self.gaussian_blur[tiled](self.image, self.large, s, s, self.large_mask, 5)
        self.gaussian_blur[tiled](self.image, self.unsharpened, s, s, self.unsharpen_mask, 3)
        self.sobel[tiled](self.small, self.small_edges, s, s)
        self.sobel[tiled](self.large, self.large_edges, s, s)
        self.maximum[flat](self.large_edges, self.largest, n)
        self.minimum[flat](self.large_edges, self.smallest, n)
        self.extend[flat](self.large_edges, self.smallest, self.largest, n)
        self.unsharpen[flat](self.image, self.unsharpened, self.sharp, self.AMOUNT, n)
        self.combine[flat](self.sharp, self.large, self.large_edges, self.mixed, n)
        self.combine[flat](self.mixed, self.small, self.small_edges, self.result, n)

    def outputs(self) -> list[sn.Array]:
        return [self.result]


class DeepLearning(Application):
    source, kernels = "dl.cu", ("conv2d", "mean_pooling", "concat", "dot_product")
    FILTERS1, FILTERS2, DIAMETER, STRIDE, POOL = 8, 16, 3, 2, 5

    def prepare(self) -> None:
        random, side = np.random.default_rng(1), self.size
        self.side1 = side // self.STRIDE
        self.side11 = self.side1 // self.POOL
        self.side2 = self.side11 // self.STRIDE
        self.branch = self.side2**2 * self.FILTERS2  # elements
        dense = (random.random(2 * self.branch) / (2 * self.branch)).astype("float32")
        self.dense = self.runtime.array(dense)
        masks = {}
        for name in "xy":
            masks[name] = [
                (random.random((filters, 3, 3, channels)) - 0.4).astype("float32")
                for filters, channels in ((self.FILTERS1, 1), (self.FILTERS2, self.FILTERS1))
            ]
            for index, mask in enumerate(masks[name], 1):
                setattr(self, f"masks{index}_{name}", self.runtime.array(mask))
            setattr(self, name, self.zeros(side, side))
            setattr(self, f"convolved1_{name}", self.zeros(self.side1**2 * self.FILTERS1))
            setattr(self, f"pooled_{name}", self.zeros(self.side11**2 * self.FILTERS1))
            setattr(self, f"convolved2_{name}", self.zeros(self.branch))
        self.joined, self.score = self.zeros(2 * self.branch), self.zeros(1)
        for brightness in (1, 2):
            inputs = {
                name: brightness * random.random((side, side), dtype="float32") for name in "xy"
            }
            joined = np.concatenate(
                [references.branch(inputs[name], *masks[name], self.POOL).ravel() for name in "xy"]
            )
            inputs["score"] = np.zeros(1, "float32")
            score = np.array([np.dot(joined.astype("float64"), dense)])
            self.sets.append((inputs, [score, joined]))

    def submit(self) -> None:
        flat = (self.blocks, self.threads)
        grid, block = (self.side, self.side), (8, 8)
        pool = max(self.side // 2, 1)
        shared1 = 4 * 9 * self.FILTERS1
        shared2 = shared1 * self.FILTERS2
        d, f1, f2, s = self.DIAMETER, self.FILTERS1, self.FILTERS2, self.STRIDE
        side, side1, side11 = self.size, self.side1, self.side11
        for out, image, masks in (
            (self.convolved1_x, self.x, self.masks1_x),
            (self.convolved1_y, self.y, self.masks1_y),
        ):
            self.conv2d[grid, block, shared1](out, image, masks, side, side, 1, d, f1, s)
        for out, image in (
            (self.pooled_x, self.convolved1_x),
            (self.pooled_y, self.convolved1_y),
        ):
            self.mean_pooling[(pool, pool, f1 // 4), (4, 4, 4)](
                out, image, side1, side1, f1, self.POOL
            )
        for out, image, masks in (
            (self.convolved2_x, self.pooled_x, self.masks2_x),
            (self.convolved2_y, self.pooled_y, self.masks2_y),
        ):
            self.conv2d[grid, block, shared2](out, image, masks, side11, side11, f1, d, f2, s)
        self.concat[flat](self.joined, self.convolved2_x, self.convolved2_y, self.branch)
        self.dot_product[flat](self.joined, self.dense, self.score, 2 * self.branch)

    def finish(self) -> list[float]:
        return [self.score[0]]

    def outputs(self) -> list[sn.Array]:
        return [self.score, self.joined]


APPLICATIONS = {
    "VEC": Vec,
    "B&S": BlackScholes,
    "ML": Ensemble,
    "HITS": Hits,
    "IMG": ImagePipeline,
    "DL": DeepLearning,
}
