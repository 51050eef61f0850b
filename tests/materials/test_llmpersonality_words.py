from __future__ import annotations

from dataclasses import astuple, fields

from emotionbench.materials.llmpersonality_words import WORDS, Words


def test_ten_languages_each_say_everything_in_words_of_their_own() -> None:
    assert list(WORDS) == ["en", "zh", "ko", "es", "fr", "de", "it", "ar", "ru", "ja"]
    said = [field.name for field in fields(Words) if field.name not in ("mended_labels", "mistranslated")]
    for name in said:
        texts = [getattr(words, name) for words in WORDS.values()]
        assert all(text.strip() for text in texts), name
        assert len(set(texts)) == len(texts), name


def test_no_word_is_a_placeholder_and_only_reasoning_has_the_mark() -> None:
    for words in WORDS.values():
        assert not any("{" in text or "}" in text for text in astuple(words) if isinstance(text, str))
        assert words.think_first.count("###") == 1
        assert "###" not in words.instructions + words.situation + words.situation_after + words.recovered


def test_mended_labels_do_not_begin_as_the_faulty_ones() -> None:
    for words in WORDS.values():
        for beginning, mended in words.mended_labels.values():
            assert not mended.startswith(beginning)
