"""One delivery explained: every contribution to its logit, with its reason."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Moment
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.risk.columns import GROUPS
from rakustats.risk.decisions import NOW
from rakustats.risk.explanations import parts
from rakustats.risk.features import feature_query
from rakustats.risk.named import named
from rakustats.risk.reason_codes import reason
from rakustats.risk.rows import Rows, rows_of
from rakustats.risk.training import MODEL, RiskModel, train_risk_model

# a part whose words would name what is not there
_NOT_KNOWN = phrase(ja="特に挙げることはない", en="nothing to name")


@of_database
def explain_risk(
    db: Database,
    shipment_id: str | None = None,
    *,
    as_of: Moment = None,
    model: RiskModel | None = None,
    lang: Lang = "ja",
) -> Result:
    """Return why the model gives an open delivery its probability.

    Parameters
    ----------
    shipment_id : str, optional
        Of :func:`at_risk`; the likeliest to be late of those whose promise is not over by default.
    as_of, model, lang
        As in :func:`at_risk`.

    Returns
    -------
    Result
        One row per part, the usual delivery first, then the largest: ``part`` (base, seller,
        carrier, route, method, item, pair, season, slack, backlog, stage, order, claims, total),
        ``logit`` (its share of the log odds; base and parts add up to the total), ``probability``
        (after this part, from the base on) and ``words``.

    Raises
    ------
    UsageError
        If the delivery is not open by then, or a baseline is used, which has no parts.

    Examples
    --------
    >>> model = rs.train_risk_model(db)
    >>> if model.used == "model":
    ...     assert rs.explain_risk(db, model=model).table.column_names[0] == "part"
    """
    snapshot = db.snapshot(as_of)
    used = train_risk_model(db, as_of=snapshot.moment) if model is None else model
    if used.used != MODEL or used.fitted is None:
        why = used.card["why"]
        raise UsageError(
            ja=f"ここで使っている {used.used} には、要因ごとの内訳がありません：{why['ja']}。",
            en=f"{used.used} is used here, which has no parts: {why['en']}.",
        )
    text = feature_query(db, snapshot, [NOW])
    rows = rows_of(db.engine.query(text))
    one = rows.part(_chosen(rows, used, shipment_id))
    shipment_id = str(one.names("shipment_id")[0])
    base, made = parts(used.fitted.model, one.features.to_numpy(np.float64))
    order = np.argsort(-np.abs(made[0]), kind="stable")
    facts, there = one.facts()[0], named(one)[0]
    said = [reason(GROUPS[g], facts, there, raises=made[0, g] > 0) for g in order]
    texts = [(words or _NOT_KNOWN).to(lang) for words in said]
    usual = phrase(ja="ふつうの荷物", en="the usual delivery").to(lang)
    total = phrase(ja="合計", en="in total").to(lang)
    logits = [base, *made[0, order], base + made[0].sum()]
    after = expit(np.append(np.cumsum(logits[:-1]), logits[-1]))
    return Result(
        table=pa.table(
            {
                "part": ["base", *(GROUPS[g] for g in order), "total"],
                "logit": pa.array(logits, pa.float64()),
                "probability": after,
                "words": [usual, *texts, total],
            }
        ),
        sql=text,
        as_of=snapshot.moment,
        title=phrase(ja=f"{shipment_id} の遅延リスクの内訳", en=f"Why {shipment_id} is at risk"),
    )


def _chosen(rows: Rows, used: RiskModel, shipment_id: str | None) -> NDArray[np.bool_]:
    names = rows.names("shipment_id")
    if shipment_id is not None:
        mine = names == shipment_id
        if not mine.any():
            raise UsageError(
                ja=f"{shipment_id!r} は、その時点で配送中の荷物ではありません。"
                "at_risk の一覧を確かめてください。",
                en=f"{shipment_id!r} is no delivery that is open then; see `at_risk`.",
            )
        return np.array(mine, dtype=np.bool_)
    ahead: NDArray[np.bool_] = rows.due > rows.asked
    if not ahead.any():
        raise UsageError(
            ja="約束の日がこれから来る、配送中の荷物がありません。"
            "新しいファイルを取り込んでください。",
            en="No open delivery has a promised day ahead. Load newer exports.",
        )
    p = np.where(ahead, used.probability(rows), -1.0)
    return np.array(np.arange(len(rows)) == np.argmax(p), dtype=np.bool_)
