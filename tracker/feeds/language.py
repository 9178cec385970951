"""Text → language: detection, weighed against what the feed claims."""

from functools import lru_cache
from typing import Any

_CODES = "ar bg cs de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sr sv tr uk ur zh"
KNOWN = tuple(_CODES.split())  # told apart; fewer candidates make fewer mistakes on headlines
SURE = 0.9  # least probability at which detection overrules the claim
SHORT = 25  # characters below which the claim stands


@lru_cache(maxsize=8)  # a list may claim any languages, and each costs some 6 MB
def _identifier(claimed: str) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 -- half a second of numpy

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted({*KNOWN, claimed} & set(identifier.labels)))
    # The columns of the hundred other languages are 20 MB that nobody asks for again, and the automaton, 40 MB, is
    # the same for all; both attributes are slots of the pinned version.
    identifier._full_model = identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes  # noqa: SLF001 -- see above
    if claimed != "en":
        common = _identifier("en")
        identifier.tk_nextmove, identifier.tk_output = common.tk_nextmove, common.tk_output
    return identifier


def detect(text: str, claimed: str) -> str:
    """ISO 639-1 code of a text. The claim stands when the text is short or the detection unsure."""
    if len(text) < SHORT:
        return claimed
    extra = claimed if claimed not in KNOWN and len(claimed) == 2 else "en"
    language, probability = _identifier(extra).classify(text)
    return str(language) if not claimed or float(probability) >= SURE else claimed
