"""What `sample --hazards` plants is what a load recovers, hazard by hazard."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

import rakustats as rs
from rakustats.calendar.workdays import business_days, unknown_years
from rakustats.errors import UsageError
from rakustats.schema.tables import tables
from rakustats.simulate import world as worlds
from rakustats.simulate.hazards.registry import PLANTINGS, chosen, hazards

Fact = dict[str, str]
ORDERS = 200


class Planted:
    """A sample with every hazard in it, loaded from its folder at once."""

    def __init__(self, home: Path) -> None:
        self.folder, self.database = home / "raw", home / "all.duckdb"
        self.scratch = home
        self.results: dict[tuple[object, ...], rs.Result] = {}
        rs.sample(self.folder, orders=ORDERS, hazards="all")
        rs.load(self.folder, db=self.database)
        self.facts: dict[str, list[Fact]] = defaultdict(list)
        path = self.folder / "truth" / "hazards.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for fact in csv.DictReader(file):
                self.facts[fact["hazard"]].append(fact)
        self.con = duckdb.connect(str(self.database), read_only=True)
        self.con.execute("SET TimeZone = 'UTC'")

    def query(self, sql: str, *values: object) -> list[tuple]:
        return self.con.execute(sql, list(values)).fetchall()

    def result(self, metric: str, by: tuple[str, ...], options: tuple[str, ...]) -> rs.Result:
        """Return what a metric gives for its keys and options such as ``unit=line``."""
        asked = (metric, by, options)
        if asked not in self.results:
            chosen_options = dict(option.split("=") for option in options)
            with rs.connect(self.database) as db:
                self.results[asked] = getattr(rs, metric)(db, by=list(by), **chosen_options)
        return self.results[asked]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "MONTHS", 2)  # fewer files of ordinary orders are quicker to load
        made = Planted(tmp_path_factory.mktemp("planted"))
    yield made
    made.con.close()


def text(value: object) -> str:
    """Show a value as the truth does: an instant to the second, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).split(".999")[0] if hasattr(value, "hour") else str(value)


def key_of(table: str) -> str:
    columns = (f"coalesce(CAST({c} AS VARCHAR), '')" for c in tables()[table].key)
    return f"concat_ws('/', {', '.join(columns)})"


def value(planted: Planted, fact: Fact) -> str:
    table, column = fact["table_name"], fact["column_name"]
    of_key = f"WHERE {key_of(table)} = ?"
    if not fact["as_of"]:
        found = planted.query(f"SELECT {column} FROM main.{table} {of_key}", fact["key"])
    else:
        with rs.connect(planted.database, as_of=fact["as_of"]) as db:
            steps = dict(db.snapshot(None).steps([table]))
            named = ", ".join(f"{name} AS ({sql})" for name, sql in steps.items())
            key = fact["key"].replace("'", "''")
            asked = f"WITH {named} SELECT {column} FROM {table} WHERE {key_of(table)} = '{key}'"
            found = [tuple(row.values()) for row in db.engine.query(asked).to_pylist()]
    assert len(found) == 1, f"{len(found)} rows of {table} with the key {fact['key']}"
    return text(found[0][0])


def rows(planted: Planted, fact: Fact) -> str:
    inside = f"SELECT count(*) FROM main.{fact['table_name']} WHERE contains("
    ((found,),) = planted.query(f"{inside}{key_of(fact['table_name'])}, ?)", fact["key"])
    return str(found)


def issue(planted: Planted, fact: Fact) -> str:
    about = [(c, fact[f]) for c, f in (("key", "key"), ("source_file", "file")) if fact[f]]
    about += [("table_name", fact["table_name"])] if fact["table_name"] else []
    where = " AND ".join(f"{column} = ?" for column, _ in about)
    ((found,),) = planted.query(
        f"SELECT count(*) FROM main.issues WHERE rule = ? AND {where}",
        fact["column_name"],
        *(v for _, v in about),
    )
    return str(found)


def reject(planted: Planted, fact: Fact) -> str:
    found = planted.query(
        "SELECT array_to_string(reasons, '; ') FROM main.rejects "
        "WHERE source_file = ? AND source_row = ?",
        fact["file"],
        int(fact["key"]),
    )
    reasons = "; ".join(reason for (reason,) in found)
    return fact["expected"] if fact["expected"] in reasons else reasons


