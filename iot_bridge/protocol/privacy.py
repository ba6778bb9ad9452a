"""Personal fields are stripped here, at the edge, before anything is stored, logged or forwarded.

`strip` cleans a decoded JSON value; `scrub.scrub_bytes` a payload that could not be decoded and goes to the
dead-letter table. Both go by field name (`personal_fields`) and by value: MAC addresses,
18-digit resident identity numbers (GB 11643-1999, with the check digit), mainland mobile numbers, plates, pictures
as data URIs or long base64, and vectors of numbers such as face embeddings. A person's name in free text
cannot be told from other words; codecs therefore keep no free text.
"""

import hmac
import re
import secrets
from collections import Counter
from typing import Any

import orjson

from iot_bridge.protocol.personal_fields import Category, field_category

STRIPPED = "[stripped]"
MAX_DEPTH = 16

_SHORT = 11  # the shortest personal value, a mobile number
_LONG_NUMBER = 13_000_000_000  # the smallest mobile number
_EMBEDDING_LENGTH = 64
_BLOB_LENGTH = (
    512  # a LoRaWAN frame of 242 bytes is 324 characters of base64; a picture is thousands
)

_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_MAC_DOTTED = re.compile(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")
_MAC_BARE = re.compile(r"(?=.*[A-Fa-f])(?=.*[0-9])[0-9A-Fa-f]{12}")
_ID_NUMBER = re.compile(
    r"(?<![0-9])(?<![0-9]\.)[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"
)
_PHONE = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?:(?:\+|00)?86[- ]?)?1[3-9][0-9](?:[0-9]{8}|([- ])[0-9]{4}\1[0-9]{4})(?![0-9])"
)
_PHONE_WORD = re.compile(r"(?<![0-9A-Za-z])(?:\+86)?1[3-9][0-9]{9}(?![0-9A-Za-z])")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·・ ]?"
    "[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_DATA_URI = re.compile(r"data:[a-z]+/[a-z0-9.+-]+[;,][^\s\"'<>)]*", re.IGNORECASE)
_BLOB = re.compile(r"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\\?[\r\n]){511,}={0,2}")
_PICTURE_BASE64 = re.compile(r"(?:/9j/|iVBORw0KGgo|R0lGOD|Qk0|UklGR)[A-Za-z0-9+/_=\\-]{48,}")
_HEX_WORD = re.compile(r"[0-9A-Fa-f-]{16,}")
_DIGIT_RUN = re.compile(r"[0-9]{11}|[0-9]{3}[- ][0-9]{4}[- ][0-9]{4}")
_ELEVEN_DIGITS = re.compile(r"[0-9]{11}")
_WORD_EDGE = re.compile(r"[^0-9A-Za-z-]")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"

# Fields whose value is an id or a clock of equipment: bare hexadecimal and long integers are theirs.
_MACHINE_FIELD = re.compile(
    r"(?:id|eui|ref|sn|serial|hash|key|token|seq|time|ts|ms|us|ns|stamp|at|count|hz|freq|frequency)$"
)


def is_id_number(text: str) -> bool:
    """Whether 18 characters carry a right check digit (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECK[total % 11] == text[17].upper()


def strip(value: Any) -> tuple[Any, dict[str, int]]:
    """Return a JSON value without its personal fields, and how many of which category went.

    A clean value comes back as it is, not copied. Nested deeper than MAX_DEPTH counts as personal.
    """
    if type(value) is dict and _is_plain(value):
        return value, {}
    found: Counter[str] = Counter()
    return _strip(value, "", 0, found), found


def _is_plain(value: dict[str, Any]) -> bool:
    """Whether an object holds, under harmless names, only values too small to be personal: nearly all do."""
    for key, inner in value.items():
        kind = type(inner)
        if kind is str:
            if len(inner) >= _SHORT or not inner.isascii():
                return False
        elif kind is int or kind is float:
            if inner >= _LONG_NUMBER:
                return False
        elif kind is not bool and inner is not None:
            return False
        if len(key) >= _SHORT or field_category(key) is not None:
            return False
    return True


def is_personal_id(event_id: str) -> bool:
    """Whether an event id contains an address or a number of a person.

    Stricter than `strip` about phone numbers, which here must stand alone: ids are full of digits.
    """
    if len(event_id) < _SHORT:
        return False
    if _may_hold_mac(event_id) and _MAC.search(event_id):
        return True
    if event_id.count(".") >= 2 and _MAC_DOTTED.search(event_id):
        return True
    if _ELEVEN_DIGITS.search(event_id) is None:
        return False
    if any(is_id_number(match[0]) for match in _ID_NUMBER.finditer(event_id)):
        return True
    return _PHONE_WORD.search(event_id) is not None


_key = secrets.token_bytes(32)


def hide_ids_by(key: bytes) -> None:
    """Take over the installation's key, at the start of every process: 32 bytes that lie outside the database."""
    global _key
    if len(key) < 32:
        raise ValueError("the key for event ids takes 32 bytes")
    _key = key


