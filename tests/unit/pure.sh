#!/bin/sh
# pure.sh LIBRARY... - a pure core asks the system for nothing: no socket, no clock, no log, no
# event loop.  Fails when a library refers to such a symbol, when it is missing or holds none.
set -u
forbidden='^(socket|socketpair|connect|bind|listen|accept|accept4|shutdown|setsockopt|getsockopt'
forbidden="$forbidden|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg"
forbidden="$forbidden|poll|ppoll|select|epoll_[a-z0-9_]*|eventfd|timerfd_[a-z]*|getaddrinfo|ioctl"
forbidden="$forbidden|clock_gettime|clock|gettimeofday|time|sleep|usleep|nanosleep|alarm|fork|exec[a-z]*"
forbidden="$forbidden|syslog|vsyslog|__syslog_chk|__vsyslog_chk|openlog|log_msg|log_open"
forbidden="$forbidden|event_.*|evbuffer_.*|bufferevent_.*|evtimer_.*|evutil_.*|nl_.*|nla_.*|rtnl_.*)$"
failed=0

[ $# -gt 0 ] || { echo "usage: pure.sh LIBRARY..."; exit 2; }
for library; do
	if ! symbols=$(nm --undefined-only --format=posix "$library"); then
		echo "$library: cannot be read"
		failed=1
		continue
	fi
	# "libx.a[conf.o]:" names the member, "socket U" a symbol
	if ! printf '%s\n' "$symbols" | awk '$2 == "U"' | grep -q .; then
		echo "$library: refers to nothing at all, which no real library does"
		failed=1
	fi
	found=$(printf '%s\n' "$symbols" | awk -v forbidden="$forbidden" '
		/\]:$/ { sub(/.*\[/, ""); sub(/\]:$/, ""); member = $0; next }
		{ sub(/@.*/, "", $1) }
		$2 == "U" && $1 ~ forbidden { print "  " member ": " $1 }')
	if [ -n "$found" ]; then
		echo "$library is not pure:"
		printf '%s\n' "$found"
		failed=1
	else
		echo "$library is pure"
	fi
done
exit $failed