def booked_as(planted: Planted, fact: Fact) -> str:
    sheet = fact["key"]
    found = planted.query(
        f"SELECT {fact['column_name']} FROM main.imports WHERE file = ? AND (sheet = ? OR ? = '')",
        fact["file"],
        sheet,
        sheet,
    )
    assert len(found) == 1, f"{len(found)} imports of {fact['file']} {sheet}"
    return text(found[0][0])


def not_booked(planted: Planted, fact: Fact) -> str:
    found = planted.query("SELECT file FROM main.imports WHERE file = ?", fact["file"])
    return ", ".join(file for (file,) in found)


def booked_once(planted: Planted, fact: Fact) -> str:
    found = planted.query("SELECT count(*) FROM main.imports WHERE sha256 = ?", fact["key"])
    return str(found[0][0])


def refused(planted: Planted, fact: Fact) -> str:
    path = planted.folder / "truth" / "refused" / fact["hazard"] / fact["file"]
    with pytest.raises(UsageError) as told:
        rs.load(path, db=planted.scratch / "refused.duckdb")
    said = str(told.value)
    return fact["expected"] if fact["expected"] in said else said


def group(fact: Fact) -> dict[str, str]:
    asked = dict(pair.split("=", 1) for pair in fact["key"].split(";"))
    return {k: v for k, v in asked.items() if k != "unit"}


def result(planted: Planted, fact: Fact) -> rs.Result:
    options = [p for p in fact["key"].split(";") if p.startswith("unit=")]
    return planted.result(fact["table_name"], tuple(group(fact)), tuple(options))


def figure(planted: Planted, fact: Fact) -> str:
    rows = result(planted, fact).table.to_pylist()
    found = [r for r in rows if all(str(r[k]) == v for k, v in group(fact).items())]
    assert len(found) <= 1
    return str(found[0][fact["column_name"]] if found else 0)


def written(planted: Planted, fact: Fact) -> str:
    result(planted, fact).write(planted.scratch / "written.csv")
    with (planted.scratch / "written.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [r for r in rows if all(r[k].removeprefix("'") == v for k, v in group(fact).items())]
    assert len(found) == 1
    return found[0][fact["column_name"]]


def workdays(planted: Planted, fact: Fact) -> str:
    first, last = map(date.fromisoformat, fact["key"].split("/"))
    return str(business_days(first, last, fact["column_name"]))


def unknown_year(planted: Planted, fact: Fact) -> str:
    year = int(fact["key"])
    found = unknown_years(date(year, 1, 1), date(year, 12, 31), fact["column_name"])
    return ", ".join(map(str, found))


def absent(planted: Planted, fact: Fact) -> str:
    """Look for the text in the file's bytes, and in every text of every table."""
    secret = fact["expected"]
    assert secret.encode() not in planted.database.read_bytes()
    columns = planted.query(
        "SELECT schema_name || '.' || table_name, string_agg(column_name, ', ') "
        "FROM duckdb_columns() WHERE NOT internal AND data_type IN ('VARCHAR', 'VARCHAR[]') "
        "GROUP BY ALL"
    )
    places = [
        table
        for table, texts in columns
        if planted.query(f"SELECT 1 FROM {table} WHERE contains(row({texts})::VARCHAR, ?)", secret)
    ]
    return ", ".join(places) or secret


LOOKS: dict[str, Callable[[Planted, Fact], str]] = {
    "value": value,
    "rows": rows,
    "issue": issue,
    "reject": reject,
    "import": booked_as,
    "no_import": not_booked,
    "booked": booked_once,
    "refused": refused,
    "figure": figure,
    "written": written,
    "workdays": workdays,
    "unknown_year": unknown_year,
    "absent": absent,
}


@pytest.mark.parametrize("hazard", hazards())
def test_planted_truth_is_recovered(planted: Planted, hazard: str) -> None:
    wrong = []
    assert planted.facts[hazard]
    for fact in planted.facts[hazard]:
        try:
            found = LOOKS[fact["what"]](planted, fact)
        except (AssertionError, pytest.fail.Exception) as error:
            found = str(error).splitlines()[0]
        if found != fact["expected"]:
            told = ", ".join(f"{k} {v!r}" for k, v in fact.items() if v and k != "hazard")
            wrong.append(f"{told}; found {found!r}")
    assert not wrong, "\n".join(["", *wrong])


def test_nothing_else_is_refused_or_doubted_in_the_files_of_hazards(planted: Planted) -> None:
    facts = [f for of_hazard in planted.facts.values() for f in of_hazard if f["expected"] != "0"]
    stated = {(f["column_name"], f["key"] or f["file"]) for f in facts if f["what"] == "issue"}
    of_hazards = "regexp_matches(source_file, '^E[0-9]')"
    doubts = planted.query(f"SELECT rule, key, source_file FROM main.issues WHERE {of_hazards}")
    assert [d for d in doubts if not stated & {(d[0], d[1]), (d[0], d[2])}] == []
    told = {(f["file"], int(f["key"])) for f in facts if f["what"] == "reject"}
    assert told == set(planted.query("SELECT source_file, source_row FROM main.rejects"))


def test_the_ordinary_exports_load_as_without_hazards(planted: Planted) -> None:
    with (planted.folder / "truth" / "counts.csv").open(encoding="utf-8", newline="") as file:
        counts = {row["table"]: int(row["rows"]) for row in csv.DictReader(file)}
    ordinary = "NOT regexp_matches(source_file, '^E[0-9]')"
    for table, count in counts.items():
        stated = " AND allocation = 'stated'" if table == "shipment_lines" else ""
        assert planted.query(f"SELECT count(*) FROM main.{table} WHERE {ordinary}{stated}") == [
            (count,)
        ], table


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


@pytest.fixture
def short_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "MONTHS", 2)


