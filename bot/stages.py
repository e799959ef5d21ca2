"""Where a desk stands between its start and its end, told to the log and to the service manager."""

from enum import StrEnum

import structlog

from bot.systemd import Notifier

log = structlog.get_logger()


class Stage(StrEnum):
    """One follows the other; between serving and reloading it goes back and forth."""

    STARTING = "starting"
    SERVING = "serving"
    RELOADING = "reloading"
    ENDING = "ending"


class Stages:
    """The stage of one desk."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._now = Stage.STARTING

    def reach(self, stage: Stage) -> None:
        """It stands there now."""
        self._now = stage
        match stage:
            case Stage.SERVING:
                log.info("serving")
                self._notifier.ready("serving")
            case Stage.RELOADING:
                log.info("reloading")
                self._notifier.reloading()
            case Stage.ENDING:
                log.info("ending")
                self._notifier.stopping()

    def reading(self, busy: bool) -> None:
        """A reading anew has begun, or is over; at the end that is no stage any more."""
        if self._now is not Stage.ENDING:
            self.reach(Stage.RELOADING if busy else Stage.SERVING)
