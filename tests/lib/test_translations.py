"""The tool that collects, checks and compiles sentences, on a small house of its own."""

import gettext
from pathlib import Path

import pytest

from ejournal.lib.translations import compile_all, extract_messages, placeholders, po_file, untranslated, update

SOURCE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
LABEL = gettext_lazy("group")
def say(n):
    return _("Loaded by %(who)s") + ngettext("%(n)s mark", "%(n)s marks", n) + pgettext("of a lesson", "kind")
"""
TEMPLATE = """{# context: n #}
<p>{% translate "100% done" %}</p>
    {% blocktranslate trimmed count n=n %}
      one row of {{ total }}
    {% plural %}
      {{ n }} rows of {{ total }}
    {% endblocktranslate %}
  {% include "x.html" with title=_("Title") %}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "school").mkdir()
    (tmp_path / "school" / "__init__.py").write_text("")
    (tmp_path / "school" / "models.py").write_text(SOURCE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").write_text('_("never shown")')
    return tmp_path


def fill(house: Path, language: str, **replacements: str) -> None:
    """Translate everything: each empty msgstr becomes its msgid, unless another text is given for it."""
    path = po_file(language, house)
    lines = path.read_text().splitlines()
    head, rest = lines[:7], lines[7:]
    filled, ids = [], ["", ""]
    for line in rest:
        if line.startswith("msgid "):
            ids = [line[7:-1], line[7:-1]]
        elif line.startswith("msgid_plural "):
            ids[1] = line[14:-1]
        elif line.startswith("msgstr"):
            last = line.startswith(("msgstr[1]", "msgstr[2]")) or (language == "ky" and line.startswith("msgstr[0]"))
            text = ids[1] if last else ids[0]
            line = f'{line.split(" ")[0]} "{replacements.get(text.replace(" ", "_"), text)}"'
        filled.append(line)
    path.write_text("\n".join(head + filled) + "\n")


def test_sentences_of_sources_are_found(house: Path) -> None:
    assert extract_messages(house) == [
        (None, ("%(n)s mark", "%(n)s marks")),
        (None, "100%% done"),
        (None, "Loaded by %(who)s"),
        (None, "Title"),
        (None, "group"),
        ("of a lesson", "kind"),
        (None, ("one row of %(total)s", "%(n)s rows of %(total)s")),
    ]


def test_update_twice_changes_nothing(house: Path) -> None:
    assert update(house) == [po_file("ky", house), po_file("ru", house)]
    assert update(house) == []


def test_update_keeps_translations_and_drops_what_is_gone(house: Path) -> None:
    update(house)
    fill(house, "ru", group="группа")
    (house / "school" / "models.py").write_text(SOURCE.replace('"kind"', '"sort"'))
    update(house)
    text = po_file("ru", house).read_text()
    assert 'msgid "group"\nmsgstr "группа"' in text
    assert '"kind"' not in text
    assert 'msgid "sort"\nmsgstr ""' in text


def test_files_carry_no_dates_and_no_places(house: Path) -> None:
    update(house)
    text = po_file("ky", house).read_text()
    assert [word for word in ("Date", "models.py", "page.html", "#") if word in text] == []


def test_everything_translated_is_no_problem(house: Path) -> None:
    update(house)
    fill(house, "ky")
    fill(house, "ru")
    assert untranslated(house) == []


def test_missing_and_empty_and_fuzzy_are_problems(house: Path) -> None:
    update(house)
    fill(house, "ky")
    fill(house, "ru", Title="")
    path = po_file("ru", house)
    path.write_text(path.read_text().replace('msgid "group"', '#, fuzzy\nmsgid "group"'))
    path = po_file("ky", house)
    path.write_text(path.read_text().replace('msgid "group"\nmsgstr "group"\n', ""))
    assert [(p.language, p.msgid, p.reason) for p in untranslated(house)] == [
        ("ky", "group", "not in the file"),
        ("ru", "Title", "not translated"),
        ("ru", "group", "fuzzy"),
    ]


def test_other_placeholders_are_a_problem(house: Path) -> None:
    update(house)
    fill(house, "ky")
    fill(house, "ru", **{"Loaded_by_%(who)s": "Загрузил %(kto)s"})
    assert [(p.language, p.msgid, p.reason) for p in untranslated(house)] == [
        ("ru", "Loaded by %(who)s", "other placeholders")
    ]


def test_compile_writes_what_gettext_reads(house: Path) -> None:
    update(house)
    fill(house, "ru", group="группа")
    assert [path.name for path in compile_all(house)] == ["django.mo", "django.mo"]
    with po_file("ru", house).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("group") == "группа"
    assert compile_all(house) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing, 100 % done, 5%% off", ()),
        ("%(count)s of %(total)d", ("%(count)", "%(total)")),
        ("%s and {name} and {when:%d.%m}", ("%d", "%s", "{name}", "{when}")),
        ("{{literal}}", ()),
    ],
)
def test_placeholders(text: str, found: tuple[str, ...]) -> None:
    assert placeholders(text) == found
