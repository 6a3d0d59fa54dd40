/*
 * http_auth.h - users and passwords of the status page (RFC 7617).
 */
#ifndef PROXYD_HTTP_AUTH_H
#define PROXYD_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>

struct conf_auth;

/* "Basic ..." of one of the users?  Takes the same time for every wrong password of a length. */
bool http_auth_ok(const char *authorization, const struct conf_auth *auth, size_t n_auth);

#endif
