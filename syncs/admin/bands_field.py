"""The bands of approval in a form: a row for each, and one for all that is larger."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from syncs.controls.bands import RANK, Stored, Who

ROWS = 3
LAST = "Above that"
LINE = '<div class="c-row"><span class="c-soft">{}</span>{}{}</div>'
CHOICES = [("", "–"), *((who.value, str(who.label).capitalize()) for who in Who)]


class BandsWidget(forms.MultiWidget):
    def __init__(self) -> None:
        each: list[forms.Widget] = []
        for row in range(1, ROWS + 1):
            label = f"Amount {row}: up to"
            each += [
                UnfoldAdminDecimalFieldWidget({"aria-label": label, "step": "0.01"}),
                UnfoldAdminSelectWidget({"aria-label": f"Amount {row}: who approves"}, CHOICES),
            ]
        each.append(UnfoldAdminSelectWidget({"aria-label": f"{LAST}: who approves"}, CHOICES))
        super().__init__(each)

    def decompress(self, value: Stored | None) -> list[Any]:
        """Each bound with its choice, and the choice of the last one."""
        rows = value or [{"up_to": None, "who": ""}]
        bounded = [(Decimal(one["up_to"]), one["who"]) for one in rows if one["up_to"] is not None]
        padded = [*bounded, *[(None, "")] * (ROWS - len(bounded))]
        return [*(each for pair in padded for each in pair), rows[-1]["who"]]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """A line for each band."""
        values = value if isinstance(value, list) else self.decompress(value)
        parts = [
            widget.render(f"{name}_{place}", one, None, renderer)
            for place, (widget, one) in enumerate(zip(self.widgets, values, strict=True))
        ]
        rows = [("up to", *pair) for pair in zip(parts[:-1:2], parts[1::2], strict=True)]
        lines = format_html_join("", LINE, [*rows, ("above that", "", parts[-1])])
        return format_html('<div class="c-bands">{}</div>', lines)


class BandsField(forms.MultiValueField):
    def __init__(self, **kwargs: Any) -> None:
        money = forms.DecimalField(required=False, max_digits=18, decimal_places=2)
        who = forms.ChoiceField(required=False, choices=CHOICES)
        fields = [*[money, who] * ROWS, who]
        super().__init__(
            fields=fields, widget=BandsWidget(), required=False, require_all_fields=False, **kwargs
        )

    def compress(self, data_list: list[Any]) -> Stored:
        """As they are kept. Raises ValidationError for what is no row of rising amounts."""
        if not data_list:
            return []
        *bounded, last = data_list
        rows = [
            (bound, who)
            for bound, who in zip(bounded[::2], bounded[1::2], strict=True)
            if bound is not None or who
        ]
        self.check([*rows, (None, last)])
        kept = [{"up_to": f"{bound:.2f}", "who": who} for bound, who in rows]
        return [*kept, {"up_to": None, "who": last}] if kept or last else []

    def check(self, rows: list[tuple[Decimal | None, str]]) -> None:
        *bounded, last = rows
        if any(bound is None or not who for bound, who in bounded):
            raise forms.ValidationError("A line has an amount and says who approves up to it.")
        if bounded and not last[1]:
            raise forms.ValidationError("Say who approves what is larger than all of them.")
        bounds = [bound for bound, _ in bounded if bound is not None]
        if any(low >= high for low, high in pairwise([Decimal(0), *bounds])):
            raise forms.ValidationError("The amounts are above nothing, and rise from row to row.")
        ranks = [RANK[Who(who)] for _, who in rows if who]
        if any(low > high for low, high in pairwise(ranks)):
            raise forms.ValidationError("A larger amount takes no less than a smaller one.")
