"""A digest for machines: `digest.json` and its JSON Schema (2020-12)."""

import json
from collections.abc import Sequence

from tracker.digest.headlines import week_alerts
from tracker.digest.language import Language
from tracker.digest.records import Quote
from tracker.digest.view import DigestMaterial, Tracked
from tracker.digest.week import WeekView, week_view

TOP = 20


def digest_json(view: WeekView, words: Language) -> bytes:
    """One week of one conflict; the twenty weightiest records stand in it, the rest on the evidence pages."""
    return _dump(_digest(view, words))


def site_json(materials: Sequence[DigestMaterial], words: Language) -> bytes:
    """The newest week of every conflict."""
    return _dump({"format": 1, "digests": [_digest(week_view(m), words) for m in materials]})


def _digest(view: WeekView, words: Language) -> dict[str, object]:
    m = view.material
    return {
        "format": 1,
        "conflict": m.conflict.id,
        "title": m.conflict.title,
        "week": m.week,
        "since": m.monday.isoformat(),
        "until": m.sunday.isoformat(),
        "at": m.at.isoformat(),
        "language": words.code,
        "as_of": {
            "position": m.as_of.position,
            "recorded_at": None if m.as_of.recorded_at is None else m.as_of.recorded_at.isoformat(),
            "codebook": m.as_of.codebook,
            "recogniser": m.method.recogniser,
            "analyser": m.method.analyser,
            "templates": m.method.templates,
        },
        "headlines": [words.say(line) for line in view.headlines],
        "readings": [_reading(t) for t in (*m.composites, *m.indicators)],
        "postures": [
            {"party": p.party, "state": p.state, "share": p.share, "stories": p.stories}
            for p in sorted(m.postures, key=lambda p: p.party)
        ],
        "alerts": [
            {
                "kind": a.alert.kind,
                "signal": a.alert.signal,
                "party": a.alert.party,
                "polarity": a.alert.polarity,
                "count": a.alert.count,
                "baseline": a.alert.baseline,
                "z": a.alert.z,
                "probability": a.alert.probability,
                "p_value": a.alert.p_value,
                "state": a.alert.state,
                "verdict": a.verdict,
            }
            for a in week_alerts(m)
        ],
        "coverage": {
            "articles": m.coverage.articles,
            "stories": m.coverage.stories,
            "owners": m.coverage.owners,
            "sources_observed": m.coverage.observed,
            "sources_expected": m.coverage.expected,
            "undated": m.coverage.undated,
            "silent": [f.feed for f in view.silent],
            "blocs": [{"bloc": b.bloc, "stories": b.stories, "share": b.share, "usable": b.usable} for b in view.blocs],
        },
        "evidence": {"records": len(view.records), "strongest": [_record(q) for q in view.records[:TOP]]},
        "corrections": [
            {"kind": c.kind, "week": c.week, "signal": c.signal, "party": c.party, "reason": c.reason}
            for c in view.corrections
        ],
    }


def _reading(tracked: Tracked) -> dict[str, object]:
    r = tracked.reading
    return {
        "subject": tracked.subject,
        "party": tracked.party,
        "date": r.day.isoformat(),
        "value": r.value,
        "low": r.low,
        "high": r.high,
        "state": r.state,
        "prevalence": r.prevalence,
        "stories": r.stories,
        "owners": r.owners,
        "missing": list(r.missing),
        "changes": [
            {"weeks": c.weeks, "difference": c.difference, "low": c.low, "high": c.high, "arrow": c.arrow}
            for c in tracked.changes
        ],
    }


def _record(quote: Quote) -> dict[str, object]:
    return {
        "id": quote.anchor,
        "page": quote.href,
        "signal": quote.signal,
        "party": quote.party,
        "polarity": quote.polarity,
        "quote": f"{quote.start}{quote.cue}{quote.rest}",
        "speaker_class": quote.speaker_class,
        "outlet": quote.outlet,
        "date": None if quote.day is None else quote.day.isoformat(),
        "url": quote.url,
        "contribution": quote.contribution,
        "review": quote.review,
    }


