"""Two accounts of one person made one: by hand, and only where nothing written would change (§4.1)."""

from datetime import date, time
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import CredentialIssue, Student, Teacher, User
from ejournal.lib import clock
from ejournal.loading.doubles import merge_people, probable_doubles, reasons_against_merge
from ejournal.loading.models import PersonMerge
from ejournal.loading.undo import RestsOnIt
from journal.selectors.invariants import check_invariants
from journal.services.marks import record_marks
from teaching.models import CourseEnrolment, Lesson, WorkloadTeacher
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(9, 0))


def pair() -> tuple[Student, Student, Any]:
    """Two accounts of one student: the first has left its group, the second is in another one, on its course."""
    first = make.make_student("first", last_name="Үсөнова", group=make.make_group(name="ФИЗ-11"))
    first.group_enrolments.update(ends_on=date(2026, 9, 10))
    group = make.make_group(name="ФИЗ-12")
    second = make.make_student("second", last_name="Усонова", group=group)
    second.group_enrolments.update(starts_on=date(2026, 9, 11))
    Student.objects.update(birth_date=date(2008, 1, 30))
    course = make.make_course(group=group)
    make.enrol(second, course, starts_on=date(2026, 9, 11))
    return first, second, course


def codes(kept: User, gone: User) -> list[str]:
    return [reason.code for reason in reasons_against_merge(kept, gone, now=NOW)]


def merge(kept: User, gone: User) -> PersonMerge:
    return merge_people(kept.pk, gone.pk, by=make.make_user(), now=NOW)


class TestList:
    def test_of_names_that_sound_alike_and_one_birth_date(self) -> None:
        first, second, _course = pair()
        other = make.make_student("third", last_name="Үсөнова")
        other.birth_date = date(2008, 1, 31)
        other.save()
        assert [(a.user_id, b.user_id) for a, b in probable_doubles()] == [(first.user_id, second.user_id)]

    def test_of_teachers_of_one_department(self) -> None:
        department = make.make_department()
        make.make_teacher("a", department=department)
        make.make_teacher("b", department=department)
        make.make_teacher("c")
        assert [(a.login, b.login) for a, b in probable_doubles()] == [("a", "b")]

    @pytest.mark.parametrize("more", [1, 3])
    def test_two_queries(self, more: int) -> None:
        for number in range(more):
            make.make_student(f"s{number}")
        with CaptureQueriesContext(connection) as queries:
            probable_doubles()
        assert len(queries) == 2


class TestMerged:
    def test_4_1_places_and_courses_go_over(self) -> None:
        first, second, course = pair()
        number = second.record_book
        User.objects.filter(pk=second.user_id).update(external_id="A1")
        done = merge(first.user, second.user)
        assert list(first.group_enrolments.order_by("starts_on").values_list("group__name", flat=True)) == [
            "ФИЗ-11",
            "ФИЗ-12",
        ]
        assert CourseEnrolment.objects.get(course=course).student == first
        assert not Student.objects.filter(pk=second.pk).exists()
        gone = User.objects.get(pk=second.user_id)
        assert (gone.is_active, gone.has_usable_password(), gone.external_id) == (False, False, None)
        assert User.objects.get(pk=first.user_id).external_id == "A1"
        assert done.names == {"login": "second", "number": number, "external_id": "A1"}
        assert done.moved == {"accounts_groupenrolment": 1, "teaching_courseenrolment": 1}
        assert [finding.code for finding in check_invariants() if not finding.holds] == []

    def test_4_1_journals_and_coming_lessons_of_a_teacher_go_over(self) -> None:
        kept, gone = make.make_teacher("kept"), make.make_teacher("gone")
        workload = make.make_workload(teacher=gone)
        lesson = make.make_lesson(workload, day=date(2026, 9, 28))
        merge(kept.user, gone.user)
        assert WorkloadTeacher.objects.get(workload=workload).teacher == kept
        assert Lesson.objects.get(pk=lesson.pk).teacher == kept

    def test_4_1_who_teaches_here_and_studies_there_is_one_account(self) -> None:
        teacher = make.make_teacher("teaches")
        student = make.make_student("studies")
        merge(teacher.user, student.user)
        assert Student.objects.get(pk=student.pk).user == teacher.user

    def test_4_1_appointments_go_over_and_the_issue_of_a_login_stays(self) -> None:
        kept, gone = make.make_user("kept"), make.make_user("gone")
        make.appoint(gone, Role.MODERATOR)
        CredentialIssue.objects.create(user=gone, issued_at=NOW, is_first=True, request_id=make.REQUEST_ID)
        merge(kept, gone)
        assert kept.appointments.get().role == Role.MODERATOR
        assert CredentialIssue.objects.get().user == gone

    def test_4_1_is_written_for_good(self) -> None:
        first, second, _course = pair()
        merge(first.user, second.user)
        for deed in (PersonMerge.objects.all().delete, lambda: PersonMerge.objects.update(moved={})):
            with pytest.raises(DatabaseError), transaction.atomic():
                deed()


