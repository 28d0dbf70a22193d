"""examples/image_pipeline/image_pipeline.py: sharpens a photograph where it has edges.

Eleven kernels for each colour channel, launched one line after another; what runs at the same
time is for sennit to find out. Usage:

    python image_pipeline.py [--out DIR] [--side N] [--device auto|cuda|cpu] [--check]

Without --side it runs on the photograph at its own size and enlarged to 4096 x 4096. Writes the
pictures, and the DAG and timeline of one run as an SVG, to DIR.
"""

from __future__ import annotations

import argparse
import pathlib
import time

import numpy as np

import sennit as sn

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = (HERE / "kernels.cu").read_text()
CHANNELS = ("red", "green", "blue")
# name: diameter, sigma
MASKS = {"small": (3, 1.0), "large": (5, 10.0), "unsharpen": (3, 5.0)}
SHARPEN = 0.5


def gaussian(diameter: int, sigma: float) -> np.ndarray:
    """A normalised Gaussian mask, float32[diameter, diameter]."""
    at = np.arange(diameter) - diameter // 2
    mask = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * sigma**2))
    return (mask / mask.sum()).astype("float32")


class Pipeline:
    """The kernels and the arrays of one channel of a picture with `rows` x `columns` pixels."""

    def __init__(self, runtime: sn.Runtime, kernels: dict, masks: dict, rows: int, columns: int):
        self.kernels, self.masks, self.shape = kernels, masks, (rows, columns)
        names = (
            "image",
            "blurred_small",
            "blurred_large",
            "blurred_unsharpen",
            "mask_small",
            "mask_large",
            "sharp",
            "half_done",
            "result",
        )
        for name in names:
            setattr(self, name, runtime.empty(self.shape, "float32"))
        self.smallest = runtime.empty(1, "float32")
        self.largest = runtime.empty(1, "float32")

    def run(self, channel: np.ndarray) -> sn.Array:
        """Submits everything for one channel, float32[rows, columns], and returns at once."""
        k, (rows, columns) = self.kernels, self.shape
        n = rows * columns
        tiles, tile = (32, 32), (32, 8)  # blocks and threads of the two-dimensional kernels
        blocks, threads = 256, 256
        self.image[:] = channel
        self.smallest[0] = 1e30
        self.largest[0] = 0

        for name, (diameter, _) in MASKS.items():
            blurred = getattr(self, f"blurred_{name}")
            k["gaussian_blur"][tiles, tile](
                self.image, blurred, rows, columns, self.masks[name], diameter
            )
        k["sobel"][tiles, tile](self.blurred_small, self.mask_small, rows, columns)
        k["sobel"][tiles, tile](self.blurred_large, self.mask_large, rows, columns)
        k["maximum"][blocks, threads](self.mask_large, self.largest, n)
        k["minimum"][blocks, threads](self.mask_large, self.smallest, n)
        k["extend"][blocks, threads](self.mask_large, self.smallest, self.largest, n)
        k["unsharpen"][blocks, threads](self.image, self.blurred_unsharpen, self.sharp, SHARPEN, n)
        k["combine"][blocks, threads](
            self.sharp, self.blurred_large, self.mask_large, self.half_done, n
        )
        k["combine"][blocks, threads](
            self.half_done, self.blurred_small, self.mask_small, self.result, n
        )
        return self.result


def reference(channel: np.ndarray) -> np.ndarray:
    """The same with NumPy and SciPy, in float64."""
    from scipy.ndimage import correlate

    image = channel.astype("float64")
    blurred = {
        name: correlate(image, gaussian(*mask).astype("float64"), mode="constant")
        for name, mask in MASKS.items()
    }

    def gradient(x: np.ndarray) -> np.ndarray:
        across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float64")
        return np.hypot(
            correlate(x, across, mode="constant"), correlate(x, across.T, mode="constant")
        )

    edges, wide = gradient(blurred["small"]), gradient(blurred["large"])
    wide = np.minimum(1, 5 * (wide - wide.min()) / (wide.max() - wide.min()))
    sharp = np.clip(image * (1 + SHARPEN) - blurred["unsharpen"] * SHARPEN, 0, 1)
    half_done = sharp * wide + blurred["large"] * (1 - wide)
    return half_done * edges + blurred["small"] * (1 - edges)


def process(
    runtime: sn.Runtime,
    kernels: dict,
    picture: np.ndarray,
    out: pathlib.Path,
    name: str,
    check: bool,
) -> None:
    """Runs one picture, float32[rows, columns, 3] from 0 to 1, and says how it went."""
    from PIL import Image

    rows, columns, _ = picture.shape
    masks = {key: runtime.array(gaussian(*mask)) for key, mask in MASKS.items()}
    channels = [np.ascontiguousarray(picture[:, :, c]) for c in range(3)]
    pipelines = [Pipeline(runtime, kernels, masks, rows, columns) for _ in CHANNELS]
    for pipeline, channel in zip(pipelines, channels, strict=True):  # once to warm up
        pipeline.run(channel)
    runtime.sync()

    with runtime.trace() as trace:
        start = time.perf_counter()
        work = zip(pipelines, channels, strict=True)
        results = [pipeline.run(channel) for pipeline, channel in work]
        submitted = time.perf_counter()
        arrays = [np.asarray(result) for result in results]
        end = time.perf_counter()
    print(
        f"{name}: {rows} x {columns} pixels, submitted in {1e3 * (submitted - start):.1f} ms, "
        f"done after {1e3 * (end - start):.1f} ms"
    )
    print("  " + trace.summary().strip().replace("\n", "\n  "))
    svg = out / f"{name}.svg"
    trace.write(str(svg))
    if check:
        pairs = zip(arrays, channels, strict=True)
        worst = max(float(np.abs(ours - reference(theirs)).max()) for ours, theirs in pairs)
        print(f"  largest difference to NumPy and SciPy in float64: {worst:.2e}")
        if not worst < 2e-5:
            raise SystemExit(f"{name}: the result differs from the reference by {worst}")
    sharpened = (np.clip(np.stack(arrays, axis=-1), 0, 1) * 255 + 0.5).astype("uint8")
    Image.fromarray(sharpened).save(out / f"{name}.png")
    print(f"  wrote {out / name}.png and {svg}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", default="out", type=pathlib.Path)
    parser.add_argument("--side", type=int, help="enlarge the photograph to this many pixels")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--check", action="store_true", help="compare the large one too")
    arguments = parser.parse_args()

    from skimage.data import astronaut
    from skimage.transform import resize

    arguments.out.mkdir(parents=True, exist_ok=True)
    runtime = sn.Runtime(device=arguments.device)
    print("devices: " + ", ".join(device.name for device in runtime.devices()))
    start = time.perf_counter()
    names = ("gaussian_blur", "sobel", "maximum", "minimum", "extend", "unsharpen", "combine")
    kernels = {name: runtime.kernel(SOURCE, name, source_name="kernels.cu") for name in names}
    print(f"{len(kernels)} kernels ready after {1e3 * (time.perf_counter() - start):.0f} ms")

    photograph = astronaut().astype("float32") / 255
    sides = [arguments.side] if arguments.side else [photograph.shape[0], 4096]
    for side in sides:
        picture = photograph
        if side != photograph.shape[0]:
            picture = resize(photograph, (side, side), order=1).astype("float32")
        process(
            runtime,
            kernels,
            picture,
            arguments.out,
            f"astronaut_{side}",
            arguments.check or side <= 1024,
        )


if __name__ == "__main__":
    main()
