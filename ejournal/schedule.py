"""What beat starts, and when. Tasks are named as strings, so that settings can read this without an app."""

from typing import Any

from celery.schedules import crontab

BEAT: dict[str, dict[str, Any]] = {
    # A killed worker leaves its job "running": it is found and done again.
    "sweep-jobs": {"task": "ejournal.jobs.tasks.sweep_jobs", "schedule": 60.0},
    # The invariants of every night, before the first bell and after the last.
    "check-journal": {"task": "journal.tasks.check_invariants", "schedule": crontab(hour="3", minute="10")},
    # Asked often in the night: it never waits for a writer, so one try may find somebody writing. Not before one: a row
    # may say that it was written an hour ago, and then its day is not over yet.
    "seal-day": {"task": "journal.tasks.seal_day", "schedule": crontab(hour="1-5", minute="*/5")},
    # Answers kept for repeated nonces, and failed logins, are of no use after their time.
    "forget-nonces": {"task": "journal.tasks.forget_nonces", "schedule": crontab(hour="3", minute="40")},
    # Approved lessons are open until midnight of a day.
    "expire-reopenings": {"task": "journal.tasks.expire_reopenings", "schedule": crontab(minute="*/5")},
    # When a module has ended, and on the last day to close it; heads once a week of what is past that day.
    "remind-of-modules": {"task": "journal.tasks.remind_of_modules", "schedule": crontab(hour="8", minute="15")},
    # An appeal is answered within the days of a setting: the morning after, its teacher is told.
    "tell-overdue-appeals": {"task": "journal.tasks.tell_overdue_appeals", "schedule": crontab(hour="8", minute="15")},
    "forget-uploads": {"task": "ejournal.loading.tasks.forget_uploads", "schedule": crontab(minute="20")},
    # Once a week a teacher is told; a journal that came on a Tuesday does not wait for the next Monday.
    "remind-of-plans": {"task": "teaching.tasks.remind_of_plans", "schedule": crontab(hour="8", minute="5")},
    # Every ten minutes of the night: a file that is still being written is taken by the next look.
    "load-nightly": {"task": "ejournal.loading.tasks.load_nightly", "schedule": crontab(hour="1-5", minute="*/10")},
    "forget-undo-rows": {"task": "ejournal.loading.tasks.forget_undo_rows", "schedule": crontab(hour="4", minute="5")},
    # On the night after the last session of a year its groups take the names of the next one.
    "bear-names": {"task": "ejournal.loading.tasks.bear_names", "schedule": crontab(hour="0", minute="5")},
    "forget-login-attempts": {
        "task": "accounts.tasks.forget_login_attempts",
        "schedule": crontab(hour="3", minute="50"),
    },
}

DEMO_BEAT: dict[str, dict[str, Any]] = {
    # A lesson of `teacher` is always on in the demo.
    "demo-keep-lesson-on": {"task": "ejournal.demo.tasks.keep_lesson_on", "schedule": 60.0},
}
