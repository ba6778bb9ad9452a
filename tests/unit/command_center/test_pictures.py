"""What may be attached: told by content, made anew, and nothing of the camera left."""

import io

import pytest
from PIL import Image

from command_center.attachments.pictures import LONGEST_SIDE, PDF, BadAttachmentError, read
from tests.support.photos import SECRET, photo


@pytest.mark.parametrize(
    ("kind", "type_"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_nothing_beside_the_pixels_is_kept(kind: str, type_: str) -> None:
    data = photo(kind=kind)
    assert SECRET.encode() in data
    content = read(data)
    assert content.type == type_
    assert SECRET.encode() not in content.data
    with Image.open(io.BytesIO(content.data)) as image:
        assert image.format == kind
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()


def test_a_comment_and_a_colour_profile_go_too() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=b"my name", icc_profile=b"a profile")
    assert b"my name" not in read(out.getvalue()).data
    assert b"a profile" not in read(out.getvalue()).data


def test_a_picture_stands_upright_without_being_told() -> None:
    image = Image.open(io.BytesIO(read(photo(size=(80, 40), rotated=True)).data))
    assert image.size == (40, 80)
    grey = image.convert("L").tobytes()
    top, bottom = grey[10 * 40 + 20], grey[70 * 40 + 20]
    assert top > bottom  # the left half was the lighter one


def test_a_large_picture_is_made_smaller() -> None:
    with Image.open(io.BytesIO(read(photo(size=(6000, 1000))).data)) as image:
        assert max(image.size) == LONGEST_SIDE
        assert image.width / image.height == pytest.approx(6, rel=0.01)


def test_transparency_palettes_and_grey_survive() -> None:
    for mode in ("RGBA", "LA", "P", "L", "1", "I;16"):
        out = io.BytesIO()
        Image.new(mode, (9, 7)).save(out, "PNG")
        with Image.open(io.BytesIO(read(out.getvalue()).data)) as image:
            assert image.size == (9, 7)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert read(photo()) == read(photo())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_type"),
        (b"<html>", "bad_type"),
        (b"GIF89a" + bytes(100), "bad_type"),
        (b"II*\x00" + bytes(100), "bad_type"),
        (photo(size=(640, 480))[:-500], "broken"),
        (photo(kind="PNG", size=(640, 480))[:-60], "broken"),
        (b"%PDF-" + bytes(10 * 1024 * 1024), "too_large"),
    ],
)
def test_what_cannot_be_attached_is_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(BadAttachmentError) as caught:
        read(data)
    assert caught.value.code == code


def test_a_small_file_that_unfolds_to_a_flood_is_refused() -> None:
    for size in ((9000, 9000), (20000, 20000)):
        out = io.BytesIO()
        Image.new("1", size).save(out, "PNG")
        with pytest.raises(BadAttachmentError) as caught:
            read(out.getvalue())
        assert caught.value.code == "too_many_pixels"


def test_a_document_stays_as_it_is() -> None:
    assert read(b"%PDF-1.4\n...") == read(b"%PDF-1.4\n...")
    assert read(b"%PDF-1.4\n...").type == PDF
