unit_test(vrrp_packet vrrpd_core)
unit_test(vrrp_frame vrrpd_core)
unit_test(vrrp_weight vrrpd_core)
