"""Mapping inference: a mapping proposed for an unknown layout, for a person to complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rakustats.errors import RakustatsError, UsageError, reason
from rakustats.i18n.phrases import Lang
from rakustats.infer.guesses import infer_table
from rakustats.infer.tables import tables_of
from rakustats.infer.writing import Writer, head, words_lines
from rakustats.ingest.headers import recognise

__all__ = ["ProposedMapping", "infer_mapping", "propose"]


@dataclass(frozen=True)
class ProposedMapping:
    """A proposed mapping, and how many columns it recognised, guessed and left open.

    ``keyed`` says that the rows of every table in the file can be identified, so that the text
    loads as it stands; ``needed`` that the file does not load without it.
    """

    toml: str
    known: int
    guessed: int
    open: int
    keyed: bool
    needed: bool

    def write(self, path: str | Path) -> Path:
        """Write the text where no file is yet: what a person corrected is never written over.

        Raises
        ------
        UsageError
            If a file of that name is there, or the name does not end in ``.toml``.
        RakustatsError
            If the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() != ".toml":
            raise UsageError(
                ja=f"{path}：マッピングのファイル名は .toml で終わるようにしてください。",
                en=f"{path}: a mapping's name ends in .toml.",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(self.toml)
        except FileExistsError:
            raise UsageError(
                ja=f"{path} はもうあります。消すか、別の名前を指定してください。",
                en=f"{path} is there already; delete it or give another name.",
            ) from None
        except OSError as error:
            why = reason(error)
            raise RakustatsError(
                ja=f"{path} に書き込めません（{why.ja}）。",
                en=f"{path} cannot be written: {why.en}.",
            ) from None
        return path


def propose(file: str | Path, *, encoding: str | None = None, lang: Lang = "ja") -> str:
    r"""Return a mapping proposed for a file, as TOML with comments.

    Headers that the dictionary knows are placed, others guessed by their words and by their
    values, each with its reason and examples; what remains is listed as comments. Personal data is
    never among the examples.

    Parameters
    ----------
    file : str or path
        CSV, TSV, XLSX, XLS or Parquet, also gzipped; every layout in it becomes one source.
    encoding : str, optional
        Encoding of a text file; default: found out.
    lang : {"ja", "en"}
        Language of the comments.

    Raises
    ------
    UsageError
        If the file is missing or cannot be read.

    Examples
    --------
    >>> _ = Path("mine.csv").write_text("注文番号,うちの追跡番号\nA-1,YT4821776650131\n", "utf-8")
    >>> 'tracking_no = "うちの追跡番号"' in rs.propose("mine.csv")
    True
    """
    return infer_mapping(file, encoding=encoding, lang=lang).toml


def infer_mapping(
    file: str | Path, *, encoding: str | None = None, lang: Lang = "ja"
) -> ProposedMapping:
    r"""Return a mapping proposed for a file, with how much of it was recognised.

    Parameters
    ----------
    file, encoding, lang
        As for :func:`rakustats.propose`, which returns the text alone and raises the same.

    Returns
    -------
    ProposedMapping
        ``toml`` (the text), ``known``, ``guessed`` and ``open`` (counts of columns), ``keyed`` (it
        loads as it stands), ``needed`` (the file does not load without it); ``write(path)``.

    Examples
    --------
    >>> _ = Path("mine.csv").write_text("注文番号,うちの追跡番号\nA-1,YT4821776650131\n", "utf-8")
    >>> proposed = rs.infer_mapping("mine.csv")
    >>> proposed.known, proposed.guessed, proposed.open
    (1, 1, 0)
    >>> proposed.write("mine.toml").name
    'mine.toml'
    """
    with tables_of(Path(file), encoding) as found:
        writers = [Writer(table, infer_table(table), lang) for table in found]
        sources = ["\n".join(writer.source()) for writer in writers]
        unknown = [word for writer in writers for word in writer.words()]
        counts = {
            "known": sum(len(w.used - w.guesses.keys() - w.left_out) for w in writers),
            "guessed": sum(len(w.guesses.keys() - w.left_out) for w in writers),
            "open": sum(len(w.open_columns) for w in writers),
        }
        needed = any(recognise(table.headers) is None for table in found)
        top = "\n".join(head(found[0].sheet.file, writers, counts, needed, lang))
        keyed = all(w.plan for w in writers)
    text = (
        "\n\n".join([top, *sources]) + "\n" + "".join(f"{s}\n" for s in words_lines(unknown, lang))
    )
    return ProposedMapping(text, **counts, keyed=keyed, needed=needed)
