"""Survey tabulation: the printed tables again, every shape and engine, intervals and tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics._raoscott import Ticks, independence
from shinrenkei.metrics.survey import recover_counts
from shinrenkei.metrics.tabulation import tabulate
from tests.metrics.engines import ENGINES

# tohoku-2005: question 1 (single, n = 311) and question 2 (multiple, asked of the 78 who cooperate or will)
AWARENESS = {"in place": 23.2, "planned": 1.9, "interested": 41.5, "not interested": 30.5, "unknown": 2.9}
CONTENT = {"orders": 39.7, "technology": 59.0, "research": 26.9, "market": 15.4, "other": 7.7, "unknown": 2.6}


def matching_survey(seed: int = 0) -> pd.DataFrame:
    """Microdata of 311 respondents with the printed shares; who was asked Q2 follows from Q1."""
    rng = np.random.default_rng(seed)
    counts = recover_counts(pd.Series(AWARENESS), 311, total=311)["count"]
    survey = pd.DataFrame({"Q1": np.repeat(counts.index, counts)})
    survey["Q1"] = survey["Q1"].where(survey["Q1"] != "unknown")
    survey["cooperates"] = survey["Q1"].isin(["in place", "planned"])
    asked = survey.index[survey["cooperates"]]
    ticks = recover_counts(pd.Series(CONTENT), 78)["count"]
    silent = asked[: ticks["unknown"]]
    for answer, count in ticks.drop("unknown").items():
        chosen = rng.choice(asked.difference(silent), count, replace=False)
        survey[f"Q2_{answer}"] = survey.index.isin(chosen)
    answerless = survey.index.isin(asked.difference(silent)) & ~survey.filter(like="Q2_").any(axis=1)
    survey.loc[answerless, "Q2_technology"] = False
    return survey


def test_a_single_question_gives_its_printed_table_again() -> None:
    table = tabulate(matching_survey(), "Q1", order=list(AWARENESS), no_answer="unknown", population=1000)
    assert table["share_pct"].round(1).tolist() == list(AWARENESS.values())
    assert table["n"].unique().tolist() == [311]
    assert table["count"].sum() == 311
    assert table.attrs["answer_type"] == "single"
    assert table.attrs["sampling_fraction"] == 0.311


def test_a_filtered_multiple_question_gives_its_printed_table_again() -> None:
    survey = matching_survey()
    boxes = survey.filter(like="Q2_").columns
    table = tabulate(survey, "Q2", asked="cooperates", order=[name[3:] for name in boxes])
    assert table["share_pct"].round(1).tolist() == list(CONTENT.values())[:-1]
    assert table["n"].unique().tolist() == [78]
    assert table.attrs["left_out"] == {"not asked": 233}


ROWS = [("a", "x"), ("x",), (), None, ("a",), ("b", "a")]


def shape(kind: str) -> Any:
    """Give the same six multiple answers in one of the shapes they come in."""
    regions = ["kinki", "kanto", "kanto", "kinki", "kinki", None]
    frame: Any = pd.DataFrame({"region": regions, "w": [1.0, 2, 1, 1, 3, 1]})
    if kind == "joined":
        return frame.assign(Q7=[None if row is None else "; ".join(row) for row in ROWS])
    if kind == "lists":
        return frame.assign(Q7=[None if row is None else list(row) for row in ROWS])
    if kind == "boxes":
        boxes = {f"Q7_{a}": [None if row is None else a in row for row in ROWS] for a in "abx"}
        return frame.assign(**{name: pd.array(values, dtype="boolean") for name, values in boxes.items()})
    if kind == "zeros and ones":
        ones = {f"Q7_{a}": [None if row is None else float(a in row) for row in ROWS] for a in "abx"}
        return frame.assign(**ones)
    long = frame.assign(respondent=range(6), question="Q7", answer=[list(row or [None]) for row in ROWS])
    other = pd.DataFrame(
        {"respondent": [0], "question": ["Q8"], "answer": ["z"], "w": [1.0], "region": ["kinki"]}
    )
    return pd.concat([long.explode("answer"), other], ignore_index=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["joined", "lists", "boxes", "zeros and ones"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_every_shape_and_engine_gives_the_same_table(kind: str, engine: str, weights: str | None) -> None:
    if kind == "lists" and engine == "dask":
        pytest.skip("Dask turns lists into text when a frame is made from pandas")
    table = tabulate(ENGINES[engine](shape(kind)), "Q7", weights=weights)
    assert table["answer"].tolist() == ["a", "b", "x"]
    assert table["count"].tolist() == [3, 1, 2]
    assert table["n"].tolist() == [5, 5, 5]
    np.testing.assert_allclose(table["share"], [0.6, 0.2, 0.4] if weights is None else [5 / 8, 1 / 8, 3 / 8])
    assert table.attrs["left_out"] == {"no answer": 1}
    crossed = tabulate(ENGINES[engine](shape(kind)), "Q7", "region", weights=weights)
    pd.testing.assert_frame_equal(
        crossed, tabulate(shape("boxes"), "Q7", "region", weights=weights), rtol=1e-9
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_the_long_form_counts_respondents_not_rows(engine: str) -> None:
    """Of the long form an empty row is no answer, so that both silent respondents are outside the base."""
    table = tabulate(ENGINES[engine](shape("long")), "Q7", weights="w")
    assert table["count"].tolist() == [3, 1, 2]
    assert table["n"].tolist() == [4, 4, 4]
    np.testing.assert_allclose(table["share"], [5 / 7, 1 / 7, 3 / 7])


def test_those_who_gave_no_answer_are_counted_where_they_have_a_label() -> None:
    table = tabulate(shape("boxes"), "Q7", no_answer="unknown")
    assert table["answer"].tolist() == ["a", "b", "x", "unknown"]
    assert table["count"].tolist() == [3, 1, 2, 2]
    assert table["n"].tolist() == [6, 6, 6, 6]


def test_answers_nobody_gave_stand_in_the_given_order_and_unknown_ones_are_refused() -> None:
    table = tabulate(shape("joined"), "Q7", order=["x", "never", "a", "b"])
    assert table["count"].tolist() == [2, 0, 3, 1]
    with pytest.raises(UnknownNameError, match="Unknown answer 'x'"):
        tabulate(shape("joined"), "Q7", order=["a", "b"])


def test_one_answer_with_the_separator_in_it_can_be_kept_whole() -> None:
    frame = pd.DataFrame({"Q1": ["a; b", "c", " "]})
    table = tabulate(frame, "Q1", answer_type="single")
    assert table["answer"].tolist() == ["a; b", "c"]
    assert table["n"].tolist() == [2, 2]


@pytest.mark.parametrize("question", ["asked", "weight"])
def test_a_question_whose_name_is_needed_is_refused(question: str) -> None:
    with pytest.raises(InputError, match=f"Column '{question}' has the name of a column of the result"):
        tabulate(pd.DataFrame({question: ["yes", "no"]}), question)


def test_a_category_column_and_a_numeric_column_keep_their_order() -> None:
    sizes = pd.Categorical(["over 100", "1-5", "1-5"], categories=["1-5", "6-100", "over 100"])
    survey = pd.DataFrame({"Q": sizes})
    assert tabulate(survey, "Q")["answer"].tolist() == ["1-5", "over 100"]
    assert tabulate(survey, "Q", order=list(sizes.categories))["count"].tolist() == [2, 0, 1]
    assert tabulate(pd.DataFrame({"Q": [10, 9, 9, None]}), "Q")["answer"].tolist() == ["9", "10"]


def test_a_census_has_no_interval_and_a_sample_of_many_the_plain_one() -> None:
    survey = matching_survey()
    census = tabulate(survey, "Q1", no_answer="unknown", population=311)
    np.testing.assert_allclose(census["lower"], census["share"])
    np.testing.assert_allclose(census["upper"], census["share"])
    plain = tabulate(survey, "Q1", no_answer="unknown")
    vast = tabulate(survey, "Q1", no_answer="unknown", population=10**12)
    np.testing.assert_allclose(vast[["lower", "upper"]], plain[["lower", "upper"]], rtol=1e-9)


def test_the_ends_solve_the_score_equation_of_sampling_without_replacement() -> None:
    """Cochran (1977), Sampling Techniques, section 3.2: Var p = P (1 - P) / n (N - n) / (N - 1)."""
    table = tabulate(matching_survey(), "Q1", no_answer="unknown", population=1000)
    for _, row in table.iterrows():
        for end in (row["lower"], row["upper"]):
            error = np.sqrt(end * (1 - end) / 311 * (1000 - 311) / 999)
            assert abs(row["share"] - end) == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-6)


def test_a_domain_keeps_the_sampling_fraction_of_the_survey() -> None:
    """78 of 311 respondents were asked; they stand for 78 / 0.311 = 250.8 firms, not for 1,000."""
    table = tabulate(matching_survey(), "Q2", asked="cooperates", population=1000)
    row = table.set_index("answer").loc["technology"]
    whole = 78 / 0.311
    error = np.sqrt(row["upper"] * (1 - row["upper"]) / 78 * (whole - 78) / (whole - 1))
    assert row["upper"] - row["share"] == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-6)


def test_each_group_may_have_its_own_population() -> None:
    frame = pd.DataFrame({"Q": list("aabab"), "region": ["kinki"] * 3 + ["kanto"] * 2})
    table = tabulate(frame, "Q", "region", population={"kinki": 3, "kanto": 200}).set_index(
        ["region", "answer"]
    )
    assert table.loc[("kinki", "a"), "lower"] == pytest.approx(2 / 3)
    assert float(table["lower"]["kanto", "a"]) < 0.2
    with pytest.raises(InputError, match="population has no entry for 'kanto'"):
        tabulate(frame, "Q", "region", population={"kinki": 3})
    with pytest.raises(InputError, match="population=4 is no whole number of at least the 5 respondents"):
        tabulate(frame, "Q", population=4)
    with pytest.raises(InputError, match="population names groups, but there is no by"):
        tabulate(frame, "Q", population={"kinki": 3})


def test_the_effective_base_is_the_linearised_variance_of_a_weighted_share() -> None:
    """Särndal, Swensson and Wretman (1992), section 5.6: sum of w² (x - p)² over (sum of w)²."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"Q": rng.choice(["yes", "no"], 200), "w": rng.gamma(2, size=200)})
    x, w = frame["Q"].eq("yes").to_numpy(), frame["w"].to_numpy()
    p = w @ x / w.sum()
    variance = np.sum(w**2 * (x - p) ** 2) / w.sum() ** 2
    effective = p * (1 - p) / variance
    row = tabulate(frame, "Q", weights="w").set_index("answer").loc["yes"]
    assert row["share"] == pytest.approx(p)
    error = np.sqrt(row["upper"] * (1 - row["upper"]) / effective)
    assert row["upper"] - p == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-6)


