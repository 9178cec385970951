"""Many feeds that fail for one reason are one line."""

from tracker.cli.run import alike
from tracker.model.articles import Problem


def test_feeds_that_fail_alike_are_told_together_in_their_order() -> None:
    problems = [
        Problem(subject="one", reason="no answer", remedy="check the address"),
        Problem(subject="two", reason="not a feed", remedy=""),
        Problem(subject="three", reason="no answer", remedy="check the address"),
        Problem(subject="four", reason="no answer", remedy="wait"),  # another remedy: another line
    ]
    assert list(alike(problems).items()) == [
        (("no answer", "check the address"), ["one", "three"]),
        (("not a feed", ""), ["two"]),
        (("no answer", "wait"), ["four"]),
    ]