def _dump(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _list(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


_TEXT: dict[str, object] = {"type": "string"}
_WHOLE: dict[str, object] = {"type": "integer"}
_NUMBER: dict[str, object] = {"type": "number"}
_MAYBE: dict[str, object] = {"type": ["number", "null"]}
_MAYBE_TEXT: dict[str, object] = {"type": ["string", "null"]}
_SIGN: dict[str, object] = {"enum": [-1, 0, 1]}
_STATES = ["ok", "one-sided", "contested", "insufficient", "withheld", "not-assessable"]
_DIGEST = _object(
    format={"const": 1},
    conflict=_TEXT,
    title=_TEXT,
    week={"type": "string", "pattern": "^[0-9]{4}-W[0-9]{2}$"},
    since={"type": "string", "format": "date"},
    until={"type": "string", "format": "date"},
    at={"type": "string", "format": "date-time"},
    language=_TEXT,
    as_of=_object(
        position=_WHOLE, recorded_at=_MAYBE_TEXT, codebook=_TEXT, recogniser=_TEXT, analyser=_TEXT, templates=_TEXT
    ),
    headlines=_list(_TEXT),
    readings=_list(
        _object(
            subject=_TEXT,
            party={**_MAYBE_TEXT, "description": "id of a principal; null for the whole conflict"},
            date={"type": "string", "format": "date"},
            value={**_MAYBE, "minimum": 0, "maximum": 100, "description": "50: no direction; null: see state"},
            low=_MAYBE,
            high=_MAYBE,
            state={"enum": _STATES},
            prevalence={**_MAYBE, "description": "weighted mentions per story on the conflict"},
            stories=_WHOLE,
            owners=_WHOLE,
            missing=_list(_TEXT),
            changes=_list(
                _object(
                    weeks=_WHOLE, difference=_MAYBE, low=_MAYBE, high=_MAYBE, arrow={"enum": ["up", "down", "none"]}
                )
            ),
        )
    ),
    postures=_list(
        _object(
            party=_TEXT, state={"enum": ["open", "preconditioned", "closed", "unknown"]}, share=_MAYBE, stories=_WHOLE
        )
    ),
    alerts=_list(
        _object(
            kind={"enum": ["surge", "turn", "first", "break"]},
            signal=_TEXT,
            party=_TEXT,
            polarity=_SIGN,
            count=_WHOLE,
            baseline=_NUMBER,
            z=_NUMBER,
            probability=_NUMBER,
            p_value=_NUMBER,
            state={"enum": ["raised", "withheld", "awaiting-confirmation"]},
            verdict={"enum": ["", "confirmed", "dismissed"]},
        )
    ),
    coverage=_object(
        articles=_WHOLE,
        stories=_WHOLE,
        owners=_WHOLE,
        sources_observed=_WHOLE,
        sources_expected=_WHOLE,
        undated=_WHOLE,
        silent=_list(_TEXT),
        blocs=_list(_object(bloc=_TEXT, stories=_WHOLE, share=_MAYBE, usable={"type": "boolean"})),
    ),
    evidence=_object(
        records=_WHOLE,
        strongest=_list(
            _object(
                id=_TEXT,
                page={**_TEXT, "description": "address of the record, relative to the conflict's folder"},
                signal=_TEXT,
                party=_TEXT,
                polarity=_SIGN,
                quote=_TEXT,
                speaker_class=_TEXT,
                outlet=_TEXT,
                date=_MAYBE_TEXT,
                url=_MAYBE_TEXT,
                contribution=_NUMBER,
                review={"enum": ["", "confirmed", "rejected", "withdrawn"]},
            )
        ),
    ),
    corrections=_list(
        _object(
            kind={"enum": ["withdrawn", "rejected", "recoded", "revised", "forgotten"]},
            week=_TEXT,
            signal=_TEXT,
            party=_TEXT,
            reason=_TEXT,
        )
    ),
)
SCHEMA = _dump(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parley digest",
        "description": "A conflict's <week>.json and digest.json hold one digest, the site's digest.json holds many.",
        "$defs": {"digest": _DIGEST},
        "oneOf": [
            {"$ref": "#/$defs/digest"},
            _object(format={"const": 1}, digests=_list({"$ref": "#/$defs/digest"})),
        ],
    }
)