def test_equal_weights_change_nothing_and_a_share_of_all_uses_kish() -> None:
    frame = pd.DataFrame({"Q": ["yes"] * 10 + ["no"] * 30})
    plain, equal = tabulate(frame, "Q"), tabulate(frame.assign(w=2.5), "Q", weights="w")
    np.testing.assert_allclose(equal[["lower", "upper"]], plain[["lower", "upper"]])
    everyone = tabulate(pd.DataFrame({"Q": ["yes"] * 3, "w": [1.0, 1.0, 4.0]}), "Q", weights="w")
    kish = 36 / 18
    assert everyone["lower"].item() == pytest.approx(kish / (kish + stats.norm.ppf(0.975) ** 2))


def test_single_answers_without_weights_get_pearsons_test() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"Q": rng.choice(list("abc"), 300), "g": rng.choice(list("xyz"), 300)})
    test = tabulate(frame, "Q", "g").attrs["test"]
    expected = stats.chi2_contingency(pd.crosstab(frame["g"], frame["Q"]), correction=False)
    assert test["statistic"] == pytest.approx(expected.statistic)
    assert test["df"] == expected.dof
    assert test["p_value"] == pytest.approx(expected.pvalue)
    assert test["second_order"]["p_value"] == pytest.approx(expected.pvalue, abs=0.02)


