"""How often sellers refuse justified claims, or let them come to nothing."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_cases import NOT_DECIDED, OWN_KEYS, case_steps
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Keys, Period, Question, ask
from rakustats.marts.received import texts
from rakustats.metrics.claims.case_keys import CASE_KEYS, PURCHASED
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import matured
from rakustats.results.result import Result

TITLE = phrase(ja="認められなかった店舗への申し立て", en="Claims against sellers refused")
# what only a seller can have brought about, and settle
KINDS = (
    *("defective", "wrong_item", "short", "excess"),
    *("price_change", "freight_change", "option_change"),
)
REFUSALS = Rates(
    n="claims decided",
    events="refused or given up",
    n_open="not decided",
    excluded={
        "others_fault": "attributed to somebody else",
        "no_outcome": "closed, no export says how",
    },
    extra=matured(
        refused=("event AND NOT given_up", "of ``events``: refused"),
        given_up=("event AND given_up", "of ``events``: withdrawn"),
    ),
)


@documented(REFUSALS.columns, by=CASE_KEYS, cohort=PURCHASED)
def claim_refusals(db: Database, by: Keys = None, **period: Unpack[Period]) -> Result:
    """Return how often claims against sellers were refused or given up without any grant, by group.

    Claims against a seller are those of a kind of the seller's making (defective, wrong_item,
    short, excess, price_change, freight_change, option_change) that no export attributes to
    somebody else. A claim has an event if it ended rejected or withdrawn, or was decided with
    nothing granted and no other resolution. Money, an exchange and goods sent again are grants;
    what was discarded, or accepted as it is, was settled.

    Examples
    --------
    >>> refused = rs.claim_refusals(db).frame()
    >>> bool((refused["n_refused"] + refused["n_given_up"] == refused["events"]).all())
    True
    """
    asked = ask(db, by, period, TITLE, CLAIMS, also=OWN_KEYS)
    require(db, TITLE, ["claims.kind", "claims.resolution"], ["claims.amount_granted"])
    return REFUSALS.result(db, asked, [*case_steps(asked), ("units", _units(asked))])


def _units(asked: Question) -> str:
    refused = "coalesce(resolution IN ('rejected', 'withdrawn'), amount_granted IS NOT NULL)"
    status = asked.status(
        "cohort_day",
        ("others_fault", "attributed_to NOT IN ('seller', 'undetermined')"),
        ("open", NOT_DECIDED),
        ("no_outcome", "amount_granted IS NULL AND resolution IS NULL"),
        otherwise="matured",
    )
    return asked.rows(
        "cases",
        "cohort_day",
        f"coalesce(amount_granted, 0) = 0 AND {refused} AS event",
        "coalesce(resolution = 'withdrawn', FALSE) AS given_up",
        "seen_until",
        f"{status} AS status",
        where=f" AND kind IN ({texts(KINDS)})",
    )
