"""Attribution of fault: manual attributions first, then the export's own, then rules."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from rakustats.config.manual_attributions import as_table, manual_attributions
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_facts import fact_steps
from rakustats.marts.fault_rules import OVERRIDE, STATED, case, reason
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Period, Question, ask
from rakustats.metrics.claims.case_keys import PURCHASED
from rakustats.metrics.delivery.slow_stages import slow_stages
from rakustats.metrics.spec.documented import documented
from rakustats.results.result import Result

TITLE = phrase(ja="クレームの責任区分", en="Whose fault claims are")
COLUMNS = {
    "claim_id, order_no, line_no, shipment_id": "the claim and what it is about",
    "seller_id": "NULL where several",
    "kind, stage_found": "of the claim",
    "told_at": "when it was opened, else detected (UTC)",
    "withdrawn": "whether it was taken back",
    "attributed_to": "the party at fault",
    "share": "its part of the fault; adds up to 1 per claim",
    "rule": "``override``, ``stated`` or the rule's name",
    "reason_ja, reason_en": "why",
    "author": "of the manual attribution",
}


@documented(
    COLUMNS, rows="One row per claim and party at fault, sorted by claim", by=None, cohort=PURCHASED
)
def attributions(
    db: Database, *, own: str | Path | None = None, **period: Unpack[Period]
) -> Result:
    """Return whose fault each claim is, with the reason and who decided it.

    A manual attribution (``data/attributions.toml``, see
    :mod:`rakustats.config.manual_attributions`) goes before everything. Where there is none the
    export's word stands. Where that is silent the first of these rules that holds decides:

    1. ``customer_reason``, ``late_payment`` (the freight was paid as many days late as the goods
       came), ``customer_dwell`` (late, stored, nobody asked for delivery): customer
    2. ``closure``: late or not arrived, and sellers or carriers stood still between the beginning
       of the leg and the promise (on leg 2 only carriers): force_majeure
    3. ``at_warehouse``: defective, short, wrong or too many at inspection in China: seller
    4. ``leg1_lost``: sent by the seller, lost before the warehouse: leg1_carrier; ``never_sent``:
       bought and never sent: seller; ``leg2_lost``: lost on the way to Japan: leg2_carrier
    5. ``terms`` (price, freight or option changed at the purchase): seller; ``customs``: customs
    6. ``escape``: passed a detailed inspection, found faulty in Japan: agency and seller, half each
    7. ``broken``: damaged in transit or at delivery after it was inspected, with a photo or
       document as evidence: leg2_carrier
    8. ``slow_stage``: late; the owner of the stage that took longest beyond the 90 % quantile of
       its method
    9. ``undetermined``: damage found at the warehouse (the seller's packing or the first carrier,
       which are not separable) and whatever no rule decides

    Parameters
    ----------
    own : str or Path, optional
        Another file of manual attributions.

    Raises
    ------
    UsageError
        If a day is not valid, no export brought a claim, or one's own file is wrong; the message
        then names its line.

    Notes
    -----
    The rules are this project's own; docs/methods.md, Attribution of fault, gives their reasons.

    Examples
    --------
    >>> faults = rs.attributions(db).frame()
    >>> float(faults.groupby("claim_id")["share"].sum().min())
    1.0
    """
    require(db, TITLE, ["claims.kind"])
    asked = ask(db, None, period, TITLE, CLAIMS)
    text = with_steps(
        party_steps(db, asked, own),
        f"""\
SELECT claim_id, order_no, line_no, shipment_id, seller_id, kind, stage_found, told_at, withdrawn,
  attributed_to, share, rule,
  coalesce(said, {reason("ja")}) AS reason_ja, coalesce(said, {reason("en")}) AS reason_en, author
FROM parties WHERE {asked.days.known("cohort_day")}
ORDER BY claim_id, share DESC, attributed_to""",
    )
    table = db.engine.query(text)
    known = set(table.column("claim_id").to_pylist())
    lost = (
        {j.claim_id for j in manual_attributions(own)} - known if not asked.days.bounded else set()
    )
    return asked.result(table, text, notes=_unmatched(sorted(lost)))


def party_steps(db: Database, asked: Question, own: str | Path | None) -> list[Step]:
    """Return the tables and ``parties``: one row per claim and party at fault.

    It has the party's share, the rule that decided, and what was said.
    """
    manual = db.engine.lend("overrides", as_table(manual_attributions(own)))
    today = asked.snapshot.day().isoformat()
    rest = 1 - settings().escape_agency_share
    slow = db.engine.lend("slow_stages", slow_stages(db, asked.snapshot))
    staged = f"""\
SELECT c.*, s.owner AS slow_owner
FROM claim_facts c LEFT JOIN {slow} s ON s.claim_id = c.claim_id"""
    ruled = f"""\
SELECT f.*, CASE WHEN o.claim_id IS NOT NULL THEN '{OVERRIDE}'
    WHEN f.stated IS NOT NULL THEN '{STATED}' ELSE {case("name")} END AS rule,
  {case("party")} AS party
FROM staged_facts f
LEFT JOIN (SELECT DISTINCT claim_id FROM own_judgements) o ON o.claim_id = f.claim_id"""
    parties = f"""\
SELECT r.*, o.attributed_to, o.share, o.reason AS said, o.author
FROM ruled r JOIN own_judgements o ON o.claim_id = r.claim_id
UNION ALL
SELECT r.*, CASE r.rule WHEN '{STATED}' THEN r.stated ELSE r.party END AS attributed_to,
  CASE r.rule WHEN 'escape' THEN {1 - rest} ELSE 1.0 END AS share,
  CASE r.rule WHEN '{STATED}' THEN r.stated_reason END AS said,
  CAST(NULL AS STRING) AS author
FROM ruled r WHERE r.rule <> '{OVERRIDE}'
UNION ALL
SELECT r.*, 'seller' AS attributed_to, {rest} AS share, CAST(NULL AS STRING) AS said,
  CAST(NULL AS STRING) AS author
FROM ruled r WHERE r.rule = 'escape'"""
    return [
        *fact_steps(db, asked),
        (
            "own_judgements",
            f"SELECT * FROM {manual} WHERE decided_on IS NULL OR decided_on <= DATE '{today}'",
        ),
        ("staged_facts", staged),
        ("ruled", ruled),
        ("parties", f"SELECT * FROM (\n{parties}) p WHERE share > 0"),
    ]


def _unmatched(claims: list[str]) -> list[Phrase]:
    """Note manual attributions of claims that no export has brought, which may be slips."""
    if not claims:
        return []
    shown = ", ".join(claims[:5]) + (" …" if len(claims) > 5 else "")
    return [
        phrase(
            ja=f"手動の責任区分のうち {len(claims)} 件は該当するクレームがない: {shown}",
            en=f"{len(claims)} claims that you judged yourself are in no export: {shown}",
        )
    ]
