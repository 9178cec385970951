"""Who is who in a sentence, in two letters.

A sentence about any war is rendered for the encoder with its belligerents marked
`A` and `B`, so that what is learned from one war carries over to another. The
table below knows the parties of recent wars by name; spans that the linking room
supplies come first, the table fills in where it supplies none (titles and
preceding sentences above all).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KINDS = ("name", "adj", "leader", "place", "force")

# party id -> one string per kind, aliases separated by "|"; the first alias is the typical one.
PARTIES: Mapping[str, tuple[str, str, str, str, str]] = {
    "UKR": (
        "Ukraine|Ukrainians|Ukraine's army",
        "Ukrainian",
        (
            "Zelenskyy|Zelensky|Zelenskiy|Volodymyr Zelenskyy|Volodymyr Zelensky|Volodymyr Zelenskiy"
            "|Kuleba|Podolyak|Yermak|Reznikov|Zaluzhny|Zaluzhnyi|Syrskyi|Syrsky|Budanov|Umerov|Sybiha"
            "|Arestovych|Shmyhal|Zhovkva|Kyslytsya|Sybyha|Fedorov|Svyrydenko"
        ),
        "Kyiv|Kiev|Bankova",
        "Armed Forces of Ukraine|AFU|Azov",
    ),
    "RUS": (
        "Russia|Russians|Russian Federation",
        "Russian|pro-Russian|Russian-backed",
        (
            "Putin|Vladimir Putin|Lavrov|Peskov|Medvedev|Shoigu|Medinsky|Zakharova|Gerasimov|Belousov"
            "|Prigozhin|Nebenzya|Ushakov|Dmitriev|Kadyrov|Matviyenko|Volodin|Konashenkov"
        ),
        "Moscow|Kremlin",
        "Wagner|Wagner Group",
    ),
    "ISR": (
        "Israel|Israelis",
        "Israeli",
        "Netanyahu|Benjamin Netanyahu|Gallant|Ben-Gvir|Smotrich|Gantz|Katz|Herzog|Lapid|Dermer|Hagari",
        "Jerusalem|Tel Aviv",
        "IDF|Israel Defense Forces|Mossad|Shin Bet",
    ),
    "HAMAS": (
        "Hamas|Palestinians|Palestinian Islamic Jihad|Islamic Jihad",
        "Palestinian",
        "Sinwar|Haniyeh|Khalil al-Hayya|al-Hayya|Osama Hamdan|Meshaal|Abbas",
        "Gaza|Gaza Strip|Ramallah",
        "Qassam Brigades",
    ),
    "HEZBOLLAH": ("Hezbollah|Lebanon", "Lebanese", "Nasrallah|Naim Qassem|Berri|Mikati", "Beirut", ""),
    "IRN": (
        "Iran|Iranians|Islamic Republic",
        "Iranian",
        "Khamenei|Pezeshkian|Araghchi|Raisi|Rouhani|Zarif|Baghaei",
        "Tehran",
        "IRGC|Revolutionary Guards|Revolutionary Guard Corps",
    ),
    "USA": (
        "United States|US|U.S.|America|Americans",
        "American",
        "Trump|Biden|Blinken|Rubio|Witkoff|Vance|Hegseth|Pompeo",
        "Washington|White House",
        "Pentagon",
    ),
    "SAF": (
        (
            "Sudanese army|Sudan's army|Sudanese Armed Forces|Sudan's military|Sudanese military|SAF"
            "|army-backed government"
        ),
        "army-aligned",
        "Burhan|al-Burhan|Abdel Fattah al-Burhan|Abdel Fattah Burhan|Kabbashi|Yasser al-Atta",
        "Khartoum|Port Sudan",
        "",
    ),
    "RSF": (
        "RSF|Rapid Support Forces|Rapid Support Force",
        "paramilitary|paramilitaries|Janjaweed",
        "Hemedti|Hemeti|Dagalo|Mohamed Hamdan Dagalo|Hamdan Dagalo",
        "Nyala",
        "",
    ),
    "AZE": ("Azerbaijan|Azerbaijanis", "Azerbaijani|Azeri", "Aliyev|Ilham Aliyev|Bayramov", "Baku", ""),
    "ARM": (
        "Armenia|Armenians|Artsakh|Nagorno-Karabakh Republic",
        "Armenian",
        "Pashinyan|Nikol Pashinyan|Mirzoyan|Sarkissian|Harutyunyan",
        "Yerevan|Stepanakert",
        "Artsakh Defence Army",
    ),
    "ETH": (
        "Ethiopia|Ethiopians|Ethiopian government|federal government",
        "Ethiopian",
        "Abiy|Abiy Ahmed|Redwan Hussein|Legesse Tulu|Billene Seyoum",
        "Addis Ababa",
        "Ethiopian National Defense Force|ENDF",
    ),
    "TPLF": (
        "TPLF|Tigray People's Liberation Front|Tigrayans|Tigray",
        "Tigrayan",
        "Debretsion|Debretsion Gebremichael|Getachew Reda",
        "Mekelle",
        "Tigray Defense Forces|TDF",
    ),
    "FANO": ("Fano", "Amhara", "Zemene Kassie", "", ""),
    "AFG": (
        "Afghan government|Afghanistan",
        "Afghan",
        "Ghani|Ashraf Ghani|Abdullah Abdullah|Mohib",
        "Kabul",
        "Afghan National Army|Afghan security forces",
    ),
    "TALIBAN": (
        "Taliban|Islamic Emirate|Haqqani network",
        "insurgent",
        "Baradar|Akhundzada|Zabihullah Mujahid|Suhail Shaheen|Stanikzai|Muttaqi",
        "Kandahar",
        "",
    ),
    "NRF": ("NRF|National Resistance Front|Panjshir resistance", "Panjshiri", "Massoud|Saleh", "Panjshir", ""),
    "MMR": (
        "junta|Tatmadaw|State Administration Council|Myanmar military|Myanmar's military|Myanmar army|regime",
        "military-run",
        "Min Aung Hlaing|Zaw Min Tun",
        "Naypyidaw|Naypyitaw",
        "",
    ),
    "MMR-RES": (
        (
            "National Unity Government|NUG|resistance|Three Brotherhood Alliance|Arakan Army|KNU"
            "|Karen National Union|MNDAA|TNLA|KIA|Kachin Independence Army|ethnic armed groups"
        ),
        "rebel|rebels|resistance forces",
        "Duwa Lashi La",
        "",
        "People's Defence Force|People's Defence Forces|PDF|PDFs",
    ),
    "HOUTHI": (
        "Houthis|Houthi|Ansar Allah|Ansarullah",
        "Houthi-run|Houthi-led",
        "Abdul-Malik al-Houthi|Mohammed Abdulsalam|Yahya Saree",
        "Sanaa|Sana'a",
        "",
    ),
    "YEM": (
        "Yemeni government|internationally recognised government|internationally recognized government",
        "Yemeni",
        "Hadi|Alimi|al-Alimi",
        "Aden",
        "Presidential Leadership Council",
    ),
    "SAU": ("Saudi Arabia|Saudis", "Saudi|Saudi-led", "bin Salman|Faisal bin Farhan", "Riyadh", "Saudi-led coalition"),
    "STC": ("STC|Southern Transitional Council", "separatist", "Zubaidi|al-Zubaidi", "", ""),
    "COD": (
        "Congo|DRC|DR Congo|Democratic Republic of the Congo|Democratic Republic of Congo|Congolese government",
        "Congolese",
        "Tshisekedi|Felix Tshisekedi",
        "Kinshasa",
        "FARDC|Wazalendo",
    ),
    "M23": (
        "M23|March 23 Movement|AFC/M23|Congo River Alliance",
        "Rwanda-backed",
        "Nangaa|Bertrand Bisimwa|Kagame",
        "Kigali",
        "Rwanda",
    ),
    "SYR": ("Syria|Syrian government", "Syrian", "Assad|Bashar al-Assad|al-Sharaa|Sharaa", "Damascus", "Syrian army"),
    "SDF": (
        "SDF|Syrian Democratic Forces|Kurdish-led forces|Kurds",
        "Kurdish|Kurdish-led",
        "Mazloum Abdi|Abdi",
        "Hasakah",
        "YPG|PKK",
    ),
    "SYR-OPP": ("Syrian opposition|Hayat Tahrir al-Sham|HTS", "opposition", "al-Jolani", "Idlib", ""),
    "TUR": ("Turkey|Türkiye|Turkiye", "Turkish", "Erdoğan|Erdogan|Cavusoglu|Fidan", "Ankara", ""),
    "GNA": (
        "Government of National Accord|GNA|GNU|Tripoli government",
        "Tripoli-based",
        "Sarraj|Dbeibah",
        "Tripoli",
        "",
    ),
    "LNA": ("LNA|Libyan National Army", "eastern-based", "Haftar|Khalifa Haftar", "Benghazi|Tobruk", ""),
    "SSD": ("South Sudan government|South Sudan's government", "South Sudanese", "Kiir|Salva Kiir", "Juba", ""),
    "SPLM-IO": ("SPLM-IO|SPLA-IO", "opposition forces", "Machar|Riek Machar", "", "White Army"),
    "COL": ("Colombia|Colombian government", "Colombian", "Petro|Gustavo Petro|Duque", "Bogota|Bogotá", ""),
    "ELN": ("ELN|National Liberation Army|FARC dissidents|Clan del Golfo", "guerrilla", "Antonio Garcia", "", ""),
    "IND": ("India|Indians", "Indian", "Modi|Narendra Modi|Jaishankar", "New Delhi|Delhi", "Indian army"),
    "PAK": (
        "Pakistan|Pakistanis",
        "Pakistani",
        "Sharif|Shehbaz Sharif|Munir|Imran Khan",
        "Islamabad",
        "Pakistani army",
    ),
    "THA": ("Thailand|Thais", "Thai", "Anutin|Phumtham|Paetongtarn", "Bangkok", "Thai army"),
    "KHM": ("Cambodia|Cambodians", "Cambodian", "Hun Manet|Hun Sen", "Phnom Penh", "Cambodian troops"),
    "MLI": ("Mali|Malian government", "Malian", "Goita|Goïta", "Bamako", "Malian army"),
    "JNIM": ("JNIM|jihadists|Tuareg rebels", "jihadist", "Iyad Ag Ghaly", "Kidal", ""),
    "VRN": ("Varnland|Varnlanders", "Varnish|Varnland's", "president of Varnland", "Oster", ""),
    "KES": ("Kestria|Kestrian Federation|Kestrians", "Kestrian", "chancellor of Kestria", "Maren", ""),
}

# Pairs that fight, commonest first; the order breaks ties when a text names several wars.
WARS: Sequence[tuple[str, str]] = (
    ("UKR", "RUS"), ("ISR", "HAMAS"), ("SAF", "RSF"), ("AFG", "TALIBAN"), ("ARM", "AZE"),
    ("ETH", "TPLF"), ("MMR", "MMR-RES"), ("HOUTHI", "YEM"), ("HOUTHI", "SAU"), ("COD", "M23"),
    ("ISR", "HEZBOLLAH"), ("ISR", "IRN"), ("ETH", "FANO"), ("SYR", "SDF"), ("SYR", "SYR-OPP"),
    ("GNA", "LNA"), ("SSD", "SPLM-IO"), ("COL", "ELN"), ("IND", "PAK"), ("THA", "KHM"),
    ("NRF", "TALIBAN"), ("AFG", "PAK"), ("USA", "IRN"), ("MLI", "JNIM"), ("YEM", "STC"),
    ("USA", "HOUTHI"), ("USA", "TALIBAN"), ("TUR", "SDF"), ("VRN", "KES"),
)  # fmt: skip

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One mention of a party in a text."""

    start: int
    end: int
    party: str
    kind: str


