"""The dates of one's own journal on paper, to be compared with the department's (§1.4)."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.pdf import render_pdf
from journal.access import get_journal
from journal.selectors.journals import keepers_of
from reports.selectors.dates import journal_dates
from university.selectors import get_institution


@require_safe
def journal_dates_pdf(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A4 portrait, for whoever reads the journal."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    workload = get_journal(user, journal_id, now=now).workload
    rows = journal_dates(workload)
    teachers = keepers_of(workload)
    group = workload.course.group.name
    if workload.subgroup is not None:
        group = _("%(group)s, subgroup %(number)s") % {"group": group, "number": workload.subgroup.number}
    html = render_to_string(
        "reports/journal_dates.html",
        {
            "title": _("Dates of the lessons"),
            "subtitle": str(workload.course.semester),
            "landscape": False,
            "institution": get_institution() or {"name": "", "name_ky": ""},
            "document_number": "",
            "printed_at": localtime(now),
            "printed_by": user.get_full_name(),
            "meta": [
                (_("Discipline"), workload.course.discipline.name),
                (_("Group"), group),
                (_("Kind of lesson"), workload.get_kind_display()),
                (_("Teacher"), ", ".join(teachers)),
                (_("Department"), workload.department.name),
                (_("Workload"), workload.number),
            ],
            "signatures": [*((_("Teacher"), name) for name in teachers), (_("Head of the department"), "")],
            "rows": rows,
            "hours": sum(row.hours for row in rows),
        },
    )
    response = HttpResponse(render_pdf(html), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="dates-{workload.id}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
