"""What of a script or style sheet travels."""

from pathlib import Path

import pytest

from ejournal.lib.static import OWN, LeanStaticFilesStorage, lean

STATIC = Path(__file__).resolve().parents[2] / "static"

SCRIPT = """// The head.
/** What it does,
 * in two lines. */
const address = "https://example.kg"; // stays: the line is no comment
  if (a) {
    // inside
    say(`// ${a}`, "/** no comment */");
  }
"""


def test_a_script_loses_its_comments_and_nothing_else() -> None:
    assert lean("js/a.js", SCRIPT) == (
        'const address = "https://example.kg"; // stays: the line is no comment\n'
        "if (a) {\n"
        'say(`// ${a}`, "/** no comment */");\n'
        "}\n"
    )


def test_a_script_whose_text_runs_over_lines_is_left_alone() -> None:
    script = "const text = `\n  // a line of the text\n`;\n"
    assert lean("js/a.js", script) == script


def test_a_style_sheet_keeps_its_licence() -> None:
    assert lean("css/a.css", "/* ours */\n/*! MIT */\n.a {\n  color: red; /* stays */\n}\n") == (
        "/*! MIT */\n.a {\ncolor: red; /* stays */\n}\n"
    )


@pytest.mark.parametrize("path", sorted(STATIC.glob("js/*.js")), ids=lambda path: path.name)
def test_every_script_of_ours_becomes_leaner(path: Path) -> None:
    """One with a text over lines would travel whole: write the text in a template instead."""
    text = path.read_text()
    assert len(lean(path.name, text)) < len(text)
    assert OWN.fullmatch(f"js/{path.name}")


def test_only_our_own_files_are_touched(tmp_path: Path) -> None:
    from django.core.files.base import ContentFile

    storage = LeanStaticFilesStorage(location=str(tmp_path), base_url="/static/")
    for name in ("js/own.js", "vendor/other.js"):
        storage.save(name, ContentFile(b"// said\ngo();\n"))
    assert (tmp_path / "js/own.js").read_text() == "go();\n"
    assert (tmp_path / "vendor/other.js").read_text() == "// said\ngo();\n"
