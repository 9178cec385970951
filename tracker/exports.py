"""Tables → CSV, JSON and Parquet bytes; the same rows give the same bytes."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from typing import Any, Literal

from tracker.errors import SettingsError

Format = Literal["csv", "json", "parquet"]
Row = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(rows: Sequence[Row], form: Format) -> bytes:
    """All rows must have the keys of the first. Raises SettingsError for Parquet without its extra."""
    match form:
        case "csv":
            return to_csv(rows)
        case "json":
            return to_json(rows)
        case "parquet":
            return to_parquet(rows)


def to_csv(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a header; texts that a spreadsheet would run as a formula get an apostrophe in front.

    >>> to_csv([{"a": "=1+1", "b": -2.5, "c": None}])
    b"a,b,c\\r\\n'=1+1,-2.5,\\r\\n"
    """
    out = io.StringIO(newline="")
    if rows:
        writer = csv.writer(out)
        writer.writerow(rows[0])
        writer.writerows([[_cell(value) for value in row.values()] for row in rows])
    return out.getvalue().encode()


def to_json(rows: Sequence[Row]) -> bytes:
    """A list of objects; moments in ISO 8601, numbers as they are, not-a-number refused with ValueError."""
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def to_parquet(rows: Sequence[Row]) -> bytes:
    """Zstandard-compressed Parquet. Raises SettingsError when pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise SettingsError("Parquet needs pyarrow", remedy="pip install 'parley-tracker[parquet]'") from None
    sink = io.BytesIO()
    columns = {key: [_flat(row[key]) for row in rows] for key in (rows[0] if rows else {})}
    parquet.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def has_parquet() -> bool:
    """Whether the extra for Parquet is installed."""
    return find_spec("pyarrow") is not None


def _cell(value: Any) -> Any:
    plain = _plain(value)
    if isinstance(plain, str) and plain.startswith(_FORMULA):
        return f"'{plain}"
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    return "" if plain is None else plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _flat(value: Any) -> Any:
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else plain
