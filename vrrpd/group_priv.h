/*
 * group_priv.h - between the files of one sync group.
 */
#ifndef VRRPD_GROUP_PRIV_H
#define VRRPD_GROUP_PRIV_H

#include "vrrpd/group.h"

int group_open_commands(struct group *g, struct err *e);
void group_close_commands(struct group *g);
/* When all members' own commands are for one state, the group's for it. */
void group_run_commands(struct group *g);

#endif
