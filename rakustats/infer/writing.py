"""A proposed mapping as TOML with comments, for a person to check and to complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rakustats.i18n.phrases import Lang
from rakustats.infer import parse_rules, value_shapes
from rakustats.infer.guesses import Inference
from rakustats.infer.tables import Column, Table
from rakustats.infer.toml import comment, listed, quoted, shortened
from rakustats.ingest.names import day_in_name
from rakustats.ingest.plan import Field, Target
from rakustats.schema import vocabularies
from rakustats.schema.shipped import shipped_values
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import normalise
from rakustats.staging.pii import is_pii, without_pii

_ADDRESS = re.compile(
    r"[都道府県].{1,8}[市区町村郡]|[省市].{1,12}[区县市镇路]|\d+(丁目|番地|号室|弄)"
)
# Headers that are no names of persons but whose texts may well be.
_OF_PEOPLE = re.compile(
    r"customer|client|buyer|member|user|owner|staff|person|お客様|顧客|会員|客户|买家|用户|署名|本文|名$",
    re.IGNORECASE,
)
_FEWEST_HEADERS = 8
_HIDDEN = "***"


def say(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence in one language with its blanks filled in."""
    found: dict[str, Any] = shipped_values("infer", "texts.toml")
    for part in key.split("."):
        found = found[part]
    return str(found[lang]).strip("\n").format(**values)


