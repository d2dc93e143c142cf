"""The commands; each hands over to a public function and shows what comes back."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import rakustats as rs
from rakustats import console
from rakustats.errors import RakustatsError

REJECTED = 3
KEYS = "seller, carrier, ship_method, mode, origin_region, dest_region, category, platform, month, closure, leg"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong use, 3 rows were rejected."""
    console.prepare()
    args = parser().parse_args(argv)
    try:
        code: int = args.run(args)
        return code
    except RakustatsError as error:
        if args.debug:
            traceback.print_exc()
        console.complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        console.complain("Stopped; nothing was changed.")
        return 1
    except Exception as error:
        # whatever it is, a user gets a sentence, and the traceback on request
        if args.debug:
            traceback.print_exc()
        console.complain(
            f"{type(error).__name__}: {error} (run again with --debug for the traceback)"
        )
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="rakustats",
        description="Find out why import orders go wrong and whom to trust.",
        epilog="Start with: rakustats sample exports && rakustats load exports && rakustats report",
    )
    top.add_argument("--version", action="version", version=f"rakustats {rs.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _sample(commands)
    _load(commands)
    _check(commands)
    _delays(commands)
    _damage(commands)
    _report(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str, example: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=f"Example: {example}",
    )
    command.set_defaults(run=run)
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return command


def _database(command: argparse.ArgumentParser, *, looks_back: bool = True) -> None:
    command.add_argument(
        "--db", type=Path, metavar="FILE", help="default: data/processed/rakustats.duckdb"
    )
    if looks_back:
        command.add_argument(
            "--as-of",
            metavar="D",
            help="a day or an instant: what was known and had happened by then; default: the newest export",
        )
    command.add_argument(
        "--lang", choices=("ja", "en"), default="ja", help="language of what is shown (default: ja)"
    )


def _metric(command: argparse.ArgumentParser) -> None:
    _database(command)
    command.add_argument(
        "--by", metavar="KEYS", default="", help=f"one or more, with commas: {KEYS}"
    )
    command.add_argument("--since", metavar="D", help="first cohort day")
    command.add_argument("--until", metavar="D", help="cohort day after the last")
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the table; the ending sets the format: .csv .xlsx .parquet .json .html",
    )


def _sample(commands: Commands) -> None:
    command = _command(
        commands,
        "sample",
        _run_sample,
        "write realistic sample exports with planted troubles",
        "rakustats sample exports --orders 5000",
    )
    command.add_argument(
        "out",
        type=Path,
        metavar="OUT",
        help="folder to write into; the truth behind the sample goes to OUT/truth",
    )
    command.add_argument("--orders", type=int, default=20_000, metavar="N", help="default: 20000")
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="same seed, same bytes; default: 1"
    )
    command.add_argument(
        "--as-of", metavar="D", help="last day of the sample's world; default: 2026-05-31"
    )


def _load(commands: Commands) -> None:
    command = _command(
        commands,
        "load",
        _run_load,
        "load exports into the database; files are only read",
        "rakustats load data/raw --exported-at 2026-11-01",
    )
    command.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="files and folders: CSV, TSV, XLSX, XLS, Parquet, also .gz",
    )
    command.add_argument(
        "--mapping", metavar="M", help="a .toml file, or a shipped mapping: scms, shopee, causact"
    )
    command.add_argument(
        "--zone",
        metavar="Z",
        help="time zone of times without one and of local days, e.g. Asia/Tokyo",
    )
    command.add_argument(
        "--exported-at",
        metavar="D",
        help="when the exports were made, where neither file nor name tells",
    )
    command.add_argument(
        "--encoding", metavar="E", help="encoding of text files, where it is not found out rightly"
    )
    _database(command, looks_back=False)


def _check(commands: Commands) -> None:
    command = _command(
        commands,
        "check",
        _run_check,
        "show what was read, refused and doubted, and how far the tables are filled",
        "rakustats check",
    )
    _database(command, looks_back=False)


def _delays(commands: Commands) -> None:
    command = _command(
        commands,
        "delays",
        _run_delays,
        "show late rates, open deliveries counted",
        "rakustats delays --by seller,month --leg 1 --out late.xlsx",
    )
    _metric(command)
    command.add_argument(
        "--unit",
        choices=("shipment", "line"),
        default="shipment",
        help="what is late: a shipment (default) or an order line",
    )
    command.add_argument(
        "--clock",
        choices=("request", "shipped"),
        default="request",
        help="where the clock starts; shipped judges the carrier alone",
    )
    command.add_argument(
        "--leg",
        type=int,
        choices=(1, 2),
        help="1 seller to warehouse, 2 warehouse to Japan; default: all",
    )


def _damage(commands: Commands) -> None:
    command = _command(
        commands,
        "damage",
        _run_damage,
        "show damage and defect rates of received lines",
        "rakustats damage --by carrier --kinds damaged --found transit,delivery",
    )
    _metric(command)
    command.add_argument(
        "--kinds",
        default="damaged,defective",
        metavar="KINDS",
        help="kinds of claims that count, with commas (default: damaged,defective)",
    )
    command.add_argument(
        "--found",
        metavar="STAGES",
        help="only what came to light at these stages: warehouse, transit, delivery, after_use",
    )


def _report(commands: Commands) -> None:
    command = _command(
        commands,
        "report",
        _run_report,
        "run the report notebooks: HTML, XLSX, CSV and a JSON summary",
        "rakustats report delays --lang en --out reports",
    )
    command.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="which notebooks, e.g. delays or 02_delays; default: all",
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="default: data/processed/reports")
    _database(command)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _run_sample(args: argparse.Namespace) -> int:
    with console.progress("orders") as advance:
        written = rs.sample(
            args.out, orders=args.orders, seed=args.seed, as_of=args.as_of, progress=advance
        )
    console.say(
        f"{args.out}: {written.orders:,} orders, {len(written.files)} files; the truth behind them is in {written.truth}"
    )
    return 0


def _run_load(args: argparse.Namespace) -> int:
    with console.progress("files") as advance:
        loaded = rs.load(
            args.paths, db=args.db, mapping=args.mapping, zone=args.zone, exported_at=args.exported_at,
            encoding=args.encoding, progress=lambda _, number, of: advance(number, of),
        )  # fmt: skip
    console.show_load(loaded, args.lang)
    return REJECTED if loaded.rejected else 0


def _run_check(args: argparse.Namespace) -> int:
    with rs.connect(args.db) as db:
        quality = rs.data_quality(db)
    console.show_quality(quality, args.lang)
    return 0


def _run_delays(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        result = rs.delay_rates(
            db,
            by=_listed(args.by),
            since=args.since,
            until=args.until,
            unit=args.unit,
            clock=args.clock,
            leg=args.leg,
        )
    return _deliver(result, args)


def _run_damage(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        result = rs.damage_rates(
            db, by=_listed(args.by), since=args.since, until=args.until,
            kinds=_listed(args.kinds), found=_listed(args.found) or None,
        )  # fmt: skip
    return _deliver(result, args)


def _deliver(result: rs.Result, args: argparse.Namespace) -> int:
    if args.out:
        result.write(args.out, lang=args.lang)
        console.say(f"{args.out}: {result.table.num_rows:,} rows")
    else:
        console.show_result(result, args.lang)
    return 0


def _run_report(args: argparse.Namespace) -> int:
    written = rs.report(
        args.names or None,
        out=args.out,
        db=args.db,
        as_of=args.as_of,
        lang=args.lang,
        tell=console.say,
    )
    for path in written:
        console.say(str(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
