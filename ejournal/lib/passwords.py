"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class CampusArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with the cost that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, two passes, one lane.

    Django's own cost (100 MiB, eight lanes) was measured at 250 ms of a core each against 48 ms: thirty slips of a
    group would take 7 s instead of half a second, and a hundred logins at the first bell 10 GB of memory. Issued
    passwords carry 59 random bits (`accounts.rules`), which no such cost is needed to protect.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
