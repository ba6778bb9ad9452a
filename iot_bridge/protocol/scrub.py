"""Personal fields out of payloads that could not be decoded, before they reach the dead-letter table.

A payload that still is JSON goes through `privacy.strip`. Anything else is treated as text in which fields
look like `"name": …`, `name=…` or `<name>…</name>`, whatever the quoting, and is searched for personal
values; bytes that are not text survive unchanged, but for Chinese text among them (a length-prefixed format as
Sparkplug's says by no mark which of it is a name), in whose place come as many asterisks. It never fails, for its input is by definition broken.
"""

import re
from collections import Counter

import orjson

from iot_bridge.protocol.messages import MAX_PAYLOAD_BYTES
from iot_bridge.protocol.personal_fields import Category, field_category
from iot_bridge.protocol.privacy import STRIPPED, clean_text, strip

MAX_SCAN_BYTES = 1024 * 1024

_KEY = re.compile(
    r"""(?P<quote>\\?["'])(?P<quoted>(?:[^"'\\\n]|\\u[0-9A-Fa-f]{4}){1,128})(?P=quote)\s*[:=]\s*"""
    r"""|(?<![\w\u3400-\u9fff])(?P<bare>[A-Za-z_\u3400-\u9fff][\w.\u3400-\u9fff-]{0,63})\s*[:=：]\s*"""
)
_ELEMENT = re.compile(r"<([\w:.\u3400-\u9fff-]{1,64})(?:\s[^<>]*)?>([^<>]+)</\1\s*>")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_STRING_END = {
    '"': re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL),
    '\\"': re.compile(r'.*?(?<!\\)\\"', re.DOTALL),
    "\\'": re.compile(r".*?(?<!\\)\\'", re.DOTALL),
}
_BRACKET = re.compile(r"""[\[{]|[\]}]|"(?:[^"\\]|\\.)*(?:"|\Z)""", re.DOTALL)
_BARE_END = re.compile(r"""[,;&}\])\n\r"'<>]|\Z""")
_MAC_BARE_WORD = re.compile(
    r"(?<![0-9A-Za-z-])(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{12}(?![0-9A-Za-z-])"
)
_HAN = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){2,}")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def scrub_bytes(raw: bytes, limit: int = MAX_PAYLOAD_BYTES) -> tuple[bytes, dict[str, int]]:
    """The payload without personal fields and cut to `limit` bytes, and how many of which category went.

    Nothing found means the bytes come back as they were (cut). Text in GB 18030, which older makers send,
    comes back as UTF-8. Only the first MAX_SCAN_BYTES are looked at and kept.
    """
    raw = raw[:MAX_SCAN_BYTES]
    text = _decode(raw)
    try:
        clean, stripped = strip(orjson.loads(text if text is not None else raw))
        if stripped:
            return orjson.dumps(clean)[:limit], stripped
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    found: Counter[str] = Counter()
    source = text if text is not None else raw.decode("utf-8", "surrogateescape")
    result = _scrub_fields(source, found)
    result = _ELEMENT.sub(lambda match: _element(match, found), result)
    result = clean_text(result, found)
    result, macs = _MAC_BARE_WORD.subn(STRIPPED, result)
    if macs:
        found[Category.MAC] += macs
    left = result.encode("utf-8", "surrogateescape") if found else raw
    if text is None and _CONTROL.search(raw):  # by now no field that Chinese text names is left
        left, words = _HAN.subn(lambda match: b"*" * len(match[0]), left)
        if words:
            found[Category.NAME] += words
    return left[:limit], found


def _decode(raw: bytes) -> str | None:
    """The payload as text if it is GB 18030 and not UTF-8, else None."""
    try:
        raw.decode("utf-8")
        return None
    except UnicodeDecodeError:
        pass
    if _CONTROL.search(raw):
        return None
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _scrub_fields(text: str, found: Counter[str]) -> str:
    """Replace the value of every personal field of text that may be broken anywhere."""
    parts: list[str] = []
    position = 0
    at = 0
    while (match := _KEY.search(text, at)) is not None:
        at = match.end()
        quoted = match["quoted"]
        name = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), quoted) if quoted else match["bare"]
        category = field_category(name)
        if category is None:
            continue
        found[category] += 1
        parts += (text[position:at], f'"{STRIPPED}"')
        position = at = _value_end(text, at)
    parts.append(text[position:])
    return "".join(parts)


def _value_end(text: str, start: int) -> int:
    """Where the value beginning at `start` ends; the end of the text when it never does."""
    for quote, pattern in _STRING_END.items():
        if text.startswith(quote, start):
            end = pattern.match(text, start + len(quote))
            return end.end() if end else len(text)
    if text[start : start + 1] not in ("{", "["):
        end = _BARE_END.search(text, start)
        return end.start() if end else len(text)
    depth = 0
    for token in _BRACKET.finditer(text, start):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(text)


def _element(match: re.Match[str], found: Counter[str]) -> str:
    category = field_category(match[1])
    if category is None:
        return match[0]
    found[category] += 1
    return match[0].replace(match[2], STRIPPED)
