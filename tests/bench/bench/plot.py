"""One SVG per workload: bars of the medians, a line from the smallest to the largest round."""

from xml.sax.saxutils import escape

from . import stats, workloads
from .peers import TITLES

COLORS = {"direct": "#b8bcc2", "proxyd": "#1f6fb2", "proxyd-busy": "#67a9dd", "haproxy": "#e0a13c",
          "haproxy-tuned": "#c46f1a", "nginx": "#7fb069", "nginx-tuned": "#4c7d3a"}
LABEL_WIDTH, PANEL_WIDTH, VALUE_WIDTH = 120, 190, 80
ROW, BAR, HEAD, GAP = 20, 13, 22, 14
MAX_PANELS = 3
PANELS = {"short": ("rate", "core_us", "p99_us"), "pingpong": ("rate", "core_us", "p99_us"),
          "bulk": ("gbit", "core_ms_gb"), "idle": ("rss_bytes", "slab_bytes"),
          "storm": ("opened_ms", "core_us", "p99_us"),
          "mix": ("p50_us", "p99_us", "max_us"), "sysbench": ("rate", "p95_us", "core_us")}


def _panels(name, threads):
    wanted = ("p50_us", "core_us", "p99_us") if name == "pingpong-1" else PANELS[name.split("-")[0]]
    if threads == 1:
        return wanted[:MAX_PANELS]
    return tuple({"core_us": "cpu_us", "core_ms_gb": "cpu_ms_gb"}.get(metric, metric) for metric in wanted)


def _text(x, y, text, size=12, weight="normal", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
            f"{escape(text)}</text>")


def _bar(x, y, cell, metric, scale, color):
    _, _, factor, decimals = stats.METRICS[metric]
    length, low, high = (value * scale for value in (cell.median, cell.low, cell.high))
    middle = y + ROW / 2
    parts = [f'<rect x="{x:.1f}" y="{middle - BAR / 2:.1f}" width="{max(length, 0.5):.1f}" height="{BAR}" '
             f'fill="{color}"/>']
    if cell.high > cell.low:
        parts.append(f'<path d="M{x + low:.1f} {middle:.1f}H{x + high:.1f}" stroke="#222" stroke-width="1.2"/>')
    parts.append(_text(x + max(length, high) + 5, middle + 4, f"{cell.median * factor:,.{decimals}f}", 11))
    return parts


def _panel(results, table, metric, x, y):
    better = {1: "more is better", -1: "less is better"}[stats.METRICS[metric][1]]
    parts = [_text(x, y + 14, f"{stats.METRICS[metric][0]} ({better})", 12, "bold")]
    cells = {peer: results.cell(table, peer, metric) for peer in results.peers(table)}
    largest = max((cell.high for cell in cells.values() if cell), default=0)
    scale = PANEL_WIDTH / largest if largest else 0
    for number, cell in enumerate(cells.values()):
        if cell:
            peer = list(cells)[number]
            parts += _bar(x, y + HEAD + number * ROW, cell, metric, scale, COLORS[peer])
    return parts


def _block(results, table, y):
    threads = f"{table[1]} thread{'s' if table[1] > 1 else ''}"
    parts = [_text(8, y + 14, threads, 12, "bold")]
    for number, peer in enumerate(results.peers(table)):
        parts.append(_text(8, y + HEAD + number * ROW + ROW / 2 + 4, TITLES[peer]))
    for number, metric in enumerate(_panels(*table)):
        parts += _panel(results, table, metric, LABEL_WIDTH + number * (PANEL_WIDTH + VALUE_WIDTH), y)
    return parts, HEAD + len(results.peers(table)) * ROW + GAP


def svg(results, name):
    tables = [table for table in results.tables() if table[0] == name]
    y, parts = 32, [_text(8, 20, f"{name}: {workloads.BY_NAME[name].title}", 14, "bold")]
    for table in tables:
        more, height = _block(results, table, y)
        parts += more
        y += height
    width = LABEL_WIDTH + max(len(_panels(*table)) for table in tables) * (PANEL_WIDTH + VALUE_WIDTH)
    width = max(width, 640)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" '
            'font-family="sans-serif" fill="#222"><rect width="100%" height="100%" fill="#fff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")
