unit_test(proxyd_conf proxyd_core)
target_compile_definitions(test_proxyd_conf PRIVATE
  SAMPLE_CONF="${PROJECT_SOURCE_DIR}/etc/proxyd.conf")
unit_test(proxyd_health proxyd_core)
unit_test(proxyd_lb proxyd_core)
unit_test(proxyd_flow proxyd_core)
unit_test(proxyd_server proxyd_core)
unit_test(proxyd_snapshot proxyd_core)
unit_test(proxyd_logline proxyd_core)
unit_test(proxyd_stats proxyd_core)
target_compile_definitions(test_proxyd_stats PRIVATE
  GOLDEN_DIR="${CMAKE_CURRENT_SOURCE_DIR}/golden")
unit_test(proxyd_http proxyd_core)
