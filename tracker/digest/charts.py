"""Readings → small inline SVG drawings: pure functions of numbers, no library, no colour but by class.

Every drawing carries a title, a description and `role="img"`; a table stands beside it in the page. Colours,
dashes and text sizes come from the page's style sheet, so that dark mode, narrow screens and grey print need
no second drawing. A series is thinned to at most 400 points, keeping the least and the greatest of each stretch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

MOST_POINTS = 400
RANGES = ((40.0, 60.0), (30.0, 70.0), (20.0, 80.0), (10.0, 90.0), (0.0, 100.0))

DayLabel = Callable[[date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One moment of a series; `value` None breaks the line: what was not measured is not drawn."""

    day: date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series with the short label written at its end and the style class `a`, `b` or `c`."""

    label: str
    style: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A dated mark on the time axis: an alert or a happening, with the number that its list gives it."""

    day: date
    kind: str  # "alert" or "happening"
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Maps days and values to drawing units."""

    left: float
    right: float
    top: float
    bottom: float
    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        """Where a day lies from left to right."""
        span = max((self.last - self.first).days, 1)
        return self.left + (self.right - self.left) * (day - self.first).days / span

    def y(self, value: float) -> float:
        """Where a value lies; values outside the frame are held at its edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * share


def number(value: float) -> str:
    """A coordinate with one decimal and nothing more than it needs.

    >>> number(12.04), number(-0.04), number(7.25)
    ('12', '0', '7.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def value_range(lines: Sequence[Line]) -> tuple[float, float]:
    """The smallest of a few ranges around 50 that holds every value and interval of every line.

    >>> value_range([])
    (40.0, 60.0)
    """
    return range_of([v for line in lines for p in line.points for v in (p.value, p.low, p.high) if v is not None])


def range_of(values: Sequence[float]) -> tuple[float, float]:
    """The smallest of `RANGES` that holds all values."""
    return next(((low, high) for low, high in RANGES if all(low <= v <= high for v in values)), RANGES[-1])


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> tuple[Point, ...]:
    """At most `most` points: of each stretch the least and the greatest, in order, and a gap where one was.

    >>> day = date(2026, 1, 1)
    >>> len(thinned([Point(day=date.fromordinal(day.toordinal() + i), value=i % 7) for i in range(5000)]))
    400
    """
    if len(points) <= most:
        return tuple(points)
    stretches = most // 2
    kept: list[Point] = []
    for i in range(stretches):
        part = points[i * len(points) // stretches : (i + 1) * len(points) // stretches]
        known = sorted((p for p in part if p.value is not None), key=lambda p: (p.value, p.day))
        kept.extend(sorted({known[0], known[-1]}, key=lambda p: p.day) if known else part[:1])
    return tuple(kept)


def runs(points: Sequence[Point]) -> list[list[Point]]:
    """The unbroken stretches of a series."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point.value is None:
            found.append([])
        else:
            found[-1].append(point)
    return [run for run in found if run]


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Positions for labels that keep `gap` apart, as near as may be to where they want to be.

    >>> spread([50, 51], gap=10, low=0, high=100)
    [45.5, 55.5]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = [min(max(wanted[i], low), high) for i in order]
    for _ in range(20):
        moved = False
        for k in range(len(placed) - 1):
            overlap = gap - (placed[k + 1] - placed[k])
            if overlap > 1e-9:
                placed[k] -= overlap / 2
                placed[k + 1] += overlap / 2
                moved = True
        if not moved:
            break
    for k in range(len(placed)):
        placed[k] = max(placed[k], low if k == 0 else placed[k - 1] + gap)
    for k in reversed(range(len(placed))):
        placed[k] = min(placed[k], high if k == len(placed) - 1 else placed[k + 1] - gap)
    result = [0.0] * len(placed)
    for i, position in zip(order, placed, strict=True):
        result[i] = position
    return result


def path(run: Sequence[Point], frame: Frame) -> str:
    """The line through a run."""
    steps = [f"{number(frame.x(p.day))} {number(frame.y(p.value))}" for p in run if p.value is not None]
    return "M" + "L".join(steps)


