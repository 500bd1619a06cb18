"""What must be true of scans at any moment (trials.md, I6): beside the journal's laws, by the same command."""

from journal.selectors.invariants import Invariant

SCAN_LAWS = (
    Invariant(
        "I6.day",
        "a scan and its proof were made on the day of their lesson (§4.2)",
        """
        SELECT format('scan %%s of lesson %%s', c.id, c.lesson_id)
        FROM attendance_scan c JOIN teaching_lesson l ON l.id = c.lesson_id
        LEFT JOIN attendance_provenscan p ON p.scan_id = c.id
        WHERE (c.at AT TIME ZONE 'Asia/Bishkek')::date <> l.date
           OR (p.at AT TIME ZONE 'Asia/Bishkek')::date <> l.date
        """,
    ),
    Invariant(
        "I6.proof",
        "only an unproven scan has a later proof, and a changing code is what proves it",
        """
        SELECT format('proof %%s of scan %%s', p.id, p.scan_id)
        FROM attendance_provenscan p JOIN attendance_scan c ON c.id = p.scan_id
        WHERE c.is_proven OR p.proof = 'room'
        """,
    ),
    Invariant(
        "I6.reason",
        "a scan that was refused has its reason",
        "SELECT format('refused scan %%s', id) FROM attendance_refusedscan WHERE reason = ''",
    ),
    Invariant(
        "I6.kept",
        "scans are neither changed nor removed: not by the web's role, and the guard of proofs is awake",
        """
        SELECT format('%%s may %%s %%s', current_user, verb, of_table)
        FROM unnest(ARRAY['attendance_scan', 'attendance_provenscan', 'attendance_refusedscan']) AS of_table,
             unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS verb
        WHERE has_table_privilege(of_table, verb)
        UNION ALL
        SELECT 'attendance_provenscan_guard sleeps' WHERE NOT EXISTS (
            SELECT 1 FROM pg_trigger t WHERE t.tgname = 'attendance_provenscan_guard' AND t.tgenabled IN ('O', 'A'))
        """,
    ),
)
