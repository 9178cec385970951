"""Names in a text → actors of registered conflicts, and sentences → the conflict they are about (codebook §2)."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from tracker.model.codebook import Conflict, Leader
from tracker.nlp.phrases import pattern
from tracker.nlp.text import fold

Kind = Literal["name", "demonym", "capital", "force", "leader", "institution", "place", "past-round"]
Role = Literal["party", "backer", "mediator", "outsider", "place", "past-round"]

WAR: Final = re.compile(
    r"(?<!\w)(?:wars?|warring|troops|military|army|armies|cease-?fires?|truces?|offensives?|invasion|invad\w+|missiles?|drones?"
    r"|air ?strikes?|shell(?:s|ing|ed)|artillery|howitzers?|munitions?|arms|guns?|talks|air defen[cs]e|rebels?|soldiers?|fight(?:ing|ers?)|battle\w*|peace|hostages?|militants?|militia\w*"
    r"|weapons?|occup(?:ied|ation|iers?)|front ?lines?|front-line|hostilities|bombard\w+|conflict|paramilitar\w+|insurg\w+"
    r"|kill(?:ed|ing|s)|assassinat\w+|attack\w*|strikes|restraint|commanders?|sanctions|negotiat\w+|mobili[sz]ation|prisoners?)(?!\w)"
)
_KINDS_OF_PARTY: Final = frozenset({"name", "demonym", "capital", "force", "leader", "institution"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Whom a name stands for in one conflict."""

    conflict: str
    actor: str  # id of a party or outsider; empty for places and past rounds
    kind: Kind
    role: Role
    backs: str = ""
    leader: Leader | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A name found in a text, not yet resolved."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A name found in a sentence, resolved within one conflict."""

    start: int
    end: int
    actor: str  # empty when an institution's side cannot be told
    kind: Kind
    role: Role
    backs: str = ""
    rank: str = ""  # "leader" or "official" for persons in office
    former: bool = False  # a person whose term is over, or not yet begun


