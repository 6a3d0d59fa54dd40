unit_test(proxyd_conf proxyd_core)
target_compile_definitions(test_proxyd_conf PRIVATE
  SAMPLE_CONF="${PROJECT_SOURCE_DIR}/etc/proxyd.conf")
