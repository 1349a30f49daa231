"""Forms of the board set-up: a column for each fact, a meaning for each label."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from connections.boards import Board, Column
from connections.documents import DecisionWay
from connections.models import Integration
from mappings.boards.columns import NEW, TROUBLE, Row, accepted, type_word
from mappings.boards.rules import ONCE, ways_for
from mappings.boards.setup import choice_of, choices_of
from mappings.models import StatusRule
from mappings.pages.forms import MappingForm

Meaning = StatusRule.Meaning
LONGEST_WAY = 20
BEST = "The best there is"
SHORT = {  # how meanings read in a narrow table
    Meaning.PENDING: "Nobody decided yet (new items get it)",
    Meaning.RELEASE: "Release the document",
    Meaning.REOPEN: "Reopen the document",
    Meaning.APPROVE: "Approve it",
    Meaning.POST: "Post the document (never to be taken back)",
    Meaning.REJECT: "Reject it",
    Meaning.REFUSED: "The ledger refused (set by the connector)",
    Meaning.NOTHING: "Nothing: people’s own label",
}


class Options(forms.Select):
    """A select in which some choices are shown and cannot be chosen."""

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str]], barred: Sequence[str] = ()
    ) -> None:
        """`name` is what it is for; the table that it stands in has no label for it."""
        self.barred = set(barred)
        super().__init__({"class": "c-input", "aria-label": name}, choices)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.barred:
            option["attrs"]["disabled"] = True
        return option


class BoardNameForm(forms.Form):
    name = forms.CharField(
        label="Name of a new board", max_length=255, strip=True,
        widget=forms.TextInput({"class": "c-input", "placeholder": "Name of the new board",
                                "aria-label": "Name of the new board"}),
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class FactLine:
    """A row of the table of columns: the fact, its state, its select."""

    row: Row
    field: Any

    @property
    def badge(self) -> tuple[str, str]:
        """(colour, words)"""
        state = self.row.state
        if state in TROUBLE:
            return "danger", state.capitalize()
        if state == "missing":
            return ("warning" if self.row.fact.required else "plain"), "Not there yet"
        return {
            "mapped": ("success", "Shown"), "proposed": ("info", "Fits"),
            "left out": ("plain", "Not shown"),
        }[state]  # fmt: skip

    @property
    def accepts(self) -> str:
        return " or ".join(type_word(type) for type in self.row.fact.types)


class ColumnsForm(forms.Form):
    """Which column shows what. `chosen()` is what `mappings.boards.setup.prepare` wants."""

    def __init__(self, rows: Sequence[Row], board: Board, data: Any = None) -> None:
        self.rows = rows
        super().__init__(data, prefix="column")
        initial = choices_of(rows)
        for row in rows:
            choices = column_choices(row, board)
            self.fields[row.fact.name] = forms.ChoiceField(
                label=row.fact.title, choices=choices, required=row.fact.required,
                initial=initial[row.fact.name],
                widget=Options(f"Column for {row.fact.title}", choices),
            )  # fmt: skip

    def lines(self) -> list[FactLine]:
        return [FactLine(row, self[row.fact.name]) for row in self.rows]

    def chosen(self) -> dict[str, str]:
        return {row.fact.name: str(self.cleaned_data.get(row.fact.name, "")) for row in self.rows}

    def sentences(self) -> list[str]:
        """What is wrong with what was sent."""
        titles = {row.fact.name: row.fact.title for row in self.rows}
        return [
            f"“{titles.get(name, name)}”: choose one of the columns that are offered."
            for name in self.errors
        ]


def column_choices(row: Row, board: Board) -> list[tuple[str, str]]:
    fact = row.fact
    found = [(NEW, f"Create the column “{fact.title}” ({type_word(fact.types[0])})")]
    found += [(one.id, f"{one.title} ({type_word(one.type)})") for one in accepted(board, fact)]
    return found if fact.required else [("", "Do not show"), *found]


# -- labels ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class LabelRow:
    """A label of the approval column: one that stands (`id`), or one that would be added."""

    text: str
    id: str = ""
    meaning: str = ""
    way: str = ""


@dataclasses.dataclass(frozen=True)
class Said:
    """What a person said of a label."""

    id: str
    text: str
    meaning: str
    way: str


class LabelsForm(forms.Form):
    """A meaning and a way for each label."""

    def __init__(
        self, rows: Sequence[LabelRow], ways: Sequence[DecisionWay], data: Any = None
    ) -> None:
        self.rows = rows
        super().__init__(data, prefix="label")
        for number, row in enumerate(rows):
            meanings = meaning_choices(bool(row.id))
            choices, barred = way_choices(ways, row.way)
            self.fields[f"id-{number}"] = hidden(row.id)
            self.fields[f"text-{number}"] = hidden(row.text)
            self.fields[f"meaning-{number}"] = forms.ChoiceField(
                choices=meanings, required=False, initial=row.meaning,
                widget=Options(f"What “{row.text}” means", meanings),
            )  # fmt: skip
            self.fields[f"way-{number}"] = forms.CharField(
                required=False, initial=row.way, max_length=LONGEST_WAY,
                widget=Options(f"Way of “{row.text}”", choices, barred),
            )  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        return [
            {"row": row, **{name: self[f"{name}-{number}"]
                            for name in ("id", "text", "meaning", "way")}}
            for number, row in enumerate(self.rows)
        ]  # fmt: skip

    def said(self) -> list[Said]:
        data = self.cleaned_data
        return [
            Said(*(str(data.get(f"{name}-{number}") or "")
                   for name in ("id", "text", "meaning", "way")))
            for number in range(len(self.rows))
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.cleaned_data = cleaned
        for meaning in ONCE:
            texts = [one.text for one in self.said() if one.meaning == meaning]
            if len(texts) > 1:
                raise ValidationError(
                    f"“{'” and “'.join(texts)}” both mean “{SHORT[meaning]}”. Only one label may."
                )
            if not texts:
                raise ValidationError(f"Say which label means “{SHORT[meaning]}”.")
        return cleaned

    @property
    def sentences(self) -> list[str]:
        return [str(text) for texts in self.errors.values() for text in texts]


def hidden(value: str) -> forms.CharField:
    return forms.CharField(required=False, initial=value, widget=forms.HiddenInput(), strip=False)


def meaning_choices(stands: bool) -> list[tuple[str, str]]:
    """A label that is not there yet may also stay away."""
    none = ("", "No meaning yet") if stands else ("", "Do not add this label")
    return [none, *((str(meaning), words) for meaning, words in SHORT.items())]


def way_choices(
    ways: Sequence[DecisionWay], current: str
) -> tuple[list[tuple[str, str]], list[str]]:
    """Choices, and those that this site does not offer."""
    choices = [("", BEST)]
    choices += [(way.name, way.label if way.available else f"{way.label} (not available)")
                for way in ways]  # fmt: skip
    if current and current not in {way.name for way in ways}:
        choices.append((current, f"{current} (not offered now)"))
    barred = [way.name for way in ways if not way.available and way.name != current]
    return choices, barred


def label_rows(
    column: Column | None,
    adding: Sequence[str],
    proposed: Mapping[str, str],
    rules: Mapping[str, StatusRule],
) -> list[LabelRow]:
    """Those that stand, with their rules or what their words say; then those to be added."""
    found = []
    for label in column.labels if column else ():
        if not label.active or not label.text:
            continue
        rule = rules.get(label.id)
        meaning = rule.meaning if rule else proposed.get(label.text, "")
        found.append(LabelRow(label.text, label.id, meaning, rule.way if rule else ""))
    return found + [LabelRow(text, "", proposed.get(text, "")) for text in adding]


@dataclasses.dataclass(frozen=True)
class WayLine:
    """One way for decisions into the ledger, as the page shows it."""

    way: DecisionWay
    used_for: tuple[str, ...]  # labels whose decisions go this way now


def way_lines(ways: Sequence[DecisionWay], rows: Sequence[LabelRow]) -> list[WayLine]:
    used: dict[str, list[str]] = {way.name: [] for way in ways}
    for row in rows:
        able = [way.name for way in ways_for(row.meaning, ways) if way.available]
        way = row.way if row.way in used else next(iter(able), "")
        if way and ways_for(row.meaning, ways):
            used[way].append(row.text)
    return [WayLine(way, tuple(used[way.name])) for way in ways]


# -- the table of status rules --------------------------------------------------------------------


class StatusRuleForm(MappingForm):
    """One label's meaning, edited by itself."""

    class Meta:
        model = StatusRule
        fields: ClassVar = ("integration", "kind", "label_id", "label", "meaning", "way", "note")
        labels: ClassVar = {"label_id": "Label’s id on the board", "kind": "Board of"}
        help_texts: ClassVar = {
            "label": "It read so when its meaning was chosen.",
            "way": "The decision reaches the ledger this way. Empty: by the best there is.",
        }

    def offer(self, integration: Integration) -> None:
        names = StatusRule.objects.filter(integration=integration).exclude(way="")
        ways = sorted(set(names.values_list("way", flat=True)))
        self.suggest("way", [(way, way) for way in ways], "the best there is")

    def clean(self) -> dict[str, Any]:
        """Only one label is what new items get, and one what a refused decision gets."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        meaning = cleaned.get("meaning")
        if meaning in ONCE and (other := self.same_meaning(cleaned)):
            self.add_error("meaning", f"“{other.label or other.label_id}” means that already.")
        return cleaned

    def same_meaning(self, cleaned: dict[str, Any]) -> StatusRule | None:
        integration = cleaned.get("integration") or self.instance.integration
        rows = StatusRule.objects.filter(
            integration=integration, kind=cleaned.get("kind"), meaning=cleaned.get("meaning")
        )
        return rows.exclude(pk=self.instance.pk).first()


__all__ = ["ColumnsForm", "LabelsForm", "StatusRuleForm", "choice_of"]
