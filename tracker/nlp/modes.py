"""Words that tell the modes and intensities of the eighteen signals apart; user-made signals use their frames instead."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from collections.abc import Mapping
from typing import Final

_R = re.compile
Rule = tuple[str, int | None, re.Pattern[str]]

MODES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "battlefield_stalemate": (
        ("denial", -1, _R(r"not a stalemate|no stalemate|den(?:y|ied|ies)")),
        ("momentum", -1, _R(r"")),
        (
            "no_military_solution",
            None,
            _R(r"no military (?:solution|way)|cannot be won|neither .{0,40}(?:win|defeat|dislodge)|guns"),
        ),
        (
            "offensive_stalled",
            None,
            _R(
                r"(?:offensive|advance|assault|attack|push).{0,60}(?:stall|halt|falter|fail|slow|repel|repuls)|stall|ground to a halt|repel|repuls"
            ),
        ),
        ("grinding", None, _R(r"grind|inch|attrition|slow|heavy (?:cost|price)|at a (?:high )?cost")),
        ("line_frozen", None, _R(r"")),
    ),
    "attrition_strain": (
        ("denial", -1, _R(r"\bden(?:y|ies|ied)|no shortage|not short")),
        (
            "munitions",
            None,
            _R(r"shell|ammunition|munition|missile|interceptor|weapon|drone|stockpile|artillery|equipment|tanks?\b"),
        ),
        (
            "manpower",
            None,
            _R(
                r"manpower|conscript|mobili[sz]|draft|recruit|reserv|volunteer|soldiers?|troops|men\b|brigade|half strength|morale|desert"
            ),
        ),
        ("economy", None, _R(r"budget|econom|fuel|reserves|deficit|gdp|sanction|inflation|financ|money|billion")),
        ("catastrophe", None, _R(r"catastroph|collapse|winter|heating|famine")),
        ("losses", None, _R(r"")),
    ),
    "external_support": (
        ("backer_public", None, _R(r"per ?cent|%|poll|survey|majority of|voters|public (?:support|opinion)")),
        ("intelligence", None, _R(r"intelligence|satellite|targeting data")),
        ("sanctuary", None, _R(r"sanctuary|transit|overflight|airspace|border crossing|bases? in")),
        (
            "arms",
            None,
            _R(
                r"weapon|arms\b|tank|missile|jet|ammunition|shell|drone|artillery|howitzer|air defen[cs]e|military (?:aid|equipment|assistance)|launcher|rocket|patriot|himars"
            ),
        ),
        ("funding", None, _R(r"billion|million|fund|loan|package|aid\b|financ|budget|money|grant|asset")),
        ("political_will", None, _R(r"")),
    ),
    "attention_shift": (
        ("refocused", -1, _R(r"")),
        ("fatigue", None, _R(r"fatigue|wear(?:y|iness)|tired|used to|exhaust")),
        ("diverted", None, _R(r"")),
    ),
    "ally_rift": (
        ("denial", -1, _R(r"\bden(?:y|ies|ied)|no pressure")),
        ("solidarity", -1, _R(r"")),
        (
            "bypass",
            None,
            _R(
                r"without (?:us|ukraine|kyiv|israel|them)|over (?:our|its) heads?|behind (?:our|its|their) backs?|sidelin|exclud|bypass|uninvited"
            ),
        ),
        (
            "pressure",
            None,
            _R(
                r"press(?:ur|ed|ing|es)|push|urg|lean|ultimatum|must (?:negotiate|compromise)|force .{0,20} to (?:negotiate|accept)|concession"
            ),
        ),
        ("betrayal", None, _R(r"")),
    ),
    "persuasion_campaign": (
        (
            "address",
            None,
            _R(
                r"address(?:ed|es|ing)?\b.{0,60}(?:parliament|congress|bundestag|assembly|summit|lawmakers|council|conference|session)|speech|ovation"
            ),
        ),
        ("tour", None, _R(r"\btour|travel|visit|trip")),
        ("lobbying", None, _R(r"lobb")),
        ("media", None, _R(r"interview|media|journalist|television|op-ed|video")),
        ("argument", None, _R(r"")),
    ),
    "victory_confidence": (
        (
            "aims_scaled",
            None,
            _R(r"scal(?:e|ed|ing) (?:back|down)|narrow|trim|lower(?:ed)? .{0,15}(?:aims|goals)|now focus"),
        ),
        ("aims_expanded", None, _R(r"expand|widen|beyond|more than .{0,10}donbas|geograph")),
        ("doubt", 1, _R(r"")),
        ("confidence", None, _R(r"")),
    ),
    "waiting_out": (
        ("urgency", 1, _R(r"")),
        ("await_event", None, _R(r"election|winter|november|midterm|season")),
        ("stall", None, _R(r"stall|play(?:ing)? for time|drag|delay|buy(?:ing)? time")),
        ("outlast", None, _R(r"")),
    ),
    "negotiation_openness": (
        ("legal_ban", None, _R(r"decree|law .{0,20}(?:ban|forbid|prohibit)|outlaw|illegal to")),
        ("taboo", -1, _R(r"taboo|not spoken|unthinkable|unmentionable")),
        (
            "spokesperson",
            None,
            _R(
                r"(?:name|appoint|empower|authori[sz])\w* .{0,40}(?:team|delegation|negotiator|envoy)|mandate|legitima|recogni[sz]e .{0,40}(?:leader|president|government)"
            ),
        ),
        (
            "precondition_substantive",
            -1,
            _R(r"only (?:if|once|after|when)|until|unless|precondition|on condition|as long as|first\b"),
        ),
        (
            "precondition_procedural",
            1,
            _R(r"\bif\b|provided|on condition|only (?:if|once|after|when)|as long as|guarantee"),
        ),
        ("refusal", -1, _R(r"")),
        ("willing", None, _R(r"")),
    ),
    "concession_signal": (
        ("prisoners", None, _R(r"prisoner|hostage|captive")),
        ("alignment", None, _R(r"nato|neutral|non-align|alliance|bloc\b|membership")),
        ("force_limits", None, _R(r"demilitari|disarm|arms? limit|size of .{0,15}army|weapons")),
        ("justice", None, _R(r"tribunal|war crimes|reparation|accountab|amnesty|justice|compensation")),
        ("sanctions", None, _R(r"sanction")),
        ("governance", None, _R(r"govern|election|technocrat|power[- ]shar|administration|denazif|regime")),
        ("status", None, _R(r"independen|autonom|recogni[sz]|status|self-rule|language")),
        ("territory", None, _R(r"")),
    ),
    "talks_activity": (
        ("violated", -1, _R(r"violat|breach|broke .{0,15}(?:truce|cease)|despite .{0,30}(?:truce|cease)")),
        ("suspended", -1, _R(r"suspend|paus|halt|freez|withdr(?:e|a)w|cancel|call(?:ed)? off|postpon")),
        ("disrupted", -1, _R(r"disrupt|sabotag|derail|spoil")),
        ("collapsed", -1, _R(r"")),
        ("stalled", 0, _R(r"")),
        ("exchange", None, _R(r"prisoner|swap|exchang|captive|bodies|freed|hostage")),
        ("functional_deal", None, _R(r"grain|corridor|evacuat|export|energy|aid deliver|humanitarian")),
        ("ceasefire", None, _R(r"cease-?fire|truce|cessation|armistice")),
        ("agreement", None, _R(r"sign|agreement|accord|treaty|deal\b|pact")),
        ("proposal", None, _R(r"propos|offer|suggest|invit|call(?:s|ed)? (?:for|on)")),
        (
            "scheduled",
            None,
            _R(
                r"will (?:meet|hold|resume|begin|start|take place|continue)|schedul|set for|to be held|next (?:round|week)|tomorrow|due to"
            ),
        ),
        ("progress", None, _R(r"progress|breakthrough|moved? (?:forward|closer)|constructive|advance")),
        ("held", None, _R(r"")),
    ),
    "back_channel": (
        ("denied", 0, _R(r"")),
        ("derailed", -1, _R(r"derail|dead|shelv|collapse|disown")),
        ("exposed", -1, _R(r"")),
        ("intelligence_channel", None, _R(r"spy|intelligence|cia\b|mossad")),
        ("track2", None, _R(r"track[- ](?:two|2)|unofficial|academics|former officials")),
        ("message", None, _R(r"messag|letter|relay|convey|courier|feeler|pass(?:ed|ing)")),
        ("proxy_channel", None, _R(r"washington|american|u\.?s\.? officials|backer")),
        ("secret_meeting", None, _R(r"")),
    ),
    "mediation_offer": (
        ("withdrawn", -1, _R(r"withdr|suspend|step(?:ped)? back|gave up|pull(?:ed)? out|no longer mediat")),
        ("rejected", -1, _R(r"")),
        ("accepted", 1, _R(r"\b(?:accept|welcom|agree(?:d|s) to .{0,30}(?:mediat|plan|proposal|offer))")),
        (
            "great_power_track",
            None,
            _R(
                r"(?:biden|trump|washington|u\.?s\.?|xi|beijing|macron|scholz|erdo[gğ]an|blinken|rubio|witkoff).{0,80}(?:putin|lavrov|moscow|russian)|(?:putin|lavrov|kremlin).{0,80}(?:biden|trump|washington|blinken|rubio|witkoff|xi jinping|macron|scholz)"
            ),
        ),
        ("host", None, _R(r"\bhost|venue|platform for")),
        ("plan", None, _R(r"\bplan|proposal|roadmap|initiative|resolution|formula|points?\b")),
        ("shuttle", None, _R(r"shuttl|envoy|visit|travel|tour|arriv|mission")),
        ("offer", None, _R(r"offer|ready to|willing to|mediat|broker|facilitat|good offices|help")),
        ("appeal", None, _R(r"")),
    ),
    "mediator_credibility": (
        ("bias", -1, _R(r"bias|one-sided|side with|taking sides|partisan|pro-|complicit|double standard|not neutral")),
        ("venue", None, _R(r"venue|neutral ground|host city|platform")),
        ("leverage", None, _R(r"leverage|influence|powerless|toothless|unable|standing|deliver")),
        ("neutrality", None, _R(r"neutral|impartial|even-handed|balanced|objective")),
        ("trust", None, _R(r"")),
    ),
    "inducement": (
        (
            "stick",
            1,
            _R(
                r"unless|until|force .{0,30}(?:table|negotiat|talk)|pressure|price|cost|tighten|threat|consequence|isolat|tariff"
            ),
        ),
        ("amnesty", None, _R(r"amnest")),
        ("recognition", None, _R(r"recogni[sz]")),
        ("sanctions_relief", None, _R(r"(?:lift|eas|relie|remov|waiv)\w*.{0,30}sanction|sanctions? relief|unfreez")),
        ("security_guarantee", None, _R(r"guarant|peacekeep|troops|force\b|monitor|deter")),
        ("reconstruction", None, _R(r"reconstruct|rebuild|recover|marshall")),
        ("economic_deal", None, _R(r"")),
    ),
    "adverse_inference": (
        ("strength_frame", 1, _R(r"")),
        ("treason", None, _R(r"treason|traitor|betray|sell-?out")),
        ("domestic_punishment", None, _R(r"coalition|quit|topple|resign|protest|backlash|voters")),
        ("appeasement", None, _R(r"appeas|munich|reward|embolden|encourag|chamberlain")),
        ("weakness", None, _R(r"")),
    ),
    "strategic_adaptation": (
        ("safeguarded", 1, _R(r"")),
        ("rearm", None, _R(r"regroup|re-?arm|reinforc|refit|rest\b|recover|replenish|prepar")),
        ("buy_time", None, _R(r"time|stall|drag|breather|respite")),
        ("escalate_on_offer", None, _R(r"escalat|hours after|launch|strike|attack")),
        ("insincere", None, _R(r"")),
    ),
    "public_opinion": (
        ("referendum", None, _R(r"referend")),
        ("petition", None, _R(r"petition")),
        ("survey", None, _R(r"poll|survey|per ?cent|%|respondent|majority|sociolog")),
        ("protest", None, _R(r"protest|rall(?:y|ied)|march|demonstrat|crowd")),
        ("survey", None, _R(r"")),
    ),
}

STRONG: Final[Mapping[str, re.Pattern[str]]] = {
    "battlefield_stalemate": _R(
        r"collapse|encircl|swept|full control|captured the (?:capital|city)|neither .{0,30}can|routed"
    ),
    "attrition_strain": _R(
        r"\b\d[\d,.]*\s*(?:per ?cent|%|soldiers|shells|killed|men|days)|draft age|half strength|exhausted by|conscript"
    ),
    "external_support": _R(
        r"\b(?:[1-9]\d+|[5-9])(?:\.\d+)? ?(?:bn|billion)|halt(?:ed)? all|cut off|lend-lease|enacted|signed into law"
    ),
    "talks_activity": _R(
        r"cease-?fire (?:agreement|deal|took effect|came into|enter)|peace (?:agreement|deal|treaty|accord)|signed|collapsed|denounced"
    ),
    "victory_confidence": _R(
        r"total|complete(?:ly)? (?:victory|defeat)|last (?:rebel|soldier)|cannot be won|every inch"
    ),
    "negotiation_openness": _R(
        r"no (?:pre-?)?conditions|without (?:any )?(?:pre-?)?conditions|never|categorical|impossible|decree|full authority|terrorists"
    ),
    "concession_signal": _R(r"never|not one|non-negotiable|red line|ultimatum|formal|constitution"),
    "mediation_offer": _R(
        r"accept(?:ed|s)|both (?:sides|presidents|parties) (?:agree|accept)|reject(?:ed|s)|withdr(?:e|a)w"
    ),
    "adverse_inference": _R(r"treason|capitulat|white flag|surrender"),
    "strategic_adaptation": _R(r"tunnel|convoy|used the (?:last|previous)|violated"),
    "public_opinion": _R(
        r"two-thirds|three quarters|(?:6[7-9]|[7-9]\d)(?:\.\d)? ?(?:per ?cent|%)|referendum|tens of thousands"
    ),
    "ally_rift": _R(r"ultimatum|betray|excluded from"),
    "persuasion_campaign": _R(r"standing ovation|pledg|promis|unanimous"),
    "attention_shift": _R(r"dropped from|off the agenda"),
    "inducement": _R(r"ratif|signed|billion|ultimatum|by \w+ \d|days"),
    "back_channel": _R(r"repeated|several times|three times|went dead|declared dead"),
    "mediator_credibility": _R(r"accept|refus|reject|trust"),
    "waiting_out": _R(r"we (?:are|have) .{0,20}(?:time|patien|no hurry)|time is on our side"),
}
WEAK: Final[Mapping[str, re.Pattern[str]]] = {
    "battlefield_stalemate": _R(r"inch|slow(?:ly)?|little change|no military solution|village"),
    "attrition_strain": _R(r"one unit|some units|appears?"),
    "external_support": _R(r"doubt|debate|senator|lawmaker|consider|discuss"),
    "talks_activity": _R(r"propos|prisoner|bodies|hotline|corridor|talks about talks|phone"),
    "victory_confidence": _R(r"glory|slogan|rally|heroes"),
    "concession_signal": _R(r"might|may|explor|weigh|hint|outline|could"),
    "mediation_offer": _R(r"urg|call(?:s|ed)? (?:for|on)|appeal|should|must"),
    "inducement": _R(r"might|could|float|consider|possible"),
    "attention_shift": _R(r"fear|worr|may|could|risk"),
    "ally_rift": _R(r"disappoint|frustrat|differ"),
    "persuasion_campaign": _R(r"^(?!.*(?:tour|parliament|congress|summit)).*"),
    "public_opinion": _R(r"plurality|small|dozens"),
    "back_channel": _R(r"track|unofficial|reportedly"),
}
