"""What lies in deploy/ fits the desk: the unit, the image's recipe, the sample configuration, the alerts.

systemd does not run here and images cannot be built, so this looks at what can be looked at: systemd's own
checker where it is there, and what each file says beside what the code says.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from desk_process import PATIENCE, ROOT, Stage

from bot.command_line import EXITS, SHUT_OUT, WRONG_USE
from bot.config import load
from bot.desk.events import Fate
from bot.desk.model import Failure, Purpose
from bot.monitoring.metrics import METRICS, Kind
from bot.monitoring.rhythm import Rhythm, rhythm
from bot.transports.password import CREDENTIALS
from knowledge.embeddings import default_cache

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "pkgdesk.service"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Every setting of a unit with its values."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


# --- the unit --------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it would be where pkgdesk is installed: with a command that is there."""
    unit = tmp_path / "pkgdesk.service"
    command = Path(sys.executable).with_name("pkgdesk")
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/pkgdesk/bin/pkgdesk", str(command)))
    return unit


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("there is no systemd-analyze")
    return subprocess.run(
        [tool, *arguments], capture_output=True, text=True, check=False, timeout=60, env={**os.environ}
    )


def test_systemd_finds_nothing_wrong_with_the_unit(installed: Path) -> None:
    done = analyzed("verify", str(installed))
    said = [line for line in done.stderr.splitlines() if "pkgdesk" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("more", ["", "NoSuchThing=1"])
def test_systemd_finds_nothing_wrong_with_what_is_added_for_publishing(installed: Path, more: str) -> None:
    page = (DEPLOY.parent / "docs" / "how-to" / "run-as-a-service.md").read_text("utf-8")
    added = installed.with_name(f"{installed.name}.d") / "override.conf"
    added.parent.mkdir()
    added.write_text(page.partition("```ini\n")[2].partition("```")[0] + more)
    done = analyzed("verify", str(installed))
    assert (
        [line for line in done.stderr.splitlines() if "NoSuchThing" in line] if more else not done.returncode
    )
    assert bool(more) == (str(added) in done.stderr)
    assert {"DynamicUser=no", "User=pkgdesk"} <= set(added.read_text().splitlines())


def test_systemd_s_checker_would_tell(installed: Path) -> None:
    installed.write_text(installed.read_text().replace("WatchdogSec=2min", "WatchdogSec=soon\nNoSuchThing=1"))
    said = analyzed("verify", str(installed)).stderr
    assert "soon" in said
    assert "NoSuchThing" in said


def test_the_service_is_hardened(installed: Path) -> None:
    done = analyzed("security", "--offline=yes", "--threshold=20", str(installed))
    if "offline" in done.stderr:
        pytest.skip("this systemd-analyze does not look at files")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_the_unit_s_commands_and_exit_codes_are_those_of_the_program() -> None:
    said = settings_of(UNIT)
    assert said["ExecStart"] == ["/opt/pkgdesk/bin/pkgdesk run --config /etc/pkgdesk/config.yaml"]
    assert said["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    of_no_use = f"{WRONG_USE} {SHUT_OUT}"
    assert said["RestartPreventExitStatus"] == [of_no_use], "what is in use now may be free in a moment"
    assert WRONG_USE in {code for code, _ in EXITS}
    assert said["Restart"] == ["on-failure"]
    assert said["Type"] == ["notify"]
    assert said["WatchdogSec"] == ["2min"]
    assert rhythm(timedelta(minutes=2)) == Rhythm(), "it does not make the desk look more often"
    assert said["TimeoutStopSec"] == ["15s"]


def test_the_unit_writes_where_the_sample_configuration_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = settings_of(UNIT)
    settings = load(DEPLOY / "config.yaml")
    state = Path("/var/lib") / said["StateDirectory"][0]
    assert Path(settings.database).is_relative_to(state)
    assert settings.control.socket is not None
    assert settings.control.socket.is_relative_to(state)
    cache = default_cache({"CACHE_DIRECTORY": f"/var/cache/{said['CacheDirectory'][0]}"}, settings.knowledge)
    assert cache.is_relative_to("/var/cache/pkgdesk"), "a user without a home has nowhere else"
    (sasl,) = (network.sasl for network in settings.networks.values())
    assert sasl is not None
    name, _, path = said["LoadCredential"][0].partition(":")
    assert sasl.password_credential == name
    assert Path(path).is_relative_to("/etc/pkgdesk")
    (tmp_path / name).write_text("sesame\n")
    monkeypatch.setenv(CREDENTIALS, str(tmp_path))
    assert sasl.password() == "sesame"


# --- the image -------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """What the recipe says, each instruction in one line."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text("utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = [[]]
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found[1:]


def said(stage: list[tuple[str, str]], name: str) -> list[str]:
    return [rest for each, rest in stage if each == name]


def test_the_bases_are_pinned_to_a_release_that_is_allowed() -> None:
    default = next(rest.partition("=")[2] for name, rest in instructions() if name == "ARG")
    assert re.fullmatch(r"3\.\d+-slim", default)
    least = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    assert tuple(map(int, default.removesuffix("-slim").split("."))) >= least
    bases = [said(stage, "FROM")[0] for stage in stages()]
    assert bases == ["python:${PYTHON} AS build", "python:${PYTHON}"], "no host: whoever builds chooses it"


def test_what_is_copied_is_there_and_is_let_through() -> None:
    build, last = stages()
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert ignored[0] == "*"
    for line in said(build, "COPY"):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
    assert {package.split(".")[0] for package in packages()} <= {
        line.split()[0] for line in said(build, "COPY")
    }
    assert said(last, "COPY") == ["--from=build /opt/pkgdesk /opt/pkgdesk"]


def packages() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[str] = project["tool"]["setuptools"]["packages"]
    return found


def test_the_wheel_is_installed_with_extras_that_there_are() -> None:
    (extras,) = (line for line in said(stages()[0], "ARG") if line.startswith("EXTRAS="))
    names = extras.partition("=")[2].split(",")
    assert set(names) <= set(PROJECT["optional-dependencies"])
    assert {"monitoring", "encryption"} <= set(names)
    (install,) = (line for line in said(stages()[0], "RUN") if "wheels" in line)
    assert "--constraint constraints.txt" in install
    assert "pkgdesk[${EXTRAS}] @ file://" in install


def test_it_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    last = stages()[-1]
    assert said(last, "USER") == ["pkgdesk"]
    names = [name for name, _ in last]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name == "RUN")
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|SECRET|TOKEN)", text, re.MULTILINE | re.IGNORECASE)
    assert not re.search(r"^(ADD|.*curl|.*wget)", text, re.MULTILINE)
    assert "latest" not in text


