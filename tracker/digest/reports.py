"""Findings in tables → one page: evaluations, back-tests, and what a new codebook changes."""

from dataclasses import dataclass

from tracker.digest.render import Look, template


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A titled table of texts; `nothing` is said when it has no rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str = "Nothing to report."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A page of findings; `lead` says what was done and what it means."""

    title: str
    lead: tuple[str, ...]
    tables: tuple[ReportTable, ...]


def report_page(report: Report, look: Look | None = None) -> bytes:
    """The page; the same report gives the same bytes."""
    text = template("report.html", look or Look()).render(root="", report=report)
    return (text.rstrip() + "\n").encode()
