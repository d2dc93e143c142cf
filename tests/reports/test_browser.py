"""The finished reports in a real browser whose network is cut."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import plotly.graph_objects as go
import pytest

from rakustats.reports.export import Cover, html_page
from rakustats.reports.figures import PLOTLY, for_page

pytestmark = pytest.mark.browser

PLOTS = {
    "01_load_and_check": 0,
    "02_delays": 9,
    "03_damage": 6,
    "04_non_arrival": 4,
    "05_cancellations_and_refunds": 5,
    "06_stages": 5,
    "07_seller_reliability": 7,
    "08_at_risk": 4,
}
NO_NETWORK = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9"]
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
]


def browse(page: Path, folder: Path, *options: str) -> tuple[str, str, list[str]]:
    """Open the page; return its DOM, what the console said and every address asked for."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "Chromium is missing; .ci/run installs it"
    log = folder / "net.json"
    command = [
        chromium,
        *QUIET,
        *NO_NETWORK,
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}",
        "--virtual-time-budget=20000",
        *options,
        "--dump-dom",
        page.as_uri(),
    ]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    console = "\n".join(line for line in ran.stderr.splitlines() if "CONSOLE" in line)
    return ran.stdout, console, requested(log)


def requested(log: Path) -> list[str]:
    """Addresses outside the machine that the page asked for, by the browser's log of its network.

    The browser's own calls home have no page as their initiator.
    """
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    by_page = [params["url"] for params in asked if params["initiator"] != "not an origin"]
    return sorted({url for url in by_page if not url.startswith(("file:", "data:", "blob:"))})


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_report_draws_without_a_network(
    reports: tuple[str, Path], name: str, tmp_path: Path
) -> None:
    lang, out = reports
    dom, console, asked = browse(out / f"{name}.html", tmp_path)
    assert asked == []
    assert console == ""
    assert len(re.findall(r'id="plot-\d+"', dom)) == PLOTS[name]
    drawn = re.split(r'id="plot-\d+"', dom)[1:]
    assert all('class="main-svg"' in part for part in drawn)
    assert all("<path" in part for part in drawn)
    assert '<table class="rows">' in dom
    page = re.sub(r"<script.*?</script>|<style.*?</style>", "", dom, flags=re.S)
    # cells hold names of goods, which stay as the exports have them
    words = re.findall(r"<(h[1-3]|p|th)\b[^>]*>(.*?)</\1>", page, flags=re.S)
    assert bool(re.search("[ぁ-ん]", " ".join(text for _, text in words))) == (lang == "ja")


# what is drawn, and the place that is left for it, as the window is made narrower and wider again
RESIZE = """<script>
const plots = () => [...document.querySelectorAll("[id^=plot-]")];
const note = (name) => plots().forEach((plot) => {
  const boxes = [plot.querySelector(".main-svg"), plot].map((x) => x.getBoundingClientRect());
  const sizes = [boxes[0].width, boxes[0].height, boxes[1].height].map(Math.round);
  plot.setAttribute(`data-${name}`, sizes);
});
const widen = (to) => {
  document.body.style.width = to;
  window.dispatchEvent(new Event("resize"));
};
setTimeout(() => { note("before"); widen("640px"); }, 2000);
setTimeout(() => { note("narrow"); widen("840px"); }, 5000);
setTimeout(() => note("wide"), 8000);
</script></body>"""


def test_charts_keep_their_height_when_the_window_changes(tmp_path: Path) -> None:
    drawn = [for_page(go.Figure(go.Bar(x=["a"], y=[1]), {"height": h})) for h in (None, 700)]
    bundles = [{PLOTLY: json.loads(one.to_json())} for one in drawn]
    cell = nbformat.v4.new_code_cell("")
    cell.outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
    page = tmp_path / "page.html"
    book = nbformat.v4.new_notebook(cells=[cell])
    html = html_page(book, Cover("t", "f", "m", "en"))
    page.write_text(html.replace("</body>", RESIZE), encoding="utf-8")
    dom, _, _ = browse(page, tmp_path, "--window-size=1200,1600")
    sizes = {
        when: [[int(x) for x in one.split(",")] for one in re.findall(f'data-{when}="(.*?)"', dom)]
        for when in ("before", "narrow", "wide")
    }
    for each in sizes.values():
        assert [high for _, *high in each] == [[420, 420], [700, 700]]
    before, narrow, wide = ({width for width, *_ in each} for each in sizes.values())
    assert max(narrow) < min(wide) < min(before)


def test_the_cut_network_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "calls-home.html"
    page.write_text('<img src="http://pictures.example/x.png">', encoding="utf-8")
    _, _, asked = browse(page, tmp_path)
    assert asked == ["http://pictures.example/x.png"]


def test_screenshot_is_more_than_white(reports: tuple[str, Path], tmp_path: Path) -> None:
    _, out = reports
    picture = tmp_path / "shot.png"
    browse(out / "02_delays.html", tmp_path, f"--screenshot={picture}", "--window-size=1200,1600")
    assert picture.stat().st_size > 30_000


def test_headlines_on_the_page_are_those_of_the_summary(
    reports: tuple[str, Path], tmp_path: Path
) -> None:
    _, out = reports
    dom, _, _ = browse(out / "02_delays.html", tmp_path)
    entry = json.loads((out / "summary.json").read_text(encoding="utf-8"))["reports"][1]
    shown = re.findall(r"<b>([\d.]+) %</b>", dom)
    assert shown == [f"{figure['rate']:.1%}"[:-1] for figure in entry["headlines"]]
