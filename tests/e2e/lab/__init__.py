"""The laboratory: whole hosts on one machine, made of namespaces, with the real daemons on them."""
