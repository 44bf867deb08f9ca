"""Two models together, `detector+network`: what the catalogue says of such a pair."""

from __future__ import annotations

from kinema.models.card import ModelCard
from kinema.models.catalogue import CARDS
from kinema.models.measured import all_measured

TOP_DOWN = "top-down"
"""What stands for the family: one model finds people, the other looks closer at each."""


def pipeline_card(finder: ModelCard, closer: ModelCard) -> ModelCard:
    """The card of two models, of which the second looks closer at each person the first finds."""
    return ModelCard(
        name=f"{finder.name}+{closer.name}",
        family=TOP_DOWN,
        skeleton=closer.skeleton,
        weights=(*finder.weights, *closer.weights),
        licence=" + ".join(dict.fromkeys((finder.licence, closer.licence))),
        description=f"{finder.name} finds people, {closer.name} looks closer at each.",
        paper="; ".join(filter(None, (finder.paper, closer.paper))),
    )


def measured_pipelines() -> list[ModelCard]:
    """The pairs of models of the catalogue that were measured, the most accurate first."""
    cards = {card.name: card for card in CARDS}
    found: dict[str, ModelCard] = {}
    for entry in sorted(all_measured(), key=lambda entry: -(entry.AP or 0)):
        finder, plus, closer = entry.name.partition("+")
        if plus and finder in cards and closer in cards:
            found.setdefault(entry.name, pipeline_card(cards[finder], cards[closer]))
    return list(found.values())
