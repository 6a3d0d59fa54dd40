/*
 * nft_text.h - what `nft` shall do for no_accept, in its own language.
 */
#ifndef VRRPD_NFT_TEXT_H
#define VRRPD_NFT_TEXT_H

#include <stdbool.h>

#include "common/strbuf.h"
#include "vrrpd/conf.h"

#define NFT_TABLE "vrrpd"

/* Does any instance refuse packets to its addresses? */
bool nft_text_needed(const struct vrrpd_conf *c);
/* The table as it shall be, whatever it was before; without need of one: that it goes. */
void nft_text(const struct vrrpd_conf *c, struct strbuf *b);

#endif
