"""The page for programs that watch the desk, over HTTP on a loopback address.

    /           one line of what there is
    /healthz    200 and {"status": "ok", …} while the desk is well, else 503 and why (`vitals.report`)
    /metrics    every figure of `metrics.METRICS` and those of the process, in the format of Prometheus

It is only read from, asks nobody who they are, and holds no word of anybody's text. What it shows of users
are numbers; of the configuration, names of networks and channels.

Libraries: aiohttp and prometheus_client, which come with the extra `pkgdesk[monitoring]`. Only the command
line imports this module, and only where the page is wanted. Nothing is registered outside of the page.
"""

import errno
import json
import platform
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bot.config import MonitoringSettings
from bot.monitoring.errors import NotServed
from bot.monitoring.metrics import METRICS, Kind, Tally
from bot.monitoring.vitals import Vitals, gauges, health, report
from bot.monitoring.watch import Watch

GOODBYE = 0.5
"""Seconds for an answer that is being given when the desk ends."""

_INDEX = "pkgdesk: /healthz says whether the desk is well, /metrics gives its figures to Prometheus.\n"


@asynccontextmanager
async def serving(settings: MonitoringSettings, watch: Watch) -> AsyncIterator[None]:
    """The page, while the context is open. NotServed where it cannot be."""
    assert settings.port is not None
    page = _Page(watch)
    application = web.Application()
    application.router.add_get("/", page.index)
    application.router.add_get("/healthz", page.healthz)
    application.router.add_get("/metrics", page.metrics)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=GOODBYE)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise NotServed(_explained(error, settings)) from error
        yield
    finally:
        await runner.cleanup()


class Figures(Collector):
    """What a tally and the vitals of one moment hold, for a registry."""

    def __init__(self, tally: Tally, vitals: Vitals) -> None:
        self._tally = tally
        self._vitals = vitals

    def collect(self) -> Iterable[Metric]:
        values: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for metric, labels, value in gauges(self._vitals, platform.python_version()):
            values.setdefault(metric.name, []).append((labels, value))
        for metric in METRICS:
            match metric.kind:
                case Kind.GAUGE:
                    gauge = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
                    for labels, value in values.get(metric.name, ()):
                        gauge.add_metric(labels, float(value))
                    yield gauge
                case Kind.COUNTER:
                    counter = CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)
                    counts = dict(self._tally.count(metric))
                    # What has no labels is there from the start, so that its first time shows as a step.
                    for labels, count in (counts or ({} if metric.labels else {(): 0})).items():
                        counter.add_metric(labels, count)
                    yield counter
                case Kind.HISTOGRAM:
                    histogram = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
                    for labels, took in self._tally.durations(metric):
                        buckets = list(_cumulative(metric.bounds, took.buckets))
                        histogram.add_metric(labels, buckets, took.seconds)
                    yield histogram


def _cumulative(bounds: tuple[float, ...], buckets: list[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*map(str, bounds), "+Inf"), buckets, strict=True):
        total += count
        yield bound, total


class _Page:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def index(self, _: web.Request) -> web.Response:
        return web.Response(text=_INDEX)

    async def healthz(self, _: web.Request) -> web.Response:
        vitals = await self._watch.vitals()
        code = 200 if health(vitals).well else 503
        # On a terminal the prompt is to stand in a line of its own.
        text = json.dumps(report(vitals)) + "\n"
        return web.json_response(text=text, status=code, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: web.Request) -> web.Response:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(Figures(self._watch.tally, await self._watch.vitals()))
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": kind})


def _explained(error: OSError, settings: MonitoringSettings) -> str:
    place = f"monitoring: {settings.host} port {settings.port}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"{place} is in use by another program: end that one, or set another monitoring.port"
        case errno.EACCES:
            return f"{place} is not for this user: set a monitoring.port above 1023"
        case _:
            return (
                f"{place} cannot be served ({error.strerror}): set another monitoring.host or monitoring.port"
            )
