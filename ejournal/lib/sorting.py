"""The order of the Kyrgyz alphabet without ICU: a translation of its 36 letters into codes that sort."""

ALPHABET_UPPER = "АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ"
ALPHABET = ALPHABET_UPPER + ALPHABET_UPPER.lower()
CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_abcde" * 2

_TABLE = str.maketrans(ALPHABET, CODES)


def sort_key(text: str) -> str:
    """The key by which Kyrgyz text sorts in Python as the generated columns sort it in the database."""
    return text.translate(_TABLE)
