"""Closing a module's sheet (§4.3). Its page, totals and reopening come with the rating; the lock stands already."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib import locks
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import SheetState, Source
from journal.models import ModuleSheet
from teaching.models import Course
from university.models import Module


def close_module(*, course: Course, module: Module, by: User, now: datetime) -> ModuleSheet:
    """Close a module of a course: from now on nothing under it changes, on any path.

    Takes the course's exclusive lock, so that writers who share it have finished. Refused: a module of another
    semester (`other_semester`), a module that is closed already (`module_closed`). Who may close is the
    caller's question.
    """
    if module.semester_id != course.semester_id:
        raise Refusal(_("The module belongs to another semester than the course."), code="other_semester")
    with transaction.atomic():
        locks.own_course(semester_id=course.semester_id, course_id=course.id)
        sheet = ModuleSheet.objects.filter(course=course, module=module).first()
        if sheet is not None and sheet.state == SheetState.CLOSED:
            raise Refusal(_("The module is closed already."), code="module_closed", status=423)
        said = {"by": by, "at": now, "source": Source.WEB, "request_id": request_id(), "reason": ""}
        closed = {"state": SheetState.CLOSED, "closed_by": by, "closed_at": now}
        if sheet is None:
            return ModuleSheet.objects.create(course=course, module=module, **closed, **said)
        for name, value in {**closed, **said, "version": sheet.version + 1}.items():
            setattr(sheet, name, value)
        sheet.save(update_fields=[*closed, *said, "version"])
        return sheet
