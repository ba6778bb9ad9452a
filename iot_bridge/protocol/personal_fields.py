"""Which field names are personal: English, pinyin and Chinese, whatever their case and separators.

A name is folded (lower case, letters and digits only) and looked up as a whole word, then by parts. Names
of equipment that merely look personal (`deviceName`, `devEui`, `facesluiceId`, `topic`) are known and kept.
In doubt a field goes: what canonical messages need is on no list here.
"""

import re
from enum import StrEnum
from functools import lru_cache


class Category(StrEnum):
    """What was stripped, for the counter's label."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    IMAGE = "image"
    BIOMETRIC = "biometric"
    CARD = "card"
    PLATE = "plate"
    MAC = "mac"
    PERSON = "person"
    CONTACT = "contact"
    DEPTH = "depth"


_FOLD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")

# Whole names, for words too short or too common to be looked for inside others.
_EXACT: dict[Category, str] = {
    Category.NAME: "names xm surname alias holder user owner visitor resident driver employee guest linkman lianxiren",
    Category.ID_NUMBER: "idno idnum idnumber identity certno certnum sfz sfzh ssn passport zjhm gmsfhm",
    Category.PHONE: "tel telno cell sjh sjhm lxdh msisdn imsi",
    Category.IMAGE: "pic pics scene closeup img snap video zp base64",
    Category.BIOMETRIC: "vector descriptor palm iris vein facefeature template",
    Category.CARD: "card cards kh",
    Category.PLATE: "plate plates carno carnum cph hphm vin",
    Category.MAC: "mac macs sta stas station stations client clients stassid bssid ssid ssids",
    Category.PERSON: (
        "customid customizeid userid uid empid staffid employeeid memberid visitorid ownerid studentid "
        "residentid sex gender age birth birthday birthdate dob nation native nationality ethnic ethnicity "
        "race beard xb nl csrq mz minzu"
    ),
    Category.CONTACT: "address addr homeaddress homeaddr email mail qq wechat weixin zz dz",
}

# Parts: a folded name that contains one of these is personal.
_PARTS: dict[Category, str] = {
    Category.ID_NUMBER: (
        "idcard identitycard identityno identitynum nationalid citizenid certificateno cardidno passport "
        "shenfenzheng shenfen 身份证 证件 公民身份"
    ),
    Category.PHONE: "phone telnum telephone mobile shouji dianhua 手机 电话",
    Category.IMAGE: (
        "pic photo image jpeg picture avatar portrait snapshot thumbnail zhaopian tupian touxiang "
        "照片 图片 图像 抓拍 头像 相片"
    ),
    Category.BIOMETRIC: (
        "face feature embedding biometric fingerprint voiceprint irisdata palmprint renlian tezheng "
        "人脸 特征 指纹 虹膜 掌纹 声纹"
    ),
    Category.CARD: "cardno cardnum cardid rfcard rfid iccard mjcard bankcard cardcode kahao 卡号",
    Category.PLATE: "plateno platenum licenseplate carplate licenceplate numberplate chepai 车牌",
    Category.MAC: "macaddr macaddress bssid stationmac clientmac 物理地址",
    Category.PERSON: "person renyuan 性别 年龄 生日 出生 民族 国籍 籍贯",
    Category.CONTACT: "homeaddr 住址 地址 邮箱 微信 email",
    Category.NAME: (
        "username personname realname fullname firstname lastname nickname ownername membername "
        "visitorname staffname employeename studentname residentname customername contactname "
        "holdername drivername xingming mingzi 姓名 名字 联系人 业主 住户 访客"
    ),
}

# Names that end in `name` are personal unless they begin with one of these words of equipment.
_EQUIPMENT_WORDS = (
    "device dev tenant application app profile deviceprofile gateway site location place model "
    "product firmware channel area zone region city sensor lane gate door camera group event "
    "type param parameter property service network interface facesluice faces platform protocol "
    "codec topic tag unit vendor maker manufacturer brand rule algorithm cluster "
)
_EQUIPMENT = tuple(_EQUIPMENT_WORDS.split())

# Equipment's own words in which a personal part is hidden; they are cut out before the parts are sought.
_HARMLESS = re.compile(
    "facesluiceid|facesluicename|facesname|facegate|interface|surface|topic|typical|"
    "template|namespace|platform|microphone|mobilenetwork|personcount|personnum|personsnum"
)

_WHOLE: dict[str, Category] = {
    _FOLD.sub("", word): category for category, words in _EXACT.items() for word in words.split()
}
_INSIDE: tuple[tuple[str, Category], ...] = tuple(
    (part, category) for category, parts in _PARTS.items() for part in parts.split()
)


@lru_cache(maxsize=8192)
def field_category(name: str) -> Category | None:
    """The category of a personal field's name, None for equipment's. Cached: names repeat all day."""
    if len(name) > 128:
        return Category.NAME  # no device names a field so; what hides in it is not kept
    folded = _FOLD.sub("", name.lower())
    whole = _WHOLE.get(folded) or _WHOLE.get(folded.rstrip("0123456789"))
    if whole is not None:
        return whole
    rest = _HARMLESS.sub("", folded)
    for part, category in _INSIDE:
        if part in rest:
            return category
    if rest.endswith("mac"):
        return Category.MAC
    if rest.startswith("name") or (rest.endswith("name") and not rest.startswith(_EQUIPMENT)):
        return Category.NAME
    return None