def band(run: Sequence[Point], frame: Frame) -> str:
    """The outline of the interval along a run, or nothing where it has none."""
    known = [(p.day, p.low, p.high) for p in run if p.low is not None and p.high is not None]
    if len(known) < 2:
        return ""
    over = [f"{number(frame.x(day))} {number(frame.y(high))}" for day, _, high in known]
    under = [f"{number(frame.x(day))} {number(frame.y(low))}" for day, low, _ in reversed(known)]
    return "M" + "L".join([*over, *under]) + "Z"


def opening(*, box: tuple[int, int], name: str, title: str, desc: str, style: str) -> str:
    """The start of a drawing that a screen reader can announce; `name` must be unique in its page."""
    width, height = box
    return (
        f'<svg class="{style}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(desc)}</desc>'
    )


def drawn(line: Line, frame: Frame) -> str:
    """Band, line and lone points of a series."""
    parts: list[str] = []
    points = thinned(line.points)
    for run in runs(points):
        outline = band(run, frame)
        if outline:
            parts.append(f'<path class="band {line.style}" d="{outline}"/>')
    for run in runs(points):
        if len(run) == 1:
            x, y = frame.x(run[0].day), frame.y(run[0].value or 0.0)
            parts.append(f'<circle class="dot {line.style}" cx="{number(x)}" cy="{number(y)}" r="2"/>')
        else:
            parts.append(f'<path class="line {line.style}" d="{path(run, frame)}"/>')
    return "".join(parts)


def sparkline(line: Line, *, name: str, title: str, desc: str, limits: tuple[float, float]) -> str:
    """A word-sized drawing of one series with its interval, the line of 50 and its last point."""
    frame = _frame((line,), box=(132, 34), margins=(3, 8, 3, 3), limits=limits)
    parts = [opening(box=(132, 34), name=name, title=title, desc=desc, style="spark")]
    middle = number(frame.y(50.0))
    parts.append(f'<path class="mid" d="M{number(frame.left)} {middle}H{number(frame.right)}"/>')
    parts.append(drawn(line, frame))
    if line.points and line.points[-1].value is not None:
        last = line.points[-1]
        parts.append(
            f'<circle class="end {line.style}" cx="{number(frame.x(last.day))}"'
            f' cy="{number(frame.y(last.value or 0.0))}" r="2.6"/>'
        )
    return "".join([*parts, "</svg>"])


def line_chart(
    lines: Sequence[Line],
    *,
    name: str,
    title: str,
    desc: str,
    label: DayLabel,
    marks: Sequence[Mark] = (),
    limits: tuple[float, float] | None = None,
) -> str:
    """Series over time with axes, interval bands, numbered marks and labels at the ends that keep apart."""
    box = (640, 260)
    low, high = limits or value_range(lines)
    frame = _frame(lines, box=box, margins=(40, 74, 38 if marks else 10, 34), limits=(low, high))
    parts = [opening(box=box, name=name, title=title, desc=desc, style="chart long")]
    for value in (low, (low + 50) / 2, 50.0, (high + 50) / 2, high):
        y, text = number(frame.y(value)), number(value)
        kind = "mid" if value == 50 else "grid"
        parts.append(f'<path class="{kind}" d="M{number(frame.left)} {y}H{number(frame.right)}"/>')
        parts.append(f'<text class="tick y" x="{number(frame.left - 6)}" y="{y}" dy=".32em">{text}</text>')
    for i, day in enumerate(month_ticks(frame.first, frame.last)):
        x = number(frame.x(day))
        minor = " minor" if i % 2 else ""
        parts.append(f'<path class="axis{minor}" d="M{x} {number(frame.bottom)}v5"/>')
        anchor = f'<text class="tick x{minor}" x="{x}" y="{number(frame.bottom + 20)}">'
        parts.append(f"{anchor}{escape(label(day))}</text>")
    parts.extend(drawn(line, frame) for line in lines)
    parts.extend(_marks(marks, frame))
    parts.append(_end_labels(lines, frame))
    return "".join([*parts, "</svg>"])


def month_ticks(first: date, last: date, most: int = 8) -> tuple[date, ...]:
    """First days of months between two days, every second, third … so that they are few enough.

    >>> [d.isoformat() for d in month_ticks(date(2026, 1, 20), date(2026, 4, 2))]
    ['2026-02-01', '2026-03-01', '2026-04-01']
    """
    months = [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if first <= date(year, month, 1) <= last
    ]
    if not months:
        return (first,)
    for step in (1, 2, 3, 6, 12, 24, 60, 120):
        chosen = [m for m in months if (m.year * 12 + m.month - 1) % step == 0]
        if 0 < len(chosen) <= most:
            return tuple(chosen)
    return (months[0],)


