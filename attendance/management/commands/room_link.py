"""The address that a code says now: of an auditorium or of one lesson."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendance.selectors.codes import codes_of_rooms, link_of, meeting_code
from ejournal.lib import clock
from teaching.models import Lesson
from university.models import Room


class Command(BaseCommand):
    help = "Print the address of an auditorium's or a lesson's code that is valid now."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("room", nargs="?", help="code of the auditorium, as the workbook has it")
        what.add_argument("--lesson", type=int, help="number of the lesson")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["lesson"] is not None:
            if not Lesson.objects.filter(pk=options["lesson"]).exists():
                raise CommandError("There is no such lesson.")
            code = meeting_code(options["lesson"], on=clock.day_of(now))
        else:
            room = Room.objects.filter(code=options["room"]).first()
            if room is None:
                raise CommandError("There is no such auditorium.")
            found = codes_of_rooms([room.pk], on=clock.day_of(now)).get(room.pk)
            if found is None:
                raise CommandError("This auditorium has no code yet.")
            code = found
        self.stdout.write(link_of(code, now=now))
