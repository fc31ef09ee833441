"""What can be counted without saying who or what: for `/metrics`."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.audit.findings import KINDS
from bot.engine.alarms import UNHEARD
from bot.engine.watchdog import Health

LAGS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds: the steps in which the lag of the event loop is counted."""
LATENESS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200)
"""Seconds: the steps in which lateness is counted."""


class Metrics:
    """Counters and gauges of one service, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.turns = Counter(
            "braver_turns", "Acts of people that were carried out", ["platform"], registry=self._registry
        )
        self.repeated = Counter(
            "braver_turns_repeated", "Acts that came again and had no second effect", registry=self._registry
        )
        self.conflicts = Counter(
            "braver_conflicts", "Acts decided again, as somebody else was faster", registry=self._registry
        )
        self.failed = Counter(
            "braver_turns_failed", "Acts that a mistake of ours stopped", registry=self._registry
        )
        self.refused = Counter(
            "braver_requests_refused",
            "Requests turned away: forged, stale, malformed",
            ["platform", "reason"],
            registry=self._registry,
        )
        self._sent_again = Counter(
            "braver_deliveries_repeated",
            "Messages sent again though the first may have arrived",
            ["platform", "reason"],
            registry=self._registry,
        )
        self.loop_lag = Histogram(
            "braver_loop_lag_seconds",
            "How late the event loop was, ten looks a second",
            buckets=LAGS,
            registry=self._registry,
        )
        self._fired_late = Histogram(
            "braver_deadline_lateness_seconds",
            "How long after their time deadlines fired",
            buckets=LATENESS,
            registry=self._registry,
        )
        self._delivered_late = Histogram(
            "braver_delivery_lateness_seconds",
            "How long messages were on their way",
            ["platform"],
            buckets=LATENESS,
            registry=self._registry,
        )
        self._overdue = Gauge(
            "braver_deadlines_overdue", "Deadlines that passed and did not fire", registry=self._registry
        )
        self._stuck = Gauge(
            "braver_deliveries_stuck", "Messages on their way for too long", registry=self._registry
        )
        self._unwatched = Gauge(
            "braver_cases_without_clock", "Open cases that no deadline watches", registry=self._registry
        )
        self._under_way = Gauge(
            "braver_deliveries_under_way", "Messages by state", ["state"], registry=self._registry
        )
        self._stale = Gauge("braver_cards_stale", "Cards that show an old version", registry=self._registry)
        self._found = Gauge(
            "braver_audit_findings", "What the audit finds wrong, by kind", ["kind"], registry=self._registry
        )
        self._age = Gauge(
            "braver_loop_age_seconds", "Since the last turn of each part of the engine (watchdog: the audit)",
            ["loop"], registry=self._registry,
        )  # fmt: skip

    def sent_again(self, platform: str, reason: str) -> None:
        """A message was sent again and says so, since nobody could look whether the first one arrived."""
        self._sent_again.labels(platform, reason).inc()

    def fired_late(self, seconds: float) -> None:
        """A deadline has fired, so long after its time."""
        self._fired_late.observe(seconds)

    def delivered_late(self, platform: str, seconds: float) -> None:
        """A message has arrived, so long after it was wanted."""
        self._delivered_late.labels(platform).observe(seconds)

    def text(self, health: Health, ages: Mapping[str, float]) -> bytes:
        """Everything, in the format that Prometheus reads. `ages`: seconds since each loop turned last."""
        for kind in (*KINDS, UNHEARD):
            self._found.labels(kind).set(health.failing.get(kind, 0))
        for name, age in ages.items():
            self._age.labels(name).set(age)
        self._overdue.set(health.overdue)
        self._stuck.set(health.stuck)
        self._unwatched.set(len(health.without_clock))
        self._stale.set(health.stale_cards)
        for state, number in health.under_way.items():
            self._under_way.labels(state).set(number)
        return generate_latest(self._registry)
