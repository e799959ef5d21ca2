"""What answers may depend on; part of `bot.config`."""

from pydantic import BaseModel, ConfigDict, Field

from knowledge.facets import FacetKind


class FacetSettings(BaseModel):
    """Something that answers depend on: a version, or, with `choices`, one of several things."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: dict[str, list[str]] | None = Field(
        None,
        description="The values, each with its other names in a list. Without choices it is a version.",
    )
    words: list[str] = Field(
        default_factory=list, description="Words that announce a version, beside the facet's own name."
    )
    bare: bool = Field(
        False, description="Whether a version before which no product is named is this one's: 'in 4.17'."
    )

    def kind(self, name: str) -> FacetKind:
        """The facet as the knowledge base declares it."""
        choices = self.choices
        return FacetKind(
            name,
            {value: tuple(names) for value, names in choices.items()} if choices is not None else None,
            tuple(self.words),
            self.bare,
        )
