"""Each command as a user types it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from tracker.bootstrap import read_codebook
from tracker.cli import app
from tracker.cli.run import show_collected
from tracker.errors import CatalogError, EventStoreError, QuestionError, SettingsError, WorkspaceBusy, WorkspaceError
from tracker.model.articles import Problem
from tracker.projections import reads
from tracker.settings import load_settings
from tracker.workflow import CollectReport

pytestmark = pytest.mark.model
CONFLICT = "varnland-kestria"


def test_history_prints_the_documented_json(tracker):
    result = tracker("history", "contact_channel", "--conflict", CONFLICT, "--since", "2026-07-12",
                     "--until", "2026-08-02", "--format", "json")  # fmt: skip
    told = json.loads(result.stdout)
    assert set(told) == {"indicator", "conflict", "party", "codebook", "as_of", "points"}
    assert [p["date"] for p in told["points"]] == ["2026-07-12", "2026-07-19", "2026-07-26", "2026-08-02"]
    assert set(told["points"][0]) == {
        "date", "value", "low", "high", "state", "prevalence", "stories", "owners", "sources_observed",
        "sources_expected",
    }  # fmt: skip
    for p in told["points"]:
        assert (p["value"] is None) == (p["state"] in {"insufficient", "withheld", "not-assessable"})


def test_history_as_a_table_has_a_sparkline_and_every_week(tracker):
    result = tracker(
        "history", "contact_channel", "--conflict", CONFLICT, "--since", "2026-07-12", "--until", "2026-08-02"
    )
    assert result.exit_code == 0
    assert "100" in result.stdout
    assert result.stdout.count("2026-0") == 4


def test_history_as_of_a_past_day_knows_nothing_later(tracker):
    words = (
        "history",
        "contact_channel",
        "--conflict",
        CONFLICT,
        "--since",
        "2026-07-12",
        "--until",
        "2026-07-12",
        "--format",
        "json",
    )
    then = json.loads(tracker(*words, "--as-of", "2026-07-12T23:59:00+00:00").stdout)
    now = json.loads(tracker(*words).stdout)
    assert then["as_of"] < now["as_of"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_history_exports(tracker, form):
    result = tracker(
        "history",
        "ripeness",
        "--conflict",
        CONFLICT,
        "--since",
        "2026-07-12",
        "--until",
        "2026-08-02",
        "--format",
        form,
    )
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"date," if form == "csv" else b"PAR1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("history", "happiness", "--conflict", CONFLICT), "nothing is called"),
        (("history", "contact_channel", "--conflict", "nowhere"), "no conflict is called"),
        (("history", "hurting_stalemate", "--conflict", CONFLICT), "kept per party"),
        (("history", "ripeness", "--conflict", CONFLICT, "--party", "VRN"), "one number for the whole"),
        (("history", "hurting_stalemate", "--conflict", CONFLICT, "--party", "XXX"), "no principal"),
        (("history", "ripeness", "--conflict", CONFLICT, "--since", "2026-02-01", "--until", "2026-01-01"), "is after"),
        (("history", "ripeness", "--conflict", CONFLICT, "--as-of", "yesterday"), "cannot be read"),
        (("history", "ripeness", "--conflict", CONFLICT, "--as-of", "#99999999"), "the log ends at"),
        (("history", "ripeness", "--conflict", CONFLICT, "--codebook", "ffff"), "not one known version"),
        (("explain", "ripeness", "--conflict", CONFLICT, "--party", "VRN"), "explained by its legs"),
        (("explain", "readiness", "--conflict", CONFLICT, "--party", "VRN"), "0.35 × opponent diplomatic_posture"),
        (("explain", "happiness", "--conflict", CONFLICT, "--party", "VRN"), "is no indicator"),
        (("code", "--text", ""), "no text to explain"),
        (("code", "--url", " "), "no text to explain"),
        (("code", "--limit", "-3"), "below 0"),
        (("alerts", "--confirm", "a", "--dismiss", "a"), "exclude each other"),
        (("feeds", "import", "nodir/x.opml"), "nodir/x.opml: cannot be read"),
        (("feeds", "export", "nodir/x.opml"), "there is no folder nodir"),
        (("evaluate", "gold.jsonl", "--errors", "nodir/x.html"), "there is no folder nodir"),
        (("evaluate", "gold.jsonl", "--quality", "nodir/x"), "there is no folder nodir"),
        (("backtest", "truth.csv", "--conflict", CONFLICT, "--page", "nodir/x.html"), "there is no folder nodir"),
        (("recode", "--diff", "--page", "nodir/x.html"), "there is no folder nodir"),
        (("publish", "--week", "W12"), "no ISO week"),
        (("publish", "--week", "2999-W01"), "has not begun"),
        (("publish", "--week", "2019-W01"), "first article"),
        (("review", "nothing", "no:key", "rejected", "--reason", "x"), "has no signal"),
        (("forget", "--reason", "x"), "nothing to forget"),
        (("forget", "--person", "UN", "--reason", "x"), "too short for a name"),
        (("forget", "--person", "Ada Winter", "--reason", "x"), "would be removed for good"),
        (("purge",), "no retention"),
        (("purge", "--older-than", "-5"), "1 day or more"),
        (("alerts", "--conflict", "nope"), "no conflict is called"),
        (("note", " ", "--conflict", CONFLICT, "--day", "2026-07-20"), "note is empty"),
        (("explain", "ripeness", "--conflict", CONFLICT, "--party", "VRN", "--most", "-1"), "below 0"),
        (("history", "ripeness", "--conflict", CONFLICT, "--since", "2999-01-01"), "the last day known"),
    ],
)
def test_a_question_that_cannot_be_answered_names_subject_and_remedy(tracker, words, message):
    result = tracker(*words)
    assert isinstance(result.exception, QuestionError)
    assert message in str(result.exception)
    assert result.exception.remedy


def test_explain_lists_the_sentences_behind_a_number(tracker):
    words = ("explain", "hurting_stalemate", "--conflict", CONFLICT, "--party", "KES", "--at", "2026-08-02")
    told = json.loads(tracker(*words, "--format", "json").stdout)
    assert any(r["counted"] and r["quote"] and r["url"].startswith("http") for r in told["records"])
    text = tracker(*words, "--most", "2").stdout
    assert "records count" in text
    assert "“" in text
    assert "how much is said" in text
    assert 0 <= told["prevalence"]["low"] <= told["prevalence"]["share"] <= told["prevalence"]["high"] <= 1


def test_the_balance_of_a_signal_can_be_redone_by_hand_from_what_explain_prints(tracker):
    words = ("explain", "hurting_stalemate", "--conflict", CONFLICT, "--party", "KES", "--at", "2026-08-02")
    signals = json.loads(tracker(*words, "--format", "json").stdout)["signals"]
    spoken = [s for s in signals if s["plus"] or s["minus"]]
    assert spoken
    for s in spoken:
        heard = [bloc for bloc, stories in s["stories"].items() if stories >= 10]
        assert s["usable_blocs"] == heard
        plus, minus = (
            sum(s[sign].get(bloc, 0.0) / s["stories"][bloc] for bloc in heard) / len(heard)
            for sign in ("plus", "minus")
        )
        stories = sum(s["stories"][bloc] for bloc in heard)
        assert (s["plus_rate"], s["minus_rate"]) == pytest.approx((plus, minus), abs=1e-9)
        assert s["usable_stories"] == pytest.approx(stories, abs=1e-9)
        assert s["balance"] == pytest.approx((plus - minus) / (plus + minus + 0.01 + 1 / stories), abs=1e-9)
    text = tracker(*words).stdout
    assert f"{spoken[0]['plus_rate']:.5f}" in text
    assert f"{spoken[0]['usable_stories']:.2f}" in text


def test_a_rejected_signal_stops_counting_and_the_verdict_outlives_reading_again(tracker, build):
    words = (
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
    record = next(r for r in json.loads(tracker(*words).stdout)["records"] if r["counted"])
    done = tracker("review", record["article"], record["key"], "rejected", "--reason", "misread", "--by", "tester")
    assert done.exit_code == 0, done.output
    after = {(r["article"], r["key"]): r for r in json.loads(tracker(*words).stdout)["records"]}
    assert not after[record["article"], record["key"]]["counted"]
    assert tracker("rebuild").exit_code == 0
    again = {(r["article"], r["key"]): r for r in json.loads(tracker(*words).stdout)["records"]}
    assert not again[record["article"], record["key"]]["counted"]


def test_the_log_is_verified_exported_backed_up_and_restored(tracker, home, tmp_path):
    assert tracker("head", "--to", tmp_path / "head.json").exit_code == 0
    assert tracker("verify", "--head", tmp_path / "head.json", "--digests").exit_code == 0
    assert tracker("backup", tmp_path / "backup.db").exit_code == 0
    assert tracker("note", "A thing happened", "--conflict", CONFLICT, "--day", "2026-07-20").exit_code == 0
    assert tracker("restore", tmp_path / "backup.db").exit_code == 0
    assert "the log holds" in tracker("verify").stdout


def test_the_id_of_an_alert_can_be_pasted_as_it_is_printed(tracker, build, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    printed = [line.strip() for line in tracker("alerts").stdout.splitlines()]
    ids = [a.id for a in reads.alerts(build.engine, CONFLICT)]
    assert any(":-1:" in one for one in ids)
    assert set(ids) <= set(printed)
    done = tracker("alerts", "--dismiss", ids[0], "--reason", "read", "--by", "tester")
    assert done.stdout.strip() == "dismissed"


def test_only_alerts_that_await_a_person_are_confirmed(tracker, build):
    for note in reads.alerts(build.engine, CONFLICT):
        done = tracker("alerts", "--confirm", note.id, "--reason", "read", "--by", "tester")
        if note.alert.kind in ("first", "break"):
            assert done.stdout.strip() == "confirmed"
        else:
            assert "needs no confirmation" in str(done.exception)


def test_an_alert_is_listed_with_what_it_rests_on(tracker, build):
    notes = {a.id: a.alert for a in reads.alerts(build.engine, CONFLICT)}
    told = json.loads(tracker("alerts", "--format", "json").stdout)
    assert {a["id"] for a in told} == set(notes)
    for a in told:
        alert = notes[a["id"]]
        tested = (None, None) if alert.kind in ("first", "break") else (alert.z, alert.p_value)
        assert ((a["z"], a["p_value"]), a["blocs"], a["why"]) == (tested, list(alert.blocs), alert.why)
    lines = tracker("alerts").stdout.splitlines()
    for name, alert in notes.items():
        detail = lines[lines.index(f"  {name}") - 1]
        tested = alert.kind not in ("first", "break")
        assert (f"z {alert.z:.1f}; p {alert.p_value:.2g}" in detail) == tested
        assert alert.why in detail


def test_nothing_is_forgotten_of_a_person_until_a_script_says_yes(tracker, build):
    words = ("forget", "--person", "Kestria", "--reason", "on request")
    head = build.store.head()
    assert isinstance(tracker(*words).exception, QuestionError)
    assert build.store.head() == head
    assert "recorded at position" in tracker(*words, "--yes").stdout


def test_tables_keep_heads_and_short_words_whole_on_a_narrow_terminal(tracker, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert tracker("feeds", "health").stdout.splitlines()[0].split()[-4:] == ["a", "day", "undated", "copies"]
    told = tracker("history", "ripeness", "--conflict", CONFLICT, "--since", "2026-07-12", "--until", "2026-08-02")
    assert "not-assessable" in told.stdout


def test_feeds_that_fail_alike_are_told_in_one_breath(capsys):
    failed = [Problem(subject=f"feed-{n}", reason="no answer", remedy="try later") for n in range(30)]
    other = Problem(subject="other", reason="gone")
    show_collected(CollectReport(polled=31, unchanged=0, failed=(*failed, other), new=0, revised=0, problems=()))
    told = capsys.readouterr().err
    assert told.count("no answer") == told.count("try later") == 1
    assert "feed-29" in told
    assert "gone: other" in told


def test_trouble_with_a_backup_names_the_backup(tracker, tmp_path):
    (tmp_path / "junk.db").write_bytes(b"no database at all " * 300)
    (tmp_path / "empty.db").touch()
    for words in (("backup", "no/where.db"), ("restore", "junk.db"), ("restore", "empty.db")):
        trouble = tracker(words[0], tmp_path / words[1]).exception
        assert isinstance(trouble, EventStoreError)
        assert str(tmp_path / words[1]) in str(trouble)
        assert "tracker.db" not in str(trouble)
    assert tracker("verify").exit_code == 0


def test_feed_health_names_every_feed(tracker):
    result = tracker("feeds", "health")
    assert result.exit_code == 0
    for feed in ("oster-courier", "maren-post", "sable-herald"):
        assert feed in result.stdout.replace("\n", "")


def test_feeds_go_out_to_opml_and_come_back(tracker, tmp_path):
    assert tracker("feeds", "export", tmp_path / "feeds.opml").exit_code == 0
    result = tracker("feeds", "import", tmp_path / "feeds.opml")
    assert "0 feeds added" in result.stdout


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        ("--bloc", "aligned-vrm", "aligned-vrn"),
        ("--conflict", "varnland", CONFLICT),
        ("--country", "Norway", "two letters"),
        ("--language", "English", "two or three"),
    ],
)
def test_a_feed_that_could_not_be_counted_is_refused_before_it_is_asked_for(tracker, home, option, value, known):
    before = (home / "feeds.yaml").read_bytes()
    words = {"--outlet": "New", "--bloc": "third-country", "--conflict": CONFLICT} | {option: value}
    trouble = tracker("feeds", "add", "http://127.0.0.1:9/", *(w for pair in words.items() for w in pair)).exception
    assert isinstance(trouble, CatalogError)
    assert option in str(trouble)
    assert known in trouble.remedy
    assert (home / "feeds.yaml").read_bytes() == before


def test_a_feed_is_refused_by_name_when_it_is_listed_and_told_how_when_its_address_is_private(tracker, build):
    words = ("--outlet", "New", "--bloc", "third-country", "--conflict", CONFLICT)
    listed = build.tracker.feeds[0]
    assert listed.id in str(tracker("feeds", "add", listed.url, *words).exception)
    assert "--allow-private" in tracker("feeds", "add", "http://10.1.2.3/feed", *words).exception.remedy
    assert "allow" not in tracker("feeds", "add", "http://127.0.0.1:9/feed", *words, "--allow-private").exception.remedy


def test_the_health_of_feeds_of_an_unknown_conflict_names_the_known_ones(tracker):
    trouble = tracker("feeds", "health", "--conflict", "nosuch").exception
    assert CONFLICT in str(trouble) + trouble.remedy


def test_a_feed_of_an_opml_file_that_could_not_be_counted_is_told_and_the_others_are_added(tracker, home, tmp_path):
    lines = "".join(
        f'<outline type="rss" text="{name}" xmlUrl="https://{name}.example/f" xmlns:p="https://parley.invalid/opml" '
        f'p:bloc="{bloc}" p:conflicts="{CONFLICT}"/>'
        for name, bloc in (("good", "third-country"), ("bad", "aligned-vrm"))
    )
    (tmp_path / "other.opml").write_text(f'<opml version="2.0"><body>{lines}</body></opml>')
    result = tracker("feeds", "import", tmp_path / "other.opml")
    assert "1 feed added, 0 known already, 1 not usable" in result.stdout.replace("\n", " ")
    assert "aligned-vrm" in result.output
    added = (home / "feeds.yaml").read_text("utf-8")
    assert "good.example" in added
    assert "bad.example" not in added


def test_a_text_is_explained_sentence_by_sentence(tracker):
    result = tracker(
        "code", "--text", "Varnland's president said there would be no talks with Kestria while its troops hold Tarn."
    )
    assert result.exit_code == 0
    assert "Varnland's president" in result.stdout


def test_an_archive_is_imported_once(tracker, tmp_path, build):
    rows = [
        {"id": str(n), "date": "2026-07-20", "title": f"Talks number {n} between Varnland and Kestria",
         "text": f"Varnland and Kestria held talks in Port Sable on day {n} of the war, officials said.", "outlet": "Old Paper"}
        for n in range(5)
    ]  # fmt: skip
    path = tmp_path / "old.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\nnot json\n")
    first = tracker("import", path, "--yes")
    assert first.exit_code == 0, first.output
    assert "5 articles" in first.stdout
    assert "1 record not used" in first.stdout
    assert "5 of them new, 0 already there" in first.stdout
    head = build.store.head().position
    second = tracker("import", path, "--yes")
    assert second.exit_code == 0
    assert "0 of them new, 5 already there" in second.stdout
    assert build.store.head().position == head


def test_an_archive_of_an_unknown_bloc_or_column_or_of_endless_days_is_refused(tracker, tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_text(json.dumps({"date": "2026-07-20", "title": "Talks", "outlet": "Old Paper"}) + "\n")
    unknown = tracker("import", path, "--yes", "--blocs", "Old Paper=zzz")
    assert unknown.exit_code != 0
    assert "third-country" in unknown.exception.remedy
    column = tracker("import", path, "--yes", "--column", "nosuch=link")
    assert "no field 'nosuch'" in str(column.exception)
    assert "url" in column.exception.remedy
    idle = tracker("import", path, "--yes", "--since", "2026-07-01")
    assert "choose no articles" in str(idle.exception)
    endless = tracker("import", path, "--yes", "--observed", "--since", "1801-01-01", "--until", "2026-07-20")
    assert endless.exit_code != 0
    assert "fifty years" in str(endless.exception)


def test_what_another_codebook_would_change_is_said_without_recording(tracker, home, tmp_path, build):
    import shutil

    trial = tmp_path / "trial"
    shutil.copytree(home / "indicators", trial / "indicators")
    shutil.copytree(home / "conflicts", trial / "conflicts")
    file = trial / "indicators" / "hurting_stalemate.yaml"
    file.write_text(file.read_text("utf-8").replace("half_life_days: 60", "half_life_days: 20"), "utf-8")
    head = build.store.head()
    result = tracker("recode", "--codebook", trial, "--diff", "--page", tmp_path / "diff.html")
    assert result.exit_code == 0, result.output
    assert "hurting_stalemate" in result.stdout
    assert "nothing was recorded" in result.stdout
    assert build.store.head() == head
    page = (tmp_path / "diff.html").read_text("utf-8")
    assert "hurting_stalemate" in page
    assert "battlefield_stalemate: half-life 60 → 20 days" in page


def test_a_codebook_to_try_needs_indicators_and_borrows_the_conflicts(tracker, home, tmp_path):
    import shutil

    refused = tracker("recode", "--diff", "--codebook", tmp_path / "nowhere").exception
    assert isinstance(refused, QuestionError)
    assert "indicators" in str(refused)
    trial = tmp_path / "trial"
    shutil.copytree(home / "indicators", trial / "indicators")
    codebook = read_codebook(trial, "", beside=home)
    assert [c.id for c in codebook.conflicts] == [CONFLICT]


def test_a_new_indicator_passes_its_own_test_and_a_wrong_example_fails_it(tracker, home):
    assert tracker("indicator", "new", "grain_route").exit_code == 0
    assert "2 of 2" in tracker("indicator", "test", "grain_route").stdout
    file = home / "indicators" / "grain_route.yaml"
    file.write_text(file.read_text("utf-8").replace("saw a first cue phrase", "saw nothing else"), "utf-8")
    assert tracker("indicator", "test", "grain_route").exit_code == 1
    file.write_text(file.read_text("utf-8").replace("exclusion: X6", "exclusion: X99"), "utf-8")
    assert "X99" in str(tracker("indicator", "test", "grain_route").exception)


def test_examples_known_to_fail_as_shipped_do_not_fail_the_test_of_an_indicator(tracker):
    told = tracker("indicator", "test", "third_party_way_out")
    assert "known to need context" in told.stdout
    assert told.exit_code == 0


def test_an_evaluation_prints_the_largest_confusions(tracker, tmp_path):
    gold = tmp_path / "gold.jsonl"
    text = "Varnland's president said there would be no talks with Kestria."
    gold.write_text(
        json.dumps({"text": text, "codes": [{"signal": "attrition_strain", "polarity": 1, "locus": "VRN"}]})
    )
    told = tracker("evaluate", gold)
    assert told.exit_code == 0, told.output
    below = told.stdout[told.stdout.index("found instead") :]
    assert "attrition_strain" in below


def test_a_new_indicator_may_not_take_the_id_of_a_composite_and_leaves_no_file(tracker, home):
    trouble = tracker("indicator", "new", "ripeness").exception
    assert isinstance(trouble, QuestionError)
    assert not (home / "indicators" / "ripeness.yaml").exists()


def test_a_truth_file_is_checked_and_what_cannot_be_scored_gets_no_verdict(tracker, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("kind,date,event\n")
    refused = tracker("backtest", truth, "--conflict", CONFLICT).exception
    assert isinstance(refused, QuestionError)
    assert "signal, party, expected" in str(refused)
    truth.write_text("kind,date,event,signal,party,expected\nturning_point,1990-01-01,x,talks_activity,,+\n")
    told = tracker("backtest", truth, "--conflict", CONFLICT).stdout
    assert "nothing could be scored" in told
    assert "placebo" not in told


def test_mail_is_written_when_it_is_not_to_be_sent(tracker, home):
    result = tracker("publish", "--week", "2026-W31", "--dry-run")
    assert result.exit_code == 0, result.output
    (mail,) = (home / "mail").glob("*.eml")
    assert b"multipart/" in mail.read_bytes()


def test_a_workspace_is_made_once_and_its_files_are_kept(tmp_path):
    runner = CliRunner()
    folder = tmp_path / "watch"
    assert runner.invoke(app, ["init", str(folder)]).exit_code == 0
    assert {p.name for p in folder.iterdir()} == {"tracker.toml", "feeds.yaml", "conflicts", "indicators"}
    (folder / "feeds.yaml").write_text("feeds: []\n")
    assert "nothing was changed" in runner.invoke(app, ["init", str(folder)]).stdout
    assert (folder / "feeds.yaml").read_text() == "feeds: []\n"


def test_once_without_a_network_names_every_failure_and_still_publishes(tmp_path):
    runner = CliRunner()
    folder = tmp_path / "watch"
    runner.invoke(app, ["init", str(folder)])
    (folder / "feeds.yaml").write_text(
        "feeds:\n  - {id: dead, url: 'http://127.0.0.1:9/feed', outlet: Dead, owner: dead, country: XX, language: en,"
        " bloc: wires, conflicts: [sudan], allow_private: true}\n"
    )
    result = runner.invoke(app, ["--home", str(folder), "once"])
    assert result.exit_code == 0, result.output
    assert "dead" in result.output
    assert (folder / "site" / "index.html").is_file()


def test_a_missing_workspace_and_a_wrong_setting_are_explained(tmp_path):
    runner = CliRunner()
    result = runner.invoke(app, ["--home", str(tmp_path), "history", "ripeness", "--conflict", "x"])
    assert isinstance(result.exception, WorkspaceError)
    (tmp_path / "tracker.toml").write_text("modle = 'x'\n")
    result = runner.invoke(app, ["--home", str(tmp_path), "history", "ripeness", "--conflict", "x"])
    assert isinstance(result.exception, SettingsError)
    assert "modle" in str(result.exception)


@pytest.mark.parametrize(
    "line",
    [
        'timezone = "Mars/Olympus"', 'timezone = "Europe"', 'publish_day = "someday"', 'publish_time = "25:00"',
        "collect_minutes = 0", 'collect_minutes = "30"', 'language = "xx"', "retention_days = -1",
        'site_url = "example.org"',
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_refused_when_it_is_loaded(tmp_path, line):
    (tmp_path / "tracker.toml").write_text(line + "\n")
    with pytest.raises(SettingsError, match=line.split()[0]) as caught:
        load_settings(tmp_path, {})
    assert caught.value.remedy.startswith("write")


def test_a_daemon_that_is_stopped_while_it_loads_ends_cleanly(home):
    daemon = subprocess.Popen([sys.executable, "-m", "tracker", "--home", str(home), "run"], stderr=subprocess.PIPE)
    time.sleep(0.7)
    daemon.send_signal(signal.SIGTERM)
    _, told = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, told


def test_the_daemon_refuses_to_start_twice_and_stops_cleanly_on_sigterm(home):
    (home / "feeds.yaml").write_text("feeds: []\n")
    command = [sys.executable, "-m", "tracker", "--home", str(home), "run"]
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
    try:
        line = ""
        until = time.monotonic() + 60
        while "running on" not in line and time.monotonic() < until:
            line = daemon.stderr.readline()
        assert "running on" in line
        second = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=60)
        assert second.returncode == 1
        assert "in use by process" in second.stderr
        assert WorkspaceBusy.__name__ not in second.stderr
    finally:
        daemon.send_signal(signal.SIGTERM)
        _, rest = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, rest
    assert "stopped" in rest
