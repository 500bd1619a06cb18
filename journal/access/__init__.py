"""Doors of the journal: each fetches what an address names and authorises. A stranger gets 404, a reader who
writes 403.

One module a subject; everything is imported from here.
"""

from journal.access.excuses import (
    get_excuse,
    get_excuse_for_managing,
    get_excuse_list,
    get_excuse_paper,
    get_units_to_excuse,
    may_enter_excuses,
)
from journal.access.journals import (
    get_journal,
    get_journal_for_writing,
    get_journals_of_course,
    get_journals_of_stream,
    get_lesson,
)
from journal.access.reopenings import (
    get_journal_to_reopen,
    get_reopening,
    get_reopening_list,
    get_reopening_paper,
    get_reopening_to_act,
)
from journal.access.selfstudy import (
    get_submission_file,
    get_task,
    get_task_file,
    get_task_for_handing_in,
    get_task_for_keeping,
    get_task_of_journal,
    get_tasks_for_keeping,
    get_tasks_of_student,
)

__all__ = [
    "get_excuse",
    "get_excuse_for_managing",
    "get_excuse_list",
    "get_excuse_paper",
    "get_journal",
    "get_journal_for_writing",
    "get_journal_to_reopen",
    "get_journals_of_course",
    "get_journals_of_stream",
    "get_lesson",
    "get_reopening",
    "get_reopening_list",
    "get_reopening_paper",
    "get_reopening_to_act",
    "get_submission_file",
    "get_task",
    "get_task_file",
    "get_task_for_handing_in",
    "get_task_for_keeping",
    "get_task_of_journal",
    "get_tasks_for_keeping",
    "get_tasks_of_student",
    "get_units_to_excuse",
    "may_enter_excuses",
]
