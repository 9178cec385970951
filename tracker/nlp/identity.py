"""Which recogniser a folder holds, told from its files without loading it."""

import hashlib
from pathlib import Path

from tracker.errors import SettingsError

NAME = "parley-recogniser"
FILES = ("model.onnx", "tokenizer.json", "words.npz", "thresholds.json")


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
