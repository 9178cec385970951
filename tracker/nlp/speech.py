"""Words of saying and of those who say: tables for attribution, in one place to read and mend."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from typing import Final

from tracker.nlp.phrases import listed

STRICT: Final = frozenset(
    listed(
        """
    say tell add note warn claim announce declare state argue insist admit concede acknowledge explain stress
    emphasise emphasize underline underscore assert allege reiterate repeat reply respond ask write tweet post
    quote comment remark observe point recall promise pledge vow threaten predict complain report confirm deny
    suggest urge caution contend maintain affirm assure inform brief testify joke quip boast lament conclude
    highlight mention disclose reveal swear proclaim stipulate recount relate elaborate clarify counter accuse
    cite describe voice
    """
    )
)
THOUGHT: Final = frozenset(
    listed(
        """
    believe think expect hope fear worry doubt consider estimate assess know feel suspect reckon understand find
    learn indicate show conclude see agree demand call propose reject refuse want express signal hint imply
    speculate anticipate calculate decide hear wonder remember mean judge view
    """
    )
)
THINGS: Final = frozenset(  # verbs whose object is what is said: "rejected a truce", "called for talks"
    listed(
        """
    announce deny reject confirm reiterate demand describe call propose urge accuse blame criticise criticize
    condemn praise question discuss oppose support cite blast denounce welcome want seek plan refuse decline
    promise pledge vow threaten request back endorse recommend defend mention address slam hail voice express
    accept offer dismiss order suggest predict report complain repeat stress
    """
    )
)
SPEECH: Final = STRICT | THOUGHT | THINGS
PARTICIPLES: Final = frozenset({"saying", "adding", "noting", "warning", "claiming", "arguing", "citing", "quoting"})
NOUNS: Final = frozenset(
    listed(
        """
    statement claim warning announcement assertion allegation accusation belief view opinion hope fear promise
    pledge insistence suggestion report argument admission assurance declaration demand concern complaint remark
    comment conviction prediction assessment conclusion statement threat vow denial
    """
    )
)

# What a source's words say about its class (codebook §3.5), tried in this order after registered names.
LEADER: Final = re.compile(
    r"\b(president(?!ial)|prime minister|premier|chancellor|head of state|supreme leader|king|junta chief|"
    r"(?:rebel|army|junta|paramilitary) (?:leader|chief)|commander[- ]in[- ]chief)\b",
    re.IGNORECASE,
)
ANONYMOUS: Final = re.compile(
    r"\b(sources?|people (?:familiar|close|with|briefed)|person (?:familiar|close|with|briefed)|"
    r"(?:senior |western |us |u\.s\. |american |european |israeli |ukrainian |russian |\w+ )?(?:officials?|aides?|diplomats?|advisers?)"
    r" (?:who|speaking|familiar|briefed|close)|on condition of anonymity|unnamed|anonymous|insiders?)\b|"
    r"^(?:(?:a|an|one|two|three|four|several|some|many|other|another|senior|top|western|us|u\.s\.|american|european|nato|"
    r"british|israeli|ukrainian|russian|defen[cs]e|military|intelligence|government|arab|egyptian|security|former|\w+(?:ish|ian|ese|i))\s+)*"
    r"(?:officials?|aides?|diplomats?)$",
    re.IGNORECASE,
)
FACTION: Final = re.compile(
    r"\b(lawmakers?|legislators?|senators?|congress(?:man|woman|men)?|representatives? of congress|MPs?|deput(?:y|ies) of the|"
    r"members? of (?:the )?(?:parliament|duma|knesset|rada|congress|bundestag)|opposition|hard-?liners?|far-right|coalition partners?|"
    r"republicans?|democrats?|house speaker|dissidents?|faction|parliamentarians?|backbenchers?)\b",
    re.IGNORECASE,
)
POLLSTER: Final = re.compile(
    r"\b(poll(?:s|ster|sters|ing)?|surveys?|survey organisation|institute of sociology|KIIS|levada|gallup|ipsos|yougov|pew|rating group|"
    r"razumkov|vtsiom|respondents?|referendum)\b",
    re.IGNORECASE,
)
ANALYST: Final = re.compile(
    r"\b(analysts?|experts?|think[- ]?tanks?|scholars?|professors?|historians?|researchers?|columnists?|commentators?|"
    r"observers?|institute for the study of war|ISW|fellow|academic|economists?|former|ex-|retired|institute|university|study|"
    r"political scientist|crisis group|chatham house|author|strategist)\b",
    re.IGNORECASE,
)
PUBLIC: Final = re.compile(
    r"\b(residents?|villagers?|witness(?:es)?|refugees?|mothers?|locals|people|students?|shopkeepers?|farmers?|survivors?|"
    r"relatives?|family|families|protesters?|pensioners?|teachers?|doctors?|citizens)\b",
    re.IGNORECASE,
)
PRESS: Final = re.compile(
    r"\b(news ?papers?|agency|agencies|media|reuters|associated press|AP|AFP|bloomberg|times|post|journal|guardian|BBC|CNN|axios|"
    r"politico|tass|interfax|ria|ukrinform|al jazeera|broadcaster|television|TV|channel|reports?|daily|website|magazine|haaretz)\b"
)
OFFICIAL: Final = re.compile(
    r"\b(minister|ministry|spokes(?:man|woman|person)|spokespeople|general|gen\.|col\.|colonel|commander|negotiators?|ambassador|envoy|"
    r"adviser|advisor|governor|mayor|chief|head of|deputy|secretary|government|authorities|army|military|general staff|"
    r"presidency|presidential|office|command|intelligence|kremlin|delegation|officer|brigade|administration|official|"
    r"parliament|council|leadership|officials|forces|police|security service|minister's)\b",
    re.IGNORECASE,
)
THIRD: Final = re.compile(
    r"\b(united nations|UN|U\.N\.|un secretary-general|secretary[- ]general|nato|european union|EU|OSCE|red cross|ICRC|pope|vatican|"
    r"g7|g20|african union|AU|IGAD|arab league|ASEAN|international committee|IAEA|world bank|IMF|amnesty|human rights watch|"
    r"foreign diplomats?|mediators?|security council|european commission|international criminal court|ICC)\b"
)
