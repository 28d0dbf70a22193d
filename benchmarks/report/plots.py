"""report/plots.py: a run of the suite as one self-contained SVG.

A column for each application; rows: speedup over `serial`, the time over that of the best rival,
and the part that is reached of the bound: the larger of the longest chain of operations and of all
transfers over the link. Sizes run from left to right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

from .results import APPLICATIONS, Results, ratio

WIDTH, HEIGHT = 210, 150  # of a panel's inside
LEFT, TOP, GAP_X, GAP_Y = 60, 60, 34, 46
COLOURS = {
    "sennit-naive": "#d1495b",
    "sennit-replay": "#f4a6b0",
    "sennit-serial": "#edae49",
    "serial": "#8d99ae",
    "events": "#00798c",
    "graph-api": "#30638e",
    "graph-capture": "#66a182",
}

Value = Callable[[Results, str, int, str], "float | None"]


def speedup(results: Results, benchmark: str, size: int, name: str) -> float | None:
    return ratio(results.serial(benchmark, size), results.get(benchmark, size, name))


def over_best(results: Results, benchmark: str, size: int, name: str) -> float | None:
    return ratio(results.get(benchmark, size, name), results.best_rival(benchmark, size))


def part_of_bound(results: Results, benchmark: str, size: int, name: str) -> float | None:
    bounds = (results.get(benchmark, size, bound) for bound in ("bound", "bound-link"))
    bound_us = max((bound.median_us for bound in bounds if bound), default=None)
    measured = results.get(benchmark, size, name)
    return bound_us / measured.median_us if bound_us and measured else None


ROWS: tuple[tuple[str, Value], ...] = (
    ("speedup over serial", speedup),
    ("time / best rival's", over_best),
    ("part of the bound", part_of_bound),
)


def short(size: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit:
            return f"{size / unit:.3g}{name}"
    return str(size)


def panel(results: Results, benchmark: str, value: Value, x0: float, y0: float) -> list[str]:
    sizes = results.sizes(benchmark)
    curves = {name: [value(results, benchmark, size, name) for size in sizes] for name in COLOURS}
    known = [v for curve in curves.values() for v in curve if v is not None]
    parts = [f'<rect x="{x0}" y="{y0}" width="{WIDTH}" height="{HEIGHT}" class="frame"/>']
    if not known:
        return parts
    low, high = min(*known, 1.0) * 0.97, max(*known, 1.0) * 1.03

    def at(index: int, v: float) -> tuple[float, float]:
        across = 0.5 if len(sizes) == 1 else index / (len(sizes) - 1)
        up = (math.log(v) - math.log(low)) / (math.log(high) - math.log(low))
        return x0 + 10 + across * (WIDTH - 20), y0 + HEIGHT - up * HEIGHT

    for v in (low, 1.0, high):
        y = at(0, v)[1]
        if v != 1.0 and abs(y - at(0, 1.0)[1]) < 10:
            continue  # its label would lie over that of 1
        parts.append(f'<text x="{x0 - 4}" y="{y + 3:.1f}" class="left">{v:.2f}</text>')
    y = at(0, 1.0)[1]
    parts.append(f'<line x1="{x0}" x2="{x0 + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="one"/>')
    for index, size in enumerate(sizes):
        x = at(index, 1.0)[0]
        parts.append(f'<text x="{x:.1f}" y="{y0 + HEIGHT + 12}" class="below">{short(size)}</text>')
    for name, curve in curves.items():
        points = [at(i, v) for i, v in enumerate(curve) if v is not None]
        if not points:
            continue
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        width = 2.4 if name == "sennit-naive" else 1.3
        parts.append(f'<polyline points="{line}" stroke="{COLOURS[name]}" stroke-width="{width}"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{COLOURS[name]}"/>' for x, y in points
        ]
    return parts


def svg(results: Results) -> str:
    columns = [name for name in APPLICATIONS if results.sizes(name)]
    width = LEFT + len(columns) * (WIDTH + GAP_X) + 10
    height = TOP + len(ROWS) * (HEIGHT + GAP_Y)
    device = escape(results.machine.get("device", results.device))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10">',
        "<style>rect.frame{fill:none;stroke:#ccc} line.one{stroke:#999;stroke-dasharray:3 3} "
        "polyline{fill:none} text.left{text-anchor:end} text.below{text-anchor:middle}</style>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="13">{device}</text>',
    ]
    x = LEFT + 260
    for name, colour in COLOURS.items():
        parts.append(f'<rect x="{x}" y="9" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="18">{name}</text>')
        x += 110
    for column, benchmark in enumerate(columns):
        x0 = LEFT + column * (WIDTH + GAP_X)
        parts.append(
            f'<text x="{x0 + WIDTH / 2}" y="{TOP - 22}" class="below" font-size="12">'
            f"{escape(benchmark)}</text>"
        )
        for row, (title, value) in enumerate(ROWS):
            y0 = TOP + row * (HEIGHT + GAP_Y)
            parts.append(
                f'<text x="{x0 + WIDTH / 2}" y="{y0 - 6}" class="below" fill="#666">{title}</text>'
            )
            parts += panel(results, benchmark, value, x0, y0)
    return "\n".join([*parts, "</svg>"]) + "\n"
