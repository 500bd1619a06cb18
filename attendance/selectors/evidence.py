"""A scan and its later proof as one fact: what every page and number of attendance reads of a scan.

Of a scan that was proven later, moment, lateness, method, proof, device and network are the proof's: what the printed
code said before proves nothing of that moment. `first_at` is when the printed code was shown, `first_device` by what.
"""

# In place of a table: its conditions reach the index of the lesson or of the student.
SEEN = """(
    SELECT c.id, c.lesson_id, c.student_id, coalesce(p.at, c.at) AS at, coalesce(p.is_late, c.is_late) AS is_late,
           c.is_proven OR p.id IS NOT NULL AS is_proven, coalesce(p.method, c.method) AS method,
           coalesce(p.proof, c.proof) AS proof, coalesce(p.device, c.device) AS device,
           CASE WHEN p.id IS NULL THEN c.on_campus ELSE p.on_campus END AS on_campus,
           CASE WHEN p.id IS NOT NULL THEN c.at END AS first_at,
           CASE WHEN p.id IS NOT NULL THEN c.device ELSE '' END AS first_device
    FROM attendance_scan c LEFT JOIN attendance_provenscan p ON p.scan_id = c.id
)"""
