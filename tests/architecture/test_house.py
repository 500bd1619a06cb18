"""The shape of the house: who imports whom, migrations, words, settings, dependencies."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import get_resolver

from ejournal.lib import translations

ROOT = Path(__file__).resolve().parents[2]
APPS = ["university", "accounts", "messaging", "teaching", "journal", "attendance", "reports", "archive"]


def test_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_string_is_translated() -> None:
    assert translations.untranslated() == []


def test_every_room_exists() -> None:
    assert [app for app in APPS if not (ROOT / app / "apps.py").exists()] == []


def test_no_module_is_longer_than_a_reader_bears() -> None:
    """Past about 400 lines a module becomes a package split by aggregate; models of one aggregate may be longer."""
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in [*APPS, "ejournal"]
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and path.name != "models.py"
        if (lines := len(path.read_text().splitlines())) > 500
    }
    assert long == {}


@pytest.mark.parametrize(
    "forbidden", [r"\bstyle=", r"<style", r"\son[a-z]+=\"", r"<script(?![^>]*\ssrc=)", r"https?://(?!127\.0\.0\.1)"]
)
def test_no_template_has_anything_inline_or_from_elsewhere(forbidden: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(forbidden, path.read_text())
    ]
    assert found == []


def test_every_template_opens_with_its_context() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if not path.read_text().lstrip().startswith("{#")
    ]
    assert silent == []


def test_locked_requirements_name_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert "--hash=sha256:" in text
    assert "http" not in text


def test_every_dependency_says_what_it_is_for() -> None:
    silent = [
        line
        for name in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / name).read_text().splitlines()
        if line.strip() and not line.startswith(("#", "-")) and "#" not in line
    ]
    assert silent == []


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(missing: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "ejournal.settings.production",
        "SECRET_KEY": "k7Pq" * 15 + "xyzab",
        "DATABASE_URL": "postgresql://web:x@127.0.0.1/e",
        "DATABASE_OWNER_URL": "postgresql://owner:x@127.0.0.1/e",
        "REDIS_URL": "redis://127.0.0.1/0",
        "ALLOWED_HOSTS": "journal.example.kg",
        "EJOURNAL_FILES": "/nowhere",
    }
    del environment[missing]
    run = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert missing in run.stderr


def test_every_route_has_a_name() -> None:
    nameless = [
        str(pattern.pattern)
        for resolver in get_resolver().url_patterns
        if hasattr(resolver, "url_patterns") and getattr(resolver, "namespace", None) != "admin"
        for pattern in resolver.url_patterns
        if not getattr(pattern, "name", None)
    ]
    assert nameless == []
