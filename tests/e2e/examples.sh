#!/bin/bash
# Each script in examples/sieve does with its messages what the file next to it says.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# A copy, because some of the messages are filled up.
examples=$work/examples
cp -R examples/sieve "$examples" && cd "$examples" || exit 1
export TZ=UTC

# options NAME MESSAGE: the words after the message's name
options()
{
	[ ! -e "tests/$1/options" ] || sed -n "s/^$2 //p" "tests/$1/options"
}

# try NAME MESSAGE: what would become of it; a size in front of the options is that of the message
try()
{
	local words
	read -r -a words <<< "$(options "$1" "$2")"
	if [[ ${words[0]:-} == size=* ]]; then
		truncate -s "${words[0]#size=}" "tests/$1/$2" || return
		words=("${words[@]:1}")
	fi
	"$bin/mda-sieve" test "${words[@]}" "$1.sieve" "tests/$1/$2"
}

decides_as_expected()
{
	local message
	for message in "tests/$1"/*.eml; do
		try "$1" "${message##*/}" || return
	done > got
	diff -u "tests/$1/expected" got
}

# There are at least three messages, and each of them is expected.
has_messages()
{
	local messages=("tests/$1"/*.eml)
	[ "${#messages[@]}" -ge 3 ] && is "$(grep '^tests/' "tests/$1/expected")" "$(printf '%s\n' "${messages[@]}")"
}

all_have_messages()
{
	local script
	for script in *.sieve; do
		has_messages "${script%.sieve}" || {
			echo "tests/${script%.sieve} lacks something"
			return 1
		}
	done
}

# Each line of options has its message, and each directory of messages its script.
nothing_is_left_over()
{
	local file name rest
	for file in tests/*; do
		name=${file#tests/}
		[ -e "$name.sieve" ] || {
			echo "there is no $name.sieve"
			return 1
		}
		[ -e "$file/options" ] || continue
		while read -r name rest; do
			[ -e "$file/$name" ] && [ -n "$rest" ] && continue
			echo "$file/options: $name $rest"
			return 1
		done < "$file/options"
	done
}

all_compile()
{
	"$bin/mda-sieve" check ./*.sieve > checked && not grep -vE '^\./[a-z-]+\.sieve: 0 errors, 0 warnings$' checked
}

all_are_explained()
{
	local script
	for script in *.sieve; do
		is "$(head -c 2 "$script")" "# " || return
		is "$(grep -cE "^${script%.sieve}  +[^ ]" README)" 1 || {
			echo "README needs one line for $script"
			return 1
		}
	done
}

ok "there are many" [ "$(printf '%s\n' *.sieve | wc -l)" -ge 34 ]
ok "all compile without a warning" all_compile
ok "each has messages, and each message is expected" all_have_messages
ok "nothing is left over" nothing_is_left_over
ok "each is explained" all_are_explained
for script in *.sieve; do
	ok "${script%.sieve}" decides_as_expected "${script%.sieve}"
done
done_testing
