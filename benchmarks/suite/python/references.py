"""python/references.py: what the six applications must answer, by NumPy."""

from __future__ import annotations

import math

import numpy as np


def vec(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = x.astype("float64"), y.astype("float64")
    return np.array([np.sum(x * x - y * y)])


def normal_cdf(d: np.ndarray) -> np.ndarray:
    """Abramowitz and Stegun 26.2.17, as the kernel has it."""
    k = 1 / (1 + 0.2316419 * np.abs(d))
    series = 0.0
    for a in (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153):
        series = k * (a + series)
    tail = np.exp(-0.5 * d * d) / math.sqrt(2 * math.pi) * series
    return np.where(d > 0, 1 - tail, tail)


def call_price(
    spot: np.ndarray, rate: float, volatility: float, years: float, strike: float
) -> np.ndarray:
    deviation = volatility * math.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / deviation
    discounted = strike * math.exp(-rate * years)
    return spot * normal_cdf(d1) - discounted * normal_cdf(d1 - deviation)


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def winners(
    x: np.ndarray,
    log_probabilities: np.ndarray,
    coefficients: np.ndarray,
    biases: np.ndarray,
    prior: np.ndarray,
) -> np.ndarray:
    x = x.astype("float64")
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    bayes = softmax(softmax(prior + x @ log_probabilities.T.astype("float64")))
    ridge = softmax(biases + z @ coefficients.T.astype("float64"))
    return (bayes + ridge).argmax(axis=1)


def hits(sources: np.ndarray, targets: np.ndarray, n: int, steps: int) -> list[np.ndarray]:
    authority, hub = np.ones(n), np.ones(n)
    for _ in range(steps):
        next_authority = np.bincount(targets, weights=hub[sources], minlength=n)
        next_hub = np.bincount(sources, weights=authority[targets], minlength=n)
        authority = next_authority / next_authority.sum()
        hub = next_hub / next_hub.sum()
    return [authority, hub]


def gaussian(diameter: int, sigma: float) -> np.ndarray:
    at = np.arange(diameter) - diameter // 2
    mask = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * sigma**2))
    return (mask / mask.sum()).astype("float32")


def correlated(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What lies outside counts as 0."""
    radius, (rows, columns) = len(mask) // 2, image.shape
    padded = np.pad(image, radius)
    shifts = (
        weight * padded[y : y + rows, x : x + columns] for (y, x), weight in np.ndenumerate(mask)
    )
    return sum(shifts, np.zeros_like(image))


def edges(image: np.ndarray) -> np.ndarray:
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")
    return np.hypot(correlated(image, across), correlated(image, across.T))


def picture(image: np.ndarray, masks: list[np.ndarray], amount: float) -> np.ndarray:
    small, large, unsharpen = (correlated(image, mask) for mask in masks)
    small_edges, large_edges = edges(small), edges(large)
    low, high = large_edges.min(), large_edges.max()
    mask = np.minimum(1, 5 * (large_edges - low) / (high - low))
    sharp = np.clip(image * (1 + amount) - unsharpen * amount, 0, 1)
    mixed = sharp * mask + large * (1 - mask)
    return mixed * small_edges + small * (1 - small_edges)


def convolved(image: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Stride 2, 3 x 3, no negative values; the last row and column stay 0."""
    filters, side = len(masks), image.shape[0] // 2
    out, valid = np.zeros((side, side, filters), "float32"), max(side - 1, 0)
    for y in range(3):
        for x in range(3):
            pixels = image[y : y + 2 * valid : 2, x : x + 2 * valid : 2]
            out[:valid, :valid] += pixels @ masks[:, y, x].T
    return np.maximum(out, 0)


def pooled(image: np.ndarray, size: int) -> np.ndarray:
    side = image.shape[0] // size
    windows = image[: side * size, : side * size].reshape(side, size, side, size, -1)
    return windows.mean(axis=(1, 3))


def branch(image: np.ndarray, masks1: np.ndarray, masks2: np.ndarray, pool: int) -> np.ndarray:
    return convolved(pooled(convolved(image[..., None], masks1), pool), masks2)
