"""Numbers that come as text."""


def row_id(text: str | None) -> int | None:
    """The id that a form or an address names; None for what is none: empty, signed, other digits, too long."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def plain_number(text: str) -> str:
    """What was typed into a field of points, with the point as its decimal sign: who types a comma means the same."""
    return text.strip().replace(",", ".")
