"""Ratios of contenders that ran side by side, and tables of them."""
import math
import statistics
from dataclasses import dataclass, field

from measure import PYTORCH, Contender

MOST_READING = 0.03  # of acrtc's fastest step, beyond which the table says so


@dataclass
class Series:
    """Samples a second of all contenders on one network and layout, one value for each alternation."""
    network: str
    layout: str
    batch: int  # of all nodes
    reading_seconds: float  # a step, upper bound
    rates: dict = field(default_factory=dict)  # contender -> list

    def add(self, contender, rate):
        self.rates.setdefault(contender, []).append(rate)

    def median(self, contender):
        return statistics.median(self.rates[contender])

    def reading_share(self):
        """Of the step of acrtc that is the shortest."""
        rates = [self.median(c) for c in self.rates if c.program == "acrtc"]
        return self.reading_seconds * max(rates) / self.batch if rates else 0.0

    def as_json(self):
        return {"network": self.network, "layout": self.layout, "global_batch": self.batch,
                "reading_seconds": self.reading_seconds, "reading_share": self.reading_share(),
                "samples_per_second": {str(contender): {"median": self.median(contender), "runs": rates}
                                       for contender, rates in self.rates.items()}}


def ratio(numerator, denominator):
    """Median over alternations; each divides what ran next to each other, so that a busy hour burdens both."""
    pairs = list(zip(numerator, denominator))
    return statistics.median(a / b for a, b in pairs) if pairs else None


def compared(formats, hooks):
    """Column -> (contender, what it is divided by)."""
    columns = {}
    for name in formats:
        reusing, dense = Contender("acrtc", name, "acrtc"), Contender("acrtc", name, "dense")
        columns[f"{name} / pytorch"] = (reusing, PYTORCH)
        columns[f"{name} reuse / dense"] = (reusing, dense)
        if hooks and name == hooks.format:
            columns[f"{name} / hooks"] = (reusing, hooks)
    return columns


def ratios(series, columns):
    """One row for each series: network, layout, then column -> ratio."""
    return [(s.network, s.layout, {title: ratio(s.rates.get(a, []), s.rates.get(b, []))
                                   for title, (a, b) in columns.items()}) for s in series]


def scaling(series, contenders):
    """2x1 over 1x1: one row for each network that ran in both layouts."""
    by_place = {(s.network, s.layout): s for s in series}
    rows = []
    for (network, layout), two in by_place.items():
        one = by_place.get((network, "1x1"))
        if layout == "2x1" and one:
            rows.append((network, "2x1 / 1x1",
                         {str(c): ratio(two.rates.get(c, []), one.rates.get(c, [])) for c in contenders}))
    return rows


def geometric_mean(values):
    values = [value for value in values if value]
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def table(titles, rows, digits):
    """Markdown. Rows as ratios() makes them; what was not measured stays empty."""
    lines = ["| network | ranks x threads | " + " | ".join(titles) + " |", "|---|---|" + "---:|" * len(titles)]
    for network, layout, values in rows:
        cells = ["" if values.get(t) is None else f"{values[t]:.{digits}f}" for t in titles]
        lines.append(f"| {network} | {layout} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_mean(titles, rows):
    return rows + [("geometric mean", "", {t: geometric_mean([values[t] for _, _, values in rows]) for t in titles})]


def reading_notes(series):
    return [f"{s.network} {s.layout}: reading samples takes up to {100 * s.reading_share():.1f} % of acrtc's shortest "
            "step; its figures are that much too low" for s in series if s.reading_share() > MOST_READING]


def report(series, contenders, columns):
    """All tables as text."""
    rates = [(s.network, s.layout, {str(c): s.median(c) for c in s.rates}) for s in series]
    parts = ["Samples a second (medians)\n" + table([str(c) for c in contenders], rates, 1),
             "Ratios (medians of pairs)\n" + table(list(columns), with_mean(columns, ratios(series, columns)), 2)]
    names = [str(c) for c in contenders]
    if rows := scaling(series, contenders):
        parts.append("Two ranks over one, same batch a node\n" + table(names, with_mean(names, rows), 2))
    return "\n\n".join(parts + reading_notes(series))
