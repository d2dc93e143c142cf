"""TOML that people write: every key with its line, so that a complaint can name the place."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rakustats.config.toml_positions import Place, lines_of
from rakustats.errors import UsageError, reason
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.schema.shipped import shipped_text

#: How similar a word must be to a right one to be taken for a slip.
CLOSE = 0.6
_COMPLAINT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Located:
    """A TOML document: its values, and the line on which each of them begins."""

    name: str
    values: dict[str, Any]
    lines: dict[Place, int]

    def wrong(self, place: Place, *, ja: str, en: str) -> UsageError:
        """Return the error that says what is wrong at a place, with its line."""
        known = next(place[:n] for n in range(len(place), -1, -1) if place[:n] in self.lines)
        line, shown = self.lines[known], _shown(place, self._is_table(place))
        end = "" if en.endswith("?") else "."
        return UsageError(
            ja=f"{self.name} の {line} 行目{shown and f'（{shown}）'}：{ja}。",
            en=f"{self.name}, line {line}{shown and f', {shown}'}: {en}{end}",
        )

    def unknown(
        self, place: Place, word: str, right: Collection[str], *, ja: str, en: str
    ) -> UsageError:
        """Return the error for a word that is none of the right ones, with the closest of them."""
        meant = guess(word, right)
        return self.wrong(place, ja=f"{ja}。{meant.ja}", en=f"{en}; {meant.en}")

    def _is_table(self, place: Place) -> bool:
        found: Any = self.values
        for part in place:
            inside = isinstance(found, dict) and part in found
            if not inside and not (isinstance(found, list) and isinstance(part, int)):
                return False
            found = found[part]
        return isinstance(found, dict)


def read(path: Path) -> Located:
    """Return a TOML file with its lines.

    Raises
    ------
    UsageError
        If the file is not there, is not UTF-8 or is no TOML.
    """
    try:
        return parse(path.name, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(
            ja=f"{path.name} の {line} 行目が UTF-8 ではありません。"
            "ファイルを UTF-8 で保存し直してください。",
            en=f"{path.name}, line {line}: not UTF-8; save the file as UTF-8.",
        ) from None
    except OSError as error:
        missing, why = isinstance(error, FileNotFoundError), reason(error)
        raise UsageError(
            ja=f"{path} が見つかりません。" if missing else f"{path} を読めません（{why.ja}）。",
            en=f"{path}: the file cannot be read ({'no such file' if missing else why.en}).",
        ) from None


def shipped(package: str, *names: str) -> Located:
    """Return a TOML file that comes with the package, with its lines."""
    return parse(names[-1], shipped_text(package, *names))


def own_and_shipped(own: Path, name: str) -> tuple[Located, ...]:
    """Return one's own file, where there is one, and the one of config that it goes before.

    As long as one's own file stays as it is, the same objects come back.
    """
    return _own_and_shipped(own, name, own.stat().st_mtime_ns if own.is_file() else 0)


@lru_cache(maxsize=8)
def _own_and_shipped(own: Path, name: str, changed: int) -> tuple[Located, ...]:
    usual = shipped("config", name)
    return (read(own), usual) if changed else (usual,)


def parse(name: str, text: str) -> Located:
    r"""Return a TOML text with its lines; ``name`` is the file's, for complaints.

    Examples
    --------
    >>> found = parse("x.toml", "zone = 'UTC'\n[words]\nlevel = ['a', 'b']")
    >>> found.lines["words", "level", 1]
    3
    >>> found.wrong(("words", "level"), ja="長すぎます", en="too long").to("en")
    'x.toml, line 3, [words] level: too long.'
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_syntax(name, text, str(error))) from None
    except (RecursionError, ValueError):
        raise UsageError(
            ja=f"{name}：入れ子が深すぎるか大きすぎて、TOML として読めません。",
            en=f"{name}: too deep or too large to be read as TOML.",
        ) from None
    return Located(name, values, lines_of(text))


def guess(word: str, right: Collection[str]) -> Phrase:
    """Return `did you mean …?` for the closest of the right words, else what they are."""
    if close := difflib.get_close_matches(word, right, n=1, cutoff=CLOSE):
        return phrase(ja=f"{close[0]} の間違いではありませんか", en=f"did you mean {close[0]}?")
    known = sorted(right)
    return phrase(ja=f"使えるのは {'、'.join(known)} です", en=f"known are {', '.join(known)}")


def _syntax(name: str, text: str, complaint: str) -> Phrase:
    match = _COMPLAINT.fullmatch(complaint)
    if not match:
        return phrase(
            ja=f"{name} が TOML の書き方に合っていません（{complaint}）。",
            en=f"{name}: {complaint}.",
        )
    line = match[2] or str(text.count("\n") + 1)
    column = phrase(ja=f" {match[3]} 文字目", en=f" (column {match[3]})")
    ja, en = column if match[3] else ("", "")
    return phrase(
        ja=f"{name} の {line} 行目{ja}：TOML の書き方に合っていません（{match[1]}）。",
        en=f"{name}, line {line}{en}: {match[1][:1].lower()}{match[1][1:]}.",
    )


def _shown(place: Place, is_table: bool) -> str:
    """Return a place as a file shows it: [table.sub] key.inner."""
    names = [p if re.fullmatch(r"[\w-]+", p) else repr(p) for p in place if isinstance(p, str)]
    if not names:
        return ""
    table = min(len(names) - (not is_table), 2)
    rest = ".".join(names[table:])
    if not table:
        return rest
    listed = table == 1 and len(place) > 1 and isinstance(place[1], int)
    header = f"[[{names[0]}]]" if listed else f"[{'.'.join(names[:table])}]"
    return f"{header} {rest}".strip()