def test_every_hazard_has_a_planting_and_both_titles() -> None:
    assert list(hazards()) == [f"E{n}" for n in range(1, 56)]
    assert PLANTINGS.keys() == hazards().keys()
    assert all(h.ja and h.en and h.happens.endswith(".") for h in hazards().values())


def test_hazards_leave_the_ordinary_sample_as_it_is(tmp_path: Path, short_world: None) -> None:
    rs.sample(tmp_path / "a", orders=60)
    rs.sample(tmp_path / "b", orders=60, hazards="all")
    bare, full = contents(tmp_path / "a"), contents(tmp_path / "b")
    readme = "truth/README.txt"
    assert {n: c for n, c in full.items() if n in bare} | {readme: bare[readme]} == bare
    assert full[readme].startswith(bare[readme])
    besides = full.keys() - bare.keys() - {"truth/hazards.csv"}
    assert {name.split("/")[0] for name in besides} == {"hazards", "truth"}
    assert {name.split("/")[1] for name in besides} == {"refused", *hazards()}


def test_the_same_seed_plants_the_same_bytes_and_another_seed_others(
    tmp_path: Path, short_world: None
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        rs.sample(tmp_path / name, orders=20, seed=seed, hazards=["E9", "E25", "E29", "E55"])
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert all(a[name] != c[name] for name in a if name.startswith("hazards/E9/"))


def test_a_few_hazards_by_their_ids(tmp_path: Path, short_world: None) -> None:
    made = rs.sample(tmp_path, orders=20, hazards="e21, E9")
    assert made.hazards == ("E9", "E21")
    assert {p.name for p in (tmp_path / "hazards").iterdir()} == {"E9", "E21"}
    assert {f for f in made.files if f.startswith("hazards/")} == {
        p.relative_to(tmp_path).as_posix() for p in (tmp_path / "hazards").rglob("*.*")
    }


@pytest.mark.parametrize(
    ("wanted", "as_of", "sentence"),
    [
        ("E56", None, r"--hazards E56: unknown; write all, or some of E1 to E55"),
        (["E1", "storms"], None, "--hazards STORMS: unknown"),
        ("all", "2026-04-30", "--as-of 2026-04-30: hazards are planted in the months up to April"),
    ],
)
def test_hazards_that_cannot_be_planted(
    tmp_path: Path, wanted: str | list[str], as_of: str | None, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        rs.sample(tmp_path / "out", orders=20, hazards=wanted, as_of=as_of)
    assert not (tmp_path / "out").exists()


def test_no_hazards_are_none() -> None:
    assert chosen("") == ()


def test_a_folder_with_hazards_is_not_written_over(tmp_path: Path, short_world: None) -> None:
    rs.sample(tmp_path / "a", orders=20, hazards="E9")
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "hazards").rename(tmp_path / "b" / "hazards")
    with pytest.raises(UsageError, match="already holds hazards"):
        rs.sample(tmp_path / "b", orders=20)
