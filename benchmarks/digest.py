"""Pages of a year of three conflicts: CPU per weekly page, what an unchanged archive costs, bytes per page and chart.

Run: python benchmarks/digest.py [--weeks 52] [--records 1282]
Material is generated: 3 conflicts × 52 weeks × 1,282 records stand for 200,000 signals.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from datetime import UTC, date, datetime, timedelta

from digest_material import a_material

from tracker.digest import deliver, images, mail, render
from tracker.digest.charts import Line, line_chart, sparkline
from tracker.digest.figures import points
from tracker.digest.view import week_of

CONFLICTS = ("first-war", "second-war", "third-war")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--records", type=int, default=1282)
    chosen = parser.parse_args()
    weeks = [week_of(date(2025, 3, 24) + timedelta(weeks=i)) for i in range(chosen.weeks)]
    print(f"{len(CONFLICTS)} conflicts, {len(weeks)} weeks, {len(CONFLICTS) * len(weeks) * chosen.records:,} records")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        week_cpu: list[float] = []
        page_cpu: list[float] = []
        began = time.process_time()
        written = 0
        for number, week in enumerate(weeks, 1):
            materials = [a_material(week, conflict=c, records=chosen.records, weeks=number) for c in CONFLICTS]
            for material in materials:
                at = time.process_time()
                pages = list(render.week_pages(material))
                week_cpu.append(time.process_time() - at)
                at = time.process_time()
                next(iter(render.week_pages(material)))
                page_cpu.append(time.process_time() - at)
                written += len(deliver.write(pages, site))
        print(f"weekly page alone: median {median(page_cpu):.3f} s CPU, worst {max(page_cpu):.3f} s")
        print(
            f"week with its evidence pages and JSON: median {median(week_cpu):.3f} s CPU, worst {max(week_cpu):.3f} s"
        )
        print(f"whole archive from nothing: {time.process_time() - began:.1f} s CPU with its material, {written} files")

        latest = [
            a_material(weeks[-1], conflict=c, records=chosen.records, weeks=len(weeks), history=156) for c in CONFLICTS
        ]
        at = time.process_time()
        changed = deliver.write(render.site(latest, issues=deliver.issues(site)), site)
        print(f"newest week published first: {time.process_time() - at:.2f} s CPU, {len(changed)} files written")
        at = time.process_time()
        changed = deliver.write(render.site(latest, issues=deliver.issues(site)), site)
        print(f"newest week published again: {time.process_time() - at:.2f} s CPU, {len(changed)} files written")
        for path in (
            f"first-war/{weeks[-1]}.html",
            f"first-war/{weeks[-1]}-evidence.html",
            "first-war/ripeness.html",
            "first-war/readiness.html",
            "index.html",
            "archive.html",
        ):
            print(f"  {path}: {(site / path).stat().st_size:,} bytes")
    charts(latest[0])
    letter(latest[0])


def charts(material: object) -> None:
    """Bytes and time of the drawings."""
    tracked = material.tracked("readiness", "VRN")
    short = Line(label="", style="a", points=points(tracked.series))
    long = Line(label="VRN", style="a", points=points(tracked.history))
    for name, draw in (
        ("sparkline, 26 points", lambda: sparkline(short, name="n", title="T", desc="D", limits=(20, 80))),
        ("chart, 156 points with band", lambda: line_chart([long], name="n", title="T", desc="D", label=str)),
    ):
        at = time.process_time()
        for _ in range(200):
            text = draw()
        print(f"  {name}: {len(text.encode()):,} bytes, {(time.process_time() - at) * 5:.2f} ms")


def letter(material: object) -> None:
    """Bytes of the mail."""
    settings = mail.MailSettings(sender="a@example.org", recipients=("b@example.org",))
    message = mail.message([material], settings=settings, at=datetime(2026, 3, 23, tzinfo=UTC))
    html = message.get_body(("html",)).get_content().encode()
    print(f"  mail: HTML {len(html):,} bytes, whole {len(mail.eml(message)):,} bytes, pictures: {images.available()}")


if __name__ == "__main__":
    main()
