"""What an export made after the as-of cannot tell of it, said where figures stand on it."""

from __future__ import annotations

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question
from rakustats.schema.tables import tables

# Below this share of rows nobody has to be told.
_NOTICEABLE = 0.05

PROMISES = phrase(
    ja="予定日がいつ変わったかはどの出力にもない。当初の予定日があれば、届くまではそれで見る。"
    "なければ後の予定日をそのまま使うので、当時より遅れが少なく見えることがある。",
    en="No export tells when a promise was changed. Where the first one is told, it stands until"
    " the parcel is there; elsewhere the later one does, and parcels may look less late than then.",
)
CALLED_OFF = phrase(
    ja="日付のないキャンセル（状態だけで分かるもの）は、その時点ではまだ起きていないものとして、"
    "回答日のない拒否は、注文が完了するまで未回答として数える。",
    en="What only a state shows as cancelled, without a day, counts as not cancelled yet; a refusal"
    " without its day as undecided until the order is completed.",
)
TURNS = phrase(
    ja="誰の対応待ちだったかは、その時点までの出力にしかない。",
    en="Whose turn it was is told only by exports made by then.",
)


def looking_back_notes(db: Database, asked: Question, table: str, untold: Phrase) -> list[Phrase]:
    """Say what is untold where a noticeable part of a table is seen by later exports alone."""
    snapshot = asked.snapshot
    if not snapshot.looks_back(table):
        return []
    counts = (
        f"SELECT count(*) AS n, count(*) FILTER (WHERE exported_at > {snapshot.at}) AS later"
        f" FROM {table}"
    )
    (row,) = db.engine.query(with_steps(asked.steps([table]), counts)).to_pylist()
    if row["later"] <= _NOTICEABLE * row["n"]:
        return []
    rows = tables()[table].title
    return [
        phrase(
            ja=f"{rows.ja} {row['n']:,} 件のうち {row['later']:,} 件は、基準時点より後の出力から"
            f"遡って見ている。{untold.ja}",
            en=f"{row['later']:,} of {row['n']:,} {rows.en} are looked back at from exports made"
            f" after the as-of. {untold.en}",
        )
    ]
