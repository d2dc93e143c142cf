"""The commands as a user types them: exit codes, sentences, tables, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rakustats.cli.app import main

SHIPMENTS = (
    "shipment_id,order_no,carrier,shipped_at,promised_at,delivered_at\n"
    "S-1,A-1,Yamato,2026-06-01 10:00:00,2026-06-10,2026-06-10 12:00:00\n"
    "S-2,A-2,Yamato,2026-06-01 10:00:00,2026-06-10,2026-06-12 12:00:00\n"
    "S-3,A-3,Sagawa,2026-06-01 10:00:00,2026-06-10,\n"
)


@pytest.fixture
def database(tmp_path: Path) -> list[str]:
    path = tmp_path / "s.csv"
    path.write_text(SHIPMENTS, encoding="utf-8")
    option = ["--db", str(tmp_path / "t.duckdb")]
    assert main(["load", str(path), "--exported-at", "2026-06-30", *option]) == 0
    return option


def test_load_says_what_became_of_every_row(tmp_path, capsys):
    (tmp_path / "s.csv").write_text(SHIPMENTS + "S-4,A-4,Sagawa,soon,,\n", encoding="utf-8")
    option = ["--db", str(tmp_path / "t.duckdb")]
    assert (
        main(
            [
                "load",
                str(tmp_path / "s.csv"),
                "--exported-at",
                "2026-06-30",
                "--lang",
                "en",
                *option,
            ]
        )
        == 3
    )
    assert "4 seen, 3 loaded, 1 rejected, 0 duplicate, 0 skipped" in capsys.readouterr().out
    assert main(["check", "--lang", "en", *option]) == 0
    shown = capsys.readouterr().out
    assert "shipped_at: not a date: 'soon'" in shown
    assert "Every row is accounted for" in shown


def test_loading_twice(tmp_path, capsys, database):
    assert main(["load", str(tmp_path / "s.csv"), "--lang", "en", *database]) == 0
    assert "already loaded" in capsys.readouterr().out


def test_exports_of_different_ages_are_said(tmp_path, capsys, database):
    (tmp_path / "m.csv").write_text("message_id,送信日時\nM,2026-07-20 10:00\n", encoding="utf-8")
    told = "Exports are of different ages (messages 2026-07-21, all others 2026-06-30)."
    loads = ["load", str(tmp_path / "m.csv"), "--exported-at", "2026-07-21"]
    for command in (loads, ["check"], ["delays"]):
        assert main([*command, "--lang", "en", *database]) == 0
        shown = capsys.readouterr()
        assert told in shown.err
        if command == ["check"]:
            assert "shipments 2026-06-30 2026-06-30           21" in shown.out
        if command == ["delays"]:
            assert "None" not in shown.out


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_delays_as_a_table(capsys, database, lang):
    capsys.readouterr()
    assert main(["delays", "--by", "carrier", "--lang", lang, *database]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:4] == ["carrier", "n", "events", "rate"]
    assert [line.split()[:4] for line in lines[2:4]] == [
        ["Sagawa", "1", "1", "1.0000"],
        ["Yamato", "2", "1", "0.5000"],
    ]
    assert ("納期遅れ" if lang == "ja" else "Late deliveries") in lines[0]


CASES = {
    "shipments": "shipment_id,order_no,leg,carrier,shipped_at,delivered_at\n"
    "S-1,A-1,2,Yamato,2026-05-12 10:00:00,2026-05-20 10:00:00\n",
    "orders": "order_no,submitted_at,paid_at,purchased_at,fx_rate\n"
    "A-1,2026-05-01 10:00:00,2026-05-02 10:00:00,2026-05-03 10:00:00,20\n",
    "order_lines": "order_no,line_no,seller_id,qty_ordered,stored_at\n"
    "A-1,1,x,2,2026-05-10 10:00:00\nA-1,2,y,1,2026-05-10 10:00:00\n",
    "claims": "claim_id,order_no,line_no,kind,opened_at,closed_at,resolution,amount_granted\n"
    "Q-1,A-1,1,damaged,2026-05-12 10:00:00,2026-05-20 10:00:00,refund_full,5\n",
    "cancellations": "cancellation_id,level,order_no,line_no,"
    "requested_at,requested_by,accepted_at\n"
    "C-1,line,A-1,2,2026-05-03 12:00:00,seller,2026-05-04 12:00:00\n",
    "refunds": "refund_id,order_no,cancellation_id,method,approved_at,expected_by,paid_at\n"
    "R-1,A-1,C-1,card,2026-05-05 10:00:00,2026-05-30,\n",
}
SHOWN = {
    "lead-times --by carrier --clock purchase": "Yamato",
    "stages --by stage": "inspection",
    "claims --by seller": "クレームのあった明細の割合",
    "claims --by kind --show resolution": "クレームの完了までの日数",
    "claims --by kind --show waits": "クレームは誰を待っていたか",
    "claims --show outcomes --kinds damaged": "認められたクレームの割合",
    "cancellations --by requested_by,stage": "キャンセルの割合",
    "cancellations --leaks": "not_refunded",
    "refunds --by method --clock approved": "返金までの日数",
    "refunds --unsettled": "overdue",
}


@pytest.fixture
def cases(tmp_path: Path) -> list[str]:
    for name, text in CASES.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.csv").write_text(text, encoding="utf-8")
    option = ["--db", str(tmp_path / "cases.duckdb")]
    assert main(["load", str(tmp_path / "in"), "--exported-at", "2026-06-30", *option]) == 0
    return option


def test_claims_cancellations_and_refunds(tmp_path, capsys, cases):
    for line, words in SHOWN.items():
        capsys.readouterr()
        assert main([*line.split(), "--lang", "ja", *cases]) == 0
        assert words in capsys.readouterr().out
    out = tmp_path / "refunds.csv"
    assert main(["refunds", "--by", "method", "--out", str(out), *cases]) == 0
    assert pd.read_csv(out)[["method", "n", "n_open", "n_overdue"]].to_numpy().tolist() == [
        ["card", 1, 1, 1]
    ]


def test_as_of_looks_back(capsys, database):
    capsys.readouterr()
    assert main(["delays", "--as-of", "2026-06-05", *database]) == 0
    head, row = (line.split() for line in capsys.readouterr().out.splitlines()[1:3])
    shown = dict(zip(head, row[: len(head)], strict=False))
    assert shown["n"] == "0"
    assert " 3 " in f" {' '.join(row)} "


def test_a_period_without_data_is_said_in_words(capsys, database):
    capsys.readouterr()
    assert (
        main(["delays", "--by", "carrier", "--since", "2030-01-01", "--lang", "ja", *database]) == 0
    )
    assert "この期間に該当するものはありません。" in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json", "html"])
def test_out_writes_the_same_columns(tmp_path, database, ending):
    out = tmp_path / f"late.{ending}"
    assert main(["delays", "--by", "carrier,month", "--out", str(out), *database]) == 0
    readers = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}
    if ending in ("csv", "parquet"):
        frame = readers[ending](out)
        assert list(frame.columns[:5]) == ["carrier", "month", "n", "events", "rate"]
        assert frame["n"].sum() == 3
    elif ending == "json":
        assert "Yamato" in json.dumps(json.loads(out.read_text(encoding="utf-8")))
    else:
        assert out.stat().st_size > 500


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["load", "nowhere.csv"], "no such file"),
        (["load", "empty"], "no exports here"),
        (["load", "pdf.csv"], "this is a PDF"),
        (["load", "s.csv", "--mapping", "x"], "No mapping named 'x'"),
        (["delays", "--db", "none.duckdb"], "there is no database yet"),
        (["delays", "--by", "colour"], "colour"),
        (["delays", "--as-of", "soon"], "soon"),
        (["delays", "--since", "soon"], "soon"),
        (["damage"], "claims"),
        (["damage", "--kinds", "sad"], "sad"),
        (["claims"], "claims.claim_id (クレーム番号)"),
        (["claims", "--show", "waits"], "claims.opened_at"),
        (["claims", "--kinds", "sad"], "sad"),
        (["cancellations"], "cancellations.order_no"),
        (["cancellations", "--leaks"], "cancellations.accepted_at"),
        (["cancellations", "--by", "colour"], "requested_by, reason, stage"),
        (["refunds"], "refunds.approved_at"),
        (["refunds", "--unsettled"], "refunds.expected_by"),
        (["refunds", "--by", "kind"], "method"),
        (["claims", "--show", "waits", "--kinds", "late"], "--show waits takes no --kinds"),
        (["cancellations", "--leaks", "--by", "seller"], "--leaks takes no --by"),
        (["refunds", "--unsettled", "--since", "2026-01-01"], "--unsettled takes no --since"),
        (["delays", "--out", "x.docx"], ".docx"),
        (["report", "nonsense"], "nonsense"),
        (["sample", "out", "--orders", "0"], "at least one order"),
    ],
)
def test_wrong_use_ends_in_one_sentence_and_code_2(
    tmp_path, monkeypatch, capsys, database, argv, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "pdf.csv").write_bytes(b"%PDF-1.7\n")
    if "--db" not in argv and argv[0] != "sample":
        argv = [*argv, *database]
    capsys.readouterr()
    assert main(argv) == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert "Traceback" not in complaint
    assert len(complaint.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "argv", [["load"], ["nonsense"], ["delays", "--colour"], [], ["load", "--lang", "fr", "x"]]
)
def test_unknown_words_on_the_command_line(capsys, argv):
    assert main(argv) == 2
    assert "rakustats" in capsys.readouterr().err


def test_a_fault_is_one_sentence_and_a_traceback_on_request(tmp_path, capsys):
    (tmp_path / "t.duckdb").write_bytes(b"no database" * 1000)
    assert main(["delays", "--db", str(tmp_path / "t.duckdb")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert main(["delays", "--debug", "--db", str(tmp_path / "t.duckdb")]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_the_console_script_answers_quickly_without_loading_pandas():
    code = "import sys, rakustats.cli.app; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    run = subprocess.run(
        [sys.executable, "-m", "rakustats.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("rakustats 0.")
