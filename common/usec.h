/*
 * usec.h - time as microseconds in a signed 64-bit integer.
 *
 * An instant (`at_`, `now`) counts from an arbitrary origin that does not jump
 * (CLOCK_MONOTONIC in the shells, zero in tests); a duration is the difference of two.
 * Cores never read a clock: `now` is always an argument.
 */
#ifndef COMMON_USEC_H
#define COMMON_USEC_H

#include <stdint.h>

typedef int64_t usec_t;

#define USEC_PER_MS  ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_NEVER   INT64_MAX /* an instant that does not come */

#endif
