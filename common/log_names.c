/*
 * log_names.c - the words for syslog's facilities and levels (in the core: configuration needs
 * them, no line is sent from here).
 */
#include <stddef.h>

#include "common/log.h"
#include "common/names.h"

static const struct name facilities[] = {
    {"kern", LOG_KERN},      {"user", LOG_USER},
    {"mail", LOG_MAIL},      {"daemon", LOG_DAEMON},
    {"auth", LOG_AUTH},      {"syslog", LOG_SYSLOG},
    {"lpr", LOG_LPR},        {"news", LOG_NEWS},
    {"uucp", LOG_UUCP},      {"cron", LOG_CRON},
    {"auth2", LOG_AUTHPRIV}, {"authpriv", LOG_AUTHPRIV},
    {"ftp", LOG_FTP},        {"ntp", 12 << 3},
    {"audit", 13 << 3},      {"alert", 14 << 3},
    {"cron2", 15 << 3},      {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1},  {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3},  {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5},  {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},  {0},
};

static const struct name levels[] = {
    {"emerg", LOG_EMERG}, {"alert", LOG_ALERT},     {"crit", LOG_CRIT},
    {"err", LOG_ERR},     {"warning", LOG_WARNING}, {"notice", LOG_NOTICE},
    {"info", LOG_INFO},   {"debug", LOG_DEBUG},     {0},
};

int
log_facility(const char *name)
{
	int value;

	return names_find(facilities, name, &value) ? value : -1;
}

int
log_level(const char *name)
{
	int value;

	return names_find(levels, name, &value) ? value : -1;
}

const char *
log_level_name(int level)
{
	return names_text(levels, level);
}
