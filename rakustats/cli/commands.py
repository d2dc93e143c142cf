"""The commands; each hands over to a public function and shows what comes back."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import rakustats as rs
from rakustats.cli import console
from rakustats.cli.parser import parser
from rakustats.errors import RakustatsError, UsageError

REJECTED = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 the work failed, 2 wrong use, 3 done but some input rows were rejected.
    """
    console.prepare()
    args = parser().parse_args(argv)
    try:
        return RUN[args.command](args)
    except BrokenPipeError:
        # the reader of our output (head, a pager) has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, it lives as long as we
        return 0
    except KeyboardInterrupt:
        return _failed(args, "Stopped; nothing was changed.", 1)
    except RakustatsError as error:
        return _failed(args, str(error), error.exit_code)
    except Exception as error:
        # whatever it is, a user gets a sentence, and the traceback on request
        said = f"{type(error).__name__}: {error} (run again with --debug for the traceback)"
        return _failed(args, said, 1)


def _failed(args: argparse.Namespace, sentence: str, code: int) -> int:
    if args.debug:
        traceback.print_exc()
    console.complain(sentence)
    return code


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _sample(args: argparse.Namespace) -> int:
    with console.progress("orders") as advance:
        written = rs.sample(
            args.out,
            orders=args.orders,
            seed=args.seed,
            as_of=args.as_of,
            hazards=args.hazards,
            progress=advance,
        )
    besides = f", {len(written.hazards)} hazards planted" if written.hazards else ""
    console.say(
        f"{args.out}: {written.orders:,} orders in {len(written.files)} files{besides}; "
        f"the truth behind them is in {written.truth}"
    )
    return 0


def _load(args: argparse.Namespace) -> int:
    with console.progress("files") as advance:
        loaded = rs.load(
            args.paths,
            db=args.db,
            mapping=args.mapping,
            zone=args.zone,
            exported_at=args.exported_at,
            encoding=args.encoding,
            progress=lambda _, number, of: advance(number, of),
        )
    console.show_load(loaded, args.lang)
    return REJECTED if loaded.rejected else 0


def _map(args: argparse.Namespace) -> int:
    from rakustats.infer import study, write_new

    proposal = study(args.file, encoding=args.encoding, lang=args.lang)
    if args.out:
        write_new(args.out, proposal.toml)
    else:
        console.say(proposal.toml)
    console.show_proposal(proposal, args.file, args.out, args.lang)
    return 0


def _check(args: argparse.Namespace) -> int:
    with rs.connect(args.db) as db:
        console.show_quality(rs.data_quality(db), args.lang)
    return 0


def _delays(args: argparse.Namespace) -> int:
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


