"""A timetable as iCalendar (RFC 5545), for the programs in which people keep their days."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from ejournal.lib.clock import BISHKEK, day_of, moment_of
from teaching.enums import LessonState
from teaching.permissions import TimetableDoor
from teaching.selectors.boards import Entry, entries_of

DAYS_BACK, DAYS_AHEAD = 30, 120


def feed_of(door: TimetableDoor, *, now: datetime) -> bytes:
    """The lessons of thirty days back and a hundred and twenty ahead; the same lessons give the same bytes.

    An event keeps its UID as long as its lesson lives, and is as new as the lesson's version. Of people, only
    teachers are named.
    """
    today = day_of(now)
    since, until = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    calendar = Calendar()
    calendar.add("prodid", "-//ejournal//timetable//KY")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Lessons") if door.is_own else _("Lessons: %(whose)s") % {"whose": door.title})
    calendar.add("x-wr-timezone", str(BISHKEK))
    calendar.add_component(
        Timezone.from_tzinfo(BISHKEK, first_date=date(today.year - 1, 1, 1), last_date=date(today.year + 2, 1, 1))
    )
    for entry in entries_of(door, since=since, until=until, now=now):
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    # A calendar program shows hours of its own place: the moment carries Bishkek's zone with it.
    assert entry.starts_at is not None
    assert entry.ends_at is not None
    assert entry.day is not None
    event = Event()
    event.add("uid", f"lesson-{entry.key}@ejournal")
    event.add("sequence", entry.version)
    # The moment of the last change, or the day itself: were it now, every answer would be another.
    event.add("dtstamp", entry.changed_at or moment_of(entry.day, datetime.min.time()))
    event.add("dtstart", entry.starts_at.astimezone(BISHKEK))
    event.add("dtend", entry.ends_at.astimezone(BISHKEK))
    event.add("summary", f"{entry.discipline} ({entry.kind})")
    if entry.room:
        event.add("location", entry.room)
    event.add("description", "\n".join(_described(entry)))
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    if entry.state == LessonState.CANCELLED:
        event.add("transp", "TRANSPARENT")
    return event


def _described(entry: Entry) -> list[str]:
    lines = [entry.groups, entry.teacher]
    if entry.substitute:
        lines.append(_("substitute: %(name)s") % {"name": entry.substitute})
    if entry.is_make_up:
        lines.append(_("make-up lesson"))
    if entry.is_moved:
        lines.append(_("moved lesson"))
    if entry.state == LessonState.CANCELLED:
        lines.append(_("cancelled"))
    if entry.state == LessonState.NOT_HELD:
        lines.append(_("did not take place"))
    return [line for line in lines if line]
