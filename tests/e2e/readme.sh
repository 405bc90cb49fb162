#!/bin/bash
# README.md is true: its commands run and print what it shows. The files that README.md and
# SECURITY.md name exist.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# The README's lines for the MTA are in the examples, which the Postfix test runs.
is_in()
{
	local line
	while read -r line; do
		line=$(sed 's/^ *//;s/  */ /g' <<< "$line")
		sed 's/^ *//;s/  */ /g' "$2" | grep -qxF -- "$line" || {
			echo "$2 lacks the line: $line"
			return 1
		}
	done < <(grep -A "$3" -- "$1" README.md)
}

files_exist()
{
	local file path='`(tests|examples|mda)/[A-Za-z0-9_/.-]+`' link='\]\([A-Za-z./]+\)'
	for file in $(grep -ohE "$path|$link" README.md SECURITY.md | tr -d '`()]'); do
		[ -e "$file" ] || {
			echo "there is no $file"
			return 1
		}
	done
}

targets_exist()
{
	local target
	for target in $(grep -oE '(^    |`)make [a-z]+' README.md | sed 's/.*make //'); do
		grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" Makefile || {
			echo "there is no make $target"
			return 1
		}
	done
}

packages_are_those_of_deps()
{
	local package
	for package in $(grep -oE '^\| lib[a-z0-9.-]+' README.md | tr -d '| '); do
		grep -qE "[' ]${package}[' ]" tests/deps || {
			echo "tests/deps does not install $package"
			return 1
		}
	done
}

# section TITLE: prints the text under that heading
section()
{
	awk -v title="### $1" '/^##/ { here = $0 == title } here' README.md
}

# Does the result have all the lines that the README shows, and no others of their kind?
explained()
{
	local command
	BUILD=$work/demo-build
	mkdir -p "$BUILD"
	cp -R "$bin"/* "$BUILD/"
	export BUILD
	examples/demo/run > /dev/null || return
	command=$(sed -n 's/^    \(mda explain -c .*\)/\1/p' README.md)
	(PATH=$bin:$PATH && eval "$command") > "$work/explained" || return
	section "Why did this message end up there?" |
		sed -n '/^    list /,/^    store into /s/^    //p' |
		sed "s|build/demo|$BUILD/demo|" > "$work/promised"
	[ -s "$work/promised" ] &&
		sed -n '/^list /,$p' "$work/explained" | diff -u "$work/promised" -
}

# shown TITLE COMMANDS LINES: in that section, that many commands print that many lines, among
# others
shown()
{
	local line
	section "$1" | grep '^    ' | sed "s/^    //; s|build/demo|$BUILD/demo|" > "$work/shown"
	grep -E '^(rm|mda) ' "$work/shown" > "$work/commands"
	grep -vE '^(rm|mda) ' "$work/shown" > "$work/lines"
	PATH=$bin:$PATH bash "$work/commands" > "$work/printed" 2>&1
	is "$(wc -l < "$work/commands")" "$2" && is "$(wc -l < "$work/lines")" "$3" || return
	while read -r line; do
		grep -qF -- "$line" "$work/printed" || {
			echo "not printed: $line"
			cat "$work/printed"
			return 1
		}
	done < "$work/lines"
}

# number BEFORE AFTER: prints the number between these two texts of the README
number()
{
	tr '\n' ' ' < README.md | sed -n "s/.*$1\([0-9,]*\)$2.*/\1/p" | tr -d ,
}

capabilities_are_counted()
{
	is "$("$bin/mda-sieve" capabilities | wc -l)" "$(number 'with the ' ' capabilities')"
}

scripts_are_counted()
{
	is "$(printf '%s\n' examples/sieve/*.sieve | wc -l)" "$(number 'has ' ' complete scripts')"
}

# "More than N" is true if there are a few more, but not many.
sieve_tests_are_counted()
{
	local promised found
	promised=$(number 'More than ' ' tests in Sieve')
	found=$(cat tests/sieve/*.svtest | grep -cE '^[[:space:]]*test "')
	[ "$found" -gt "$promised" ] && [ "$found" -lt $((promised + 200)) ] && return
	echo "there are $found tests, not somewhat more than $promised"
	return 1
}

ok "the line for main.cf is that of examples/postfix" \
	is_in '^    mailbox_command = ' examples/postfix/main.cf 0
ok "the lines for master.cf are those of examples/postfix" \
	is_in '^    mda unix' examples/postfix/master.cf 2
ok "files that it and SECURITY.md name exist" files_exist
ok "targets that it names exist" targets_exist
ok "packages that it names are installed by tests/deps" packages_are_those_of_deps
ok "the explanation that it shows prints what it shows" explained
ok "a script is asked as it shows" shown "Write and test rules" 2 6
ok "rules are tried on old mail as it shows" shown "Try rules on old mail" 1 4
ok "the lists are asked as it shows" shown "Block and allow senders" 1 4
ok "labels are asked about as it shows" shown "Label outside senders" 1 2
ok "a mailbox is broken and repaired as it shows" shown "Repair a mailbox" 3 3
ok "it counts the capabilities" capabilities_are_counted
ok "it counts the example scripts" scripts_are_counted
ok "it counts the tests in Sieve" sieve_tests_are_counted
done_testing
