# functions.sh - what the init scripts of proxyd and vrrpd have in common.
#
# A caller sets NAME, DESC, DAEMON, CONFIG, PIDFILE, OPTIONS, STOP_TIMEOUT and calls
# init_main "$@".  Needs nothing from its environment (service(8) hands over next to none), no
# systemd, and works inside a PID namespace: only processes of our own namespaces that run our
# own binary are ever looked at, so a pid number that was used again by another program, or by
# the same program in a container, misleads nobody.

say() {
	echo "$NAME: $*"
}

# is_ours PID: a live process of ours runs our binary (also one that was replaced on disk).
is_ours() {
	[ -n "$1" ] || return 1
	_exe=$(readlink "/proc/$1/exe" 2>/dev/null) || return 1
	[ "${_exe% (deleted)}" = "$DAEMON" ] || return 1
	[ "$(readlink "/proc/$1/ns/pid" "/proc/$1/ns/mnt" 2>/dev/null)" = "$OUR_NAMESPACES" ]
}

# The pid of the running daemon, from its pidfile; nothing when it does not run.
main_pid() {
	_pid=
	[ -r "$PIDFILE" ] && read -r _pid <"$PIDFILE"
	case $_pid in
	'' | *[!0-9]*) return 1 ;;
	esac
	is_ours "$_pid" && echo "$_pid"
}

# Every process of this instance: the command line names its pidfile, children inherit it.
# So a child that outlived its parent is found too, and a second instance is left alone.
all_pids() {
	for _file in $(grep -lszxF -e "$PIDFILE" /proc/[0-9]*/cmdline); do
		_file=${_file%/cmdline}
		is_ours "${_file#/proc/}" && echo "${_file#/proc/}"
	done
}

signal_all() {
	# CONT: a stopped process cannot obey anything else than KILL
	for _sig in $1; do
		# shellcheck disable=SC2086 # a list of pids
		kill -s "$_sig" $2 2>/dev/null
	done
}

do_check() {
	"$DAEMON" -c -f "$CONFIG"
}

# check_quietly WHAT: the words of a bad file are shown, those of a good one are not.
check_quietly() {
	_out=$(do_check 2>&1) && return 0
	echo "$_out" >&2
	say "$1 refused: $CONFIG has errors" >&2
	return 1
}

do_start() {
	if _running=$(main_pid); then
		say "already running (pid $_running)"
		return 0
	fi
	if [ ! -e "$CONFIG" ]; then
		say "$CONFIG does not exist" >&2
		return 6
	fi
	check_quietly start || return 1
	_orphans=$(all_pids)
	if [ -n "$_orphans" ]; then
		say "removing what an earlier life left behind: $_orphans"
		signal_all KILL "$_orphans"
	fi
	install -d -m 755 "${PIDFILE%/*}" || return 1
	# shellcheck disable=SC2086 # OPTIONS is a list of words; 9 is the lock
	if "$DAEMON" -D -f "$CONFIG" -p "$PIDFILE" $OPTIONS 9>&-; then
		say "started"
		return 0
	fi
	say "start failed" >&2
	return 1
}

# wait_gone SECONDS: until no process of this instance is left.
wait_gone() {
	_left=$(($1 * 20))
	while [ -n "$(all_pids)" ]; do
		[ "$_left" -gt 0 ] || return 1
		_left=$((_left - 1))
		sleep 0.05
	done
}

do_stop() {
	_pids=$(all_pids)
	if _main=$(main_pid); then
		signal_all "TERM CONT" "$_main"
		# a child is ended by its parent; it only has to be able to run
		signal_all CONT "$_pids"
		if ! wait_gone "$STOP_TIMEOUT"; then
			say "still there after $STOP_TIMEOUT s, killed" >&2
		fi
	fi
	_pids="$(all_pids) ${_main:-}"
	if [ -n "${_pids# }" ]; then
		signal_all KILL "$_pids"
		wait_gone 2 || { say "could not be stopped" >&2; return 1; }
	fi
	rm -f "$PIDFILE"
	say "stopped"
}

do_restart() {
	# a bad file must not turn a restart into an outage
	check_quietly restart || return 1
	do_stop && do_start
}

do_reload() {
	if ! _main=$(main_pid); then
		say "not running" >&2
		return 7
	fi
	check_quietly reload || return 1
	kill -s HUP "$_main" && say "reload asked for"
}

do_status() {
	if _main=$(main_pid); then
		say "running (pid $_main)"
		return 0
	fi
	if [ -e "$PIDFILE" ]; then
		say "dead, but $PIDFILE is there"
		return 1
	fi
	say "not running"
	return 3
}

# One action at a time: vrrpd's notify commands and a person may come together.
with_lock() {
	install -d -m 755 "${PIDFILE%/*}" || return 1
	(
		flock -w 60 9 || { say "another start or stop takes too long" >&2; exit 1; }
		"$@"
	) 9>"${PIDFILE%/*}/init.lock"
}

init_main() {
	OUR_NAMESPACES=$(readlink "/proc/$$/ns/pid" "/proc/$$/ns/mnt")
	if [ "$(id -u)" != 0 ] && [ "$1" != status ] && [ "$1" != check ]; then
		say "only root can do this" >&2
		exit 4
	fi
	case "$1" in
	start) with_lock do_start ;;
	stop) with_lock do_stop ;;
	restart) with_lock do_restart ;;
	try-restart) do_status >/dev/null || exit 0; with_lock do_restart ;;
	reload) with_lock do_reload ;;
	force-reload) if do_status >/dev/null; then with_lock do_reload; else with_lock do_start; fi ;;
	status) do_status ;;
	check) do_check ;;
	*)
		echo "usage: service $NAME start|stop|restart|try-restart|reload|force-reload|status|check" >&2
		exit 2
		;;
	esac
}
