"""People: users, students, teachers, guardians; appointments with scope, dates and orders; credentials."""