def _compile() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    known: dict[str, tuple[str, str]] = {}
    for party, columns in PARTIES.items():
        for kind, aliases in zip(KINDS, columns, strict=True):
            for alias in filter(None, aliases.split("|")):
                known.setdefault(alias, (party, kind))
    endings: dict[str, list[str]] = {}  # by first letter: the engine turns most places of a text away at once
    for alias in sorted(known, key=len, reverse=True):
        endings.setdefault(alias[0], []).append(re.escape(alias[1:]))
    choices = "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in endings.items())
    return re.compile(rf"(?<![\w-])(?:{choices})(?!\w)"), known


_PATTERN, _KNOWN = _compile()


def mentions_in(text: str, wanted: Iterable[str] = ()) -> list[Mention]:
    """Every mention of a known party, or only of the wanted ones."""
    only = set(wanted)
    found = []
    for match in _PATTERN.finditer(text):
        party, kind = _KNOWN[match[0]]
        if not only or party in only:
            found.append(Mention(start=match.start(), end=match.end(), party=party, kind=kind))
    return found


def kind_of(surface: str) -> str:
    """Leader, capital, adjective …: how a mention names its party."""
    return _KNOWN.get(surface, ("", "name"))[1]


def principals_of(texts: Sequence[str], among: Iterable[str] = ()) -> tuple[str, ...]:
    """The warring pair that the texts are about; `among` are parties known to belong to it."""
    fixed = set(among)
    counts: dict[str, float] = {}
    for weight, text in zip((1.0, 0.6, 0.5, 0.5), texts, strict=False):
        for mention in mentions_in(text):
            counts[mention.party] = counts.get(mention.party, 0.0) + weight
    best, best_score = ("", ""), 0.0
    for pair in WARS:
        if fixed and not fixed & set(pair):
            continue
        score = sum(min(counts.get(party, 0.0), 3.0) for party in pair)
        score += sum(5.0 for party in pair if party in fixed) + 1.0 * all(p in counts for p in pair)
        if score > best_score:
            best, best_score = pair, score
    if best_score == 0.0:
        return tuple(sorted(fixed))
    return best
