"""A synthetic firm panel with known true effects of the types of partner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.synthetic import _published as published
from shinrenkei.synthetic._quotas import SOURCE_LINE, by_odds, dealt_names, generator, table_of

# What no source prints, and is made up here. Money in thousand yen a person.
EFFECTS = (500.0, -500.0)  # of the first and the last type in the White Paper's order, even steps between
DRIFT = 150.0  # change of a firm without any of what follows
SIZE_EFFECT = 60.0  # on the change, a unit of the logarithm of the persons engaged
SLOPE, NOISE = 700.0, 400.0  # spread of the firms' own changes, and of one year about the firm's path
LEVEL_SPREAD = 0.35  # of the logarithm of productivity
PERSONS = (2.9, 1.0)  # mean and spread of the logarithm of the persons engaged
MOST_EFFECT, MOST_YEARS = (
    1e6,
    100,
)  # of what is asked for: thousand yen a person, from the first year to the last
GROWTH = 0.04  # spread of the yearly growth of the persons engaged
EXIT, EXIT_SLOPE, ENTRY = 0.03, 0.5, 0.015  # a year: exits, more of them at low productivity; foundings


@dataclass(frozen=True)
class Industry:
    """A division of the Japan Standard Industrial Classification: share of firms, effect, and who ties up more."""

    share: float
    effect: float
    large: float
    university: float


INDUSTRIES = {
    "D": Industry(0.12, 250.0, 0.3, -0.4),
    "E": Industry(0.42, 150.0, 0.2, 0.3),
    "G": Industry(0.10, 450.0, 0.1, 0.2),
    "H": Industry(0.06, -150.0, 0.0, -0.5),
    "I": Industry(0.18, -100.0, -0.2, -0.3),
    "L": Industry(0.06, 200.0, 0.0, 0.6),
    "R": Industry(0.06, -300.0, -0.3, -0.3),
}


def firms(
    n: int = 10_000,
    years: Iterable[int] = (2013, 2014, 2015, 2016, 2017, 2018),
    seed: int = 0,
    effects: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return a synthetic panel, a row a firm and year, with known true effects of the types of partner.

    Each firm answers once which types of partner it works with, several at once. The types printed with a share
    in the White Paper have exactly that share of the ``n`` firms; the others, of which only the order is
    printed, go on falling at the printed ones' mean rate. Which firms have a type depends on industry and size,
    so that raw differences between types are not their effects.

    The change of a firm's productivity (value added a person) from the first year to the last is
    ``drift + effects of its types + effect of its industry + size effect x log persons of the first year``
    plus noise, spread evenly over the years: the model of
    :func:`shinrenkei.metrics.adjusted.adjusted_change` with industry and log_employees as controls. Firms leave,
    the less productive ones sooner, and new ones enter in the year they are founded.

    Parameters
    ----------
    n : int, default 10,000
        Number of firms, at least 100; each is there in one year or more.
    years : iterable of int, default 2013 to 2018
        The years, two or more, in rising order, the last at most 100 after the first.
    seed : int, default 0
        The same seed gives the same panel.
    effects : mapping of str to float, optional
        True effect of each type in thousand yen a person, at most a million up or down; types not named have
        none. Without it the effects fall in even steps from 500 to -500 in the printed order of the White Paper's
        figure, which prints no numbers.

    Returns
    -------
    pandas.DataFrame
        ``firm_id``, ``year``, ``industry`` (division of the industrial classification, a letter), ``region``
        (in the proportions of the plans of 2005-12-15), ``employees`` (persons engaged), ``value_added_yen``,
        ``capital_yen``, ``founded``, ``partner_type`` (codes joined by ``;``) and ``synthetic`` (always true),
        in the order of firms and years. ``attrs`` carries ``true_effects``, ``true_industry_effects``,
        ``true_size_effect``, ``drift``, ``synthetic``, ``source_line`` and ``seed``.

    Raises
    ------
    InputError
        Where there are fewer than 100 firms or two years, the years are more than 100 apart, an effect is of a type
        that is none of the fourteen, or it is beyond a million.

    Examples
    --------
    >>> panel = firms(n=500, years=(2013, 2018), seed=1)
    >>> panel.drop_duplicates("firm_id")["partner_type"].str.contains("university").sum().item()  # of 500
    93
    """
    span = _checked(n, years)
    true = _true_effects(effects)
    rng = generator(seed)
    n = int(n)
    industry = dealt_names(rng, {code: one.share for code, one in INDUSTRIES.items()}, n)
    persons = np.clip(np.exp(rng.normal(*PERSONS, n)), 1, _most_persons())
    held = _types(rng, list(true), industry, np.log(persons))
    founded = span[0] - 1 - np.minimum(np.floor(rng.gamma(2.5, 12.0, n)), 120).astype(np.int64)
    new = rng.random(n) < 1 - (1 - ENTRY) ** (span[-1] - span[0])
    founded[new] = rng.choice(span[1:], int(new.sum()))
    answers = np.array([";".join(np.array(list(true))[row]) for row in np.unique(held, axis=0)], dtype=object)
    firm = pd.DataFrame(
        {
            "industry": industry,
            "region": dealt_names(rng, published.growth().early, n),
            "founded": founded,
            "capital_yen": np.rint(np.exp(rng.normal(9.5, 0.8, n)) * persons**0.4).astype(np.int64) * 1000,
            "partner_type": answers[np.unique(held, axis=0, return_inverse=True)[1].ravel()],
        }
    )
    panel = _years(rng, firm, span, persons, held @ np.array(list(true.values())))
    panel.attrs = {
        "synthetic": True,
        "source_line": dict(SOURCE_LINE),
        "seed": seed,
        "true_effects": true,
        "true_industry_effects": {code: one.effect for code, one in INDUSTRIES.items()},
        "true_size_effect": SIZE_EFFECT,
        "drift": DRIFT,
    }
    return panel


