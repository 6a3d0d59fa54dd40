# The cores stay pure: `nm -u` finds no socket, clock, log or event loop in them.
foreach(core common_core proxyd_core vrrpd_core)
  if(TARGET ${core})
    add_test(NAME unit/pure/${core}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/pure.sh $<TARGET_FILE:${core}>)
  endif()
endforeach()
# and the check sees what it is for: a shell library is refused
add_test(NAME unit/pure/sees_violations
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/pure.sh $<TARGET_FILE:common_shell>)
set_tests_properties(unit/pure/sees_violations PROPERTIES
  PASS_REGULAR_EXPRESSION "is not pure.*ctl_client.c.o: connect")