def jackknife_moments(x: np.ndarray, g: np.ndarray, w: np.ndarray, metric: Any) -> tuple[float, float]:
    """Return the eigenvalues' sum and sum of squares by a delete-one covariance, an independent way."""

    def contrasts(keep: np.ndarray) -> np.ndarray:
        shares = [
            np.average(x[keep & (g == group)], axis=0, weights=w[keep & (g == group)])
            for group in np.unique(g)
        ]
        return (np.array(shares) - np.average(x[keep], axis=0, weights=w[keep])).ravel()

    n = len(x)
    replicates = np.array([contrasts(np.arange(n) != i) for i in range(n)])
    centred = replicates - replicates.mean(axis=0)
    design = metric[:, None] * ((n - 1) / n * centred.T @ centred)
    return float(np.trace(design)), float((design * design.T).sum())


@pytest.mark.parametrize("weighted", [False, True])
def test_the_corrections_agree_with_a_jackknife(weighted: bool) -> None:
    rng = np.random.default_rng(3)
    latent = rng.normal(size=(240, 1))
    x = (latent + rng.normal(size=(240, 3)) > [0.3, 0.8, 0.0]).astype(float)
    g, w = rng.integers(0, 3, 240), rng.gamma(3, size=240) if weighted else np.ones(240)
    frame = pd.DataFrame(x.astype(bool), columns=["Q_a", "Q_b", "Q_c"]).assign(g=g, w=w)
    test = tabulate(frame, "Q", "g", weights="w" if weighted else None).attrs["test"]
    p, size = np.average(x, axis=0, weights=w), np.array([w[g == k].sum() for k in range(3)])
    metric = ((240 * size / w.sum())[:, None] / (p * (1 - p))).ravel()
    trace, trace2 = jackknife_moments(x, g, w, metric)
    assert test["second_order"]["df"] == pytest.approx(trace**2 / trace2, rel=0.05)
    assert test["first_order"]["statistic"] == pytest.approx(
        test["pearson"]["statistic"] * 6 / trace, rel=0.05
    )
    assert test["second_order"]["df"] < test["pearson"]["df"] - 0.5


