"""Everything that is written can be read: 4.5 to 1 against what is behind it, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.models import Connection
from syncs.models import Alert, FlowSettings, State
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FAINT = """() => {
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', {willReadFrequently: true});
  canvas.width = canvas.height = 1;
  const over = (below, colour) => {  // what is seen of a colour that lies on another
    pen.globalAlpha = 1; pen.fillStyle = `rgb(${below.join(',')})`; pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = e => e ? over(behind(e.parentElement), getComputedStyle(e).backgroundColor) : [255, 255, 255];
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const found = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walk.nextNode();) {
    const e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (e.closest('script, style, option, [disabled], .material-symbols-outlined')) continue;
    const style = getComputedStyle(e), ground = behind(e);
    const [a, b] = [light(over(ground, style.color)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5))
      found.set(`${e.tagName}.${e.className}`, `${ratio.toFixed(2)} <${e.tagName.toLowerCase()} class="${e.className}"> ${node.data.trim().slice(0, 40)}`);
  }
  return [...found.values()];
}"""  # noqa: E501


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def pages() -> list[str]:
    """A page of each kind, with every tone that there is."""
    integration = story.company()
    rule = story.mapped(integration)
    held = story.unmapped(integration)
    story.differing(integration, destination_number="PI-9")
    story.held(integration, Reason.NEEDS_APPROVAL)
    posted = story.posted(integration, amount="-12.50")
    story.record(integration, state=State.IN_DOUBT, in_doubt_since=timezone.now())
    story.record(integration, state=State.SKIPPED)
    held.journal().intent("Create purchase_invoice INV-1", "POST", "https://bc/x", {"a": 1})
    Alert.objects.create(key="a", sentence="Procore sleeps.", integration=integration)
    Connection.objects.update(test_ok=False)
    FlowSettings.objects.filter(flow="requisitions").update(stopped=True)
    FlowSettings.objects.filter(flow="direct_costs").update(shadow=True)
    flow = FlowSettings.objects.get(flow="requisitions")
    return [
        "/", "/syncs/record/", "/syncs/record/causes/", f"/syncs/record/{held.pk}/change/",
        f"/syncs/record/{posted.pk}/change/", "/syncs/flowsettings/",
        f"/syncs/flowsettings/{flow.pk}/change/", "/syncs/alert/", "/syncs/fixrequest/",
        "/mappings/costcodemapping/", "/mappings/costcodemapping/unmapped/",
        "/mappings/costcodemapping/suggestions/", f"/mappings/costcodemapping/{rule.pk}/change/",
        "/mappings/vendorlink/import/", "/mappings/costcodemapping/changes/", "/audit/entry/",
        "/connections/connection/", "/connections/integration/", "/no/such/page/",
        f"/connections/connection/{integration.ledger_id}/change/", "/mappings/boardlayout/",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_that_is_written_can_be_read(visitor: Visitor, theme: str) -> None:
    visitor.page.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    faint: dict[str, str] = {}
    for path in pages():
        visitor.goes_to(path, f"contrast-{theme}{path.replace('/', '-')}")
        shown = visitor.page.evaluate("document.documentElement.classList.contains('dark')")
        assert shown == (theme == "dark"), path
        for line in visitor.page.evaluate(FAINT):
            faint.setdefault(line, path)
    assert faint == {}
