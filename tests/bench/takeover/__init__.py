"""Failover, starvation and cost of a pair of hosts: vrrpd with proxyd beside keepalived with HAProxy.

The hosts come from tests/e2e/lab. Reading order: watch, configs, pairs, faults, strain, cost, bfd,
scenarios, series, figures, report.
"""
