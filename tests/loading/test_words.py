"""Letters and spaces that look the same."""

import pytest

from ejournal.loading.rows import SheetKey
from ejournal.loading.sheets import SHEETS, column_by_heading, sheet_by_name, sheets_by_headings
from ejournal.loading.words import clean_text, fold_heading, fold_key, fold_person, has_mixed_letters


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("  Үсөн   кызы ", "Үсөн кызы"),
        ("Үсөн\xa0кызы", "Үсөн кызы"),
        ("Үсөн\u2009кызы\n", "Үсөн кызы"),
        ("\ufeffҮсөн\u200b", "Үсөн"),
        ("Йога".replace("Й", "И\u0306"), "Йога"),
        ("", ""),
    ],
)
def test_clean_text_changes_only_what_nobody_sees(written: str, meant: str) -> None:
    assert clean_text(written) == meant


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x1b", "\x7f", "\x85", "\u202e", "\u2066"])
def test_clean_text_with_a_control_character(character: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X}"):
        clean_text(f"Ас{character}ан")


def test_fold_heading_ignores_case_spaces_signs_and_keyboards() -> None:
    same = ["Табелдик №", "табелдик\xa0№", "ТАБЕЛДИК", " Табелдик  № ", "Taбeлдик №"]
    assert {fold_heading(heading) for heading in same} == {fold_heading("Табелдик №")}
    assert fold_heading("Коңгуроо") == fold_heading("Конгуроо")
    assert fold_heading("Зачётная") == fold_heading("зачетная")
    assert fold_heading("Күнү") != fold_heading("Күн")


def test_fold_key_sees_what_eyes_see() -> None:
    assert fold_key("Т00001") == fold_key("T00001")
    assert fold_key("26-000001") == fold_key("26 000001")
    assert fold_key("Т00001") != fold_key("Т00002")


def test_fold_person_is_the_same_on_any_keyboard() -> None:
    assert fold_person("Өзгөн Үсөн уулу") == fold_person("Озгон Усон уулу")
    assert fold_person("Миңбаева") == fold_person("минбаева")
    assert fold_person("Миңбаева") != fold_person("Минбаев")


def test_mixed_letters() -> None:
    assert has_mixed_letters("Aйгерим")
    assert not has_mixed_letters("Айгерим")
    assert not has_mixed_letters("Aigerim")


def test_no_two_columns_of_a_sheet_share_a_name() -> None:
    for sheet in SHEETS.values():
        owners: dict[str, str] = {}
        for column in sheet.columns:
            for name in column.names:
                assert owners.setdefault(fold_heading(name), column.field) == column.field, (sheet.name, name)


@pytest.mark.parametrize("key", list(SheetKey))
def test_every_sheet_is_known_by_all_its_names_and_by_its_headings(key: SheetKey) -> None:
    sheet = SHEETS[key]
    assert {sheet_by_name(name) for name in sheet.names} == {key}
    for language in range(3):
        headings = [column.names[min(language, len(column.names) - 1)] for column in sheet.columns]
        assert [column_by_heading(key, heading) for heading in headings] == list(sheet.columns)
        assert sheets_by_headings(headings) == [key]


def test_no_name_means_two_sheets() -> None:
    names = [fold_heading(name) for sheet in SHEETS.values() for name in sheet.names]
    assert len(names) == len(set(names))
