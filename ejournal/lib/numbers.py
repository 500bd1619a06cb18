"""Numbers that come as text."""


def row_id(text: str | None) -> int | None:
    """The id that a form or an address names; None for what is none: empty, signed, other digits, too long."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
