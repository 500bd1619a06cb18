"""`manage.py appoint_administrator`: the first administrator of an empty journal (§3.1)."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.services.people import appoint_administrator
from ejournal.lib import clock
from ejournal.lib.errors import Refusal


class Command(BaseCommand):
    help = "Appoints an administrator by an order and prints a one-time password, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the login")
        parser.add_argument("--last-name", required=True, help="surname")
        parser.add_argument("--first-name", required=True, help="given name")
        parser.add_argument("--order", required=True, help="number of the rector's order")
        parser.add_argument("--order-date", required=True, type=date.fromisoformat, help="its date, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            slip = appoint_administrator(
                login=options["username"],
                last_name=options["last_name"],
                first_name=options["first_name"],
                order_number=options["order"],
                order_date=options["order_date"],
                now=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"login: {slip.login}\npassword: {slip.password}\n")
        self.stdout.write("The password is shown only now; it must be changed at the first login.\n")
