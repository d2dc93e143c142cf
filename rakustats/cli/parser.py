"""The command line's grammar: commands, options, help texts with an example each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from rakustats import __version__

KEYS = (
    "seller, carrier, ship_method, mode, origin_region, dest_region, category, platform, "
    "inspection_level, month, closure, leg"
)
CASE_KEYS = f"{KEYS}; but for rates also kind, stage_found, attributed_to"
EPILOG = """\
start with:
  rakustats sample exports
  rakustats load exports
  rakustats report

exit codes:
  0  done
  1  the work failed; nothing was half-published
  2  wrong use: an unknown option, a missing file
  3  done, but some input rows were rejected
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, without the usage of all options before it."""

    def error(self, message: str) -> NoReturn:
        """Write what is wrong and where help is, and exit with code 2."""
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`.\n")


def parser() -> Parser:
    """Return the parser of the whole command line; ``args.command`` names the command."""
    top = Parser(
        prog="rakustats",
        description="Find out why import orders go wrong and whom to trust.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"rakustats {__version__}")
    commands = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, dest="command"
    )
    for name, (fill, text, example) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        fill(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return top


def _sample(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("out", type=Path, metavar="OUT", help="folder to write into; the truth goes to OUT/truth")
    add("--orders", type=int, default=20_000, metavar="N", help="how many orders (default: 20000)")
    add("--seed", type=int, default=1, metavar="S", help="same seed, same bytes (default: 1)")
    add("--as-of", metavar="D", help="last day of the sample's world (default: 2026-05-31)")
    planted = "plant troubles of real exports besides: all, or ids such as E1,E21 (docs/exports.md)"
    add("--hazards", metavar="H", help=planted)


def _load(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    what = "files and folders: CSV, TSV, XLSX, XLS, Parquet, also .gz and .zip; they are only read"
    add("paths", nargs="+", type=Path, metavar="PATH", help=what)
    add("--mapping", metavar="M", help="a .toml file, or a shipped one: scms, shopee, causact")
    add("--zone", metavar="Z", help="zone of times without one and of local days, e.g. Asia/Tokyo")
    add(
        "--exported-at",
        metavar="D",
        help="when the exports were made, if neither file nor name tells",
    )
    add("--encoding", metavar="E", help="encoding of text files, if the one found is wrong")
    _database(command)


def _map(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    what = "a file whose layout is not known: CSV, TSV, XLSX, XLS, Parquet, also .gz"
    add("file", type=Path, metavar="FILE", help=what)
    out = "write the mapping here (never over a file that is there); default: the terminal"
    add("--out", type=Path, metavar="MAPPING", help=out)
    add("--encoding", metavar="E", help="encoding of a text file, if the one found is wrong")
    _language(command)


def _check(command: argparse.ArgumentParser) -> None:
    _database(command)


def _delays(command: argparse.ArgumentParser) -> None:
    _metric(command, "the clock starts (see --clock)")
    add = command.add_argument
    unit = "what is late: a shipment (default) or an order line"
    add("--unit", choices=("shipment", "line"), default="shipment", help=unit)
    clock = "where the clock starts: the request (default), or the handover to the carrier"
    add("--clock", choices=("request", "shipped"), default="request", help=clock)
    leg = "1 seller to warehouse, 2 warehouse to Japan (default: both)"
    add("--leg", type=int, choices=(1, 2), help=leg)


def _lead_times(command: argparse.ArgumentParser) -> None:
    _metric(command, "the clock starts (see --clock)")
    add = command.add_argument
    unit = "what arrives: a shipment (default) or an order line"
    add("--unit", choices=("shipment", "line"), default="shipment", help=unit)
    clock = "where the clock starts: the request (default), the handover, or the purchase"
    add("--clock", choices=("request", "shipped", "purchase"), default="request", help=clock)
    leg = "1 seller to warehouse, 2 warehouse to Japan (default: the final one)"
    add("--leg", type=int, choices=(1, 2), help=leg)


def _stages(command: argparse.ArgumentParser) -> None:
    _metric(command, "the order was submitted", f"stage, owner, {KEYS}")


def _damage(command: argparse.ArgumentParser) -> None:
    _metric(command, "the order was purchased")
    add = command.add_argument
    kinds = "kinds of claims that count, with commas (default: damaged,defective)"
    add("--kinds", default="damaged,defective", metavar="KINDS", help=kinds)
    found = "only what came to light here, with commas: warehouse, transit, delivery, after_use"
    add("--found", metavar="STAGES", help=found)
    unit = "count order lines or the pieces in them (default: line)"
    add("--unit", choices=("line", "piece"), default="line", help=unit)


def _claims(command: argparse.ArgumentParser) -> None:
    _metric(
        command, "the order was purchased (of times and waits: the claim was opened)", CASE_KEYS
    )
    add = command.add_argument
    show = (
        "rates (default) of claimed lines, outcomes (won, recovered), waits (on whom), or the time"
        " to response, decision or resolution"
    )
    tables = ("rates", "outcomes", "waits", "response", "decision", "resolution")
    add("--show", choices=tables, default="rates", help=show)
    kinds = "kinds of claims that count, with commas (default: all but changes of terms)"
    add("--kinds", metavar="KINDS", help=f"{kinds}; rates and outcomes only")
    add("--withdrawn", action="store_true", help="count withdrawn claims too; rates only")


def _cancellations(command: argparse.ArgumentParser) -> None:
    _metric(command, "the order was purchased", f"{KEYS}, requested_by, reason, stage")
    leaks = "list what was called off and yet bought, sent, charged or not refunded"
    command.add_argument("--leaks", action="store_true", help=leaks)


def _refunds(command: argparse.ArgumentParser) -> None:
    _metric(command, "the clock starts (see --clock)", f"{KEYS}, method")
    add = command.add_argument
    clock = "where the clock starts: the approval (default), or the request"
    add("--clock", choices=("approved", "requested"), default="approved", help=clock)
    add("--unsettled", action="store_true", help="list what is overdue or was paid short")


def _score(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    whom = "whom to score: seller (default), carrier or ship_method"
    add("--by", choices=("seller", "carrier", "ship_method"), default="seller", help=whom)
    parts = "show what each score is made of, by criterion"
    add("--criteria", action="store_true", help=parts)
    kept = "publish: keep the scores as they are now, in `scores` beside the database"
    add("--keep", action="store_true", help=kept)
    changes = "show what changed since the scores were last kept, as published and restated"
    add("--changes", action="store_true", help=changes)
    own = "criteria, weights and anchors of your own (default: data/scorecard.toml, if it is there)"
    add("--policy", type=Path, metavar="FILE", help=own)
    _period(command, "the order was purchased (of carriers: the parcel was sent)")


def _predict(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    when = "only those whose promised day is still ahead, or is over (default: all open ones)"
    add("--due", choices=["ahead", "over"], help=when)
    most = "how many of them can be looked after; `chosen` marks so many, and those are shown"
    add("--capacity", type=int, metavar="N", help=most)
    costs = (
        "JPY for looking after one delivery, JPY that a late one costs, share of late ones that"
        " come in time because of it, e.g. 300,5000,0.3; `chosen` marks those where it pays, and"
        " those whose promise is over"
    )
    add("--costs", metavar="ACT,LATE,EFFECT", help=costs)
    again = "train anew even if a model of the last seven days was kept"
    add("--train", action="store_true", help=again)
    judged = "show how the warnings that were kept came true, by month"
    add("--judge", action="store_true", help=judged)
    card = "write the model's card instead: data, figures by origin and month, limits (.json .html)"
    add("--card", type=Path, metavar="FILE", help=card)
    out = "write the table instead of showing it: .csv .xlsx .parquet .json .html"
    add("--out", type=Path, metavar="FILE", help=out)
    _database(command)
    _as_of(command)


def _report(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("names", nargs="*", metavar="NAME", help="reports, e.g. delays or 02_delays (default: all)")
    add("--out", type=Path, metavar="DIR", help="folder (default: data/processed/reports)")
    _database(command)
    _as_of(command)


def _metric(command: argparse.ArgumentParser, counted: str, keys: str = KEYS) -> None:
    whom = f"group by one or more of these, with commas: {keys}"
    command.add_argument("--by", metavar="KEYS", default="", help=whom)
    _period(command, counted)


def _period(command: argparse.ArgumentParser, counted: str) -> None:
    add = command.add_argument
    since = f"first day of the period, YYYY-MM-DD; what counts is the day {counted}"
    add("--since", metavar="D", help=since)
    add("--until", metavar="D", help="the day after the period's last day")
    out = "write the table instead of showing it: .csv .xlsx .parquet .json .html"
    add("--out", type=Path, metavar="FILE", help=out)
    _database(command)
    _as_of(command)


def _database(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    database = "the database (default: data/processed/rakustats.duckdb)"
    add("--db", type=Path, metavar="FILE", help=database)
    _language(command)


def _language(command: argparse.ArgumentParser) -> None:
    what = "language of the output (default: ja)"
    command.add_argument("--lang", choices=("ja", "en"), default="ja", help=what)


def _as_of(command: argparse.ArgumentParser) -> None:
    known = "a day or instant: what was known and had happened by then (default: newest export)"
    command.add_argument("--as-of", metavar="D", help=known)


COMMANDS = {
    "sample": (
        _sample,
        "write realistic sample exports with planted troubles",
        "rakustats sample exports --orders 5000 --hazards all",
    ),
    "load": (
        _load,
        "load exports into the database",
        "rakustats load exports --exported-at 2026-05-31",
    ),
    "map": (
        _map,
        "propose a mapping for a file whose layout is not known",
        "rakustats map exports/orders.csv --out orders.toml",
    ),
    "check": (
        _check,
        "show what was read, refused and doubted, and how far the tables are filled",
        "rakustats check --lang en",
    ),
    "delays": (
        _delays,
        "show late rates, with open deliveries counted",
        "rakustats delays --by seller,month --leg 1 --out late.xlsx",
    ),
    "lead-times": (
        _lead_times,
        "show how many days deliveries take, with open ones counted",
        "rakustats lead-times --by ship_method,closure --clock purchase --unit line",
    ),
    "stages": (
        _stages,
        "show how long each stage of the way takes, and whose it is",
        "rakustats stages --by owner,month --since 2026-01-01",
    ),
    "damage": (
        _damage,
        "show damage and defect rates of received goods",
        "rakustats damage --by carrier --kinds damaged --found transit,delivery",
    ),
    "claims": (
        _claims,
        "show how often lines are claimed, how long claims take and what they bring",
        "rakustats claims --by kind --show response --since 2026-01-01",
    ),
    "cancellations": (
        _cancellations,
        "show what is called off, by whom, why and at what stage, and what leaked",
        "rakustats cancellations --by requested_by,stage",
    ),
    "refunds": (
        _refunds,
        "show how long refunds take, with unpaid ones counted, and what is overdue or short",
        "rakustats refunds --by method --out refunds.xlsx",
    ),
    "score": (
        _score,
        "show how far sellers or carriers can be relied on, with grades, reasons and what to do",
        "rakustats score --by seller --out sellers.xlsx",
    ),
    "predict": (
        _predict,
        "show open deliveries by risk: probability, arrival window, reasons, what to do next",
        "rakustats predict --due ahead --capacity 20",
    ),
    "report": (
        _report,
        "run the report notebooks: HTML, XLSX, CSV and a JSON summary",
        "rakustats report delays --lang en --out reports",
    ),
}
