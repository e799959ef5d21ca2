"""The pictures of the documentation are all there, and load nothing from anywhere."""

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

DOCS = Path(__file__).parents[2] / "docs"
NAMESPACE = "http://www.w3.org/2000/svg"


def test_every_picture_is_drawn_and_stands_by_itself() -> None:
    spec = importlib.util.spec_from_file_location("docs_pictures", DOCS / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)

    drawn = {path.stem: path.read_text("utf-8") for path in (DOCS / "pictures").glob("*.svg")}

    assert drawn.keys() == set(pictures.NAMES)
    for name, text in drawn.items():
        ElementTree.fromstring(text)
        assert not re.search(r"@import|@font-face|href=|url\((?!#)", text), name
        for address in re.findall(r'="(https?:[^"]*)"', text):
            assert address == NAMESPACE
