"""Short codes that people read, type and say: Crockford base 32 with a check character.

The check character is a weighted sum over GF(32) with a different weight for each place, so every
single wrong character and every swap of two characters is found (codes of up to 31 characters).
"""

from __future__ import annotations

import random
import secrets
import unicodedata
from collections.abc import Iterator

#: No I, L, O, U: the first three look like digits, the last makes words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: From the system, so that nobody can guess the next code from those before.
UNGUESSABLE: random.Random = secrets.SystemRandom()

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
#: Bits of one character.
_BITS = 5

_LOOKALIKES = str.maketrans("OIL", "011")
#: x⁵ + x² + 1 over GF(2): primitive, so the powers of x run through all 31 weights.
_POLYNOMIAL = 0b100101


def normalise(typed: str) -> str:
    """The code as stored: capitals, without spaces and hyphens, O read as 0, I and L as 1."""
    folded = unicodedata.normalize("NFKC", typed).upper().translate(_LOOKALIKES)
    return "".join(sign for sign in folded if not sign.isspace() and not _is_hyphen(sign))


def check_character(body: str) -> str:
    """The character that completes a code."""
    total = 0
    for sign in body:
        total = _times_x(total ^ _VALUES[sign])
    return ALPHABET[total]


def is_wellformed(code: str, length: int) -> bool:
    """Whether a normalised code has this length, only known characters, and the right check."""
    if len(code) != length or not _VALUES.keys() >= set(code):
        return False
    return check_character(code[:-1]) == code[-1]


def draw(rng: random.Random, length: int) -> str:
    """A random code of this length, its check character included."""
    # All bits at once: each time the system is asked takes longer than all the rest.
    bits = rng.getrandbits(_BITS * (length - 1))
    body = "".join(ALPHABET[bits >> _BITS * place & 31] for place in range(length - 1))
    return body + check_character(body)


def near(typed: str, length: int) -> set[str]:
    """The well-formed codes that became `typed` by one slip.

    A slip is a wrong, a missing or an extra character, or two neighbours swapped.
    """
    if abs(len(typed) - length) > 1:
        return set()
    return {code for code in _one_slip_away(typed) if is_wellformed(code, length)} - {typed}


def _one_slip_away(typed: str) -> Iterator[str]:
    for place in range(len(typed) + 1):
        before, after = typed[:place], typed[place:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for sign in ALPHABET:
            yield before + sign + after
            yield before + sign + after[1:]


def _times_x(element: int) -> int:
    shifted = element << 1
    return shifted ^ _POLYNOMIAL if shifted & 0b100000 else shifted


def _is_hyphen(sign: str) -> bool:
    return unicodedata.category(sign) == "Pd"