def hidden_id(event_id: str) -> str:
    """What is kept of an event id that contains an address or a number of a person.

    A digest (HMAC-SHA-256, RFC 2104), the same in every process and on every day, for a device that repeats itself
    after a restart must be known again. From the database alone, or its backup, nobody can try out all numbers.
    """
    return "x-" + hmac.digest(_key, event_id.encode(), "sha256")[:16].hex()


def clean_text(text: str, found: Counter[str]) -> str:
    """Replace every personal value in text and count them in `found`."""
    return _scrub(text, found)


def scrub_text(text: str) -> str:
    """Text with every personal value in it replaced; for details and log lines."""
    return _scrub(text, Counter())


def _strip(value: Any, field: str, depth: int, found: Counter[str]) -> Any:
    if isinstance(value, str):
        if len(value) < _SHORT and value.isascii():
            return value
        return _strip_text(value, field, depth, found)
    if isinstance(value, dict):
        return _strip_object(value, depth, found)
    if isinstance(value, list):
        return _strip_array(value, field, depth, found)
    if type(value) in (int, float) and value >= _LONG_NUMBER:
        return _strip_number(value, field, found)
    return value


def _strip_object(value: dict[str, Any], depth: int, found: Counter[str]) -> Any:
    if depth >= MAX_DEPTH:
        found[Category.DEPTH] += 1
        return STRIPPED
    kept: dict[str, Any] = {}
    changed = False
    for key, inner in value.items():
        category = field_category(key)
        if category is not None:
            found[category] += 1
            changed = True
        elif len(key) >= _SHORT and _strip_text(key, "", depth, found) != key:
            changed = True
        else:
            kept[key] = clean = _strip(inner, key, depth + 1, found)
            changed = changed or clean is not inner
    return kept if changed else value


def _strip_array(value: list[Any], field: str, depth: int, found: Counter[str]) -> Any:
    if depth >= MAX_DEPTH:
        found[Category.DEPTH] += 1
        return STRIPPED
    if len(value) >= _EMBEDDING_LENGTH and all(type(item) in (int, float) for item in value):
        found[Category.BIOMETRIC] += 1
        return STRIPPED
    kept = [_strip(item, field, depth + 1, found) for item in value]
    return value if all(a is b for a, b in zip(kept, value, strict=True)) else kept


def _strip_number(value: float, field: str, found: Counter[str]) -> Any:
    if value >= 10**18 or _MACHINE_FIELD.search(field.lower()):
        return value
    before = found.total()
    _scrub(str(int(value)), found)
    return value if found.total() == before else STRIPPED


def _strip_text(text: str, field: str, depth: int, found: Counter[str]) -> str:
    if text.lstrip()[:1] in ("{", "["):  # JSON inside a string
        try:
            inner = orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
        else:
            clean = _strip(inner, field, depth + 1, found)
            return text if clean is inner else orjson.dumps(clean).decode()
    if _MAC_BARE.fullmatch(text) and not _MACHINE_FIELD.search(field.lower()):
        found[Category.MAC] += 1
        return STRIPPED
    return _scrub(text, found)


def _scrub(text: str, found: Counter[str]) -> str:
    """Replace personal values in text; cheap tests first, for most strings hold none."""
    if len(text) >= 48:
        text = _replace(_DATA_URI, Category.IMAGE, text, found)
        text = _replace(_PICTURE_BASE64, Category.IMAGE, text, found)
        if len(text) >= _BLOB_LENGTH:
            text = _replace(_BLOB, Category.IMAGE, text, found)
    if _may_hold_mac(text):
        text = _replace(_MAC, Category.MAC, text, found)
    if not text.isascii():
        text = _replace(_PLATE, Category.PLATE, text, found)
    if text.count(".") >= 2:
        text = _replace(_MAC_DOTTED, Category.MAC, text, found)
    if _DIGIT_RUN.search(text):
        text = _ID_NUMBER.sub(lambda match: _identity(match, found), text)
        text = _PHONE.sub(lambda match: _phone(match, found), text)
    return text


def _may_hold_mac(text: str) -> bool:
    return text.count(":") >= 5 or text.count("-") >= 5


def _replace(pattern: re.Pattern[str], category: Category, text: str, found: Counter[str]) -> str:
    text, count = pattern.subn(STRIPPED, text)
    if count:
        found[category] += count
    return text


def _identity(match: re.Match[str], found: Counter[str]) -> str:
    if not is_id_number(match[0]):
        return match[0]
    found[Category.ID_NUMBER] += 1
    return STRIPPED


def _phone(match: re.Match[str], found: Counter[str]) -> str:
    """Eleven digits are a mobile number unless they stand inside a long hexadecimal word (a UUID, an EUI)."""
    text = match.string
    start, end = match.start(), match.end()
    while start and not _WORD_EDGE.match(text, start - 1):
        start -= 1
    edge = _WORD_EDGE.search(text, end)
    word = text[start : edge.start() if edge else len(text)]
    if len(word) > len(match[0]) and _HEX_WORD.fullmatch(word):
        return match[0]
    found[Category.PHONE] += 1
    return STRIPPED
