unit_test(err common_core)
unit_test(strbuf common_core)
unit_test(arena common_core)
unit_test(names common_core)
unit_test(addr common_core)
unit_test(inifile common_core)
unit_test(values common_core)
unit_test(keytab common_core)
unit_test(ctl_line common_core)
unit_test(ctl_table common_core)
unit_test(log_core common_core)

# Not cores: real sockets and processes, on this machine only.
unit_test(ctl_server common_shell)
