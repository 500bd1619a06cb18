"""The chain of the days' seals: plain hashing, no database."""

from collections.abc import Iterable
from hashlib import sha256

LEAF_BYTES = 16  # of a row's SHA-256: enough that nobody finds a second row to a leaf


def block_digest(
    entity: str, first_id: int, last_id: int, columns: Iterable[str], ids: Iterable[int], leaves: bytes
) -> bytes:
    """The hash of a block: what it covers, and the leaves of its rows in the order of their ids."""
    head = "|".join([entity, str(first_id), str(last_id), ",".join(columns), ",".join(map(str, ids))])
    return sha256(head.encode() + b"\n" + leaves).digest()


def day_digest(day: str, previous: str, blocks: Iterable[bytes]) -> str:
    """The seal of a day, 64 hexadecimal signs: over the day, the seal before it, and its blocks in their order."""
    summed = sha256(f"{day}|{previous}\n".encode())
    for digest in blocks:
        summed.update(digest)
    return summed.hexdigest()


def split_leaves(leaves: bytes) -> list[bytes]:
    """The leaves of a block, one by one."""
    return [leaves[start : start + LEAF_BYTES] for start in range(0, len(leaves), LEAF_BYTES)]
