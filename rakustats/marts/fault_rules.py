"""The rules that attribute a claim's fault: the first that holds decides, with its reason."""

from __future__ import annotations

from typing import NamedTuple

from rakustats.i18n.phrases import Phrase, phrase


class Rule(NamedTuple):
    """A test on ``staged_facts``, who is at fault where it holds (SQL), and why."""

    name: str
    test: str
    party: str
    reason: Phrase


_GONE = "(f.first_lost OR f.last_lost)"
_NOWHERE = "NOT f.arrived AND NOT f.requested"

OVERRIDE, STATED = "override", "stated"
# where the export names the party and no reason
_AS_STATED = phrase(ja="取込データの責任区分による", en="as the export says")
RULES = (
    Rule(
        "customer_reason",
        "f.kind = 'customer_reason'",
        "'customer'",
        phrase(ja="お客様都合による申し出", en="the customer's own reason"),
    ),
    Rule(
        "late_payment",
        "f.kind = 'late' AND f.pay_days > 0 AND f.pay_days >= f.late_days",
        "'customer'",
        phrase(
            ja="国際送料の支払いを待った日数が遅れの日数以上",
            en="the freight was paid as many days late as the goods came, or more",
        ),
    ),
    Rule(
        "customer_dwell",
        "f.kind = 'late' AND f.stored AND NOT f.requested",
        "'customer'",
        phrase(
            ja="倉庫に保管中で、配送依頼がまだ出ていない",
            en="the goods lie in the warehouse and nobody has asked for their delivery",
        ),
    ),
    Rule(
        "closure",
        f"f.kind IN ('late', 'non_arrival') AND NOT {_GONE} AND f.closure IS NOT NULL",
        "'force_majeure'",
        phrase(
            ja="期間中に店舗または配送業者の休業がある",
            en="sellers or carriers stood still during the time in question",
        ),
    ),
    Rule(
        "at_warehouse",
        "f.stage_found = 'warehouse' AND f.kind IN ('defective', 'short', 'wrong_item', 'excess')",
        "'seller'",
        phrase(ja="中国倉庫の検品で判明", en="found when the goods were inspected in China"),
    ),
    Rule(
        "leg1_lost",
        f"f.kind = 'non_arrival' AND (f.first_lost OR (f.first_sent AND {_NOWHERE}))",
        "'leg1_carrier'",
        phrase(
            ja="店舗は発送したが倉庫に届いていない（紛失）",
            en="the seller sent the goods, but they did not reach the warehouse",
        ),
    ),
    Rule(
        "never_sent",
        f"f.kind = 'non_arrival' AND f.bought AND NOT f.first_sent AND {_NOWHERE}",
        "'seller'",
        phrase(
            ja="買付済みだが店舗が発送していない",
            en="the goods were bought, but the seller has not sent them",
        ),
    ),
    Rule(
        "leg2_lost",
        "f.kind = 'non_arrival' AND (f.last_lost OR (f.last_sent AND NOT f.delivered))",
        "'leg2_carrier'",
        phrase(
            ja="国際発送後に紛失・未着", en="the parcel was sent to Japan and lost, or has not come"
        ),
    ),
    Rule(
        "terms",
        "f.kind IN ('price_change', 'freight_change', 'option_change')"
        " AND coalesce(f.stage_found, 'purchase') IN ('quote', 'purchase')",
        "'seller'",
        phrase(
            ja="買付時に店舗が条件を変えた",
            en="the seller changed the terms when the goods were bought",
        ),
    ),
    Rule(
        "customs",
        "f.kind = 'customs'",
        "'customs'",
        phrase(ja="税関の検査・手続きによる", en="held or refused by customs"),
    ),
    Rule(
        "escape",
        "f.kind IN ('defective', 'wrong_item', 'short')"
        " AND f.stage_found IN ('delivery', 'after_use') AND f.inspection_level = 'detailed'",
        "'agency'",
        phrase(
            ja="詳細検品を通った品に日本で不良が見つかった（店舗と検品の双方に責任）",
            en="passed a detailed inspection, found faulty in Japan: seller's and agency's alike",
        ),
    ),
    Rule(
        "broken",
        "f.kind = 'damaged' AND f.stage_found IN ('transit', 'delivery')"
        " AND f.proof AND f.inspected",
        "'leg2_carrier'",
        phrase(
            ja="中国の検品後に破損し、写真または書類がある",
            en="broken after it was inspected in China, with a photo or a report of it",
        ),
    ),
    Rule(
        "slow_stage",
        "f.kind = 'late' AND f.slow_owner IS NOT NULL",
        "f.slow_owner",
        phrase(
            ja="同じ配送方法の 9 割より長くかかった工程のうち、超過が最も大きい工程の担当",
            en="in whose hands the goods lay longest beyond what nine of ten take at that stage",
        ),
    ),
    Rule(
        "undetermined",
        "TRUE",
        "'undetermined'",
        phrase(ja="どの規則にも当てはまらない", en="no rule tells"),
    ),
)


def case(column: str) -> str:
    """Return the SQL of a rule's ``name`` or ``party`` for a row ``f`` of staged_facts."""
    value = {r.name: f"'{r.name}'" if column == "name" else r.party for r in RULES}
    tests = " ".join(f"\n    WHEN {r.test} THEN {value[r.name]}" for r in RULES)
    return f"CASE{tests} END"


def reason(lang: str, rule: str = "rule") -> str:
    """Return the SQL of a rule's reason in a language."""
    reasons = {STATED: _AS_STATED, **{r.name: r.reason for r in RULES}}
    texts = " ".join(
        "WHEN '{}' THEN '{}'".format(name, getattr(why, lang).replace("'", "''"))
        for name, why in reasons.items()
    )
    return f"CASE {rule} {texts} END"
