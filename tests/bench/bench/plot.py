"""One SVG per workload, and one of anybody's bars: bars of the medians, a line from the smallest to the largest round."""

from xml.sax.saxutils import escape

from . import stats, workloads
from .peers import TITLES

COLORS = {"direct": "#b8bcc2", "proxyd": "#1f6fb2", "proxyd-busy": "#67a9dd", "proxyd-small": "#67a9dd",
          "proxyd-lowat": "#9cc8ea", "haproxy": "#e0a13c",
          "haproxy-tuned": "#c46f1a", "nginx": "#7fb069", "nginx-tuned": "#4c7d3a",
          "sockmap": "#8d6bb8", "vrrpd": "#1f6fb2", "keepalived": "#e0a13c"}
LABEL_WIDTH, PANEL_WIDTH, VALUE_WIDTH, MARGIN = 130, 180, 100, 10
WIDE_LABEL, WIDE_BAR = 190, 360
ROW, BAR, TITLE, HEAD, GAP, FOOT = 21, 13, 34, 36, 16, 18
BOLD_WIDTH = 7.2  # of a bold figure of 11 pixels
MUTED, RULE = "#6a737d", "#d0d7de"
NAMES = {"gbit": "Gbit/s", "core_us": "proxy's core, us per operation", "cpu_us": "proxy's CPU, us per operation",
         "core_ms_gb": "proxy's core, ms per GB", "cpu_ms_gb": "proxy's CPU, ms per GB", "p50_us": "p50 latency, us",
         "p95_us": "p95 latency, us", "p99_us": "p99 latency, us", "max_us": "longest wait, ms",
         "opened_ms": "until all are open, ms", "rss_bytes": "RSS of the proxy, each",
         "slab_bytes": "kernel memory, each", "queued_bytes": "in the proxy's sockets, each",
         "machine_bytes": "memory of the machine, each"}
MAX_PANELS = 3
PANELS = {"short": ("rate", "core_us", "p99_us"), "pingpong": ("rate", "core_us", "p99_us"),
          "bulk": ("gbit", "core_ms_gb"), "idle": ("rss_bytes", "slab_bytes"),
          "stalled": ("rss_bytes", "queued_bytes", "machine_bytes"),
          "storm": ("opened_ms", "core_us", "p99_us"),
          "mix": ("p50_us", "p99_us", "max_us"), "sysbench": ("rate", "p95_us", "core_us")}


def _panels(name, threads):
    wanted = ("p50_us", "core_us", "p99_us") if name == "pingpong-1" else PANELS[name.split("-")[0]]
    if threads == 1:
        return wanted[:MAX_PANELS]
    return tuple({"core_us": "cpu_us", "core_ms_gb": "cpu_ms_gb"}.get(metric, metric) for metric in wanted)


def _text(x, y, text, size=12, weight="normal", color="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}">'
            f"{escape(text)}</text>")


def _value(value, metric):
    if metric.endswith("_bytes"):
        for size, unit in ((1e6, "MB"), (1e3, "kB")):
            if abs(value) >= size:
                return f"{value / size:,.1f} {unit}"
        return f"{value:,.0f} B"
    _, _, factor, decimals = stats.METRICS[metric]
    return f"{value * factor:,.{decimals if value * factor < 1000 else 0}f}"


def _whisker(x, y, low, high):
    """From the smallest to the largest round; seen on light and on dark ground."""
    path = f"M{x + low:.1f} {y:.1f}H{x + high:.1f}M{x + low:.1f} {y - 3:.1f}v6M{x + high:.1f} {y - 3:.1f}v6"
    return (f'<path d="{path}" stroke="#fff" stroke-width="3" stroke-opacity=".7"/>'
            f'<path d="{path}" stroke="#222" stroke-width="1.1"/>')


def _bar(x, y, cell, metric, scale, color, note):
    length, low, high = (max(value, 0) * scale for value in (cell.median, cell.low, cell.high))
    middle = y + ROW / 2
    parts = [f'<rect x="{x:.1f}" y="{middle - BAR / 2:.1f}" width="{max(length, 0.5):.1f}" height="{BAR}" rx="1.5" '
             f'fill="{color}"/>']
    if high > low:
        parts.append(_whisker(x, middle, low, high))
    at, shown = x + max(length, high) + 6, _value(cell.median, metric)
    parts.append(_text(at, middle + 4, shown, 11, "bold" if note else "normal"))
    if note:
        parts.append(_text(at + BOLD_WIDTH * len(shown) + 6, middle + 4, note, 11, color=MUTED))
    return parts


