"""What leaves the program can be opened without harm and read back without loss."""

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import exports

ROWS = [
    {"date": date(2026, 3, 2), "value": 57.3, "state": "ok"},
    {"date": date(2026, 3, 9), "value": None, "state": "insufficient"},
]


def test_json_keeps_nulls_and_days():
    assert json.loads(exports.export(ROWS, "json")) == [
        {"date": "2026-03-02", "value": 57.3, "state": "ok"},
        {"date": "2026-03-09", "value": None, "state": "insufficient"},
    ]


def test_parquet_reads_back_equal():
    parquet = pytest.importorskip("pyarrow.parquet", reason="the parquet extra is not installed")
    table = parquet.read_table(io.BytesIO(exports.export(ROWS, "parquet"))).to_pylist()
    assert table == json.loads(exports.export(ROWS, "json"))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\x00"), max_size=40))
def test_no_text_in_a_csv_can_be_run_as_a_formula(text):
    body = exports.export([{"text": text}], "csv").decode()
    _, (cell,) = list(csv.reader(io.StringIO(body, newline=""))) if body.count("\r\n") > 1 and text else ([], ["x"])
    assert not cell.startswith(("=", "+", "-", "@", "\t"))


def test_negative_numbers_stay_numbers():
    assert b"-2.5" in exports.export([{"x": -2.5}], "csv")


def test_not_a_number_is_refused_rather_than_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        exports.export([{"x": float("nan")}], "json")