def columns(counts: Sequence[int], *, name: str, title: str, desc: str, baseline: float | None = None) -> str:
    """Weekly counts as columns, the last one standing out, with the baseline they are held against."""
    box = (240, 72)
    parts = [opening(box=box, name=name, title=title, desc=desc, style="columns")]
    most = max([*counts, 1])
    step = box[0] / max(len(counts), 1)
    for i, count in enumerate(counts):
        height = 54 * count / most
        style = "col now" if i == len(counts) - 1 else "col"
        parts.append(
            f'<rect class="{style}" x="{number(i * step + 1)}" y="{number(62 - height)}"'
            f' width="{number(step - 2)}" height="{number(height)}"/>'
        )
    parts.append(f'<path class="axis" d="M0 62H{box[0]}"/>')
    if baseline is not None:
        y = number(62 - 54 * min(baseline, most) / most)
        parts.append(f'<path class="base" d="M0 {y}H{box[0]}"/>')
    return "".join([*parts, "</svg>"])


def share_bar(shares: Sequence[tuple[str, float]], *, name: str, title: str, desc: str) -> str:
    """Shares of one whole side by side, told apart by shade; the table beside it names them."""
    head = opening(box=(640, 18), name=name, title=title, desc=desc, style="shares")
    parts = [head.replace(' role="img"', ' preserveAspectRatio="none" role="img"', 1)]
    at = 0.0
    for i, (_, share) in enumerate(shares):
        width = 640 * share
        parts.append(
            f'<rect class="s{i % 6}" x="{number(at)}" y="0" width="{number(max(width - 1.5, 0.5))}" height="18"/>'
        )
        at += width
    return "".join([*parts, "</svg>"])


def _end_labels(lines: Sequence[Line], frame: Frame) -> str:
    ends = [(line, [p for p in line.points if p.value is not None]) for line in lines]
    known = [(line, points[-1].value or 0.0) for line, points in ends if points and line.label]
    places = spread([frame.y(v) for _, v in known], gap=18, low=frame.top + 4, high=frame.bottom - 4)
    return "".join(
        f'<text class="end {line.style}" x="{number(frame.right + 8)}" y="{number(y)}" dy=".32em">'
        f'{escape(line.label)}<tspan class="v"> {value:.0f}</tspan></text>'
        for (line, value), y in zip(known, places, strict=True)
    )


def _marks(marks: Sequence[Mark], frame: Frame) -> list[str]:
    """Marks within the frame; a number that would touch the one before it stands a step higher."""
    parts, taken = [], [-100.0, -100.0]
    for mark in sorted(marks, key=lambda m: (m.day, m.kind, m.label)):
        if not frame.first <= mark.day <= frame.last:
            continue
        x = frame.x(mark.day)
        level = next((i for i, right in enumerate(taken) if x - right > 16), None)
        if mark.kind != "alert" and level is not None:
            taken[level] = x
        parts.append(_mark(mark, frame, level))
    return parts


def _mark(mark: Mark, frame: Frame, level: int | None) -> str:
    x = number(frame.x(mark.day))
    stem = f'<path class="stem" d="M{x} {number(frame.top)}V{number(frame.bottom)}"/>'
    if mark.kind == "alert":
        head = f'<path class="alert" d="M{x} {number(frame.bottom - 10)}l-5 9h10z"/>'
    elif level is None:
        head = ""
    else:
        head = f'<text class="note" x="{x}" y="{number(frame.top - 6 - 15 * level)}">{escape(mark.label)}</text>'
    return stem + head


def _frame(
    lines: Sequence[Line], *, box: tuple[int, int], margins: tuple[int, int, int, int], limits: tuple[float, float]
) -> Frame:
    days = [p.day for line in lines for p in line.points] or [date(2000, 1, 1)]
    left, right, top, bottom = margins
    return Frame(
        left=left,
        right=box[0] - right,
        top=top,
        bottom=box[1] - bottom,
        first=min(days),
        last=max(days),
        low=limits[0],
        high=limits[1],
    )
