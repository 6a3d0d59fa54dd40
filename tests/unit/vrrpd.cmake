unit_test(vrrp_packet vrrpd_core)
unit_test(vrrp_frame vrrpd_core)
unit_test(vrrp_weight vrrpd_core)
unit_test(vrrp_fsm vrrpd_core)
unit_test(vrrp_track vrrpd_core)
unit_test(vrrp_conf vrrpd_core)
target_compile_definitions(test_vrrp_conf PRIVATE
  SAMPLE_CONF="${PROJECT_SOURCE_DIR}/etc/vrrpd.conf")