def test_the_size_of_the_test_of_multiple_answers_is_near_nominal_even_in_small_groups() -> None:
    """Nine groups of about 17, tied answers, independence: 2,000 surveys tell 5 % to 1.5 points (3 errors).

    Covariances around each group's own shares would reject in more than 8 %.
    """
    rng = np.random.default_rng(4)
    rejected = 0
    for _ in range(2000):
        latent = rng.normal(size=(150, 1)) * 1.5
        ticked = (latent + rng.normal(size=(150, 4)) > [0.3, 0.8, 0.0, 0.5]).astype(float)
        ticks = Ticks(
            ticked, np.unique(rng.integers(0, 9, 150), return_inverse=True)[1], np.ones(150), np.ones(150)
        )
        test = independence(ticks, 150, multiple=True, weighted=False)
        assert test is not None
        rejected += test["p_value"] < 0.05
    assert 0.035 < rejected / 2000 < 0.065


def test_there_is_no_test_where_nothing_can_be_compared() -> None:
    frame = pd.DataFrame({"Q": ["a", "b", "a"], "g": ["x", "x", "x"], "h": ["x", "y", "y"]})
    assert tabulate(frame, "Q", "g").attrs["test"] is None
    assert tabulate(frame.assign(Q="a"), "Q", "h").attrs["test"] is None


def test_groups_that_are_not_known_have_rows_but_no_part_in_the_test() -> None:
    frame = pd.DataFrame({"Q": list("abbaab") * 4, "g": ["x", "x", "y", "y", None, None] * 4})
    table = tabulate(frame, "Q", "g")
    assert table["g"].isna().tolist() == [False] * 4 + [True] * 2
    known = tabulate(frame.dropna(), "Q", "g").attrs["test"]
    assert table.attrs["test"]["statistic"] == pytest.approx(known["statistic"])


def test_what_cannot_be_tabulated_is_refused() -> None:
    frame = shape("boxes")
    with pytest.raises(UnknownNameError, match="Unknown question 'Q9'"):
        tabulate(frame, "Q9")
    with pytest.raises(UnknownNameError, match="Unknown question 'Q9'; did you mean"):
        tabulate(shape("long"), "Q9")
    with pytest.raises(InputError, match=r"'Q7_a' holds 3.*expected true and false, or 1 and 0"):
        tabulate(shape("zeros and ones").replace({"Q7_a": {1.0: 3.0}}), "Q7")
    for bad in (-1.0, None, np.inf):
        weights: Any = [bad, 1, 1, 1, 1, 1]
        with pytest.raises(InputError, match="weights in 'w' are not all known and 0 or more"):
            tabulate(frame.assign(w=weights), "Q7", weights="w")
    with pytest.raises(InputError, match="holds 'a' in row 1; expected lists"):
        tabulate(pd.DataFrame({"Q7": [["a"], "a"]}), "Q7")
    twice = shape("long")
    twice.loc[0, "region"] = "kanto"
    with pytest.raises(InputError, match="Respondent 0 has several values of region"):
        tabulate(twice, "Q7", "region")