class TestRefused:
    def test_marks_keep_whom_they_were_written_of(self) -> None:
        first, second, course = pair()
        keeper = make.make_teacher("keeper")
        workload = make.make_workload(course=course, teacher=keeper)
        lesson = make.make_lesson(workload)
        record_marks(
            journal_id=workload.pk,
            raw_marks=[{"lesson": lesson.pk, "student": second.pk, "version": 0, "value": "5"}],
            by=keeper.user,
            now=NOW,
        )
        assert codes(first.user, second.user) == ["keeps"]
        with pytest.raises(RestsOnIt) as refused:
            merge(first.user, second.user)
        assert refused.value.code == "rests_on_it"
        assert not PersonMerge.objects.exists()
        # The other way round nothing that was written changes.
        assert codes(second.user, first.user) == []

    def test_held_lessons_say_who_held_them(self) -> None:
        kept, gone = make.make_teacher("kept"), make.make_teacher("gone")
        make.make_lesson(make.make_workload(teacher=gone), day=date(2026, 9, 14))
        assert codes(kept.user, gone.user) == ["keeps"]

    def test_in_groups_on_the_same_days(self) -> None:
        first, second, _course = pair()
        first.group_enrolments.update(ends_on=None)
        assert codes(first.user, second.user) == ["overlap"]

    def test_two_ids_of_avn(self) -> None:
        first, second, _course = pair()
        first.user.external_id, second.user.external_id = "A1", "A2"
        assert codes(first.user, second.user) == ["two_ids"]

    def test_one_account_or_one_switched_off(self) -> None:
        first, second, _course = pair()
        assert codes(first.user, first.user) == ["not_two"]
        merge(first.user, second.user)
        assert codes(first.user, User.objects.get(pk=second.user_id)) == ["not_two"]


class TestPage:
    @pytest.fixture
    def administrator(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
        monkeypatch.setattr(clock, "now", lambda: NOW)
        user = make.make_user("admin")
        make.appoint(user, Role.ADMINISTRATOR)
        client.force_login(user)
        return client

    def test_list_side_by_side_and_merge(self, administrator: Client) -> None:
        first, second, _course = pair()
        url = f"/people/doubles/{first.user_id}/{second.user_id}/"
        assert url in administrator.get("/people/doubles/").content.decode()
        assert second.record_book in administrator.get(url).content.decode()
        assert administrator.post(url).status_code == 302
        assert PersonMerge.objects.get().by.username == "admin"
        assert url not in administrator.get("/people/doubles/").content.decode()
        assert administrator.post(url).status_code == 409

    def test_nobody(self, administrator: Client) -> None:
        assert administrator.get("/people/doubles/").status_code == 200
        assert administrator.get("/people/doubles/7/7/").status_code == 404
        assert Teacher.objects.count() == 0
