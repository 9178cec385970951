"""Charts as small PNG images for e-mail and link previews; only with the `mail` extra (matplotlib, pillow)."""

from importlib.util import find_spec
from io import BytesIO
from typing import Any

from tracker.digest.charts import Line, spread, value_range
from tracker.digest.figures import TRAIL_WEEKS, points
from tracker.digest.view import DigestMaterial

COLOURS = {"a": "#1f5a8c", "b": "#9c5200", "c": "#4d4b57"}
PAPER, INK, SOFT = "#fbfaf6", "#1c1c1a", "#57554f"


def available() -> bool:
    """Whether images can be drawn here."""
    return find_spec("matplotlib") is not None and find_spec("PIL") is not None


def chart_png(material: DigestMaterial, subject: str) -> bytes:
    """The last 26 weeks of a composite, both parties, 560 × 200 at double density, 32 colours (about 9 kB).

    Call only when `available()`. The same material gives the same bytes with the same library versions.
    """
    return _draw(_lines(material, subject), title="", size=(5.6, 2.0), dpi=200)


def card_png(material: DigestMaterial) -> bytes:
    """The picture that link previews show: readiness of both parties, 1200 × 630."""
    title = f"{material.conflict.title}: readiness, {material.week}"
    return _draw(_lines(material, "readiness"), title=title, size=(12.0, 6.3), dpi=100)


def _lines(material: DigestMaterial, subject: str) -> tuple[Line, ...]:
    shared = material.tracked(subject)
    followed = [shared] if shared else [material.tracked(subject, party) for party in material.parties]
    styles = ("c",) if shared else ("a", "b")
    return tuple(
        Line(label=t.party or "", style=style, points=points(t.series[-TRAIL_WEEKS:]))
        for t, style in zip(followed, styles, strict=True)
        if t is not None
    )


def _draw(lines: tuple[Line, ...], *, title: str, size: tuple[float, float], dpi: int) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra, loaded when asked
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above
    from PIL import Image  # noqa: PLC0415 - as above

    figure: Any = Figure(figsize=size, dpi=dpi, facecolor=PAPER, layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    axes.set_facecolor(PAPER)
    axes.axhline(50, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
    for line in lines:
        colour = COLOURS[line.style]
        days = [p.day for p in line.points]
        missing = float("nan")
        values = [missing if p.value is None else p.value for p in line.points]
        low = [missing if p.low is None or p.value is None else p.low for p in line.points]
        high = [missing if p.high is None or p.value is None else p.high for p in line.points]
        axes.fill_between(days, low, high, color=colour, alpha=0.16, linewidth=0)
        axes.plot(days, values, color=colour, linewidth=1.8, linestyle="--" if line.style == "b" else "-")
    _end_labels(axes, lines)
    axes.set_ylim(*value_range(lines))
    axes.tick_params(colors=SOFT, labelsize=8, length=2)
    axes.margins(x=0.02)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(SOFT)
    if title:
        axes.set_title(title, loc="left", color=INK, fontsize=20, fontweight="bold", pad=18)
        axes.tick_params(labelsize=13)
    canvas.draw()
    picture: Any = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    out = BytesIO()
    picture.quantize(colors=32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _end_labels(axes: Any, lines: tuple[Line, ...]) -> None:
    """Each line's name and last value at its end, kept apart."""
    low, high = value_range(lines)
    ends = [(line, [p for p in line.points if p.value is not None]) for line in lines if line.label]
    known = [(line, seen[-1].day, seen[-1].value or 0.0) for line, seen in ends if seen]
    places = spread([v for _, _, v in known], gap=(high - low) / 9, low=low + 1, high=high - 1)
    for (line, day, value), place in zip(known, places, strict=True):
        text = f"  {line.label} {value:.0f}"
        axes.annotate(text, (day, place), color=COLOURS[line.style], fontweight="bold", va="center", fontsize=9)
