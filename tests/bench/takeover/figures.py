"""Medians, ratios, and what is demanded of them."""

import statistics

from .scenarios import BY_NAME

# key: heading, which is better (-1: less, 0: no matter), decimals
FIGURES = {
    "ms": ("ms without service", -1, 0),
    "failed": ("failed connections", -1, 0),
    "taken_ms": ("ms until it is taken over", -1, 1),
    "two_ms": ("ms with two holders", -1, 0),
    "stays": ("the dead one's address stays", -1, 0),
    "takeovers": ("false takeovers", -1, 0),
    "silence_ms": ("longest silence, ms", -1, 1),
    "adverts": ("adverts", 0, 0),
    "kept": ("nopreempt kept", 0, 0),
    "two_asleep_ms": ("ms with two holders while it is stopped", -1, 0),
    "master_cpu": ("master, ms CPU per s", -1, 1),
    "backup_cpu": ("backup, ms CPU per s", -1, 1),
    "rss_kib": ("RSS, KiB", -1, 0),
    "pss_kib": ("PSS, KiB", -1, 0),
    "processes": ("processes", 0, 0),
    "false": ("false alarms", -1, 0),
}
YES_NO = {"stays", "kept"}


class Table:
    """One scenario's figures, by variant."""

    def __init__(self, name, part):
        self.scenario = BY_NAME[name]
        self.part = part
        self.values, self.endless = {}, set()
        for run in part["runs"]:
            place = self.values.setdefault(run["variant"], {})
            for key in self.scenario.figures:
                if run.get(key) is not None:
                    place.setdefault(key, []).append(run[key])
            if run.get("open"):
                self.endless.add(run["variant"])
        self.variants = [variant for variant in self.scenario.variants if variant.key in self.values]

    def rounds(self):
        return max(len(values) for place in self.values.values() for values in place.values())

    def median(self, variant, figure):
        values = self.values.get(variant, {}).get(figure)
        return statistics.median(values) if values else None

    def spread(self, variant, figure):
        values = self.values[variant][figure]
        return min(values), max(values)

    def better_peer(self, figure):
        """The better median of keepalived's; None when there is none."""
        medians = [median for variant in self.variants if variant.pair.startswith("keepalived")
                   and (median := self.median(variant.key, figure)) is not None]
        return min(medians) if medians and FIGURES[figure][1] else None

    def peer(self, variant, figure):
        """The median of whom it is to be compared with."""
        rival = next((to for who, to, _ in self.scenario.ratios if who == variant), None)
        return self.median(rival, figure) if rival and FIGURES[figure][1] else self.better_peer(figure)

    def ratio(self, variant, figure, rival=None):
        """None where both are nothing, and without the other."""
        ours = self.median(variant, figure)
        theirs = self.median(rival, figure) if rival else self.better_peer(figure)
        return ours / theirs if ours is not None and theirs and FIGURES[figure][1] else None

    def targets(self):
        """(variant, figure, measured, bound, met)"""
        for key, figure, bound in self.scenario.bounds:
            measured = self.median(key, figure)
            if measured is not None:
                met = measured >= bound if figure == "kept" else measured <= bound
                yield next(variant for variant in self.variants if variant.key == key), figure, measured, bound, met


def tables(result):
    return [Table(name, result["scenarios"][name]) for name in BY_NAME if name in result["scenarios"]]
