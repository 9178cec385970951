"""Sentences as templates with numbers: the catalogue's messages, and the words for every state and class.

A `Say` is a message of the catalogue with typed values; `render` translates the message and writes dates and
numbers by locale. `N_` marks a message for extraction. Wording follows codebook §10: it describes reporting,
says the same of both parties, and never speaks of what will come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.digest.view import Posture
from tracker.model.readings import Reading


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction looks for
    """Mark a message for translation; translated when it is shown."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message with its values; with `plural` and `count`, the form is chosen by the language."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""
    count: int = 0


def say(message: str, **values: object) -> Say:
    """A message with values by name, which it holds as `{name}`."""
    return Say(message=message, values=values)


def some(one: str, many: str, count: int, **values: object) -> Say:
    """A message in the form that the count asks for; it holds the count as `{n}`."""
    return Say(message=one, plural=many, count=count, values={"n": count, **values})


SPEAKERS = {
    "leader": N_("leader"),
    "official": N_("official"),
    "official_anon": N_("unnamed official"),
    "faction": N_("faction or legislator"),
    "third_party": N_("third party"),
    "pollster": N_("survey organisation"),
    "narration": N_("the report itself"),
    "analyst": N_("analyst"),
    "public": N_("member of the public"),
}
SIDES = {
    "self": N_("of this party"),
    "opponent": N_("of the opposing party"),
    "backer_self": N_("of a backer of this party"),
    "backer_opp": N_("of a backer of the opposing party"),
    "neutral": N_("of a third country"),
    "media": N_("of the press"),
}
FACTUALITY = {
    "done": N_("done"),
    "ongoing": N_("ongoing"),
    "announced": N_("announced"),
    "alleged": N_("alleged"),
    "considered": N_("considered"),
    "called_for": N_("called for"),
    "denied": N_("denied"),
}
FACTORS = {
    "class": N_("speaker class"),
    "side": N_("speaker side"),
    "factuality": N_("factuality"),
    "intensity": N_("intensity"),
    "rule": N_("rule or model probability"),
    "layers": N_("reported at second hand"),
    "headline": N_("headline"),
    "corroboration": N_("independent owners"),
    "decay": N_("age"),
    "source": N_("source"),
}
POLARITY = {1: N_("towards talks"), 0: N_("no direction"), -1: N_("away from talks")}
POSTURES = {
    "open": N_("open to direct talks without conditions"),
    "preconditioned": N_("talks only on conditions"),
    "closed": N_("closed to direct talks"),
    "unknown": N_("not known from this reporting"),
}
FEW_STORIES = 5  # below it an indicator would have no number; a posture is shown and says so
ALERTS = {
    "surge": N_("surge: many more stories than in the weeks before"),
    "turn": N_("turn: the four-week balance changed sign"),
    "first": N_("first: a rare kind of record, the first in 180 days"),
    "break": N_("break: records of the highest intensity pointing away from talks"),
}
ALERT_NAMES = {"surge": N_("surge"), "turn": N_("turn"), "first": N_("first"), "break": N_("break")}
ALERT_STATES = {
    "raised": N_("raised"),
    "withheld": N_("withheld"),
    "awaiting-confirmation": N_("awaiting confirmation by a person"),
}
REVIEWS = {
    "": N_("not reviewed"),
    "confirmed": N_("confirmed by a person"),
    "rejected": N_("rejected by a person"),
    "withdrawn": N_("withdrawn"),
}
FEED_STATES = {
    "observed": N_("observed"),
    "failing": N_("failing"),
    "silent": N_("silent"),
    "unpolled": N_("not polled"),
    "gone": N_("gone"),
    "never": N_("never observed"),
}
CORRECTIONS = {
    "withdrawn": N_("withdrawn: the claim was taken back or disproved"),
    "rejected": N_("rejected on review"),
    "recoded": N_("read again with another result"),
    "revised": N_("the article was changed by its publisher"),
    "forgotten": N_("words removed on request"),
}
CELLS = {
    "front": (
        N_("front channel"),
        N_("Reasons to talk and low cost of being seen to talk: watch talks activity; talks can be insincere."),
    ),
    "back": (
        N_("back channel"),
        N_("Reasons to talk, costly to be seen talking: watch back channels and intermediaries."),
    ),
    "instrumental": (
        N_("instrumental"),
        N_("Few reasons to settle, talking costs little: talks may serve time or image; watch strategic adaptation."),
    ),
    "closed": (
        N_("closed"),
        N_("Few reasons to talk and costly to be seen talking."),
    ),
}


def state_note(reading: Reading) -> Say | None:
    """What must be said beside a number, or instead of it (codebook §6.4); None when it stands as it is."""
    match reading.state:
        case "insufficient":
            return some(
                "insufficient evidence ({n} story)",
                "insufficient evidence ({n} stories)",
                reading.stories,
            )
        case "one-sided":
            return say(N_("one-sided sources"))
        case "contested":
            return say(N_("contested"))
        case "withheld":
            if reading.sources_expected is None:
                return say(N_("withheld: too few sources observed"))
            return say(
                N_("withheld: {observed} of {expected} sources observed"),
                observed=reading.sources_observed or 0,
                expected=reading.sources_expected,
            )
        case "not-assessable":
            return say(N_("not assessable"))
        case "ok":
            return None


def posture_words(posture: Posture | None) -> Say:
    """A party's posture in words, with what it rests on."""
    if posture is None or posture.state == "unknown":
        return say(POSTURES["unknown"])
    words = say(POSTURES[posture.state])
    if posture.share is None:
        return words
    if posture.stories < FEW_STORIES:
        return say(
            N_("{words} (few stories: {n}, with {share} of the weight)"),
            words=words,
            n=posture.stories,
            share=Percent(posture.share),
        )
    return some(
        "{words} ({share} of the weight, {n} story)",
        "{words} ({share} of the weight, {n} stories)",
        posture.stories,
        words=words,
        share=Percent(posture.share),
    )


@dataclass(frozen=True, slots=True)
class Percent:
    """A share to be written as a percentage by locale."""

    share: float
