"""Doors of the journal: each fetches what an address names and authorises. A stranger gets 404, a reader who
writes 403.

One module a subject; everything is imported from here.
"""

from journal.access.appeals import (
    get_appeal,
    get_appeal_list,
    get_appeal_to_act,
    get_cell_to_appeal,
)
from journal.access.corrections import (
    get_correction,
    get_correction_paper,
    get_correction_to_act,
    get_sheet_to_correct,
)
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
from journal.access.rating import (
    get_course_points,
    get_course_points_for_typing,
    get_scheme,
    get_schemes,
    get_schemes_for_making,
)
from journal.access.reopenings import (
    get_journal_to_reopen,
    get_reopening,
    get_reopening_list,
    get_reopening_paper,
    get_reopening_to_act,
)
from journal.access.results import (
    get_commission_units,
    get_course_to_examine,
    get_debt_to_retake,
    get_exam_list,
    get_exam_planner,
    get_exam_to_cancel,
    get_final_sheet,
    get_final_sheet_to_act,
    get_final_sheet_to_admit,
    get_group_results,
    get_group_to_attest,
    get_result_lists,
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
from journal.access.sheets import (
    get_sheet,
    get_sheet_to_act,
    get_sheets,
)

__all__ = [
    "get_appeal",
    "get_appeal_list",
    "get_appeal_to_act",
    "get_cell_to_appeal",
    "get_commission_units",
    "get_correction",
    "get_correction_paper",
    "get_correction_to_act",
    "get_course_points",
    "get_course_points_for_typing",
    "get_course_to_examine",
    "get_debt_to_retake",
    "get_exam_list",
    "get_exam_planner",
    "get_exam_to_cancel",
    "get_excuse",
    "get_excuse_for_managing",
    "get_excuse_list",
    "get_excuse_paper",
    "get_final_sheet",
    "get_final_sheet_to_act",
    "get_final_sheet_to_admit",
    "get_group_results",
    "get_group_to_attest",
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
    "get_result_lists",
    "get_scheme",
    "get_schemes",
    "get_schemes_for_making",
    "get_sheet",
    "get_sheet_to_act",
    "get_sheet_to_correct",
    "get_sheets",
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