def _checked(n: int, years: Iterable[int]) -> list[int]:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 100:
        message = f"n={n!r} is not a whole number of firms of 100 or more, for which shares can be kept."
        raise InputError(message)
    if not isinstance(years, Iterable) or isinstance(years, str):
        message = f"years={years!r} is not a list of two or more different years in rising order."
        raise InputError(message)
    span = list(years)
    whole = all(isinstance(year, int | np.integer) and not isinstance(year, bool) for year in span)
    if len(span) < 2 or not whole or span != sorted(set(span)) or not 1 <= span[0] <= span[-1] <= 9999:
        message = f"years={span!r} is not a list of two or more different years in rising order."
        raise InputError(message)
    if span[-1] - span[0] > MOST_YEARS:
        message = f"years={span!r} run over {span[-1] - span[0]} years; expected at most {MOST_YEARS}."
        raise InputError(message)
    return [int(year) for year in span]


def _true_effects(effects: Mapping[str, float] | None) -> dict[str, float]:
    """Return the effect of each of the fourteen types, in the order of the use of types."""
    codes = table_of("partner_use")["partner_type"].astype(str).tolist()
    if effects is None:
        ranks = table_of("partner_productivity").set_index("partner_type")["rank"].astype(int)
        steps = np.linspace(*EFFECTS, len(ranks))
        return {code: float(steps[ranks[code] - 1]) for code in codes}
    if not isinstance(effects, Mapping):
        message = (
            f"effects={effects!r} is no mapping of types of partner to numbers of thousand yen a person."
        )
        raise InputError(message)
    for name in effects:
        if name not in codes:
            error = unknown_name("partner type", name, codes)
            raise error
        known = isinstance(effects[name], int | float | np.number) and not isinstance(effects[name], bool)
        if not known or not abs(effects[name]) <= MOST_EFFECT:
            message = (
                f"The effect of {name!r} is {effects[name]!r}; expected a number of thousand yen a person, "
                f"at most {MOST_EFFECT:,.0f} up or down."
            )
            raise InputError(message)
    return {code: float(effects.get(code, 0.0)) for code in codes}


def _most_persons() -> int:
    """Return the most persons that a small or medium manufacturer may have."""
    indicators = table_of("indicators").set_index("indicator")["value"]
    return int(float(indicators["sme_definition_employees"]))


def _mean_level() -> float:
    """Return value added a person of SMEs as printed, in thousand yen."""
    indicators = table_of("indicators")
    row = indicators[indicators["indicator"] == "value_added_per_employee"].iloc[0]
    return float(row["value"]) * {"万円": 10.0, "千円": 1.0}[str(row["unit"])]


