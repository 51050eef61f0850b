from __future__ import annotations

import pytest

from emotionbench.comparisons.inference import Inference, adjusted
from emotionbench.errors import EmotionBenchError
from emotionbench.statistics.contrasts import Contrast, one_sample_t


def with_p(p: float | None, difference: float | None = 1.0) -> Contrast:
    return Contrast(difference, "t", p=p)


def test_each_rule_has_its_alpha() -> None:
    assert Inference.of() == Inference() == Inference("standard", 0.05)
    assert Inference.of("emotionbench-2024") == Inference("emotionbench-2024", 0.01)
    assert Inference.of("standard", 0.2).alpha == Inference.of("emotionbench-2024", 0.2).alpha == 0.2
    assert Inference.of().by_situation
    assert not Inference.of("emotionbench-2024").by_situation


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(EmotionBenchError, match=r"'emotionbench-2042'; did you mean 'emotionbench-2024'\?"):
        Inference.of("emotionbench-2042")


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.05, 5.0, float("nan"), float("inf")])
def test_an_alpha_that_is_no_probability_is_refused(alpha: float) -> None:
    with pytest.raises(EmotionBenchError, match="is not between 0 and 1"):
        Inference.of("standard", alpha)


def test_the_default_rule_decides_by_the_adjusted_p() -> None:
    first, second = adjusted([with_p(0.03), with_p(0.04)], "two rows")
    assert (first.p_holm, second.p_holm) == (0.06, 0.06)
    assert Inference().p(first) == 0.06
    assert Inference().arrow(first) == "−"
    published = Inference.of("emotionbench-2024", 0.05)
    assert published.p(first) == 0.03
    assert published.arrow(first) == "↑"
    assert published.arrow(with_p(0.01, -1.0)) == "↓"


def test_without_a_test_there_is_no_arrow() -> None:
    (none,) = adjusted([one_sample_t([5, 5])], "one row")
    for rule in ("standard", "emotionbench-2024"):
        assert Inference.of(rule).arrow(none) == "?"


def test_contrasts_without_a_test_do_not_count_in_the_family() -> None:
    found = adjusted([with_p(0.01), with_p(None), with_p(0.02), with_p(0.6)], "rows")
    assert [one.n_tests for one in found] == [3] * 4
    assert {one.family for one in found} == {"rows"}
    assert [one.p_holm for one in found] == pytest.approx([0.03, None, 0.04, 0.6])
    assert [one.p_bh for one in found] == pytest.approx([0.03, None, 0.03, 0.6])
    assert [one.p for one in found] == [0.01, None, 0.02, 0.6]


def test_a_family_of_none() -> None:
    assert adjusted([], "nothing") == []
    (alone,) = adjusted([with_p(None)], "nothing")
    assert (alone.n_tests, alone.p_holm, alone.p_bh) == (0, None, None)
