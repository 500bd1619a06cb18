"""`migrate` by the owner: the web's role owns no table and may not make one (law 4)."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as MigrateCommand

from journal.services.moments import judge_moments


class Command(MigrateCommand):
    """Django's migrate, whose database is the owner's connection unless another is named. It ends with the owner's word
    on whether the database judges the moments of rows (`MOMENTS_ARE_JUDGED`)."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            judge_moments(using=options["database"], judge=settings.MOMENTS_ARE_JUDGED)
