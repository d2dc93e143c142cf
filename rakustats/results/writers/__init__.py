"""Results as files: one module for each format, each file replaced in one step."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang
from rakustats.results.atomic_write import put
from rakustats.results.result import Result
from rakustats.results.writers.registry import WRITERS

# a module that is there is a format that is known
for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def write(result: Result, path: Path, lang: Lang) -> Path:
    """Write a result in the format that the path's ending names."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            ja=f"{path}：この拡張子では書き出せません。使えるのは {'、'.join(WRITERS)} です。",
            en=f"{path}: unknown ending; use one of {', '.join(WRITERS)}.",
        )
    return put(path, lambda beside: writer(result, beside, lang))
