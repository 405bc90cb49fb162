#!/bin/bash
# What README.md shows is true: its commands run, what they print is printed, the files that it names are there.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# The MTA's lines of the README stand in the examples, which the Postfix test runs.
stands_in()
{
	local line
	while read -r line; do
		line=$(sed 's/^ *//;s/  */ /g' <<< "$line")
		sed 's/^ *//;s/  */ /g' "$2" | grep -qxF -- "$line" || {
			echo "$2 does not hold: $line"
			return 1
		}
	done < <(grep -A "$3" -- "$1" README.md)
}

files_exist()
{
	local file
	for file in $(grep -oE '`(tests|examples|mda)/[a-z_/.-]+`|\]\([A-Za-z./]+\)' README.md | tr -d '`()]'); do
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

# The lines behind the command, up to the next text.
explained()
{
	local command
	BUILD=$work/demo-build
	mkdir -p "$BUILD"
	cp -R "$bin"/* "$BUILD/"
	export BUILD
	examples/demo/run > /dev/null || return
	command=$(sed -n 's/^    \(mda explain .*\)/\1/p' README.md)
	(PATH=$bin:$PATH && eval "$command") > "$work/explained" || return
	sed -n '/^    mda explain /,/^## /p' README.md | sed -n 's/^    \(list\|spam\|store\|label\) /\1 /p' |
		sed "s|build/demo|$BUILD/demo|" > "$work/promised"
	grep -vE '^(recipient|original|sender)' "$work/explained" | diff -u "$work/promised" - && [ -s "$work/promised" ]
}

# shown COMMANDS LINES: of the README's text on standard input, so many commands print so many lines, among others
shown()
{
	local line
	grep '^    ' | sed "s/^    //; s|build/demo|$BUILD/demo|" > "$work/shown"
	grep -E '^(rm|mda) ' "$work/shown" > "$work/commands"
	grep -vE '^(rm|mda) ' "$work/shown" > "$work/lines"
	PATH=$bin:$PATH bash "$work/commands" > "$work/printed" 2>&1
	is "$(wc -l < "$work/commands")" "$1" && is "$(wc -l < "$work/lines")" "$2" || return
	while read -r line; do
		grep -qF -- "$line" "$work/printed" || { echo "not printed: $line"; cat "$work/printed"; return 1; }
	done < "$work/lines"
}

asked()
{
	sed -n '/^With `--trace`/,/^## /p' README.md | shown 2 6
}

lists()
{
	sed -n '/^## Lists/,/^A person/p' README.md | shown 1 4
}

labels()
{
	sed -n '/^## External and Unknown/,/^## Why/p' README.md | shown 1 2
}

broken()
{
	sed -n '/^## When a mailbox is broken/,/^`mda reindex show/p' README.md | shown 3 3
}

ok "the line for main.cf is that of examples/postfix" stands_in '^    mailbox_command = ' examples/postfix/main.cf 0
ok "the lines for master.cf are those of examples/postfix" stands_in '^    mda unix' examples/postfix/master.cf 2
ok "files that it names are there" files_exist
ok "targets that it names are there" targets_exist
ok "packages that it names are installed by tests/deps" packages_are_those_of_deps
ok "the explanation that it shows prints what it shows" explained
ok "a script is asked as it shows" asked
ok "the lists are asked as it shows" lists
ok "labels are asked about as it shows" labels
ok "a mailbox is broken and repaired as it shows" broken
done_testing
