# Shared by the scripts here: the mailbox x@a.test in $box, with its state in $state, and mda-reindex on
# it. Source it after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/x
box=$home/Maildir
state=$home/.Maildir.mda

# deliver [FOLDER]: delivers one message more
deliver()
{
	number=$((${number:-0} + 1))
	"$bin/mda" -c "$conf" -d x@a.test -f ann@outside.test ${1:+-m "$1"} < <(simple_message "$number")
}

# reindex STATUS ARGUMENT...: runs mda-reindex, which must end with STATUS; its output is in $work/out and $work/err
reindex()
{
	local expected=$1 status=0
	shift
	"$bin/mda-reindex" "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq "$expected" ] && return
	echo "exit status $status, not $expected"
	cat "$work/out" "$work/err"
	return 1
}
