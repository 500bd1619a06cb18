"""The sheet of a journal's month."""

import re
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.pdf import render_pdf
from journal.access import get_journal
from reports.selectors.months import month_sheet
from university.selectors import get_institution


def read_month(text: str) -> date:
    """The first day of `YYYY-MM`; refused (`bad_month`, 422) is all else, folded digits included."""
    if not re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise Refusal(_("Choose a month, for example 2026-10."), code="bad_month")
    return date(int(text[:4]), int(text[5:]), 1)


@require_safe
def journal_month(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A PDF for whoever reads the journal: marks, then dates, topics and hours (§2.4)."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    door = get_journal(user, journal_id, now=now)
    month = read_month(request.GET.get("month", ""))
    workload = door.workload
    sheet = month_sheet(workload, month, now=now)
    group = workload.course.group.name
    if workload.subgroup is not None:
        group = _("%(group)s, subgroup %(number)s") % {"group": group, "number": workload.subgroup.number}
    html = render_to_string(
        "reports/journal_month.html",
        {
            "title": _("Class journal"),
            "subtitle": date_format(month, "F Y"),
            "landscape": True,
            "institution": get_institution() or {"name": "", "name_ky": ""},
            "document_number": "",
            "printed_at": localtime(now),
            "printed_by": user.get_full_name(),
            "meta": [
                (_("Discipline"), workload.course.discipline.name),
                (_("Group"), group),
                (_("Kind of lesson"), workload.get_kind_display()),
                (_("Teacher"), ", ".join(sheet.teachers)),
                (_("Department"), workload.department.name),
            ],
            "signatures": [
                *((_("Teacher"), name) for name in sheet.teachers),
                (_("Head of the department"), sheet.head),
            ],
            "sheet": sheet,
        },
    )
    response = HttpResponse(render_pdf(html), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="journal-{workload.id}-{month:%Y-%m}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
