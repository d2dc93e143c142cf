"""Short plans for Spark: a step that is read more than once is materialised once.

Spark puts the text of a step wherever it is named, so that steps upon steps grow to plans that take
minutes and gigabytes to optimise. It also derives conditions from every column of every step, which
takes minutes where columns are made of many others, and is left out.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rakustats.engine.steps import Step, SteppedQuery, with_steps

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_made = itertools.count(1)
_DERIVES = "spark.sql.constraintPropagation.enabled"


@contextmanager
def shortened(spark: SparkSession, query: SteppedQuery, prefix: str) -> Iterator[str]:
    """Yield a query with the same rows that reads its shared steps from views.

    The views hold local checkpoints until the block ends.
    """
    views: list[str] = []
    steps: list[Step] = []
    derives = spark.conf.get(_DERIVES)
    spark.conf.set(_DERIVES, "false")
    try:
        for name, text in query.steps:
            if name in _shared(query):
                views.append(f"{prefix}step_{next(_made)}")
                whole = with_steps(steps, f"SELECT * FROM (\n{text}\n) AS step")
                frame = spark.sql(whole)
                frame.localCheckpoint(eager=False).createOrReplaceTempView(views[-1])
                steps.append((name, f"SELECT * FROM {views[-1]}"))
            else:
                steps.append((name, text))
        yield with_steps(steps, query.last)
    finally:
        spark.conf.set(_DERIVES, str(derives))
        for view in views:
            spark.catalog.dropTempView(view)


def _shared(query: SteppedQuery) -> set[str]:
    """Return the steps that later ones name more than once."""
    named = Counter(
        word
        for text in (*(text for _, text in query.steps), query.last)
        for word in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", text)
    )
    return {name for name, _ in query.steps if named[name] > 1}
