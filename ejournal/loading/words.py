"""Letters and spaces: what people type that looks the same and is not.

Values are normalised only in what nobody can see (spaces, composed letters). Letters are never exchanged in a
value; the foldings here serve to recognise headings and fixed words, and to find look-alikes.
"""

import re
import unicodedata

# Kyrgyz letters that are missing on many keyboards, the letters put in their place, and their doubles elsewhere
# in Unicode.
_KYRGYZ = str.maketrans(
    {"ң": "н", "ө": "о", "ү": "у", "ҥ": "н", "ӊ": "н", "ŋ": "н", "ѳ": "о", "ɵ": "о", "ұ": "у", "ӯ": "у", "ё": "е"}
)
# Latin letters that look like Cyrillic ones, upper case by upper case and lower by lower.
_LATIN_UPPER = "ABCEHIKMOPTXYS"
_CYRILLIC_UPPER = "АВСЕНІКМОРТХУЅ"
_LATIN_LOWER = "aceiopxysj"
_CYRILLIC_LOWER = "асеіорхуѕј"
_LOOKALIKES = str.maketrans(_LATIN_UPPER + _LATIN_LOWER, _CYRILLIC_UPPER + _CYRILLIC_LOWER)
# After casefolding a Latin B, H, K, M, T is no picture of a Cyrillic one any more, but it came from one.
_LOOKALIKES_FOLDED = str.maketrans("abcehikmoptxysj", "авсенікмортхуѕј")

_HAS_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOT_ALNUM = re.compile(r"[\W_]+")
_MIXED_WORD = re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")

# What `clean_text` has to look at more closely: anything invisible, any space but a single inner one.
_ODD = re.compile(
    r"^\s|\s$|\s\s|[^\S ]|[\x00-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\u00ad\u200b\u2060\ufeff]")  # soft hyphen, zero-width space and joiner, byte order mark
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u180e\u200c-\u200f\u202a-\u202e\u2061-\u206f\ufff9-\ufffb]"
)


def clean_text(text: str) -> str:
    """The text in composed form, with single ordinary spaces inside and none around.

    Raises ValueError, with the character's code as U+0000, for control characters and those that turn the
    direction of writing.
    """
    if _ODD.search(text):
        text = _UNSEEN.sub("", text)
        if bad := _CONTROL.search(text):
            raise ValueError(f"U+{ord(bad.group()):04X}")
        text = _SPACES.sub(" ", text).strip()
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text


def fold_heading(text: str) -> str:
    """A heading or fixed word reduced to what is recognised: no case, spaces, signs; ң = н, ө = о, ү = у, ё = е."""
    folded = unicodedata.normalize("NFKC", text.replace("№", " ")).casefold()
    folded = _NOT_ALNUM.sub("", folded)
    if _HAS_CYRILLIC.search(folded):
        folded = folded.translate(_LOOKALIKES_FOLDED)
    return folded.translate(_KYRGYZ)


def fold_key(text: str) -> str:
    """A key reduced to how it looks: Latin А and Cyrillic А are one, so are cases; spaces and hyphens are gone."""
    return text.translate(_LOOKALIKES).casefold().translate(_LOOKALIKES_FOLDED).replace(" ", "").replace("-", "")


def fold_person(text: str) -> str:
    """A name reduced to how it sounds on any keyboard: ң = н, ө = о, ү = у, ё = е; no case, spaces, hyphens."""
    folded = text.translate(_LOOKALIKES).casefold().translate(_LOOKALIKES_FOLDED).translate(_KYRGYZ)
    return _NOT_ALNUM.sub("", folded)


def has_mixed_letters(text: str) -> bool:
    """Whether a word has Latin and Cyrillic letters side by side."""
    return _MIXED_WORD.search(text) is not None
