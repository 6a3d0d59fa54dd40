/*
 * tell_conf.h - who is told of changes besides the instances' commands: a FIFO, mail, and the
 * commands around the daemon's own life.
 */
#ifndef VRRPD_TELL_CONF_H
#define VRRPD_TELL_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/usec.h"

#define SENDMAIL_DEFAULT "/usr/sbin/sendmail"
#define MAIL_TO_MAX      32

struct tell_conf {
	const char *fifo;        /* NULL: none */
	const char *fifo_user;   /* "USER [GROUP]" who may read it; NULL: as we are */
	bool fifo_on_reload;     /* all states once more with each reload */
	const char *fifo_script; /* kept running, with the FIFO's path as its last argument */

	const char **mail_to;
	size_t n_mail_to;
	const char *mail_from; /* NULL: sendmail's choice */
	const char *sendmail;
	bool smtp_alert;      /* of instances that do not say otherwise */
	bool smtp_alert_vrrp; /* the same by its narrower name, which counts when both are there */
	int line_smtp_alert_vrrp;
	bool no_email_faults;

	const char *startup_script, *shutdown_script;
	usec_t startup_timeout, shutdown_timeout;
};

#endif
