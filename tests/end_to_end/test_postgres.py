"""A workspace moved to PostgreSQL answers as it did on SQLite."""

import json

import pytest
from typer.testing import CliRunner

from tracker.cli import app

pytestmark = [pytest.mark.model, pytest.mark.postgres]
CONFLICT = "varnland-kestria"


def test_a_workspace_moved_to_postgresql_gives_the_same_numbers_evidence_and_pages(
    home, tracker, postgres_url, monkeypatch
):
    questions = [
        (
            "history",
            subject,
            "--conflict",
            CONFLICT,
            *party,
            "--since",
            "2026-07-12",
            "--until",
            "2026-08-02",
            "--format",
            "json",
        )
        for subject, party in (("contact_channel", ()), ("hurting_stalemate", ("--party", "KES")), ("ripeness", ()))
    ]
    questions.append(
        (
            "explain",
            "hurting_stalemate",
            "--conflict",
            CONFLICT,
            "--party",
            "KES",
            "--at",
            "2026-08-02",
            "--format",
            "json",
        )
    )
    before = [json.loads(tracker(*words).stdout) for words in questions]
    copied = tracker("copy", "--to", postgres_url)
    assert copied.exit_code == 0, copied.output

    monkeypatch.setenv("TRACKER_DATABASE_URL", postgres_url)

    def call(*words):
        return CliRunner().invoke(app, ["--home", str(home), *words])

    assert [json.loads(call(*words).stdout) for words in questions] == before
    verified = call("verify", "--digests")
    assert verified.exit_code == 0, verified.output
    assert "4 the same to the byte, 0 different" in verified.stdout.replace("\n", " ")
    assert call("publish", "--week", "2026-W31").exit_code == 0