def _lead_times(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        result = rs.lead_times(
            db,
            by=_listed(args.by),
            since=args.since,
            until=args.until,
            unit=args.unit,
            clock=args.clock,
            leg=args.leg,
        )
    return _deliver(result, args)


def _stages(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        result = rs.stage_times(db, by=_listed(args.by), since=args.since, until=args.until)
    return _deliver(result, args)


def _damage(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        result = rs.damage_rates(
            db,
            by=_listed(args.by),
            since=args.since,
            until=args.until,
            kinds=_listed(args.kinds),
            found=_listed(args.found) or None,
            unit=args.unit,
        )
    return _deliver(result, args)


def _refuse(args: argparse.Namespace, table: str, *options: str) -> None:
    """Refuse options that would be without effect on a table."""
    given = [f"--{name}" for name in options if getattr(args, name)]
    if given:
        raise UsageError(f"{table} takes no {' and no '.join(given)}.")


def _claims(args: argparse.Namespace) -> int:
    if args.show != "rates":
        _refuse(args, f"--show {args.show}", "withdrawn")
    if args.show not in ("rates", "outcomes"):
        _refuse(args, f"--show {args.show}", "kinds")
    asked = {"by": _listed(args.by), "since": args.since, "until": args.until}
    with rs.connect(args.db, as_of=args.as_of) as db:
        if args.show == "rates":
            kinds = _listed(args.kinds) or None
            result = rs.claim_rates(db, **asked, kinds=kinds, withdrawn=args.withdrawn)
        elif args.show == "outcomes":
            result = rs.claim_outcomes(db, **asked, kinds=_listed(args.kinds) or None)
        elif args.show == "waits":
            result = rs.claim_waits(db, **asked)
        else:
            result = rs.claim_times(db, **asked, to=args.show)
    return _deliver(result, args)


def _cancellations(args: argparse.Namespace) -> int:
    period = {"since": args.since, "until": args.until}
    with rs.connect(args.db, as_of=args.as_of) as db:
        if args.leaks:
            _refuse(args, "--leaks", "by")
            return _deliver(rs.cancel_leaks(db, **period), args)
        return _deliver(rs.cancellation_rates(db, by=_listed(args.by), **period), args)


def _refunds(args: argparse.Namespace) -> int:
    with rs.connect(args.db, as_of=args.as_of) as db:
        if args.unsettled:
            _refuse(args, "--unsettled", "by", "since", "until")
            return _deliver(rs.unsettled_refunds(db), args)
        result = rs.refund_times(
            db, by=_listed(args.by), since=args.since, until=args.until, clock=args.clock
        )
    return _deliver(result, args)


def _score(args: argparse.Namespace) -> int:
    asked = {"since": args.since, "until": args.until, "lang": args.lang, "policy": args.policy}
    with rs.connect(args.db, as_of=args.as_of) as db:
        if args.changes:
            _refuse(args, "--changes", "criteria", "keep", "since", "until")
            told = {"lang": args.lang, "policy": args.policy, "folder": _kept_in(args)}
            return _deliver(rs.score_changes(db, args.by, **told), args)
        if args.keep:
            _refuse(args, "--keep", "criteria")
        if args.by == "seller":
            scores = rs.score_criteria if args.criteria else rs.seller_scores
            return _kept(scores(db, **asked), args)
        if args.criteria:
            return _deliver(rs.score_criteria(db, "carrier", by=args.by, **asked), args)
        return _kept(rs.carrier_scores(db, args.by, **asked), args)


def _predict(args: argparse.Namespace) -> int:
    from rakustats.reports.model_card import write_card
    from rakustats.risk.current_model import current_model
    from rakustats.risk.decision_value import costs_of
    from rakustats.risk.listing import chosen_only, listed

    folder = args.db.parent / "risk" if args.db else None
    worklist, costs = ("due", "capacity", "costs"), costs_of(args.costs)
    with rs.connect(args.db, as_of=args.as_of) as db:
        if args.judge:
            _refuse(args, "--judge", *worklist, "train", "card")
            return _deliver(rs.judged_warnings(db, folder=folder), args)
        run, model = current_model(db, folder=folder, anew=args.train)
        if args.card:
            _refuse(args, "--card", *worklist, "out")
            write_card(model.card, args.card, args.lang)
            console.say(str(args.card))
            return 0
        found = rs.at_risk(db, model=model, lang=args.lang)
    result = listed(found, due=args.due or "all", capacity=args.capacity, costs=costs)
    # kept before they are shown: what was shown can always be judged
    rs.keep_predictions(found, run, folder)
    if args.out or (args.capacity is None and args.costs is None):
        return _deliver(result, args)
    return _deliver(chosen_only(result), args)


def _kept_in(args: argparse.Namespace) -> Path | None:
    return args.db.parent / "scores" if args.db else None


def _kept(result: rs.Result, args: argparse.Namespace) -> int:
    """Show or write a table, and keep it where that is asked for."""
    code = _deliver(result, args)
    if args.keep:
        console.say(str(rs.keep_scores(result, _kept_in(args))))
    return code


def _deliver(result: rs.Result, args: argparse.Namespace) -> int:
    if args.out:
        result.write(args.out, lang=args.lang)
        console.say(f"{args.out}: {result.table.num_rows:,} rows")
    else:
        console.show_result(result, args.lang)
    return 0


def _report(args: argparse.Namespace) -> int:
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


RUN = {
    "sample": _sample,
    "load": _load,
    "map": _map,
    "check": _check,
    "delays": _delays,
    "lead-times": _lead_times,
    "stages": _stages,
    "damage": _damage,
    "claims": _claims,
    "cancellations": _cancellations,
    "refunds": _refunds,
    "score": _score,
    "predict": _predict,
    "report": _report,
}

if __name__ == "__main__":
    sys.exit(main())
