"""What the READMEs show under a command is what that command prints, in both languages."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from build_cache import cached

import rakustats as rs
from rakustats.cli.app import main

ROOT = Path(__file__).parents[1]
NAMES = {"README.md": "en", "README.ja.md": "ja"}
# stands for what a README leaves out of an output
LEFT_OUT = "…"
MAPPED = (
    *("注文番号,商品番号,注文日,入金日,買付日,店舗名,商品名,規格,数量,単価,レート,合計金額",),
    *("届け予定日,追跡,配送の業者", "進み具合,メモ2,棚,Zust."),
)
OF_AN_ORDER = (
    "A-{0},1,2026/05/{0},2026/05/{0},2026/05/{0},好店,コップ,白,{0},9.50,21.5,400,2026-06-{0},"
    "YT48217766501{0},佐川急便,出しました,箱 {0},B{0},neu"
)


def shown(name: str) -> Iterator[tuple[list[str], str]]:
    """Yield the commands of each block that shows an output, and that output."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for block in re.findall(r"(?:^ {4}.*\n)+", text, flags=re.M):
        lines = [line[4:] for line in block.splitlines()]
        asked = [line[2:] for line in lines if line.startswith("$ rakustats ")]
        said = [line for line in lines if not line.startswith("$ ")]
        if asked and said:
            yield asked, "\n".join(said)


def bare(text: str) -> str:
    """Return a text without blanks and ends of lines: a README wraps its lines elsewhere."""
    return re.sub(r"\s", "", text)


def make_sample(folder: Path) -> None:
    rs.sample(folder / "raw")
    rs.load(folder / "raw", db=folder / "rakustats.duckdb")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where `make report` has run, with the files that the READMEs name besides."""
    made = cached("sample-20000", make_sample)
    loaded = tmp_path / "data" / "processed"
    loaded.mkdir(parents=True)
    shutil.copyfile(made / "rakustats.duckdb", loaded / "rakustats.duckdb")
    (messages,) = (made / "raw").glob("メッセージ_*.tsv")
    for newer in ("messages_20260621.tsv", "メッセージ_出力20260621.tsv"):
        shutil.copyfile(messages, tmp_path / newer)
    (tmp_path / "exports").mkdir()
    rows = [",".join(MAPPED), *(OF_AN_ORDER.format(n) for n in range(10, 30))]
    (tmp_path / "exports" / "orders.csv").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", NAMES)
def test_commands_print_what_the_readme_shows(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAKUSTATS_LANG", NAMES[name])
    told = list(shown(name))
    assert [asked[-1].split()[1] for asked, _ in told] == ["delays", "delays", "map"]
    for asked, output in told:
        for command in asked:
            capsys.readouterr()
            assert main(shlex.split(command, comments=True)[1:]) == 0
        printed = capsys.readouterr()
        pattern = ".*".join(re.escape(part) for part in bare(output).split(LEFT_OUT))
        assert re.fullmatch(pattern, bare(printed.err + printed.out)), printed
