"""Whether the database judges the moments that rows give themselves (law 4): the owner's to say."""

from django.db import connections

JUDGED = "journal_moments_are_judged"


def judge_moments(*, using: str, judge: bool) -> bool:
    """Let the database refuse, or believe, a moment far from its own clock; whether that is another answer than before.

    `using` is the owner's connection: no other role may replace the function. Where a database stands before the
    migration that makes it, nothing happens.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_proc WHERE proname = %s AND pronamespace = 'public'::regnamespace", [JUDGED])
        if cursor.fetchone() is None:
            return False
        cursor.execute(f"SELECT {JUDGED}()")
        if cursor.fetchone()[0] is judge:
            return False
        answer = "true" if judge else "false"
        cursor.execute(f"CREATE OR REPLACE FUNCTION {JUDGED}() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN {answer}")
    return True
