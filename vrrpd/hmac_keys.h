/*
 * hmac_keys.h - secrets that stand in files of their own, read when the configuration is.
 */
#ifndef VRRPD_HMAC_KEYS_H
#define VRRPD_HMAC_KEYS_H

#include "common/err.h"
#include "vrrpd/conf.h"

/*
 * Each file of auth_hmac_key into its key: owned by root or by us, closed to everybody else, "hex:"
 * or text, a newline at its end cut off.  -1 when el gained errors.  A warning when the
 * configuration holds secrets itself and everybody may read it.
 */
int hmac_keys_load(struct vrrpd_conf *c, struct errlist *el);

#endif