def _times(ratio):
    return "" if ratio is None else f"{ratio:.{2 if ratio < 10 else 0}f}x"


def _panel(results, table, metric, x, y):
    unit = workloads.BY_NAME[table[0]].unit
    better = {1: "more is better", -1: "less is better"}[stats.METRICS[metric][1]]
    cells = {peer: results.cell(table, peer, metric) for peer in results.peers(table)}
    parts = [_text(x, y + 13, NAMES.get(metric, unit), 12, "bold"), _text(x, y + 27, better, 10, color=MUTED),
             f'<path d="M{x:.1f} {y + HEAD - 3}v{len(cells) * ROW + 4}" stroke="{RULE}"/>']
    largest = max((cell.high for cell in cells.values() if cell), default=0)
    scale = PANEL_WIDTH / largest if largest > 0 else 0
    for number, (peer, cell) in enumerate(cells.items()):
        ratio = results.ratio(table, stats.HAPROXIES, metric) if peer == "proxyd" else None
        if cell:
            parts += _bar(x, y + HEAD + number * ROW, cell, metric, scale, COLORS[peer],
                          _times(ratio))
        elif peer != "direct":
            parts.append(_text(x + 6, y + HEAD + number * ROW + ROW / 2 + 4, "-", 11, color=MUTED))
    return parts


def _block(results, table, y):
    threads = f"{table[1]} thread{'s' if table[1] > 1 else ''}"
    parts = [_text(MARGIN, y + 13, threads, 12, "bold")]
    for number, peer in enumerate(results.peers(table)):
        parts.append(_text(MARGIN, y + HEAD + number * ROW + ROW / 2 + 4, TITLES[peer],
                           weight="bold" if peer == "proxyd" else "normal"))
    for number, metric in enumerate(_panels(*table)):
        parts += _panel(results, table, metric, LABEL_WIDTH + number * (PANEL_WIDTH + VALUE_WIDTH), y)
    return parts, HEAD + len(results.peers(table)) * ROW + GAP


def svg(results, name):
    tables = [table for table in results.tables() if table[0] == name]
    y, parts = TITLE, [_text(MARGIN, 20, f"{name}: {workloads.BY_NAME[name].title}", 14, "bold")]
    for table in tables:
        more, height = _block(results, table, y)
        parts += more
        y += height
    parts.append(_text(MARGIN, y, "Bars: medians; lines: smallest to largest round; 1.00x: beside the better of HAProxy's "
                                  "two configurations.", 10, color=MUTED))
    y += FOOT - 4
    width = LABEL_WIDTH + max(len(_panels(*table)) for table in tables) * (PANEL_WIDTH + VALUE_WIDTH)
    width = max(width, 690)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" '
            'font-family="DejaVu Sans, Verdana, sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def _plain_bar(y, title, color, lengths, shown):
    middle, (median, low, high) = y + ROW / 2, lengths
    parts = [_text(MARGIN, middle + 4, title),
             f'<rect x="{WIDE_LABEL}" y="{middle - BAR / 2:.1f}" width="{max(median, 0.5):.1f}" height="{BAR}" rx="1.5" '
             f'fill="{color}"/>']
    if high > low:
        parts.append(_whisker(WIDE_LABEL, middle, low, high))
    return [*parts, _text(WIDE_LABEL + max(median, high) + 6, middle + 4, shown, 11)]


def bars(title, groups):
    """groups: (heading, [(title, color's name, median, low, high, without end), ...]), each with a scale of its own."""
    y, parts = TITLE, [_text(MARGIN, 20, title, 14, "bold")]
    for heading, rows in groups:
        parts.append(_text(MARGIN, y + 16, heading, 12, "bold"))
        y += 22
        longest = max((high for *_, high, endless in rows if not endless), default=0) or max(row[4] for row in rows)
        scale = WIDE_BAR / longest if longest else 0
        for name, color, median, low, high, endless in rows:
            drawn = [min(value, longest) * scale for value in (median, low, high)]
            parts += _plain_bar(y, name, COLORS[color], drawn, f"{'> ' if endless else ''}{median:,.0f}")
            y += ROW
        y += GAP
    parts.append(_text(MARGIN, y, "Bars: medians; lines: smallest to largest round; each fault has its own scale.", 10,
                       color=MUTED))
    width, y = WIDE_LABEL + WIDE_BAR + VALUE_WIDTH, y + FOOT - 4
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" '
            'font-family="DejaVu Sans, Verdana, sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")