def test_what_it_starts_is_the_command_line() -> None:
    last = stages()[-1]
    assert json.loads(said(last, "ENTRYPOINT")[0]) == list(PROJECT["scripts"])
    assert json.loads(said(last, "CMD")[0]) == ["run"]
    state = Path(load(DEPLOY / "config.yaml").database).parent
    assert [Path(path) for path in said(last, "VOLUME")] == [state]
    assert "PKGDESK_CONFIG=/etc/pkgdesk/config.yaml" in said(last, "ENV")[0]


async def test_the_image_s_health_check_is_well_beside_a_desk_and_not_beside_one_that_hangs(
    tmp_path: Path,
) -> None:
    (line,) = said(stages()[-1], "HEALTHCHECK")
    command = json.loads(line[line.index("[") :])
    assert command[0] == "pkgdesk"
    command[command.index("--timeout") + 1] = "1"

    async with Stage(tmp_path) as stage:
        await stage.start()
        await stage.enter("alice")

        def checked() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "bot.cli", *command[1:]],
                cwd=ROOT,
                env={**os.environ, "PKGDESK_CONFIG": str(stage.configuration)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )

        done = checked()
        assert done.returncode == 0, done.stderr
        stage.signalled(signal.SIGSTOP)
        done = checked()
        assert done.returncode != 0


