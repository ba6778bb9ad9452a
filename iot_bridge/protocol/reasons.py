"""Why a message went to the dead-letter table: stable words for the database, the API and metrics."""

from enum import StrEnum


class DeadLetterReason(StrEnum):
    """Stable reason codes; a new one may be added, an old one never changes its meaning."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    BAD_ENVELOPE = "bad_envelope"
    BAD_DATA = "bad_data"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_TYPE = "unknown_type"
    BAD_TOPIC = "bad_topic"
    UNKNOWN_DEVICE = "unknown_device"
    WRONG_TOPIC = "wrong_topic"
    NO_BIRTH = "no_birth"
    CODEC_ERROR = "codec_error"
    STORAGE_ERROR = "storage_error"
    BAD_REPLY = "bad_reply"

    @property
    def zh(self) -> str:
        """One line for an operator, in Chinese."""
        return _TEXTS[self][0]

    @property
    def en(self) -> str:
        """One line for an operator, in English."""
        return _TEXTS[self][1]


_TEXTS: dict[DeadLetterReason, tuple[str, str]] = {
    DeadLetterReason.TOO_LARGE: ("报文超过长度上限", "The payload is larger than allowed."),
    DeadLetterReason.NOT_JSON: ("报文不是 UTF-8 编码的 JSON", "The payload is not JSON in UTF-8."),
    DeadLetterReason.BAD_ENVELOPE: (
        "报文信封缺少字段或字段类型不符",
        "The envelope lacks a field or has one of the wrong type.",
    ),
    DeadLetterReason.BAD_DATA: (
        "data 中缺少字段或字段类型、范围不符",
        "The data lacks a field or has one of the wrong type or range.",
    ),
    DeadLetterReason.UNKNOWN_KIND: ("未知的设备类型", "The device kind is not known."),
    DeadLetterReason.UNKNOWN_TYPE: (
        "该类设备没有这种事件类型",
        "Devices of this kind have no such event type.",
    ),
    DeadLetterReason.BAD_TOPIC: ("主题不符合约定", "The topic does not follow the contract."),
    DeadLetterReason.UNKNOWN_DEVICE: ("设备未登记", "The device is not registered."),
    DeadLetterReason.WRONG_TOPIC: (
        "主题中的辖区或类型与登记不一致",
        "The topic's jurisdiction or kind is not the registered one.",
    ),
    DeadLetterReason.NO_BIRTH: (
        "尚未收到该节点的 BIRTH 报文，已请求重发",
        "The node's BIRTH was not heard yet; it has been asked to send it again.",
    ),
    DeadLetterReason.CODEC_ERROR: (
        "解码器无法解释该报文",
        "The codec could not make sense of the payload.",
    ),
    DeadLetterReason.BAD_REPLY: (
        "回复与发给该设备的指令对不上",
        "The reply answers no command that was given to this device.",
    ),
    DeadLetterReason.STORAGE_ERROR: ("写入数据库时被拒绝", "The database refused the message."),
}
