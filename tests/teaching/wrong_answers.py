"""A mistake that students make, for each unit: the answer cell and the wrong answer."""

from __future__ import annotations

WRONG = {
    "01-tidy-table": (
        "u1-ex1",
        """
def agrees_with_total(printed, label, count, total="合計"):
    values = sr.cleaning.parse_number(printed[count])
    return bool(values.sum() == values[printed[label] == total].item())  # the total is added too
""",
    ),
    "02-shares-and-counts": (
        "u2-ex4",
        """
def share_limits(part, whole, unit):
    half = unit / 2
    return 100 * (part - half) / (whole + half), 100 * (part + half) / (whole - half)  # not kept within 0 and 100
""",
    ),
    "03-commercialization": (
        "u3-ex3",
        """
def follow_up(plans, as_of):
    end = pd.Timestamp(as_of)
    kept = plans[plans["certified_on"] <= end]
    event = kept["first_sales_on"].notna()  # sales after as_of count too
    last = kept["first_sales_on"].where(event, end)
    return pd.DataFrame({"days": (last - kept["certified_on"]).dt.days, "event": event})
""",
    ),
    "04-multiple-answers": (
        "u4-ex2",
        """
def shares_of_answered(printed, no_answer="不明"):
    given = printed[printed["answer"] != no_answer].set_index("answer")
    return 100 * given["count"].astype(float) / given["n"].astype(float)  # of those asked
""",
    ),
    "05-productivity": (
        "u5-ex4",
        """
def by_partner(changes, partners):
    first = partners.dropna().str.split(";").str[0].rename("partner_type")  # the other partners are forgotten
    joined = first.to_frame().join(changes.rename("change"), how="inner").dropna()
    table = joined.groupby("partner_type")["change"].agg(n="count", mean="mean").reset_index()
    table["rank"] = table["mean"].rank(ascending=False).astype(int)
    return table.sort_values("rank", ignore_index=True)
""",
    ),
    "06-adjusting": (
        "u6-ex3",
        """
def within_industries(changes, code):
    named = holds(changes["partner_type"], code).rename("named")
    means = changes.groupby(["industry", named])["change"].mean().unstack("named").dropna()
    return float((means[True] - means[False]).mean())  # every industry weighs the same
""",
    ),
    "07-checking-a-report": (
        "u7-ex2",
        """
def ratio_range(part, whole):
    above, below = rounded(part), rounded(whole)
    return 100 * above.lower / below.lower, 100 * above.upper / below.upper  # the wrong ends together
""",
    ),
    "08-your-own-report": (
        "u8-ex2",
        """
def report_table(fiscal_year, region, confidence=0.95):
    import shinrenkei as sr

    rates = sr.bounded_rate(sr.load("plan_counts"), by=["region"], confidence=confidence)
    return rates[(rates["as_of"].dt.year == fiscal_year) & (rates["region"] == region)]  # a calendar year
""",
    ),
}
