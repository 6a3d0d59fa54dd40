/*
 * sysbench_reconnect.c - lets Debian's sysbench connect again after it lost its connection.
 *
 * To reconnect, sysbench 1.0.20 calls mysql_close() and then mysql_real_connect() on the same
 * handle.  MySQL's own library allows that; MariaDB's, which Debian links it with, has dropped the
 * handle's options by then and crashes.  Preloaded, this makes a closed handle a fresh one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

void mysql_close(void *handle);
void *mysql_init(void *handle);

void
mysql_close(void *handle)
{
	void (*really_close)(void *) = (void (*)(void *))dlsym(RTLD_NEXT, "mysql_close");

	really_close(handle);
	if (handle)
		mysql_init(handle);
}
