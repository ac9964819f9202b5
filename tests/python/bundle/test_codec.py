"""The bounded codec of spec 1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.bundle.arrays import read_array, write_array
from affidavit.bundle.codec import Reader, Writer
from affidavit.errors import Malformed


def written(write) -> bytes:
    out = Writer("test")
    write(out)
    return out.finish()


@given(
    st.integers(0, 255), st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**15), 2**15 - 1)
)
def test_numbers_round_trip(a, b, c, d):
    def write(out):
        out.u8("a", a)
        out.u64("b", b)
        out.i64("c", c)
        out.i16("d", d)

    source = Reader("test", written(write))
    assert (source.u8("a"), source.u64("b"), source.i64("c"), source.i16("d")) == (a, b, c, d)
    source.finish()


def test_numbers_are_little_endian():
    assert written(lambda out: out.u32("n", 0x01020304)) == b"\x04\x03\x02\x01"
    assert written(lambda out: out.i16("n", -2)) == b"\xfe\xff"


@pytest.mark.parametrize(("name", "value"), [("u8", 256), ("u16", -1), ("u32", 2**32), ("i64", 2**63)])
def test_numbers_that_do_not_fit_are_refused(name, value):
    with pytest.raises(Malformed, match="does not fit"):
        getattr(Writer("test"), name)("n", value)


@given(st.text(max_size=40))
def test_text_is_utf8_without_control_characters(text):
    control = any(ord(c) < 32 or ord(c) == 127 for c in text)
    surrogate = any(0xD800 <= ord(c) < 0xE000 for c in text)
    if control or surrogate:
        with pytest.raises(Malformed):
            written(lambda out: out.text("t", text, 200))
    else:
        assert Reader("test", written(lambda out: out.text("t", text, 200))).text("t", 200) == text


@pytest.mark.parametrize("body", [b"\x00", b"a\nb", b"\x7f", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80"])
def test_bad_text_is_malformed(body):
    data = written(lambda out: out.data("t", body, 10))
    with pytest.raises(Malformed, match="t "):
        Reader("test", data).text("t", 10)


def test_counts_are_bounded_before_anything_is_read():
    huge = written(lambda out: out.u32("n", 2**32 - 1))
    with pytest.raises(Malformed, match="at most 10"):
        Reader("test", huge).data("n", 10)
    with pytest.raises(Malformed, match="cut off"):
        Reader("test", huge).i64_array("n", 2**32)
    with pytest.raises(Malformed, match="cut off"):
        Reader("test", huge).each("n", 2**32, 4, lambda: None)


def test_flags_are_zero_or_one():
    with pytest.raises(Malformed, match="neither"):
        Reader("test", b"\x02").flag("f")
    with pytest.raises(Malformed, match="neither"):
        Reader("test", b"\x01\x00\x00\x00\x02").flag_array("f", 4)


def test_trailing_bytes_are_malformed():
    with pytest.raises(Malformed, match="followed by 1"):
        Reader("test", b"x").finish()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_arrays_take_the_narrowest_width(values):
    array = np.array(values, dtype=np.int64)
    data = written(lambda out: write_array(out, "a", array))
    width = data[0]
    assert len(data) == 5 + width * len(values)
    if width > 1:
        half = 1 << (8 * (width // 2) - 1)
        assert array.min() < -half or array.max() >= half
    source = Reader("test", data)
    assert np.array_equal(read_array(source, "a"), array)
    source.finish()


def test_a_wider_array_than_needed_is_malformed():
    def write(out):
        out.u8("width", 2)
        out.u32("count", 1)
        out.raw("cells", b"\x05\x00", 2)

    with pytest.raises(Malformed, match="narrowest"):
        read_array(Reader("test", written(write)), "a")
    with pytest.raises(Malformed, match="3 bytes"):
        read_array(Reader("test", b"\x03\x00\x00\x00\x00"), "a")
