"""``rakustats map``: a mapping proposed for a file."""

from __future__ import annotations

from pathlib import Path

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.terminal import complain, say
from rakustats.cli.texts import Texts
from rakustats.i18n.language import language

_TEXTS = Texts(
    """
    counts
        わかった列 {known}、推定した列 {guessed}、未定の列 {open}。
        {known} columns recognised, {guessed} guessed, {open} open.
    no key
        行を区別する番号の列が見つかりません。取り込む前に書き足してください。
        No column was found that tells the rows apart; fill in the key before you load.
    next
        内容を確かめて直してから: rakustats load {file} --mapping {mapping}
        Check and complete it, then: rakustats load {file} --mapping {mapping}
    """
)


@command(
    """
    形式のわからないファイルのマッピングを提案する
    propose a mapping for a file whose layout is not known
    rakustats map exports/orders.csv --out orders.toml

    FILE
        形式のわからないファイル: CSV、TSV、XLSX、XLS、Parquet、.gz も可
        a file whose layout is not known: CSV, TSV, XLSX, XLS, Parquet, also .gz
    --out MAPPING
        マッピングの書き出し先。既にあるファイルには上書きしない（既定: 画面に表示）
        write the mapping here (never over a file that is there); default: the terminal
    """,
    name="map",
)
def propose_mapping(*, file: Path, out: Path | None = None, encoding: str | None = None) -> None:
    """Write the mapping, and beside it how far it goes and what to do next."""
    proposed = rs.infer_mapping(file, encoding=encoding, lang=language())
    if out:
        proposed.write(out)
    else:
        say(proposed.toml)
    complain(_TEXTS("counts", **vars(proposed)))
    if not proposed.keyed:
        complain(_TEXTS("no key"))
    complain(_TEXTS("next", file=file, mapping=out or "MAPPING.toml"))
