"""The figures of a desk: which there are (`METRICS`), and a tally of those that only grow.

Counted whether or not anybody looks: it costs an addition. Nothing here needs a library;
`bot.monitoring.page` writes the figures in the format of Prometheus. Names are as Prometheus wants them: base
units, `_total` for what only grows (https://prometheus.io/docs/practices/naming/). Labels take their values
from the configuration or from an enumeration of ours, never from what anybody says: their number is bounded.

Imports of ours: values of the desk.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a figure behaves: it only grows, it goes up and down, or it is a distribution of durations."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds for what a machine does by itself, in seconds."""

SPOKEN = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Bounds for what waits for a network and its pace, in seconds."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. `name` as it is on the page; `bounds`: the upper bounds of a histogram's buckets."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


BUILD = Metric(
    "pkgdesk_build_info", Kind.GAUGE, "1, with the version that runs as a label.", ("version", "python")
)
START = Metric("pkgdesk_start_time_seconds", Kind.GAUGE, "When the desk started, as Unix time.")
PAUSED = Metric("pkgdesk_paused", Kind.GAUGE, "1 while an operator has paused the desk, else 0.")
CONNECTED = Metric(
    "pkgdesk_connected", Kind.GAUGE, "1 while lines can be written to the network, else 0.", ("network",)
)
IDENTIFIED = Metric(
    "pkgdesk_identified",
    Kind.GAUGE,
    "1 while the desk is logged in to its account there, else 0; only where an account is configured.",
    ("network",),
)
CHANNELS_MISSING = Metric(
    "pkgdesk_channels_missing",
    Kind.GAUGE,
    "Configured channels that the desk is not in.",
    ("network",),
)
CONNECTIONS_LOST = Metric(
    "pkgdesk_connections_lost_total", Kind.COUNTER, "Connections that ended.", ("network",)
)
QUESTIONS = Metric("pkgdesk_questions", Kind.GAUGE, "Questions in the database, by state.", ("state",))
ASKED = Metric("pkgdesk_questions_asked_total", Kind.COUNTER, "Questions that got a number.")
OVERDUE = Metric(
    "pkgdesk_deadline_overdue_seconds",
    Kind.GAUGE,
    "For how long the earliest deadline has been due; 0 where none is.",
)
EVENTS = Metric(
    "pkgdesk_events_total",
    Kind.COUNTER,
    "Events that came to their end, by what happened and what became of it: well, complained (of no use, and "
    "the speaker was told), failed (a defect, or the database).",
    ("kind", "fate"),
)
EVENTS_WAITING = Metric("pkgdesk_events_waiting", Kind.GAUGE, "Events that wait to be decided.")
EVENT_UNDER_WAY = Metric(
    "pkgdesk_event_under_way_seconds",
    Kind.GAUGE,
    "For how long the event at hand has been worked on; 0 where there is none.",
)
DROPPED = Metric(
    "pkgdesk_lines_dropped_total",
    Kind.COUNTER,
    "Lines heard of which nothing was made, by why: other bots, notices, replays, floods.",
    ("reason",),
)
MATCHES = Metric(
    "pkgdesk_matches_total",
    Kind.COUNTER,
    "Texts looked up in the knowledge base, by what to do about them: answer, offer, route.",
    ("band",),
)
VOTES = Metric(
    "pkgdesk_votes_total",
    Kind.COUNTER,
    "Entries of the knowledge base that askers with an account confirmed or refused.",
    ("vote",),
)
PINGS = Metric(
    "pkgdesk_pings_total",
    Kind.COUNTER,
    "Pings by what became of them; each ping counts once as queued, and once for each thing after it.",
    ("result",),
)
LINES_SENT = Metric(
    "pkgdesk_lines_sent_total",
    Kind.COUNTER,
    "Lines that a network took, by what they were for.",
    ("network", "purpose"),
)
LINES_FAILED = Metric(
    "pkgdesk_lines_failed_total",
    Kind.COUNTER,
    "Lines that reached nobody, or of which nobody knows (unconfirmed), by why.",
    ("network", "reason"),
)
LINES_WAITING = Metric("pkgdesk_lines_waiting", Kind.GAUGE, "Lines that wait to be written.", ("network",))
LINE_SECONDS = Metric(
    "pkgdesk_line_seconds",
    Kind.HISTOGRAM,
    "From what the desk reacted to, such as a line heard, until the network took its line; with waiting for "
    "the network's pace, by what the line was for.",
    ("purpose",),
    SPOKEN,
)
COMMIT_SECONDS = Metric(
    "pkgdesk_commit_seconds",
    Kind.HISTOGRAM,
    "What one event changes, written to the database.",
    (),
    QUICK,
)
STORE_UP = Metric("pkgdesk_store_up", Kind.GAUGE, "1 while the database can be read and written, else 0.")
RELOADS = Metric(
    "pkgdesk_reloads_total",
    Kind.COUNTER,
    "Times that knowledge and map were read anew, by whether they came into use (success) or not (failure).",
    ("result",),
)
RELOAD_SUCCESS = Metric(
    "pkgdesk_reload_last_success_timestamp_seconds",
    Kind.GAUGE,
    "When knowledge and map last came into use, as Unix time; the start counts.",
)
RELOAD_FAILURE = Metric(
    "pkgdesk_reload_last_failure_timestamp_seconds",
    Kind.GAUGE,
    "When knowledge and map were last read and could not be used, as Unix time; 0 where they always could.",
)
PROBLEMS = Metric(
    "pkgdesk_reference_problems",
    Kind.GAUGE,
    "What was found wrong with knowledge and map when they were last read.",
)
ENTRIES = Metric("pkgdesk_entries", Kind.GAUGE, "Entries of the knowledge base that are in use.")
BASE_UNPUSHED = Metric(
    "pkgdesk_base_unpushed_commits",
    Kind.GAUGE,
    "Commits of drafts that the remote repository of the knowledge base does not have, as far as is known.",
)
BASE_TROUBLE = Metric(
    "pkgdesk_base_trouble",
    Kind.GAUGE,
    "1 for what is the matter between the knowledge base and its remote repository, else 0: commits wait to "
    "be pushed (unpushed), it cannot be reached (away), or catching up with it fails (stuck).",
    ("trouble",),
)

