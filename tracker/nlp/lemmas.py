"""Word and tag → lemma by rules and a short table: enough for frames, at a fraction of a lemmatiser's cost."""

from functools import lru_cache
from typing import Final

from tracker.nlp.phrases import listed

_IRREGULAR: Final = dict(
    pair.split("=")
    for pair in listed(
        """
    was=be were=be is=be are=be am=be been=be being=be 's=be 're=be 'm=be has=have had=have having=have 've=have
    did=do does=do done=do said=say told=tell met=meet held=hold sat=sit went=go gone=go came=come gave=give
    given=give took=take taken=take broke=break broken=break began=begin begun=begin fell=fall fallen=fall
    rose=rise risen=rise sent=send lost=lose won=win left=leave left=leave fought=fight sought=seek thought=think
    brought=bring bought=buy caught=catch taught=teach kept=keep felt=feel dealt=deal meant=mean built=build
    spent=spend lent=lend bent=bend led=lead fled=flee bled=bleed fed=feed read=read put=put cut=cut set=set
    let=let hit=hit shut=shut quit=quit cost=cost burst=burst cast=cast spread=spread swept=sweep slept=sleep
    crept=creep dug=dig hung=hang struck=strike stuck=stick swung=swing spoke=speak spoken=speak stole=steal
    stolen=steal chose=choose chosen=choose froze=freeze frozen=freeze wrote=write written=write drove=drive
    driven=drive rode=ride rode=ride ridden=ride shook=shake shaken=shake overran=overrun ran=run drew=draw
    drawn=draw withdrew=withdraw withdrawn=withdraw grew=grow grown=grow knew=know known=know threw=throw
    thrown=throw flew=fly flown=fly blew=blow blown=blow saw=see seen=see stood=stand understood=understand
    withstood=withstand undertook=undertake undertaken=undertake overcame=overcome became=become retook=retake
    retaken=retake forgot=forget forgotten=forget got=get gotten=get made=make paid=pay laid=lay lay=lie sold=sell
    found=find bound=bind ground=grind wound=wound bet=bet beat=beat beaten=beat bore=bear tore=tear torn=tear
    wore=wear worn=wear swore=swear sworn=swear forsook=forsake forsaken=forsake sank=sink sunk=sink shrank=shrink
    shrunk=shrink sprang=spring men=man women=woman people=people lives=life leaves=leave wives=wife
    children=child feet=foot crises=crisis media=media forces=force troops=troops ca=can wo=will sha=shall n't=not
    'll=will 'd=would better=good best=good worse=bad worst=bad less=little least=little further=far bade=bid
    forbade=forbid forbidden=forbid hid=hide hidden=hide slid=slide split=split upheld=uphold withheld=withhold
    outgunned=outgun dying=die lying=lie tying=tie resumed=resume
    """
    )
)
_DOUBLED: Final = frozenset("bdgmnprt")
_KNOWN: Final = frozenset(
    listed(
        """
    cease release increase decrease promise advise urge pledge negotiate mediate facilitate propose oppose impose
    refuse accuse agree guarantee reduce force enforce announce denounce renounce concede cede recede resume
    consume assume require acquire secure capture continue rescue argue value issue pursue leave move approve
    prove improve receive believe achieve relieve survive arrive drive give live save have solve resolve serve
    reserve deserve observe starve strive stage damage manage engage encourage challenge change exchange arrange
    postpone define decline combine examine determine condone abandone undermine outline shape hope escape cope
    stripe wipe write invite unite cite ignite withdrawe ease please tease lease cause pause use abuse excuse
    close dispose expose chose lose raise praise rise surprise compromise exercise recognise recognize mobilise
    mobilize organise organize stabilise stabilize authorise authorize take make shake wake fake stake strike like
    invoke provoke evoke revoke smoke joke fire hire inspire expire acquire admire desire declare prepare share
    spare care compare restore ignore explore store score ensure insure assure measure pressure endure injure
    figure settle handle struggle tackle double trouble enable disable rule schedule rearrange welcome overcome
    come become date update delegate evacuate demonstrate violate escalate repatriate liberate coordinate dominate
    eliminate terminate eradicate annihilate investigate indicate dedicate complicate communicate replace place
    reinforce pronounce face trace embrace sacrifice notice service race finance advance balance influence
    convince commence sentence include exclude conclude decide divide provide side guide persuade invade evade
    blockade trade degrade upgrade persuade erode explode provide collide hide ride lie die tie dictate
    deteriorate negotiate donate exaggerate celebrate initiate isolate humiliate tolerate bribe describe subscribe
    code fuse diffuse confuse advise revise devise supervise televise seize size prize freeze squeeze breeze gauze
    analyse analyze paralyse bridge judge dodge nudge dislodge acknowledge allege charge merge emerge purge surge
    forge plunge range strange bulge indulge revenge avenge scale tumble crumble stumble grumble assemble resemble
    sample example topple cripple couple people outlive retake capitulate articulate calculate speculate translate
    legislate relate create update state restate hate fine refine confine mine line shine phone clone tone zone
    tune prune immune scene gene convene intervene imagine machine shape tape rape hope rope type hype pipe
    dispute compute execute salute contribute distribute attribute substitute constitute institute prosecute
    persecute vote quote note devote promote remote cite invite ignite recite excite write rewrite delete compete
    complete deplete expedite
    """
    )
)


@lru_cache(maxsize=20_000)
def lemma(word: str, tag: str) -> str:
    """The dictionary form of an English word with its Penn tag, in lower case.

    >>> [lemma("talks", "NNS"), lemma("stalled", "VBD"), lemma("ceasing", "VBG"), lemma("met", "VBD")]
    ['talk', 'stall', 'cease', 'meet']
    """
    low = word.casefold().replace("’", "'")
    if tag.startswith(("VB", "MD")):
        return _verb(low, tag)
    if tag in {"NNS", "NNPS"}:
        return _singular(low)
    if low in _IRREGULAR and tag in {"JJR", "JJS", "RBR", "RBS", "RB"}:
        return _IRREGULAR[low]
    return low


def _verb(low: str, tag: str) -> str:
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if tag == "VBZ" and low.endswith("s"):
        return _singular(low)
    for ending in ("ed", "ing"):
        if low.endswith(ending) and len(low) > len(ending) + 2 and tag in {"VBD", "VBN", "VBG", "VB", "VBP"}:
            if ending == "ed" and low.endswith("ied"):
                return low[:-3] + "y"
            return _stem(low[: -len(ending)])
    return low


def _stem(stem: str) -> str:
    if stem + "e" in _KNOWN:
        return stem + "e"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
        return stem[:-1]
    if stem.endswith(
        ("at", "iz", "iv", "uc", "rg", "dg", "ibl", "bl", "tl", "pl", "gl", "dl", "rc", "nc", "rv", "lv")
    ) or (stem.endswith("is") and len(stem) > 4):
        return stem + "e"
    return stem


def _singular(low: str) -> str:
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low.endswith("ies") and len(low) > 4:
        return low[:-3] + "y"
    if low.endswith(("sses", "shes", "ches", "xes", "zes")):
        return low[:-2]
    if low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return low[:-1]
    return low


@lru_cache(maxsize=5_000)
def forms(word: str) -> tuple[str, ...]:
    """Forms of a lemma for a quick search: irregular ones as they are, regular ones as a stem with any ending.

    >>> forms("stall"), forms("meet")
    (('stall*',), ('meet*', 'met'))
    """
    irregular = [form for form, base in _IRREGULAR.items() if base == word and form != word]
    stem = word.rstrip("ey") if len(word) > 4 else word
    return (stem + "*", *sorted(irregular))