def shares() -> dict[str, float]:
    """Return the share of firms (0-1) with each type: as printed, or falling on at the printed ones' mean rate."""
    use = table_of("partner_use").sort_values("rank")
    printed = use["share_pct"].dropna().to_numpy(float) / 100
    rate = (printed[-1] / printed[0]) ** (1 / (printed.size - 1))
    unprinted = printed[-1] * rate ** np.arange(1, len(use) - printed.size + 1)
    return dict(zip(use["partner_type"].astype(str), [*printed, *unprinted], strict=True))


def _types(rng: np.random.Generator, codes: list[str], industry: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return which types each firm has (bool), each in exactly its share of firms, and one type at least."""
    wanted = shares()
    score = (size - size.mean()) / size.std()
    lean = {code: _lean(code, industry) for code in codes}
    held = np.zeros((size.size, len(codes)), np.bool_)
    for k, code in enumerate(codes):
        held[:, k] = by_odds(rng, lean[code] + 0.3 * score, round(wanted[code] * size.size))
    _one_at_least(rng, held)
    return held


def _lean(code: str, industry: np.ndarray) -> np.ndarray:
    """Return how much sooner a firm has a type, by its industry."""
    lean = {
        name: one.university
        if "research" in code or code == "university"
        else one.large
        if "large" in code
        else 0.0
        for name, one in INDUSTRIES.items()
    }
    return pd.Series(industry).map(lean).to_numpy(float)


def _one_at_least(rng: np.random.Generator, held: np.ndarray) -> None:
    """Give each firm without a type one that a firm with several of them gives up; no share changes."""
    without = rng.permutation(np.flatnonzero(~held.any(axis=1)))
    for k in range(held.shape[1]):
        givers = rng.permutation(np.flatnonzero(held[:, k] & (held.sum(axis=1) > 1)))
        number = min(without.size, givers.size)
        held[givers[:number], k] = False
        held[without[:number], k] = True
        without = without[number:]


def _years(
    rng: np.random.Generator, firm: pd.DataFrame, span: list[int], persons: np.ndarray, effect: np.ndarray
) -> pd.DataFrame:
    """Return a row a firm and year in which it is there."""
    n = len(firm)
    level = np.exp(rng.normal(np.log(_mean_level()) - LEVEL_SPREAD**2 / 2, LEVEL_SPREAD, n))
    first = np.maximum(np.rint(persons), 1)
    by_industry = firm["industry"].map({code: one.effect for code, one in INDUSTRIES.items()}).to_numpy(float)
    change = DRIFT + effect + by_industry + SIZE_EFFECT * np.log(first) + rng.normal(0, SLOPE, n)
    hazard = EXIT * np.exp(-EXIT_SLOPE * (np.log(level) - np.log(level).mean()) / LEVEL_SPREAD)
    begins = np.maximum(firm["founded"].to_numpy(), span[0])
    lasts = np.maximum(begins, begins + np.floor(rng.exponential(size=n) / np.minimum(hazard, 0.5)))
    parts, heads = [], first
    for year in span:
        if year > span[0]:
            steps = year - span[span.index(year) - 1]
            grown = heads * np.exp(rng.normal(0, GROWTH * np.sqrt(steps), n))
            heads = np.clip(np.rint(grown), 1, None)
        passed = (year - span[0]) / (span[-1] - span[0])
        productivity = level + change * passed + rng.normal(0, NOISE, n)
        there = np.flatnonzero((begins <= year) & (lasts >= year))
        part = firm.iloc[there].assign(
            number=there,
            year=year,
            employees=heads[there].astype(np.int64),
            value_added_yen=np.rint(productivity[there] * heads[there] * 1000).astype(np.int64),
        )
        parts.append(part)
    panel = pd.concat(parts).sort_values(["number", "year"], ignore_index=True)
    width = len(str(n))
    panel.insert(0, "firm_id", "S" + panel.pop("number").add(1).astype("str").str.zfill(width))
    names = [
        "firm_id",
        "year",
        "industry",
        "region",
        "employees",
        "value_added_yen",
        "capital_yen",
        "founded",
    ]
    return panel[[*names, "partner_type"]].assign(synthetic=True)
