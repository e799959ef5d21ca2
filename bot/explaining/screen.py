"""What all that is printed at length has in common. Text of questions and entries is printed as text, never
as markup."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(console: Console, text: str, style: str = "") -> None:
    """A paragraph. Elsewhere than on a terminal a line stays one, for whoever reads it next."""
    if text:
        console.print(Text(text, style), soft_wrap=not console.is_terminal)


def head(console: Console, title: str) -> None:
    """The title of what follows."""
    console.print()
    console.print(Text(title, "bold cyan"))


def table(*heads: str) -> Table:
    """A table under these heads; what is narrow is never broken."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for each in heads:
        made.add_column(each, overflow="fold", no_wrap=each in ("", "sure", "from"))
    return made


def rows(*narrow: str) -> Table:
    """A table without heads: columns that are never broken, each "left" or "right", and one of text."""
    made = Table(box=None, show_header=False, pad_edge=False)
    for justify in narrow:
        made.add_column(no_wrap=True, justify="right" if justify == "right" else "left")
    made.add_column(overflow="fold")
    return made