class Writer:
    """Writes one layout of a file."""

    def __init__(self, table: Table, infer_table: Inference, lang: Lang) -> None:
        self.table, self.lang = table, lang
        self.plan, self.guesses = infer_table.plan, infer_table.guesses
        targets = self.plan.targets if self.plan else ()
        self.used = {i for t in targets for f in t.fields for i in f.sources}
        self.left_out: set[int] = set()
        self._told: set[int] = set()

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the language of this writer."""
        return say(key, self.lang, **values)

    def source(self) -> Iterator[str]:
        """Yield the lines of the layout."""
        yield "[[source]]"
        yield comment(self.say("headers"))
        yield f"headers = {listed(self._known_by())}"
        for number, target in enumerate(self.plan.targets if self.plan else ()):
            yield f"\n[source.{target.table}]"
            yield from self._target(target)
            if number == 0:
                yield from self._open()
        if not self.plan:
            yield "\n[source.orders]"
            yield comment(self.say("no_key"))
            yield '# order_no = "???"'
            yield from self._open()

    @property
    def open_columns(self) -> list[Column]:
        """The columns without a place that are no personal data."""
        placed = self.used - self.left_out
        return [
            c
            for c in self.table.columns
            if c.number not in placed and c.header.strip() and not is_pii(c.header)
        ]

    def _known_by(self) -> list[str]:
        """Return the headers of the key and the first others that are used, each spelled once."""
        targets = self.plan.targets if self.plan else ()
        keys = {k for t in targets for k in tables()[t.table].key}
        of_key = [i for t in targets for f in t.fields if f.column in keys for i in f.sources]
        order = dict.fromkeys([*of_key, *sorted(self.used), *range(len(self.table.headers))])
        found: dict[str, str] = {}
        for i in order:
            header = self.table.headers[i]
            if normalise(header) and not (found and i not in self.used):
                found.setdefault(normalise(header), header)
        return list(found.values())[: max(_FEWEST_HEADERS, len(set(of_key)))]

    def _target(self, target: Target) -> Iterator[str]:
        key = tables()[target.table].key
        for guessed in (False, True):
            for field in target.fields:
                if any(i in self.guesses for i in field.sources) == guessed:
                    yield from self._field(target.table, field, must=field.column in key)

    def _field(self, table: str, field: Field, must: bool) -> Iterator[str]:
        columns = [self.table.columns[i] for i in field.sources]
        for column in columns:
            guess = self.guesses.get(column.number)
            if guess and column.number not in self._told:
                self._told.add(column.number)
                reason = guess.reason.to(self.lang)
                yield comment(self.say("guess", reason=reason, examples=examples(column)))
        parts = self._parts(columns, field)
        hints = parse_rules.Hints()
        if len(columns) == 1 and field.column in tables()[table].names:
            hints = parse_rules.hints(columns[0], tables()[table][field.column])
        if hints.two_ways:
            yield comment(self.say("order", examples=_shown(hints.two_ways)))
        if hints.formats:
            parts["format"] = listed(hints.formats)
        if hints.nulls or hints.null_pattern:
            yield comment(self.say("nulls"))
        if hints.nulls:
            parts["null"] = listed(hints.nulls)
        if hints.null_pattern:
            parts["null_pattern"] = quoted(hints.null_pattern)
        line = f"{field.column} = {_spec(parts)}"
        if hints.unreadable and not must:
            self.left_out.add(columns[0].number)
            yield comment(self.say("unreadable", examples=_shown(hints.unreadable)))
            line = comment(line)
        yield line

    def _parts(self, columns: Sequence[Column], field: Field) -> dict[str, str]:
        found: dict[str, str] = {}
        headers = [c.header for c in columns]
        if headers:
            found["from"] = quoted(headers[0]) if len(headers) == 1 else listed(headers)
        if field.join is not None:
            found["join"] = quoted(field.join)
        for name in ("digest", "counter"):
            if getattr(field, name):
                found[name] = "true"
        if field.const is not None:
            found["const"] = quoted(field.const)
        if field.scale is not None:
            found["scale"] = repr(field.scale)
        return found

    def _open(self) -> Iterator[str]:
        pii = [c.header for c in self.table.columns if is_pii(c.header)]
        pii = [h for h in pii if self.table.headers.index(h) not in self.used]
        if pii:
            yield comment(self.say("pii", headers=", ".join(map(shortened, pii))))
        columns = [c for c in self.open_columns if c.number not in self.used]
        if columns:
            yield comment(self.say("open"))
        for column in columns:
            kind = value_shapes.of_values(column)
            hint = (
                self.say("looks_like", kind=self.say(f"kinds.{kind.replace(' ', '_')}"))
                if kind
                else ""
            )
            shown = examples(column) or self.say("empty")
            line = self.say("open_line", hint=hint, examples=shown)
            yield f"# ??? = {quoted(column.header)}  # {line}"

    def words(self) -> Iterator[tuple[str, str, int]]:
        """Yield (vocabulary, word, count) of words in the file that no dictionary knows."""
        for target in self.plan.targets if self.plan else ():
            for (table, column), (vocabulary, raw) in vocabularies.VOCABULARY.items():
                field = target[column] or (target[raw] if raw else None)
                closed = (table, column) != ("tracking_events", "kind")
                if table == target.table and field and len(field.sources) == 1 and closed:
                    yield from self._unknown(vocabulary, self.table.columns[field.sources[0]])

    def _unknown(self, vocabulary: str, column: Column) -> Iterator[tuple[str, str, int]]:
        for word, count in column.words():
            try:
                vocabularies.meaning(vocabulary, word)
            except ValueError:
                yield vocabulary, word, count


def words_lines(found: Sequence[tuple[str, str, int]], lang: Lang) -> Iterator[str]:
    """Yield the sections in which a person gives unknown words a meaning."""
    for vocabulary in dict.fromkeys(name for name, _, _ in found):
        counts: dict[str, tuple[str, int]] = {}
        for name, word, count in found:
            if name == vocabulary:
                counts.setdefault(normalise(word) or word, (word, count))
        yield f"\n[words.{vocabulary}]"
        yield comment(say("words", lang, values=", ".join(vocabularies.canonical(vocabulary))))
        for word, count in counts.values():
            if without_pii(word) == word:
                yield f'{quoted(word)} = ""  # {say("times", lang, n=count)}'


def head(
    name: str, writers: Sequence[Writer], counts: dict[str, int], needed: bool, lang: Lang
) -> Iterator[str]:
    """Yield what stands above the layouts: what this is, the zone, when the export was made."""
    shown = quoted(name)[1:-1]
    yield comment(say("head", lang, file=shown, **counts))
    if not needed:
        yield comment(say("not_needed", lang, file=shown))
    yield f"\nabout = {quoted(say('about', lang, file=name))}"
    yield comment(say("zone", lang))
    yield f"zone = {quoted(writers[0].plan.zone if writers[0].plan else 'Asia/Shanghai')}"
    day = day_in_name(name)
    if day:
        yield comment(say("exported_named", lang, day=day))
    else:
        latest = parse_rules.latest([c for w in writers for c in w.table.columns])
        yield comment(say("exported", lang, day=latest or "-"))
        yield f'# exported_at = "{latest or "YYYY-MM-DD"}"'


def examples(column: Column) -> str:
    """Return up to three different texts of a column, without what tells of a person."""
    if is_pii(column.header) or (
        _OF_PEOPLE.search(column.header) and not value_shapes.of_values(column)
    ):
        return _HIDDEN if column.distinct else ""
    return _shown(column.distinct[:3])


def _shown(texts: Sequence[str]) -> str:
    return ", ".join(shortened(masked(t)) for t in texts[:3])


def masked(text: str) -> str:
    """Return a text without mail addresses, phone numbers and postal addresses."""
    return _HIDDEN if _ADDRESS.search(text) else without_pii(text)


def _spec(parts: dict[str, str]) -> str:
    if parts.keys() == {"from"}:
        return parts["from"]
    return "{ " + ", ".join(f"{key} = {value}" for key, value in parts.items()) + " }"
