"""Who may see the researcher's page: accounts with argon2 hashes, and a growing delay for those who guess.

Failed logins are counted by the name that was typed, whether it exists or not, in one of ``N_TALLIES`` rows that the
name's hash chooses. So neither the delay nor the time that an answer takes tells which names exist, any number of
guessed names takes no more room, and the delay holds for every process on the store and over restarts.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from emotionbench.errors import EmotionBenchError
from emotionbench.store import schema
from emotionbench.store.database import Store
from emotionbench.store.writing import add_new

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST_NAME = 64
SHORTEST, LONGEST = 12, 1000
"""Characters of a password."""
FREE_FAILURES = 3
LONGEST_WAIT = 900
FORGOTTEN_AFTER = 86_400.0
"""Seconds after which failures no longer count."""
N_TALLIES = 4096
_ACCOUNT = schema.researcher.c
# the rows that count failures have no password, and a blank first, with which no name begins
_IS_ACCOUNT = _ACCOUNT.password != ""


def add(store: Store, name: str, password: str) -> None:
    """Make an account; an EmotionBenchError where the name or password cannot be used, or the name is taken."""
    checked = _checked_name(name)
    row = {"name": checked, "password": _hashed(_checked_password(password)), "n_failed": 0, "failed_at": 0.0}
    with store.writing() as connection:
        add_new(connection, schema.researcher, [row])
        kept = connection.execute(select(_ACCOUNT.password).where(_ACCOUNT.name == checked)).scalar_one()
    if kept != row["password"]:
        fix = f"change its password with: emotionbench survey admin password {checked}"
        raise EmotionBenchError(f"there is an account {checked!r} already", where=store.name, fix=fix)


def names(store: Store) -> list[str]:
    """The names of all accounts, sorted."""
    with store.reading() as connection:
        return sorted(connection.execute(select(_ACCOUNT.name).where(_IS_ACCOUNT)).scalars())


def remove(store: Store, name: str) -> None:
    """Remove an account, and end its sessions; an EmotionBenchError where there is none."""
    typed = as_typed(name)
    with store.writing() as connection:
        gone = connection.execute(delete(schema.researcher).where(_ACCOUNT.name == typed, _IS_ACCOUNT)).rowcount
    _check_found(store, typed, gone)


def set_password(store: Store, name: str, password: str) -> None:
    """Give an account another password, and end its sessions; an EmotionBenchError where that cannot be."""
    typed = as_typed(name)
    hashed = _hashed(_checked_password(password))
    with store.writing() as connection:
        is_it = (_ACCOUNT.name == typed) & _IS_ACCOUNT
        found = connection.execute(update(schema.researcher).where(is_it).values(password=hashed)).rowcount
        connection.execute(delete(schema.researcher).where(_ACCOUNT.name == _tally_of(typed)))
    _check_found(store, typed, found)


def fingerprint(store: Store, name: str) -> str | None:
    """What stands for the account with its present password (32 hexadecimal digits); None where there is no account."""
    found = _password_of(store, name)
    return None if found is None else _fingerprint_of(found)


def admit(store: Store, name: str, *, now: float) -> int:
    """Count a login that is about to be tried as failed; the seconds to wait instead, where too many failed.

    0 says that it may be tried. From the fourth failure in a row on, the next try has to wait min(2^(n − 3), 900)
    seconds after the nth; one that is refused for that does not count. It is counted beforehand, so that a hundred
    tries at once are no way around it; ``log_in`` takes the count back where the password is right.
    """
    tally = {"name": _tally_of(as_typed(name)), "password": "", "n_failed": 0, "failed_at": 0.0}
    is_it = _ACCOUNT.name == tally["name"]
    with store.writing() as connection:
        add_new(connection, schema.researcher, [tally])
        query = select(_ACCOUNT.n_failed, _ACCOUNT.failed_at).where(is_it).with_for_update()
        n_failed, failed_at = connection.execute(query).one()
        if now - failed_at > FORGOTTEN_AFTER:
            n_failed = 0
        wait: int = min(math.ceil(failed_at + delay_after(n_failed) - now), LONGEST_WAIT)
        if wait <= 0:
            connection.execute(update(schema.researcher).where(is_it).values(n_failed=n_failed + 1, failed_at=now))
    return max(0, wait)


def delay_after(n_failed: int) -> int:
    """Seconds that the next try has to wait after so many failures in a row."""
    over = n_failed - FREE_FAILURES
    return 0 if over <= 0 else min(1 << min(over, 10), LONGEST_WAIT)


def log_in(store: Store, name: str, password: str) -> str | None:
    """The fingerprint of the account if the password is right, else None; failures are forgotten with a right one.

    Takes as long for a name that does not exist. A hash of older parameters is made anew. Uses 64 MB and some 50 ms of
    a processor.
    """
    typed = as_typed(name)
    kept = _password_of(store, typed)
    if len(password) > LONGEST or not _is_right(kept or _nobodys_hash(), password) or kept is None:
        return None
    fresh = _hashed(password) if _hasher().check_needs_rehash(kept) else kept
    with store.writing() as connection:
        connection.execute(delete(schema.researcher).where(_ACCOUNT.name == _tally_of(typed)))
        if fresh != kept:
            is_unchanged = (_ACCOUNT.name == typed) & (_ACCOUNT.password == kept)
            connection.execute(update(schema.researcher).where(is_unchanged).values(password=fresh))
    return _fingerprint_of(fresh)


def warm_up() -> None:
    """Make what the first login with an unknown name needs, so that it takes no longer than the second."""
    _nobodys_hash()


def _password_of(store: Store, name: str) -> str | None:
    """The hash of an account's password; None where there is no account."""
    if not _can_be_a_name(name):
        return None
    query = select(_ACCOUNT.password).where(_ACCOUNT.name == name, _IS_ACCOUNT)
    with store.reading() as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def _is_right(hashed: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415  (an extra)

    try:
        return _hasher().verify(hashed, _composed(password))
    except (VerificationError, InvalidHashError):
        return False


def _hashed(password: str) -> str:
    return _hasher().hash(_composed(password))


def _composed(password: str) -> bytes:
    """Keyboards differ in how they write an accented letter."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError:
        raise EmotionBenchError("logins need argon2-cffi", fix="pip install 'emotionbench[survey]'") from None
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of an account that nobody has")


def _fingerprint_of(hashed: str) -> str:
    return sha256(f"session of {hashed}".encode()).hexdigest()[:32]


def _tally_of(name: str) -> str:
    """The row that counts the failures of a name, existing or not."""
    digest = sha256(name.encode("utf-8", "surrogatepass")).digest()
    return f" {int.from_bytes(digest[:8], 'big') % N_TALLIES}"


def as_typed(name: str) -> str:
    """A name without the blank that a telephone's keyboard puts behind it."""
    return unicodedata.normalize("NFC", name).strip()


def _can_be_a_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()


def _checked_name(name: str) -> str:
    typed = as_typed(name)
    if not _can_be_a_name(typed):
        raise EmotionBenchError(
            f"{name!r} cannot be a name", fix=f"choose 1 to {LONGEST_NAME} characters without control characters"
        )
    return typed


def _checked_password(password: str) -> str:
    if len(password) < SHORTEST:
        raise EmotionBenchError(
            f"the password has {len(password)} characters", fix=f"choose one of at least {SHORTEST}"
        )
    if len(password) > LONGEST:
        raise EmotionBenchError("the password is too long", fix=f"choose one of at most {LONGEST:,} characters")
    return password


def _check_found(store: Store, name: str, n: int) -> None:
    if n == 0:
        known: Sequence[str] = names(store)
        there = f"there are: {', '.join(known)}" if known else "make one with: emotionbench survey admin add NAME"
        raise EmotionBenchError(f"no account {name!r}", where=store.name, fix=there)
