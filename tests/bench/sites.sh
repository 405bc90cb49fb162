# Shared by the scripts here, after lib.sh: a mailbox for each measured program, and the plan of
# turns.c with them. Everything of the mailbox X is in $work/X.
# shellcheck shell=bash disable=SC2154

# twenty_tests: prints what each program has to look at, a field and a word a line; only the last
# line matches a message of turns.c
twenty_tests()
{
	cat <<-'END'
		from news@shop.test
		from orders@shop.test
		from alerts@monitor.test
		from noreply@social.test
		from billing@telecom.test
		to list-a@lists.test
		to list-b@lists.test
		to list-c@lists.test
		cc team@example.com
		cc board@example.com
		list-id announce.lists.test
		list-id devel.lists.test
		list-id users.lists.test
		subject invoice
		subject newsletter
		subject backup
		subject ticket
		subject [build]
		x-mailer bulk
		subject minutes
	END
}

# Sieve: addresses are tested by an address test, the others by a header test.
sieve_rules()
{
	local n=0 field word
	echo 'require ["fileinto", "mailbox"];'
	while read -r field word; do
		n=$((n + 1))
		case $field in
		from | to | cc) echo "if address :is \"$field\" \"$word\" { fileinto :create \"Folder$n\"; stop; }" ;;
		*) echo "if header :contains \"$field\" \"$word\" { fileinto :create \"Folder$n\"; stop; }" ;;
		esac
	done < <(twenty_tests)
}

# maildir NAME: makes an empty one, as a delivery of that program would find it
maildir()
{
	mkdir -p "$work/$1/"{tmp,new,cur}
}

# plan NAME DIRECTORY PROGRAM [ARGUMENT...]: prints a line for turns.c if the program is installed
plan()
{
	[ "$3" = "$BUILD/mda" ] || command -v "$3" > /dev/null || {
		echo "$1: $3 is not installed, so it is left out" >&2
		return 0
	}
	(
		IFS=$'\t'
		echo "$*"
	)
}

# mda_site NAME [LINE...]: makes a mailbox bob@example.com of mda, with these lines in its
# configuration
mda_site()
{
	local name=$1
	shift
	mkdir -p "$work/$name/example.com/bob/.mda"
	{
		printf 'users = virtual\nvirtual_user = ""\nvirtual_home = "%s/%%d/%%n"\naliases = ""\n' "$work/$name"
		printf 'log = "%s/log"\norganization "Example" { domains = { "example.com" } }\n' "$work/$name"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} > "$work/$name/mda.conf"
}

# mda_rules NAME: standard input becomes the rules of that mailbox
mda_rules()
{
	cat > "$work/$1/example.com/bob/.mda/rules.sieve"
}

# mda_sites: mailboxes without rules, with 20 rules, a body rule, a MIME rule, and Dovecot's UIDs
mda_sites()
{
	mda_site none
	mda_site rules
	sieve_rules | mda_rules rules
	mda_site body
	printf 'require ["body", "fileinto"];\nif body :contains "no such words" { fileinto "Folder"; }\n' | mda_rules body
	mda_site mime
	printf 'require ["mime", "fileinto"];\nif header :mime :anychild :type :is "content-type" "image" { fileinto "Folder"; }\n' |
		mda_rules mime
	mda_site dovecot 'imap_server = dovecot'
}

# mda_plan NAME WHAT: plans what the MTA runs for the mailbox NAME
mda_plan()
{
	plan "$2" "$work/$1/example.com/bob" "$BUILD/mda" -c "$work/$1/mda.conf" -f alice@outside.test -r bob@example.com
}

floor_plan()
{
	maildir floor
	plan floor "$work/floor" "$BUILD/tests/bench/floor" "$work/floor" "$work/floor/database"
}

procmail_plan()
{
	maildir procmail
	{
		printf 'DEFAULT=%s/\nMAILDIR=%s\n' "$work/procmail" "$work/procmail"
		# In a pattern of egrep a bracket is escaped.
		twenty_tests | awk '{ n++; sub(/\[/, "\\["); sub(/\]/, "\\]"); printf ":0\n* ^%s:.*%s\n.Folder%d/\n", $1, $2, n }'
	} > "$work/procmailrc"
	plan "procmail, 20 rules (no sync)" "$work/procmail" procmail -m "$work/procmailrc"
}

maildrop_plan()
{
	maildir maildrop
	maildir maildrop/.Folder20
	{
		twenty_tests | awk -v box="$work/maildrop" '{ n++; gsub(/[].@[]/, "\\\\&")
			printf "if (/^%s:.*%s/)\n{\n\tto \"%s/.Folder%d\"\n}\n", $1, $2, box, n }'
		printf 'to "%s"\n' "$work/maildrop"
	} > "$work/mailfilter"
	chmod 600 "$work/mailfilter"
	plan "maildrop, 20 rules (no sync)" "$work/maildrop" maildrop "$work/mailfilter"
}

fdm_plan()
{
	maildir fdm
	maildir fdm/.Folder20
	{
		printf 'set lock-file "%s/fdm.lock"\naccount "in" stdin\n' "$work"
		# Its strings need backslashes doubled.
		twenty_tests | awk -v box="$work/fdm" '{ n++; gsub(/[].[]/, "\\\\\\\\&")
			printf "action \"f%d\" maildir \"%s/.Folder%d\"\nmatch \"^%s:.*%s\" in headers action \"f%d\"\n", n, box, n, $1, $2, n }'
		printf 'action "inbox" maildir "%s"\nmatch all action "inbox"\n' "$work/fdm"
	} > "$work/fdm.conf"
	chmod 600 "$work/fdm.conf"
	plan "fdm, 20 rules (no sync)" "$work/fdm" fdm -q -f "$work/fdm.conf" -a in fetch
}