SURVEY = pd.DataFrame(
    {
        "Q1": ["yes", "no", None, "yes"],
        "area": ["a", "a", "b", "b"],
        "said": ["no", "no", "yes", "yes"],
        "asked": [1, 0, None, 1],
    }
)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_was_asked_is_true_or_false_and_no_text(engine: str) -> None:
    table = tabulate(ENGINES[engine](SURVEY), "Q1", asked="asked")
    assert table["count"].tolist() == [0, 2]
    assert table.attrs["left_out"] == {"not asked": 2}
    flags = SURVEY.assign(asked=pd.array([True, False, None, True], dtype="boolean"))
    pd.testing.assert_frame_equal(tabulate(ENGINES[engine](flags), "Q1", asked="asked"), table)
    with pytest.raises(
        InputError, match=r"Column 'said' holds '(yes|no)'; expected true and false, or 1 and 0"
    ):
        tabulate(ENGINES[engine](SURVEY), "Q1", asked="said")
    with pytest.raises(
        InputError, match=r"Column 'asked' holds 2.*expected true and false, or 1 and 0, for asked"
    ):
        tabulate(ENGINES[engine](SURVEY.assign(asked=[1, 0, 2, 1])), "Q1", asked="asked")


@pytest.mark.parametrize("kind", ["lists", "long"])
def test_who_was_asked_is_no_text_where_rows_are_read_one_by_one(kind: str) -> None:
    with pytest.raises(InputError, match="Column 'said' holds 'no'; expected true and false"):
        tabulate(shape(kind).assign(said="no"), "Q7", asked="said")


def test_the_order_is_one_name_or_names_that_stand_once() -> None:
    only = SURVEY[SURVEY["Q1"] != "no"]
    assert tabulate(only, "Q1", order="yes")["count"].tolist() == [2]
    assert tabulate(SURVEY.rename(columns={"asked": "Q2"}), "Q2", order=[1, 0])["count"].tolist() == [2, 1]  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"^order names 'yes' more than once\.$"):
        tabulate(SURVEY, "Q1", order=["yes", "yes", "no"])
    with pytest.raises(InputError, match=r"^order=5 is no name; expected a name or a list of names\.$"):
        tabulate(SURVEY, "Q1", order=5)  # type: ignore[arg-type]


def test_weights_that_are_all_0_are_told() -> None:
    table = tabulate(SURVEY.assign(w=[0, 0, 0, 1]), "Q1", "area", weights="w", small=0)
    assert table["note"].tolist() == ["all weights are 0"] * 2 + [""] * 2
    assert table["share"].isna().tolist() == [True] * 2 + [False] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_that_no_row_holds_have_no_row(engine: str) -> None:
    answers = pd.Categorical(["b", "a", "b"], categories=["b", "never", "a"])
    table = tabulate(ENGINES[engine](pd.DataFrame({"Q": answers})), "Q")
    assert sorted(table["answer"]) == ["a", "b"]


def test_what_no_table_can_come_of_is_refused_in_one_sentence() -> None:
    different = "expected a column of its own for each"
    calls: list[tuple[dict[str, Any], str]] = [
        ({"question": ["Q1"]}, r"question: \['Q1'\] is no column name; expected text"),
        ({"by": "Q1"}, f"Column 'Q1' is named in both question and by; {different}"),
        ({"asked": "Q1"}, f"Column 'Q1' is named in both question and asked; {different}"),
        ({"by": "asked", "asked": "asked"}, f"Column 'asked' is named in both by and asked; {different}"),
        ({"asked": ["asked"]}, r"asked: \['asked'\] is no column name"),
        ({"sep": 5}, "sep=5 is no text of one or more characters"),
        ({"sep": ""}, "sep='' is no text of one or more characters"),
        ({"no_answer": 5}, "no_answer=5 is no text"),
        ({"no_answer": "yes"}, "no_answer='yes' is an answer in the data; expected a label that nobody gave"),
    ]
    for options, message in calls:
        with pytest.raises(InputError, match=f"^{message}"):
            tabulate(SURVEY, **{"question": "Q1", **options})
