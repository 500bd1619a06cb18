"""The claim: a code that was proven, signed and kept by the browser for three minutes, so that it outlives the login.

Nothing of it is stored here. That it is used once is kept by the rows that it makes: their nonces are unique.
"""

import secrets
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from attendance.enums import ScanMethod, ScanProof
from attendance.rules.scans import CLAIM_LIFE, Place

CLAIM_COOKIE = "scan_claim"
CLAIM_SALT = "attendance.claim"
DEVICE_COOKIE = "scan_device"
DEVICE_SALT = "attendance.device"
DEVICE_SECONDS = 2 * 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Claim:
    """`public`: the code's name in the address; `proven_at`: seconds since 1970; `user` None: nobody yet.

    `used`: it has its answer already; it gets the same again, and a new look at the code makes a new claim.
    """

    public: str
    room: int | None
    lesson: int | None
    proof: ScanProof
    method: ScanMethod
    nonce: str
    proven_at: float
    device: str
    user: int | None = None
    used: bool = False

    @property
    def place(self) -> Place:
        return Place(self.room, self.lesson)

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.proven_at, UTC)

    @property
    def key(self) -> UUID:
        return UUID(self.nonce)

    def is_of(self, user_id: int) -> bool:
        return self.user in (None, user_id)

    def is_worth(self, proof: ScanProof) -> bool:
        """Whether it proves as much as a code would that is shown now."""
        return self.proof != ScanProof.ROOM or proof == ScanProof.ROOM

    def bound_to(self, user_id: int) -> "Claim":
        return replace(self, user=user_id)

    def answered(self) -> "Claim":
        return replace(self, used=True)


_KEPT = [field.name for field in fields(Claim)]


def make_claim(
    *,
    public: str,
    place: Place,
    proof: ScanProof,
    method: ScanMethod,
    device: str,
    now: datetime,
) -> Claim:
    return Claim(
        public=public,
        room=place.room_id,
        lesson=place.lesson_id,
        proof=proof,
        method=method,
        nonce=str(uuid4()),
        proven_at=now.timestamp(),
        device=device,
    )


def read_claim(request: HttpRequest, *, public: str, device: str, now: datetime) -> Claim | None:
    """The browser's claim on a code: signed by us, made in this browser, not older than three minutes; or None."""
    try:
        kept: Any = Signer(salt=CLAIM_SALT).unsign_object(request.COOKIES.get(CLAIM_COOKIE, ""))
        claim = Claim(proof=ScanProof(kept.pop("proof")), method=ScanMethod(kept.pop("method")), **kept)
    except (BadSignature, ValueError, TypeError, KeyError):
        return None
    age = now.timestamp() - claim.proven_at
    if claim.public != public or claim.device != device or not 0 <= age <= CLAIM_LIFE.total_seconds():
        return None
    return claim


def keep_claim(response: HttpResponse, claim: Claim) -> None:
    response.set_cookie(
        CLAIM_COOKIE,
        Signer(salt=CLAIM_SALT).sign_object({name: getattr(claim, name) for name in _KEPT}),
        max_age=int(CLAIM_LIFE.total_seconds()),
        path="/r/",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def read_device(request: HttpRequest) -> str:
    """The browser's own token; "" where it has none of ours."""
    try:
        return Signer(salt=DEVICE_SALT).unsign(request.COOKIES.get(DEVICE_COOKIE, ""))
    except BadSignature:
        return ""


def keep_device(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        DEVICE_COOKIE,
        Signer(salt=DEVICE_SALT).sign(token),
        max_age=DEVICE_SECONDS,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def new_device() -> str:
    return secrets.token_urlsafe(18)


def device_hash(token: str) -> str:
    """What rows and claims carry instead of the token."""
    return salted_hmac(DEVICE_SALT, token, algorithm="sha256").hexdigest()