dovecot_lda_plan()
{
	local lda=/usr/lib/dovecot/dovecot-lda
	mkdir -p "$work/lda"
	sieve_rules > "$work/lda.sieve"
	dovecot_lda_conf > "$work/dovecot.conf"
	[ ! -x "$lda" ] || sievec -c "$work/dovecot.conf" "$work/lda.sieve"
	plan "dovecot-lda, 20 rules compiled" "$work/lda" "$lda" -c "$work/dovecot.conf" -f alice@outside.test -a bob@example.com
}

dovecot_lda_conf()
{
	case $(dovecot --version 2> /dev/null) in
	2.4*) cat <<-END ;;
		dovecot_config_version = 2.4.1
		dovecot_storage_version = 2.4.1
		base_dir = $work/dovecot
		log_path = $work/dovecot.log
		hostname = bench.example.com
		mail_driver = maildir
		mail_path = $work/lda
		mail_home = $work
		mail_fsync = always
		lda_mailbox_autocreate = yes
		protocol lda {
		  mail_plugins = sieve
		}
		sieve_script personal {
		  path = $work/lda.sieve
		}
	END
	*) cat <<-END ;;
		base_dir = $work/dovecot
		log_path = $work/dovecot.log
		hostname = bench.example.com
		mail_location = maildir:$work/lda
		mail_fsync = always
		lda_mailbox_autocreate = yes
		protocol lda {
		  mail_plugins = sieve
		}
		plugin {
		  sieve = file:$work/lda.sieve
		}
	END
	esac
}

# list_entries COUNT: prints addresses, domains, subdomain patterns and prefixes; none matches a
# message of turns.c
list_entries()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		if (i % 10 < 6) printf "user%d@host%d.example\n", i, i % 5000
		else if (i % 10 < 8) printf "host%d.spam.test\n", i
		else if (i % 10 == 8) printf "*tree%d.test\n", i
		else printf "pre%d*@evil%d.test\n", i, i % 1000 }'
}

# lists_site NAME COUNT: makes a mailbox with that many entries in the global block list, compiled
lists_site()
{
	mda_site "$1" "global_block = \"$work/$1/block\"" "global_allow = \"$work/$1/allow\""
	list_entries "$2" > "$work/$1/block"
	"$BUILD/mda-lists" compile -c "$work/$1/mda.conf" global-block
}

# allowed_site NAME: makes a mailbox whose owner allows the sender of the messages, so that each
# delivery counts a use
allowed_site()
{
	mda_site "$1"
	echo "alice@outside.test # added 2026-01-01" > "$work/$1/example.com/bob/.mda/allow"
}

# contacts_site NAME COUNT: makes a mailbox with that many contacts, half of them in a compiled
# address book, half learned
contacts_site()
{
	local half=$(($2 / 2))
	mda_site "$1"
	[ "$half" -gt 0 ] || return 0
	awk -v n="$half" 'BEGIN { for (i = 0; i < n; i++)
		printf "BEGIN:VCARD\nFN:User %d\nEMAIL:user%d@host%d.example\nEND:VCARD\n", i, i, i % 5000 }' \
		> "$work/$1/example.com/bob/.mda/addressbook"
	awk -v n="$half" 'BEGIN { print "name,address"; for (i = 0; i < n; i++)
		printf "User %d,learned%d@host%d.example\n", i, i, i % 5000 }' > "$work/$1/csv"
	"$BUILD/mda-contacts" compile -c "$work/$1/mda.conf" -d bob@example.com > /dev/null
	"$BUILD/mda-contacts" import -c "$work/$1/mda.conf" -d bob@example.com "$work/$1/csv" > /dev/null
}

# sections_site NAME COUNT: a mailbox with so many address sections in mda.conf. All titles have the
# same length, and the last one is its own.
sections_site()
{
	mda_site "$1"
	awk -v n="$2" -v at="$work/$1" '
	function digit(i) { return substr("0123456789acdefghijklmnopqrstuvwxyz", i % 35 + 1, 1) }
	BEGIN { for (i = n - 1; i >= 0; i--) {
		name = i ? digit(int(i / 1225)) digit(int(i / 35)) digit(i) : "bob"
		printf "address \"%s@example.com\" {\n\tquota = 1G\n\tuser_allow = \"%s/allow/%d\"\n}\n", name, at, i
	} }' >> "$work/$1/mda.conf"
}

# large_site NAME MESSAGES FOLDERS [LINE...]: a mailbox with so many messages in its INBOX and so many
# folders, all of them known
large_site()
{
	local name=$1 messages=$2 folders=$3
	shift 3
	mda_site "$name" "$@"
	python3 - "$work/$name/example.com/bob/Maildir" "$messages" "$folders" <<-'END'
		import os, sys
		box, messages, folders = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		for name in [""] + ["/.Folder%04d" % i for i in range(folders)]:
		    for part in "new", "cur", "tmp":
		        os.makedirs(f"{box}{name}/{part}")
		    if name:
		        open(f"{box}{name}/maildirfolder", "x").close()
		directory = os.open(f"{box}/cur", os.O_RDONLY)
		for i in range(messages):
		    name = f"{1700000000 + i}.M{i % 1000000:06d}P1Q1.bench,S=24,W=27:2,S"
		    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=directory)
		    os.write(fd, b"Subject: %07d\n\nx\n" % i)
		    os.close(fd)
	END
	quietly "$BUILD/mda-reindex" repair -c "$work/$name/mda.conf" -d bob@example.com > /dev/null
}
