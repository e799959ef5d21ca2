"""The plots of the page: bars, columns and a map of heat, as SVG and tables that take their colours and their
type from the page.

Nothing in an SVG here is text that would shrink with it: what is to be read stands beside it, and every mark
has a `<title>`. Widths are shares, so that a plot is as wide as the screen has room.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.reporting.markup import Raw, element, joined
from bot.reporting.values import Facet, Week
from bot.usage import End

STEPS = 6
"""Shades of a map of heat, from nothing on."""

_QUARTERS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
_HIGH = 100.0  # units of a column's height


def bar(parts: Sequence[tuple[str, str, int]], whole: int) -> Raw:
    """A bar of parts (class, what it is, how many), as long as their share of `whole`."""
    x = 0.0
    marks = []
    said = ", ".join(f"{count:,} {name}" for _, name, count in parts if count) or "none"
    for kind, name, count in parts:
        width = 100 * count / whole if whole else 0.0
        if count:
            title = element("title", f"{count:,} {name}")
            marks.append(element("g", title, _rect(kind, f"{x:.3f}%", "0", f"{width:.3f}%", "100%")))
        x += width
    return element("svg", *marks, class_="bar", role="img", aria_label=said)


def columns(weeks: Sequence[Week], ends: Sequence[tuple[End, str]]) -> Raw:
    """A column of what became of the questions of each week, under a scale and over the dates."""
    most = _rounded_up(max((week.questions for week in weeks), default=0))
    marks = [
        element("line", x1=0, x2=len(weeks), y1=_HIGH * step / 4, y2=_HIGH * step / 4, class_="grid")
        for step in range(5)
    ]
    for position, week in enumerate(weeks):
        y = _HIGH
        pieces = []
        for end, _ in ends:
            height = _HIGH * week.ends.get(end, 0) / most
            y -= height
            if height:
                pieces.append(_rect(end.value, f"{position + 0.12:.2f}", f"{y:.3f}", "0.76", f"{height:.3f}"))
        said = ", ".join(f"{week.ends.get(end, 0):,} {name}" for end, name in ends if week.ends.get(end, 0))
        title = element("title", f"week of {week.monday.isoformat()}: {said or 'nothing was asked'}")
        # Wherever in its week one points, it is told.
        marks.append(element("g", title, _rect("empty", str(position), "0", "1", f"{_HIGH:g}"), *pieces))
    plot = element(
        "svg",
        element("title", "Questions by week"),
        element("desc", "Stacked columns; the numbers stand in the table below."),
        *marks,
        class_="columns",
        viewBox=f"0 0 {max(len(weeks), 1)} {_HIGH:g}",
        preserveAspectRatio="none",
        role="img",
    )
    scale = element(
        "div",
        *(element("span", f"{most * step / 4:g}") for step in (4, 2, 0)),
        class_="scale",
        aria_hidden="true",
    )
    shown = [weeks[0], weeks[len(weeks) // 2], weeks[-1]] if len(weeks) > 2 else list(weeks)
    dates = element(
        "div", *(element("span", _day(each.monday)) for each in shown), class_="dates", aria_hidden="true"
    )
    return element("div", scale, plot, element("span"), dates, class_="plot")


def heat(facet: Facet, rows: Sequence[tuple[Raw, int, tuple[int, ...]]]) -> Raw:
    """Entries by section and by value of a facet: the more, the darker."""
    most = max((max((anyway, *row)) for _, anyway, row in rows), default=0)
    heads = [element("th", head, scope="col", class_="n") for head in ("any", *facet.values)]
    body = [
        element(
            "tr",
            element("th", name, scope="row"),
            *(
                element("td", f"{each:,}" if each else "·", class_=f"n h{_shade(each, most)}")
                for each in (anyway, *row)
            ),
        )
        for name, anyway, row in rows
    ]
    head = element("thead", element("tr", element("th", "section", scope="col"), *heads))
    caption = element("caption", f"Entries by section and {facet.name}", class_="unseen")
    return element(
        "div", element("table", caption, head, element("tbody", *body), class_="heat"), class_="wide"
    )


def legend(parts: Sequence[tuple[str, str]]) -> Raw:
    """What the colours (class, name) stand for."""
    keys = [element("li", element("i", class_=f"key {kind}"), " ", name) for kind, name in parts]
    return element("ul", *keys, class_="legend")


def shares(counts: Mapping[str, tuple[str, int]]) -> Raw:
    """A bar for each name, with its class and number."""
    most = max((count for _, count in counts.values()), default=0)
    return joined(
        element(
            "tr",
            element("th", name, scope="row"),
            element("td", bar([(kind, "entries" if count != 1 else "entry", count)], most), class_="bars"),
            element("td", f"{count:,}", class_="n"),
        )
        for name, (kind, count) in counts.items()
    )


def _rect(kind: str, x: str, y: str, width: str, height: str) -> Raw:
    return element("rect", class_=f"m-{kind}", x=x, y=y, width=width, height=height)


def _shade(count: int, most: int) -> int:
    """From 0 for none to `STEPS` for the most; by the square root, so that few are told from none."""
    return 0 if not count else max(1, round(STEPS * (count / most) ** 0.5))


def _rounded_up(most: int) -> int:
    """The next number whose quarters are easily read."""
    quarter, power = -(-most // 4), 1
    while quarter > _QUARTERS[-1] * power:
        power *= 10
    return 4 * power * next(each for each in _QUARTERS if quarter <= each * power)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
