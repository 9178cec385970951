"""What one week's coverage of a conflict consisted of: articles, owners, and those whose date is not known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from tracker.model.codebook import Codebook
from tracker.projections.rows import to_us
from tracker.projections.signals import in_force
from tracker.projections.snapshots import View, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfArticles:
    """Articles about a conflict published on the days asked for, and undated ones first seen on them."""

    articles: int
    owners: int
    undated: int


def _nothing() -> WeekOfArticles:
    return WeekOfArticles(articles=0, owners=0, undated=0)


@snapshot(_nothing)
def articles_between(
    view: View, conflict: str, codebook: Codebook, *, since: date, until: date, as_of: int | None = None
) -> WeekOfArticles:
    """Count the articles of the days `since` to `until`, both inclusive, as they stood at a position."""
    at = view.at(as_of)
    links, articles = view.t.links, view.t.articles
    first = to_us(datetime.combine(since, time(), UTC))
    after = to_us(datetime.combine(until + timedelta(days=1), time(), UTC))
    about = (
        select(links.c.article)
        .where(links.c.codebook == codebook.version, links.c.conflict == conflict, in_force(links, at))
        .distinct()
        .subquery()
    )
    dated = (
        select(func.count(func.distinct(articles.c.article)), func.count(func.distinct(articles.c.owner)))
        .join(about, about.c.article == articles.c.article)
        .where(in_force(articles, at), articles.c.published >= first, articles.c.published < after)
    )
    undated = (
        select(func.count(func.distinct(articles.c.article)))
        .join(about, about.c.article == articles.c.article)
        .where(in_force(articles, at), articles.c.published.is_(None))
        .where(articles.c.recorded >= since.toordinal(), articles.c.recorded <= until.toordinal())
    )
    found, owners = view.connection.execute(dated).one()
    return WeekOfArticles(
        articles=int(found), owners=int(owners), undated=int(view.connection.execute(undated).scalar_one())
    )


@snapshot(str)
def last_analyser(view: View, codebook: Codebook, *, as_of: int | None = None) -> str:
    """The analyser that made the newest coding with a codebook; empty before the first."""
    codings, at = view.t.codings, view.at(as_of)
    query = (
        select(codings.c.analyser)
        .where(codings.c.codebook == codebook.version, codings.c.from_position <= at, codings.c.skipped == "")
        .order_by(codings.c.from_position.desc())
        .limit(1)
    )
    return str(view.connection.execute(query).scalar() or "")
