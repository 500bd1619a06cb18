"""The sentences of the journal and their translations: collected from the sources, checked, compiled.

Message ids are English; `locale/<language>/LC_MESSAGES/django.po` holds Kyrgyz and Russian. Pure Python with
Babel, so that nobody needs the gettext system package, and without settings, so that it works before there is
a server. The files carry no line numbers and no dates: a change of a sentence is a change of one entry.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("ky", "ru")
# Kyrgyz counts things in the singular, as Django's own catalogue says.
PLURALS = {
    "ky": "nplurals=1; plural=0;",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
}

_KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_NOT_SOURCES = {"tests", "benchmarks", "var", "docs", "locale", "node_modules", "bin", "assets", "data"}
_PERCENT = re.compile(r"%(?:%|(?:\((?P<name>\w+)\))?[-+#0]*[\d.]*[sdifgxr])")
_BRACE = re.compile(r"\{(\w*)(?:[!:][^{}]*)?\}")

Key = tuple[str | None, str | tuple[str, ...]]  # context; the sentence, or its singular and plural


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence that a reader of `language` would not get as it should be."""

    language: str
    msgid: str
    reason: str

    def __str__(self) -> str:
        return f"{self.language}: {self.reason}: {self.msgid!r}"


def po_file(language: str, root: Path = ROOT) -> Path:
    """Where the translations into a language stand."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def extract_messages(root: Path = ROOT) -> list[Key]:
    """All sentences that the sources name, sorted: Python packages and templates, no tests."""
    found: set[Key] = set()
    for path in _sources(root, ".py"):
        found.update(_extract(path.read_text("utf-8")))
    for path in _sources(root, ".html", ".txt"):
        text = templatize(path.read_text("utf-8"), origin=str(path.relative_to(root)))
        # Templates indent as they like; Python's tokenizer does not let them.
        found.update(_extract("\n".join(line.lstrip() for line in text.splitlines())))
    return sorted(found, key=_order)


def _sources(root: Path, *suffixes: str) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if not top.is_dir() or top.name in _NOT_SOURCES or top.name.startswith("."):
            continue
        if top.name != "templates" and not (top / "__init__.py").exists():
            continue
        for path in sorted(top.rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def _extract(source: str) -> Iterator[Key]:
    for _line, sentence, _comments, context in extract("python", BytesIO(source.encode()), keywords=_KEYWORDS):  # type: ignore[arg-type]
        if isinstance(sentence, tuple):
            yield context, tuple(str(part) for part in sentence[:2])
        elif sentence:
            yield context, sentence


def _order(key: Key) -> tuple[str, str]:
    context, sentence = key
    return (sentence if isinstance(sentence, str) else sentence[0]), context or ""


def read_catalog(language: str, root: Path = ROOT) -> Catalog:
    """The translations into a language; an empty catalogue if there is no file yet."""
    path = po_file(language, root)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django", abort_invalid=True)


def _empty(language: str) -> Catalog:
    catalog = Catalog(locale=language, domain="django", charset="utf-8", fuzzy=False)
    catalog.mime_headers = [("Plural-Forms", PLURALS[language])]
    return catalog


def update(root: Path = ROOT) -> list[Path]:
    """Bring the .po files up to the sources: new sentences empty, translations kept, what is gone dropped.

    Returns the files that changed.
    """
    keys = extract_messages(root)
    changed = []
    for language in LANGUAGES:
        old = read_catalog(language, root)
        new = _empty(language)
        for context, sentence in keys:
            kept = old.get(sentence if isinstance(sentence, str) else sentence[0], context)
            same_shape = kept is not None and isinstance(kept.id, str) == isinstance(sentence, str)
            message = new.add(
                sentence,
                string=kept.string if kept is not None and same_shape else None,
                flags=kept.flags & {"fuzzy"} if kept is not None else (),
                user_comments=kept.user_comments if kept is not None else (),
                context=context,
            )
            # Whether a sentence is a format is its source's affair: `untranslated` compares the placeholders of all.
            message.flags -= {"python-format", "python-brace-format"}
        path = po_file(language, root)
        text = _po_text(new, language)
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text)
            changed.append(path)
    return changed


def _po_text(catalog: Catalog, language: str) -> bytes:
    header = "\n".join(
        [
            'msgid ""',
            'msgstr ""',
            rf'"Language: {language}\n"',
            r'"MIME-Version: 1.0\n"',
            r'"Content-Type: text/plain; charset=UTF-8\n"',
            r'"Content-Transfer-Encoding: 8bit\n"',
            rf'"Plural-Forms: {PLURALS[language]}\n"',
        ]
    )
    body = BytesIO()
    write_po(body, catalog, width=110, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return f"{header}\n\n".encode() + body.getvalue().strip(b"\n") + b"\n"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader beside us sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def compile_all(root: Path = ROOT) -> list[Path]:
    """Compile each .po that is newer than its .mo. Returns the .mo files that were written."""
    written = []
    for language in LANGUAGES:
        source = po_file(language, root)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        content = BytesIO()
        write_mo(content, read_catalog(language, root))
        _write(target, content.getvalue())
        written.append(target)
    return written


def untranslated(root: Path = ROOT) -> list[Problem]:
    """Sentences of the sources that are missing, unsure or empty in a language, or whose placeholders differ."""
    keys = extract_messages(root)
    problems: list[Problem] = []
    for language in LANGUAGES:
        catalog = read_catalog(language, root)
        for context, sentence in keys:
            msgid = sentence if isinstance(sentence, str) else sentence[0]
            message = catalog.get(msgid, context)
            reason = _reason(message, sentence, catalog.num_plurals)
            if reason:
                problems.append(Problem(language, msgid, reason))
    return problems


def _reason(message: Message | None, sentence: str | tuple[str, ...], plurals: int) -> str | None:
    """Why a translation will not do, or None."""
    if message is None or isinstance(message.id, str) != isinstance(sentence, str):
        return "not in the file"
    if message.fuzzy:
        return "fuzzy"
    given = message.string if isinstance(message.string, list | tuple) else (message.string,)
    strings = [text or "" for text in given]
    ids = sentence if isinstance(sentence, tuple) else (sentence,)
    if not all(strings) or (len(ids) > 1 and len(strings) != plurals):
        return "not translated"
    wanted = [placeholders(text) for text in ids]
    for text in strings:
        # "One absence" may leave the number out, the plural may not; nothing may be asked that is not given.
        if placeholders(text) not in wanted:
            return "other placeholders"
    if placeholders(strings[-1]) != wanted[-1]:
        return "other placeholders"
    return None


def placeholders(text: str) -> tuple[str, ...]:
    """What a sentence takes in: `%(name)s`, `%s`, `{name}`, sorted; doubled signs are signs."""
    found = [
        f"%({match['name']})" if match["name"] else match[0] for match in _PERCENT.finditer(text) if match[0] != "%%"
    ]
    found += [f"{{{name}}}" for name in _BRACE.findall(text.replace("{{", "").replace("}}", ""))]
    return tuple(sorted(set(found)))


def main(arguments: Iterable[str]) -> int:
    """`bin/messages update|compile|check`: 0 if all is well."""
    match list(arguments):
        case ["update"]:
            for path in update():
                print(f"written: {path.relative_to(ROOT)}")  # noqa: T201 -- a command's answer
            return 0
        case ["compile"]:
            for path in compile_all():
                print(f"written: {path.relative_to(ROOT)}")  # noqa: T201 -- a command's answer
            return 0
        case ["check"]:
            problems = untranslated()
            for problem in problems:
                print(problem)  # noqa: T201 -- a command's answer
            print(f"{len(extract_messages())} sentences, {len(problems)} problems")  # noqa: T201 -- a command's answer
            return 1 if problems else 0
    print("usage: bin/messages update | compile | check")  # noqa: T201 -- a command's answer
    return 2
