"""Every sentence about the desk as a whole, for those who run it: how it does, what is open, what was done.

As in `bot.desk.replies`: plain words, no decision. Names of networks, entries, sections and files may stand
in them, and of questions only what the reader may see.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk.changes import Changes
from bot.desk.events import ReferenceChanged, UpstreamChanged
from bot.desk.facts import Running, Sitting
from bot.desk.fitting import cut
from bot.desk.model import Question, State
from bot.desk.replies import moment, number, span
from bot.desk.upstream import Trouble, Upstream
from routing.presence import Venue

_FOLDERS = re.compile(r"^(?:[^:]*/)(?=[^/:]+:\d+:\d+: )")
_FOLDER = re.compile(r"^/(?:[^:]*/)?(?=[^/:]+: )")
_SETTINGS = {"shown": 8, "width": 80}
"""Of settings more are told than of other things, and longer names."""


def overview(counts: dict[State, int], entries: int, sections: int, version: str) -> str:
    live = sum(count for state, count in counts.items() if not state.ended)
    parts = ", ".join(f"{count} {state}" for state, count in counts.items() if count and not state.ended)
    ended = sum(counts.values()) - live
    known = f"{entries} {'entry' if entries == 1 else 'entries'}, {_counted(sections, 'section')}"
    standing = f" ({parts})" if parts else ""
    return f"pkgdesk {version}: {_counted(live, 'question')} live{standing}, {ended} ended; {known}."


def condition(running: Running, at: datetime) -> list[str]:
    """How the process does, for operators: no names but those of networks, channels and files."""
    parts = [f"up for {span(at - running.started)}"] if running.started is not None else []
    parts += [f"{name}: {_sits(there)}" for name, there in running.networks.items()]
    waiting = running.waiting
    parts.append(f"{_counted(waiting, 'line')} wait{'s' if waiting == 1 else ''} to be written")
    parts.append("paused" if running.paused else "not paused")
    lines = ["; ".join(parts) + "."]
    if running.problems:
        problems = _counted(len(running.problems), "problem")
        lines.append(f"{problems} with knowledge and map: {_shown(running.problems[0])}")
    if running.gone:
        lines.append(votes_on_gone(running.gone))
    if running.upstream.trouble is not None:
        lines.append(f"the base: {_at_odds(running.upstream)}.")
    return lines


def upstream_changed(event: UpstreamChanged, at: datetime) -> str:
    """What has come between the base and its remote repository, or that nothing is any more."""
    if event.now.trouble is not None:
        return f"the base: {_at_odds(event.now)}; `status` tells how it stands, and I tell when it is over."
    lasted = f" after {span(at - event.before.since)}" if event.before.since is not None else ""
    return f"the base and its remote repository are together again{lasted}."


def _at_odds(upstream: Upstream) -> str:
    """What is the matter, the worst first; what else there is comes before why, which may be long."""
    since = f" since {moment(upstream.since)}" if upstream.since is not None else ""
    waits = f"{_counted(upstream.unpushed, 'commit')} not pushed yet" if upstream.unpushed else ""
    match upstream.trouble:
        case Trouble.STUCK:
            also = f" ({waits})" if waits else ""
            return f"catching up with the remote repository fails{since}{also}: {_unfolded(upstream.stuck)}"
        case Trouble.AWAY:
            also = f" ({waits})" if waits else ""
            return f"the remote repository cannot be reached{since}{also}: {upstream.away}"
    return f"{waits}{since}"


def _unfolded(why: str) -> str:
    """Without the folders of a path at the beginning: they are nobody's business in chat."""
    return _FOLDER.sub("", why)


def _sits(there: Sitting) -> str:
    if not there.connected:
        return "not connected"
    parts = ["connected"]
    if there.identified is not None:
        parts.append("logged in" if there.identified else "not logged in")
    channels = _counted(there.channels, there.called)
    if there.missing:
        inside = there.channels - len(there.missing)
        absences = tuple(_absence(there, name) for name in there.missing)
        parts.append(f"in {inside} of {channels} (not in {_listed(absences, width=100)})")
    elif there.channels:
        parts.append(f"in {channels}")
    if there.mute:
        silences = tuple(_absence(there, name) for name in there.mute)
        parts.append(f"may say nothing in {_listed(silences, width=140)}")
    return ", ".join(parts)


