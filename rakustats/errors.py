"""What users see when something is wrong: one or two sentences and an exit code."""

from __future__ import annotations


class RakustatsError(Exception):
    """The work failed; the message says what, where and what to do."""

    exit_code = 1


class UsageError(RakustatsError):
    """Wrong use: an unknown key, a missing file, a metric whose data no export brought."""

    exit_code = 2
