"""An article joins the most alike founder within 72 hours, or founds a story."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.model.sketch import bands, signature
from tracker.projections.rows import to_us
from tracker.projections.stories import KEY_BITS, WINDOW_US, Founder, buckets, story_of

NOON = to_us(datetime(2026, 3, 2, 12, tzinfo=UTC)) or 0
HOUR = to_us(datetime(1970, 1, 1, 1, tzinfo=UTC)) or 0
TITLE = "Envoys of Varnland and Kestria meet in the Sable Republic"
TEXT = " ".join(
    f"{who} said on {day} that the {thing} would {verb} before the winter sets in along the river"
    for who, day, thing, verb in (
        ("The chancellor", "Monday", "delegation", "return"),
        ("A general", "Tuesday", "convoy", "leave"),
        ("The mediator", "Wednesday", "exchange of prisoners", "go ahead"),
        ("An aide", "Thursday", "summit", "be postponed"),
        ("The assembly", "Friday", "vote on aid", "be held"),
    )
)
SIGNATURE = signature(TITLE, TEXT)


def a_founder(story: str = "first", *, hours: float = 0, text: str = TEXT, title: str = TITLE) -> Founder:
    return Founder(story=story, title=title, signature=signature(title, text), published=NOON + int(hours * HOUR))


def test_a_copy_within_72_hours_joins_and_one_a_moment_later_founds() -> None:
    assert story_of(TITLE, SIGNATURE, NOON + WINDOW_US, [a_founder()]) == "first"
    assert story_of(TITLE, SIGNATURE, NOON + WINDOW_US + 1, [a_founder()]) is None


def test_a_copy_published_before_its_founder_joins_too() -> None:
    assert story_of(TITLE, SIGNATURE, NOON - WINDOW_US, [a_founder()]) == "first"


def test_another_text_founds() -> None:
    other = a_founder(text="Rain is expected over the whole of the valley until the end of next week, say forecasters.")
    assert story_of(TITLE, SIGNATURE, NOON, [other]) is None


def test_an_undated_article_founds_however_like_it_is() -> None:
    assert story_of(TITLE, SIGNATURE, None, [a_founder()]) is None


def test_the_more_alike_founder_wins_over_the_earlier_one() -> None:
    shortened = a_founder("short", hours=-3, text=TEXT[: len(TEXT) * 4 // 5])
    assert story_of(TITLE, SIGNATURE, NOON, [shortened, a_founder("whole", hours=1)]) == "whole"


def test_of_equal_founders_the_earlier_wins_and_then_the_lesser_id() -> None:
    candidates = [a_founder("late", hours=2), a_founder("b"), a_founder("a")]
    assert story_of(TITLE, SIGNATURE, NOON, candidates) == "a"
    assert story_of(TITLE, SIGNATURE, NOON, [*candidates, a_founder("z", hours=-1)]) == "z"


@given(st.permutations(range(5)))
def test_the_order_of_the_candidates_does_not_matter(order: list[int]) -> None:
    candidates = [a_founder(f"s{n}", hours=n % 3, text=TEXT[n * 7 :]) for n in range(5)]
    assert story_of(TITLE, SIGNATURE, NOON, [candidates[n] for n in order]) == story_of(
        TITLE, SIGNATURE, NOON, candidates
    )


@given(st.integers(-(2**50), 2**50), st.integers(-WINDOW_US, WINDOW_US))
def test_founders_within_the_window_lie_in_one_of_the_two_buckets_that_are_asked(published: int, apart: int) -> None:
    assert buckets(published + apart)[0] in buckets(published)


@given(st.text(max_size=300))
def test_a_key_fits_below_its_bucket(text: str) -> None:
    assert all(0 <= key < 1 << KEY_BITS for key in bands(signature("", text)))
    assert all(bucket & ((1 << KEY_BITS) - 1) == 0 for bucket in buckets(NOON))


def test_a_wire_copy_shares_a_key_with_its_founder() -> None:
    copy = signature(TITLE, TEXT.replace("Tuesday", "tuesday night"))
    assert set(bands(copy)) & set(bands(SIGNATURE))


def test_a_year_passes_in_whole_buckets() -> None:
    later = NOON + int(timedelta(days=366) / timedelta(microseconds=1))
    assert (buckets(later)[0] >> KEY_BITS) - (buckets(NOON)[0] >> KEY_BITS) == 61