def _absence(there: Sitting, name: str) -> str:
    """A channel that it is not in, or may say nothing in: why, and when it tries again."""
    why, wait = there.reasons.get(name), there.waits.get(name)
    told = [] if why is None else [why]
    told += [] if wait is None else [f"tries again in {span(wait)}"]
    return f"{cut(name, 40)} ({'; '.join(told)})" if told else name


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def live_question(question: Question, age: timedelta, waits_for: str, *, secret: bool = False) -> str:
    """One question in a line of `open`. `secret`: its text must not be read there."""
    waiting = f", waits for {cut(waits_for, 40)}" if waits_for else ""
    due = f", next step by {moment(question.due)}" if question.due and not waits_for else ""
    text = "(asked where it is encrypted)" if secret else f"“{cut(question.text, 100)}”"
    return f"{number(question.number)} {question.state}, {span(age)} old{waiting}{due}: {text}"


def nothing_live() -> str:
    return "no question is open."


def and_more(count: int) -> str:
    return f"and {count} more."


def paused() -> str:
    return (
        "paused: I take questions, but answer nobody but operators, ping nobody and let no deadline fall "
        "until `resume`. The pause ends, too, when I do."
    )


def paused_already() -> str:
    return "I am paused already; `resume` lets me go on."


def not_paused() -> str:
    return "I am not paused."


def resumed(lines: int, questions: int) -> str:
    waited = [_counted(lines, "line")] if lines else []
    waited += [_counted(questions, "deadline")] if questions else []
    return f"I go on; {' and '.join(waited)} waited." if waited else "I go on; nothing waited."


def draining() -> str:
    return "I finish what is under way and end. Goodbye."


def from_operators(text: str) -> str:
    """Never their text first: other bots may obey it."""
    return f"my operators say: {text}"


def goes_to(venue: Venue, *, paused: bool, connected: bool) -> str:
    when = ""
    if not connected:
        when = f" as soon as {venue.network} is connected"
    if paused:
        when = " after `resume`; I am paused"
    return f"it goes to {venue.name} on {venue.network}{when}."


def no_such_network(name: str, near: str | None) -> str:
    hint = f", did you mean `{near}`?" if near else ";"
    return f"I am on no network `{cut(name, 40)}`{hint} usage: say [NETWORK] CHANNEL TEXT"


def not_sitting_in(channel: str, network: str | None, near: str | None) -> str:
    there = f" on {network}" if network else ""
    hint = f" Did you mean {near}?" if near else ""
    return f"I do not sit in {cut(channel, 60)}{there}, so I say nothing there.{hint}"


def on_which_network(channel: str, networks: Sequence[str]) -> str:
    return f"{cut(channel, 60)} is on {' and on '.join(networks)}: `say {networks[0]} {cut(channel, 60)} …`."


def votes_on_gone(ids: Sequence[str]) -> str:
    entries = f"{len(ids)} {'entry that is' if len(ids) == 1 else 'entries that are'} gone"
    return f"votes are kept for {entries}: {_listed(ids)}"


def read_anew(event: ReferenceChanged) -> list[str]:
    """What came of reading knowledge and map anew: all in the first line, then what is worth a look, and
    further problems."""
    problems, kept = event.problems, event.kept
    parts = []
    if kept:
        do = "do" if len(kept) > 1 else "does"
        parts.append(f"{' and '.join(kept)} {do} not load, so the old stays in use")
    if event.mended:
        parts.append("what was wrong is mended")
    if event.changes or not (problems or event.applied or event.later or event.mended):
        parts.append(_changed(event.changes))
    if problems:
        by = f" ({cut(event.by[0], 40)}, in {event.by[1]})" if event.by is not None else ""
        parts.append(f"{_counted(len(problems), 'problem')}{by}: {_shown(problems[0])}")
    if event.applied:
        parts.append(_listed(event.applied, **_SETTINGS))
    if event.later:
        need = "needs" if len(event.later) == 1 else "need"
        parts.append(f"{_listed(event.later, **_SETTINGS)} {need} a restart")
    gone = [votes_on_gone(event.gone)] if event.gone else []
    return [f"read anew: {'; '.join(parts)}", *gone, *(_shown(problem) for problem in problems[1:])]


def _changed(changes: Changes) -> str:
    kinds = (
        ("entry new", "entries new", changes.added),
        ("entry changed", "entries changed", changes.changed),
        ("entry gone", "entries gone", changes.removed),
        ("section of the map differs", "sections of the map differ", changes.sections),
        ("person of the map differs", "people of the map differ", changes.people),
    )
    parts = [
        f"{len(names)} {one if len(names) == 1 else many} ({_listed(names)})"
        for one, many, names in kinds
        if names
    ]
    return ", ".join(parts) or "nothing has changed"


def _listed(names: Sequence[str], shown: int = 3, width: int = 40) -> str:
    more = [f"and {len(names) - shown} more"] if len(names) > shown else []
    return ", ".join([*(cut(name, width) for name in names[:shown]), *more])


def _shown(problem: str) -> str:
    """A problem without the folders before its file: they are nobody's business in a channel."""
    return _FOLDERS.sub("", problem)
