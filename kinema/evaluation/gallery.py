"""The gallery of failures: one page of HTML with everything in it, for light and dark screens."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinema.evaluation.exhibits import Exhibit, Section, draw_exhibit
from kinema.evaluation.joints import JointAccuracy
from kinema.formats.staging import replace_text


@dataclass(frozen=True)
class Page:
    """What the gallery says besides its pictures.

    Attributes:
        title: Of the page.
        subtitle: What was measured, in a line.
        figures: Names and values of the main numbers.
        notes: Sentences that say how the numbers came about.
        joints: The table of joints.
    """

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    joints: tuple[JointAccuracy, ...]


def write_gallery(
    path: Path,
    page: Page,
    sections: Sequence[Section],
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> None:
    """Draws all pictures and writes the page, which needs no other file.

    Raises:
        InputError: If it cannot be written.
        MediaError: If a picture cannot be read any more.
    """
    parts = [_head(page), _table(page.joints)]
    for section in sections:
        if section.exhibits:
            parts.append(_section(section, on_picture))
    if not any(section.exhibits for section in sections):
        parts.append('<p class="note">Nothing failed.</p>')
    body = "\n".join(parts)
    replace_text(path, _DOCUMENT.format(title=_text(page.title), style=_STYLE, body=body))


def _head(page: Page) -> str:
    tiles = "".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in page.figures
    )
    notes = "".join(f"<li>{_text(note)}</li>" for note in page.notes)
    return (
        f"<header><h1>{_text(page.title)}</h1><p>{_text(page.subtitle)}</p>"
        f'<dl class="figures">{tiles}</dl><ul class="notes">{notes}</ul></header>'
    )


def _table(joints: Sequence[JointAccuracy]) -> str:
    if not joints:
        return ""
    limits = list(joints[0].pck)
    head = ["joint", "labelled", "found", *(f"PCK@{limit:g}" for limit in limits)]
    cells = "".join(f"<th>{name}</th>" for name in [*head, "median error", "of the size"])
    rows = "".join(_joint(joint, limits) for joint in joints)
    return (
        "<details><summary>Joint by joint</summary>"
        f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></details>"
    )


def _joint(joint: JointAccuracy, limits: Sequence[float]) -> str:
    pck = "".join(_bar(joint.pck[limit]) for limit in limits)
    pixels = "" if math.isnan(joint.median_px) else f"{joint.median_px:.1f} px"
    return (
        f"<tr><th>{_text(joint.joint.replace('_', ' '))}</th><td>{joint.labelled}</td>"
        f"<td>{percent(joint.found)}</td>{pck}<td>{pixels}</td>"
        f"<td>{percent(joint.median_share)}</td></tr>"
    )


def _bar(value: float) -> str:
    width = 0 if math.isnan(value) else round(100 * value)
    return f'<td class="bar" style="--share:{width}%">{percent(value)}</td>'


def percent(value: float) -> str:
    """A share in words, nothing for NaN.

    >>> percent(0.7312)
    '73.1 %'
    """
    return "" if math.isnan(value) else f"{100 * value:.1f} %"


def _section(section: Section, on_picture: Callable[[], object]) -> str:
    cards, large = [], " large" if section.large else ""
    for exhibit in section.exhibits:
        cards.append(_card(exhibit, large=section.large))
        on_picture()
    return (
        f"<section><h2>{_text(section.title)}</h2><p>{_text(section.explanation)}</p>"
        f'<div class="cards{large}">{"".join(cards)}</div></section>'
    )


def _card(exhibit: Exhibit, *, large: bool) -> str:
    panel = draw_exhibit(exhibit, large=large)
    width, height = panel.size
    pictures = "".join(
        f'<div><img src="data:image/jpeg;base64,{data}" width="{width}" height="{height}" '
        f'alt="{_text(exhibit.path.name)}, {side}" loading="lazy"><span>{side}</span></div>'
        for data, side in ((panel.truth, "labelled"), (panel.found, "found"))
    )
    facts = "".join(f'<li class="{fact.level}">{_text(fact.text)}</li>' for fact in exhibit.facts)
    return (
        f'<figure><div class="pair">{pictures}</div><figcaption>'
        f"<code>{_text(exhibit.path.name)}</code><ul>{facts}</ul></figcaption></figure>"
    )


def _text(text: str) -> str:
    return html.escape(text)


_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""

_STYLE = """
:root { --ground: #f6f7f9; --card: #fff; --ink: #1b2027; --soft: #5c6673; --line: #dfe3e8;
  --bar: #cfe3f7; --good: #17653a; --good-ground: #d9f2e3; --fair: #7a5200;
  --fair-ground: #fdeec9; --bad: #9c1c1c; --bad-ground: #fde0e0; --plain-ground: #eceff3; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --card: #1d2229; --ink: #e7eaee; --soft: #9aa5b1; --line: #313842;
    --bar: #1f4468; --good: #8fe3b1; --good-ground: #173d29; --fair: #f5cf7a;
    --fair-ground: #43340f; --bad: #ffb0b0; --bad-ground: #4d1f22; --plain-ground: #2a313a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1320px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; }
h2 { font-size: 19px; margin: 40px 0 2px; }
header > p, section > p { color: var(--soft); margin: 2px 0 16px; max-width: 95ch; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(118px, 1fr)); gap: 10px;
  margin: 18px 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 10px 14px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.notes { color: var(--soft); font-size: 13px; padding-left: 18px; margin: 0 0 18px;
  max-width: 95ch; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
summary { cursor: pointer; padding: 10px 14px; font-weight: 600; }
.wide { overflow-x: auto; padding: 0 14px 12px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th:first-child { text-align: left; }
tbody th { font-weight: 500; }
tbody tr:last-child > * { font-weight: 700; border-bottom: 0; }
.bar { background: linear-gradient(90deg, var(--bar) var(--share), transparent var(--share)); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(560px, 100%), 1fr));
  gap: 16px; }
.cards.large { grid-template-columns: 1fr; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  overflow: hidden; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; background: var(--line);
  align-items: stretch; }
.pair div { position: relative; background: #101318; }
.pair img { display: block; width: 100%; height: 100%; aspect-ratio: 6 / 5; object-fit: contain; }
.large .pair img { aspect-ratio: 10 / 7; }
.pair span { position: absolute; left: 8px; top: 8px; background: rgb(18 20 26 / .72);
  color: #fff; font-size: 12px; padding: 1px 8px; border-radius: 99px; }
figcaption { padding: 10px 12px 12px; display: flex; flex-wrap: wrap; gap: 6px 10px;
  align-items: baseline; }
code { font-size: 13px; color: var(--soft); }
figcaption ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; }
figcaption li { font-size: 12.5px; padding: 1px 8px; border-radius: 99px;
  font-variant-numeric: tabular-nums; background: var(--plain-ground); }
figcaption .good { background: var(--good-ground); color: var(--good); }
figcaption .fair { background: var(--fair-ground); color: var(--fair); }
figcaption .bad { background: var(--bad-ground); color: var(--bad); }
"""
