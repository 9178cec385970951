"""The readiness × cost plane of codebook §7.4, with the way each party went in the last weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tracker.digest.charts import number, opening, range_of, spread

LEFT, RIGHT, TOP, BOTTOM = 46, 506, 12, 352


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One party's weekly (cost, readiness), oldest first; None where either could not be said."""

    label: str
    style: str
    points: tuple[tuple[float, float] | None, ...]


def plane_range(trails: Sequence[Trail]) -> tuple[float, float]:
    """One range around 50 for both axes and both parties, so that distances can be compared.

    >>> plane_range([Trail(label="A", style="a", points=((44.0, 63.0), None))])
    (30.0, 70.0)
    """
    seen = [v for t in trails for p in t.points if p is not None for v in p]
    return range_of(seen)


def cell(readiness: float, cost: float) -> str:
    """Which cell of §7.4 a pair lies in; exactly 50 counts as high, for both axes alike.

    >>> cell(62, 40), cell(62, 70), cell(30, 20), cell(30, 50)
    ('front', 'back', 'instrumental', 'closed')
    """
    if readiness >= 50:
        return "back" if cost >= 50 else "front"
    return "closed" if cost >= 50 else "instrumental"


def quadrant(
    trails: Sequence[Trail], *, name: str, title: str, desc: str, words: tuple[str, str], cells: Sequence[str]
) -> str:
    """The plane: `words` name the x and y axes; `cells` the upper left, upper right, lower left, lower right."""
    low, high = plane_range(trails)

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - low) / (high - low)

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)

    middle_x, middle_y = number(x(50)), number(y(50))
    parts = [
        opening(box=(560, 400), name=name, title=title, desc=desc, style="chart quadrant"),
        f'<rect class="plane" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>',
        f'<path class="mid" d="M{LEFT} {middle_y}H{RIGHT}M{middle_x} {TOP}V{BOTTOM}"/>',
    ]
    for value in (low, 50.0, high):
        kind = "tick x first" if value == low else "tick x"  # the first keeps off the lowest of the other axis
        parts.append(f'<text class="{kind}" x="{number(x(value))}" y="{BOTTOM + 17}">{number(value)}</text>')
        parts.append(f'<text class="tick y" x="{LEFT - 6}" y="{number(y(value))}" dy=".32em">{number(value)}</text>')
    corners = [(LEFT + 10, TOP + 20, "l"), (RIGHT - 10, TOP + 20, "r")]
    corners += [(LEFT + 10, BOTTOM - 12, "l"), (RIGHT - 10, BOTTOM - 12, "r")]
    for (cx, cy, side), text in zip(corners, cells, strict=True):
        parts.append(f'<text class="cell {side}" x="{cx}" y="{cy}">{escape(text)}</text>')
    parts.append(f'<text class="axis-name x" x="{(LEFT + RIGHT) // 2}" y="394">{escape(words[0])}</text>')
    turn = f"translate(13 {(TOP + BOTTOM) // 2}) rotate(-90)"
    parts.append(f'<text class="axis-name" transform="{turn}">{escape(words[1])}</text>')
    ends: list[tuple[Trail, tuple[float, float]]] = []
    for trail in trails:
        known = [p for p in trail.points if p is not None]
        if not known:
            continue
        ends.append((trail, known[-1]))
        if len(known) > 1:
            steps = "L".join(f"{number(x(c))} {number(y(r))}" for c, r in known)
            parts.append(f'<path class="trail {trail.style}" d="M{steps}"/>')
        for i, (c, r) in enumerate(known[:-1]):
            opacity = f"{0.25 + 0.6 * (i + 1) / len(known):.2f}"
            dot = f'cx="{number(x(c))}" cy="{number(y(r))}" r="2.4" opacity="{opacity}"'
            parts.append(f'<circle class="dot {trail.style}" {dot}/>')
    heights = spread([y(r) for _, (_, r) in ends], gap=20, low=TOP + 8, high=BOTTOM - 8)
    for (trail, (c, r)), height in zip(ends, heights, strict=True):
        across = x(c)
        side, at = ("l", across + 11) if across < RIGHT - 60 else ("r", across - 11)
        parts.append(f'<circle class="end {trail.style}" cx="{number(across)}" cy="{number(y(r))}" r="6"/>')
        label = f'x="{number(at)}" y="{number(height)}" dy=".32em"'
        parts.append(f'<text class="end {trail.style} {side}" {label}>{escape(trail.label)}</text>')
    return "".join([*parts, "</svg>"])