METRICS = (
    *(BUILD, START, PAUSED),
    *(CONNECTED, IDENTIFIED, CHANNELS_MISSING, CONNECTIONS_LOST),
    *(QUESTIONS, ASKED, OVERDUE),
    *(EVENTS, EVENTS_WAITING, EVENT_UNDER_WAY, DROPPED),
    *(MATCHES, VOTES, PINGS),
    *(LINES_SENT, LINES_FAILED, LINES_WAITING, LINE_SECONDS),
    *(COMMIT_SECONDS, STORE_UP),
    *(RELOADS, RELOAD_SUCCESS, RELOAD_FAILURE, PROBLEMS, ENTRIES),
    *(BASE_UNPUSHED, BASE_TROUBLE),
)
"""Every figure, in the order of the page and of the documentation. On the page come those of the process."""


@dataclass(slots=True)
class Distribution:
    """How often durations fell into each bucket (the last is for those above every bound), and their sum."""

    buckets: list[int]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened since the start. `counted` and `took` only add."""

    counters: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    distributions: dict[tuple[str, tuple[str, ...]], Distribution] = field(default_factory=dict)

    def counted(self, metric: Metric, *labels: str, times: int = 1) -> None:
        """It happened again."""
        key = (metric.name, labels)
        self.counters[key] = self.counters.get(key, 0) + times

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        """It took so long. Clocks that were set back count as no time at all."""
        key = (metric.name, labels)
        if key not in self.distributions:
            self.distributions[key] = Distribution([0] * (len(metric.bounds) + 1))
        seconds = max(0.0, seconds)
        found = self.distributions[key]
        found.buckets[bisect_left(metric.bounds, seconds)] += 1
        found.seconds += seconds

    def count(self, metric: Metric) -> Iterator[tuple[tuple[str, ...], int]]:
        """How often it happened, for each value of its labels."""
        return ((labels, count) for (name, labels), count in self.counters.items() if name == metric.name)

    def durations(self, metric: Metric) -> Iterator[tuple[tuple[str, ...], Distribution]]:
        """How long it took, for each value of its labels."""
        return ((labels, each) for (name, labels), each in self.distributions.items() if name == metric.name)
