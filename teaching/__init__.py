"""Who teaches what to whom, when: courses, workload, enrolment, timetable, lessons."""
