"""The benchmark: proxyd beside its peers, in one run, with one load generator.

Reading order: machine, peers, workloads, series, stats, report, plot.
"""
