"""What an operator may set about how drafts reach the knowledge base; part of `bot.config`, which reads it
from YAML. Every field's description is what the documentation and `config.example.yaml` say about it.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from knowledge.documents import Duration

_Word = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x20<>-][^\x00-\x1f<>]*$")
]


class PublishingSettings(BaseModel):
    """How drafts that were reviewed become commits of the repository in which the knowledge base lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pull: bool = Field(
        False,
        description="Whether what is new in the remote repository is brought in, before anything is "
        "published and `every` so often.",
    )
    push: bool = Field(False, description="Whether what was published is pushed to the remote repository.")
    remote: _Word = Field("origin", description="What git calls the remote repository.")
    every: Duration = Field(
        timedelta(minutes=5), description="How often the remote repository is looked at, where `pull` is set."
    )
    name: _Word = Field("pkgdesk", description="Whom git names as the committer; the author is the draft's.")
    email: _Word = Field("pkgdesk@localhost", description="The e-mail address of that committer.")