# --- the whole of it, and Prometheus ---------------------------------------------------------------------


def uncommented(name: str, *like: str) -> str:
    """A file with those lines that wait to be uncommented: the ones that begin so, and what they hold."""
    text = (DEPLOY / name).read_text("utf-8")
    for each in like:
        found = re.search(rf"^( *)# {re.escape(each)}.*\n(?:\1#   .*\n)*", text, re.MULTILINE)
        assert found is not None, each
        text = text.replace(found[0], re.sub(r"(?m)^( *)# ", r"\1", found[0]))
    return text


def test_a_homeserver_is_there_to_be_uncommented(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(uncommented("config.yaml", "matrix:", "matrix: ["))
    settings = load(tmp_path / "config.yaml")
    homeserver = settings.matrix["matrix"]
    assert homeserver.login.password_credential == "matrix.password"
    assert homeserver.folder is not None
    assert homeserver.folder.parent == Path(settings.database).parent
    assert "matrix" in settings.desk.operators
    compose = yaml.safe_load(uncommented("compose.yaml", "- matrix-password", "matrix-password:"))
    assert compose["services"]["pkgdesk"]["secrets"] == list(compose["secrets"])
    assert f"/run/secrets/{list(compose['secrets'])[1]}" in (DEPLOY / "config.yaml").read_text("utf-8")


def test_the_services_fit_the_image_and_each_other() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    desk = compose["services"]["pkgdesk"]
    context = (DEPLOY / desk["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / desk["build"]["dockerfile"]).exists()
    mounted = {volume.split(":")[1] for volume in desk["volumes"]}
    settings = load(DEPLOY / "config.yaml")
    assert str(Path(settings.database).parent) in mounted
    for path in (settings.knowledge, settings.map):
        assert any(path.is_relative_to(each) for each in mounted), path
    assert set(desk["secrets"]) <= set(compose["secrets"])
    assert f"/run/secrets/{desk['secrets'][0]}" in (DEPLOY / "config.yaml").read_text("utf-8")
    assert desk["read_only"]
    assert desk["cap_drop"] == ["ALL"]
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], source
    assert set(desk["secrets"]) == set(compose["secrets"])
    prometheus = compose["services"]["prometheus"]
    assert "./prometheus:/etc/prometheus:ro" in prometheus["volumes"]
    assert re.search(r":v\d+\.\d+\.\d+$", prometheus["image"])


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    (group,) = rules["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


SAMPLES = {
    name: metric
    for metric in METRICS
    for name in (
        [f"{metric.name}_{end}" for end in ("bucket", "count", "sum")]
        if metric.kind is Kind.HISTOGRAM
        else [metric.name]
    )
}
OTHERS = {"up", "process_resident_memory_bytes"}
VALUES = {
    "fate": {each.value for each in Fate},
    "reason": {each.value for each in Failure},
    "purpose": {each.value for each in Purpose},
    "job": {"pkgdesk"},
}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_figures_that_there_are(rule: dict[str, Any]) -> None:
    expression = rule["expr"]
    named = set(re.findall(r"\b(?:pkgdesk|process)_[a-z_]+|\bup\b", expression))
    assert named, "it asks for something"
    assert named <= SAMPLES.keys() | OTHERS
    labels = {label for name in named & SAMPLES.keys() for label in SAMPLES[name].labels}
    for name, value in re.findall(r'(\w+)=~?"([^"]*)"', expression):
        assert name in labels | {"job"}
        assert set(value.split("|")) <= VALUES[name]
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        assert set(grouped.split(", ")) <= labels | {"le"}
    told = json.dumps(rule["annotations"])
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= labels
    assert expression.count("(") == expression.count(")")
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"].endswith(".")


def test_prometheus_asks_the_page_of_the_sample_configuration() -> None:
    scrape = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    settings = load(DEPLOY / "config.yaml").monitoring
    (job,) = scrape["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{settings.host}:{settings.port}"]
    assert [(DEPLOY / "prometheus" / name).exists() for name in scrape["rule_files"]] == [True]