class Registry:
    """All names of all conflicts in one scan."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts: Mapping[str, Conflict] = {conflict.id: conflict for conflict in conflicts}
        table: dict[str, list[Entity]] = {}
        for conflict in conflicts:
            for surface, entity in _entities(conflict):
                for variant in _variants(surface):
                    known = table.setdefault(variant, [])
                    if entity not in known:
                        known.append(entity)
        self._table: Mapping[str, tuple[Entity, ...]] = {key: tuple(found) for key, found in table.items()}
        self._pattern = pattern(self._table)
        self._wars: Mapping[str, int] = Counter((party.id) for conflict in conflicts for party in conflict.parties)

    def scan(self, text: str) -> tuple[Hit, ...]:
        """Every registered name in a text, longest first at each place."""
        if self._pattern is None:
            return ()
        return tuple(Hit(start=m.start(), end=m.end(), key=_key(m[0])) for m in self._pattern.finditer(fold(text)))

    def entities(self, key: str) -> tuple[Entity, ...]:
        """What a name may stand for, over all conflicts."""
        return self._table.get(key, ())

    def relevant(self, title: Sequence[Hit], body: Sequence[Hit], text: str) -> tuple[str, ...]:
        """Conflicts that an article is about, the most mentioned first.

        Both principals named, or one of them twice or in the headline, and words of war. Names that several
        conflicts share (an outside power, say) do not make an article relevant.
        """
        counts: dict[str, Counter[str]] = {}
        for hit, weight in [(h, 2) for h in title] + [(h, 1) for h in body]:
            for entity in self.entities(hit.key):
                if entity.role == "party" and entity.actor:
                    counts.setdefault(entity.conflict, Counter())[entity.actor] += weight
                elif entity.role == "place":
                    counts.setdefault(entity.conflict, Counter())["place"] += weight
        if not counts:
            return ()
        low = text.lower()
        if WAR.search(low) is None:
            return ()
        found = []
        for conflict, seen in counts.items():
            parties = len([actor for actor in seen if actor != "place"])
            if parties >= 2 or (parties == 1 and sum(seen.values()) >= 2):
                found.append((parties < 2, -sum(seen.values()), conflict))
        return tuple(conflict for _, _, conflict in sorted(found))

    def mentions(
        self, hits: Iterable[Hit], conflict: str, day: date | None, *, focus: Sequence[str] = ()
    ) -> tuple[Mention, ...]:
        """Names of a sentence as actors of one conflict; `focus` lists parties named just before, nearest first.

        An institution that both sides have ("the army") belongs to the party named next to it, else to the focus.
        """
        found: list[Mention] = []
        for hit in hits:
            own = [entity for entity in self.entities(hit.key) if entity.conflict == conflict]
            if not own:
                continue
            found.append(_mention(hit, own, day))
        return tuple(_settled(found, focus))

    def named(self, hits: Iterable[Hit]) -> Mapping[str, frozenset[str]]:
        """For each conflict the principals that a sentence names; a place of a conflict counts as an empty name."""
        found: dict[str, set[str]] = {}
        for hit in hits:
            for entity in self.entities(hit.key):
                if entity.role == "party":
                    found.setdefault(entity.conflict, set()).add(entity.actor)
                elif entity.role in {"place", "past-round"}:
                    found.setdefault(entity.conflict, set())
        return {conflict: frozenset(actors - {""}) for conflict, actors in found.items()}


def link(
    registry: Registry, title: Sequence[Hit], rows: Sequence[Sequence[Hit]], relevant: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """For each sentence the conflicts it speaks of, by the rule of codebook §2; empty when it cannot be told.

    (a) Two principals named: their conflict. (b) One principal or place: its conflict, and where it has several,
    the one that the article is most about. (c) None named: that of the two sentences before, or of the headline;
    an article about one conflict that names it all along is about it throughout.
    """
    if not relevant:
        return tuple(() for _ in rows)
    order = {conflict: rank for rank, conflict in enumerate(relevant)}
    named = [{c: p for c, p in registry.named(row).items() if c in order} for row in rows]
    headline = tuple(sorted((c for c in registry.named(title) if c in order), key=order.__getitem__))
    dense = len(relevant) == 1 and sum(map(bool, named)) >= 0.2 * len(rows)
    result: list[tuple[str, ...]] = []
    for at, here in enumerate(named):
        if here:
            result.append(_strongest(here, order))
            continue
        earlier = [result[i] for i in (at - 1, at - 2) if i >= 0 and result[i]]
        inherited = earlier[0] if earlier and (named[at - 1] or (at > 1 and named[at - 2])) else headline
        if not inherited and dense:
            inherited = (relevant[0],)
        result.append(inherited[:1] if len(inherited) == 1 or (inherited and not earlier) else ())
    return tuple(result)


def _strongest(here: Mapping[str, frozenset[str]], order: Mapping[str, int]) -> tuple[str, ...]:
    both = sorted((c for c, parties in here.items() if len(parties) >= 2), key=order.__getitem__)
    covered = frozenset().union(*(here[c] for c in both)) if both else frozenset()
    single = sorted((c for c, parties in here.items() if len(parties) < 2), key=order.__getitem__)
    chosen = list(both)
    taken = set(covered)
    for conflict in single:
        parties = here[conflict]
        if (parties and not parties & taken) or (not parties and not chosen):
            chosen.append(conflict)
            taken |= parties
    return tuple(chosen)


def _mention(hit: Hit, own: Sequence[Entity], day: date | None) -> Mention:
    current = [e for e in own if e.leader is None or _in_office(e.leader, day)]
    entity = (current or list(own))[0]
    parties = {e.actor for e in own if e.role == "party"}
    actor = "" if len(parties) > 1 else entity.actor
    return Mention(
        start=hit.start,
        end=hit.end,
        actor=actor,
        kind=entity.kind,
        role=entity.role,
        backs=entity.backs,
        rank=entity.leader.rank if entity.leader is not None and current else "",
        former=entity.leader is not None and not current,
    )


def _settled(found: Sequence[Mention], focus: Sequence[str]) -> Iterable[Mention]:
    for at, mention in enumerate(found):
        if mention.actor or mention.role != "party":
            yield mention
            continue
        before = found[at - 1] if at else None
        after = found[at + 1] if at + 1 < len(found) else None
        actor = ""
        if before is not None and before.role == "party" and before.actor and mention.start - before.end <= 4:
            actor = before.actor
        elif after is not None and after.role == "party" and after.actor and after.start - mention.end <= 4:
            actor = after.actor
        elif focus:
            actor = focus[0]
        yield Mention(start=mention.start, end=mention.end, actor=actor, kind=mention.kind, role="party")


def _in_office(leader: Leader, day: date | None) -> bool:
    if day is None:
        return leader.until is None
    return (leader.since is None or leader.since <= day) and (leader.until is None or day <= leader.until)


def _entities(conflict: Conflict) -> Iterable[tuple[str, Entity]]:
    for party in conflict.parties:
        groups: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("name", (party.name, *party.aliases)),
            ("demonym", party.demonyms),
            ("capital", party.capitals),
            ("force", party.forces),
            ("institution", party.institutions),
        )
        for kind, names in groups:
            for name in names:
                yield name, Entity(conflict=conflict.id, actor=party.id, kind=kind, role="party")
        for leader in party.leaders:
            for name in (leader.name, *leader.aliases):
                yield (
                    name,
                    Entity(conflict=conflict.id, actor=party.id, kind="leader", role="party", leader=leader),
                )
    for outsider in conflict.outsiders:
        role: Role = "backer" if outsider.backs else "mediator" if outsider.mediator else "outsider"
        for name in (outsider.name, *outsider.aliases):
            yield (
                name,
                Entity(conflict=conflict.id, actor=outsider.id, kind="name", role=role, backs=outsider.backs),
            )
        for leader in outsider.leaders:
            for name in (leader.name, *leader.aliases):
                yield (
                    name,
                    Entity(
                        conflict=conflict.id,
                        actor=outsider.id,
                        kind="leader",
                        role=role,
                        backs=outsider.backs,
                        leader=leader,
                    ),
                )
    for place in conflict.places:
        yield place, Entity(conflict=conflict.id, actor="", kind="place", role="place")
    for past in conflict.past_rounds:
        yield past, Entity(conflict=conflict.id, actor="", kind="past-round", role="past-round")


def _variants(surface: str) -> Iterable[str]:
    """A name as printed, with a capital at the start of a sentence, and in a headline all in capitals."""
    folded = fold(surface).strip()
    if not folded:
        return
    yield folded
    if folded[0].islower():
        yield folded[0].upper() + folded[1:]
    if len(folded) > 3 and not folded.isupper():
        yield folded.upper()


def _key(found: str) -> str:
    return " ".join(found.split())
