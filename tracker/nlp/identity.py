"""Which recogniser a folder holds, told from its files without loading it."""

import hashlib
import json
from pathlib import Path

from tracker.errors import SettingsError
from tracker.readiness.errors_of_reading import Quality, from_json

NAME = "parley-recogniser"
FILES = ("lower.onnx", "upper.onnx", "tokenizer.json", "words.npz", "gate.npz", "thresholds.json")


def version_of(folder: Path) -> str:
    """First 12 hex digits of the hash over the weight files; equals the loaded recogniser's own version.

    Raises SettingsError when a file is missing.
    """
    digest = hashlib.sha256()
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise SettingsError(f"the recogniser in {folder} lacks {name}", remedy="run `tracker train`, or reinstall")
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def quality_of(folder: Path) -> Quality | None:
    """What was measured of the weights in a folder (`quality.json`); None when nothing was, or of other weights.

    Raises SettingsError for a file that cannot be read.
    """
    path = folder / "quality.json"
    if not path.is_file():
        return None
    try:
        found = from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as broken:
        raise SettingsError(
            f"{path}: {broken}", remedy="make it anew: `tracker evaluate GOLD --quality FILE`"
        ) from None
    return found if found.recogniser == f"{NAME} {version_of(folder)}" else None
