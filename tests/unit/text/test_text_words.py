"""Words of scripts without spaces. The divisions are those of ICU 78's line breaker for the same texts, but where a note says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.text_support import line_texts, shape
from wavyte_gpu.text import segment
from wavyte_gpu.text import unicode as uc
from wavyte_gpu.text.dictionary import word_starts
from wavyte_gpu.text.reveal import unit_count

# Article 1 of the Universal Declaration of Human Rights; "|" where ICU allows a break besides those after spaces.
ARTICLE = {
    "thai": "มนุษย์|ทั้ง|หลาย|เกิด|มา|มี|อิสระ|และ|เสมอ|ภาค|กัน|ใน|เกียรติศักดิ์|และ|สิทธิ "
    "ต่าง|มี|เหตุผล|และ|มโนธรรม และ|ควร|ปฏิบัติ|ต่อ|กัน|ด้วย|เจตนารมณ์|แห่ง|ภราดรภาพ",
    "lao": "ມະນຸດ|ເກີດ|ມາ|ມີ|ສິດ|ເສລີພາບ ແລະ ສະເໝີ|ໜ້າ|ກັນ|ໃນ|ທຸກໆ|ດ້ານ ຊຶ່ງ|ລວມ|ທັງ|ສິດ ແລະ ກຽດຕິສັກ ທັງໝົດ|ແມ່ນ|ມີ|ເຫດຜົນ ແລະ ຄວາມຄິດ|ຂອງ|ສ່ວນ|ບຸກຄົນ",
    "khmer": "មនុស្ស|ទាំងអស់ កើតមក|មាន|សេរីភាព និង|ភាព|ស្មើៗ|គ្នា ក្នុង|ផ្នែក|សេចក្ដីថ្លៃថ្នូរ|និង|សិទ្ធិ មនុស្ស មាន|វិចារណញ្ញាណ|និង|សតិសម្បជញ្ញៈ|ជាប់|ពី|កំណើត",
    "burmese": "လူတိုင်း|သည် တူညီ လွတ်လပ်|သော ဂုဏ်|သိက္ခာ|ဖြင့် လည်းကောင်း၊ တူညီ|လွတ်လပ်|သော",
}


def starts(text: str) -> list[int]:
    chars = uc.code_points(text)
    properties = uc.lookup(chars)
    return np.flatnonzero(word_starts(chars, properties, segment.grapheme_starts(properties))).tolist()


@pytest.mark.parametrize("script", ["thai", "lao", "khmer"])
def test_words_are_those_of_icu(script: str) -> None:
    """Of 100 divisions two differ: ICU leaves a sign of repetition alone in Lao, and divides "និងភាព" late in Khmer."""
    marked = ARTICLE[script]
    text = marked.replace("|", "")
    wanted, at = [], 0
    for char in marked:
        if char == "|":
            wanted.append(at)
        else:
            at += 1
    assert starts(text) == wanted


def test_burmese_words_end_with_their_syllables() -> None:
    text = ARTICLE["burmese"].replace("|", "")
    found = starts(text)
    assert found
    for at in found:
        assert text[at : at + 1] not in "\u1039\u103a" and text[at + 1 : at + 2] not in "\u1039\u103a"


def test_lines_and_words_of_thai() -> None:
    text = ARTICLE["thai"].replace("|", "")
    shaped = shape(text, font="thai", width=320.0)
    lines = line_texts(shaped, text)
    assert len(lines) > 2 and "".join(lines) == text
    assert all(line.width <= 320.001 for line in shaped.lines)
    ends = np.cumsum([len(line) for line in lines])[:-1].tolist()
    assert set(ends) <= {*starts(text), *(i + 1 for i, char in enumerate(text) if char == " ")}
    assert unit_count(shaped, "word") == ARTICLE["thai"].count("|") + text.count(" ") + 1


def test_other_scripts_are_not_divided() -> None:
    for text in ("", "a", "Hello world", "漢字かな", "שלום", "ก", "กa", "123"):
        assert starts(text) == []
    assert starts("abcสวัสดีครับ") == [9]


def test_letters_of_no_word_stay_together() -> None:
    assert starts("ฬฬฬฬ") == []
    assert starts("ฬฬฬและ") == [3]


@given(st.text(st.sampled_from("กขคงมนรสอะาิีึุูเแโใไ์่้ๆฯະາແກຂកខ្ាិက်ခ္ာိ"), max_size=60))
def test_any_letters_divide_between_clusters(text: str) -> None:
    chars = uc.code_points(text)
    clusters = set(np.flatnonzero(segment.grapheme_starts(uc.lookup(chars))).tolist())
    assert set(starts(text)) <= clusters - {0}


def test_long_runs_take_bounded_time() -> None:
    text = ARTICLE["thai"].replace("|", "").replace(" ", "") * 100
    assert len(starts(text)) > 2000
    assert len(starts("ก" * 20_000)) < 20_000
