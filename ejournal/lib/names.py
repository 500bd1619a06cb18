"""How people are written."""


def short_name(last: str, first: str, patronymic: str) -> str:
    """Surname and initials, as tables and timetables write people; what is not known is left out."""
    initials = " ".join(f"{part[0]}." for part in (first, patronymic) if part)
    return f"{last} {initials}".strip()
