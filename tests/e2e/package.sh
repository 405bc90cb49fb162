#!/bin/bash
# What debian/ says agrees with what `make install` installs; versions agree; units, profiles and
# the completion of bash are right. `make check-deb` builds and installs the packages.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

dest=$work/dest
ok "make install, as debian/rules does" env -u SAN make -s -o all install BUILD="${BUILD:-build}" DESTDIR="$dest" PREFIX=/usr

# ---- versions ----

version=$(sed -n 's/^VERSION *:= *//p' Makefile)
ok "the version is semantic" grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' <<< "$version"
ok "CHANGELOG.md begins with it" is "$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)" "$version"
ok "so does debian/changelog" is "$(sed -n '1s/^mda (\(.*\)) .*/\1/p' debian/changelog)" "$version"
says_version()
{
	local program
	for program in "$bin"/mda "$bin"/mda-*; do
		is "$("$program" --version | head -n 1)" "${program##*/} $version" || return
	done
}
ok "each program says it" says_version

# ---- packages ----

# As debian/rules does with what `make install` leaves out.
units()
{
	local unit
	mkdir -p "$work/installed" "$dest/etc/apparmor.d"
	for unit in examples/lmtp/mda-lmtpd.{service,socket} examples/greylist/mda-greyd.{service,socket} examples/systemd/*.{service,timer}; do
		sed 's|/usr/local/bin/|/usr/bin/|' "$unit" > "$work/installed/${unit##*/}"
	done
	cp debian/apparmor/* "$dest/etc/apparmor.d/"
}
ok "units" units

# owners: each installed file, with the packages that take it
owners()
{
	local package line file
	for package in $(sed -n 's/^Package: //p' debian/control); do
		while read -r line; do
			# shellcheck disable=SC2086 # a pattern of dh_install
			for file in "$dest"/$line; do
				[ -e "$file" ] || [ -L "$file" ] || { echo "NONE matches $line of $package"; continue; }
				find "$file" ! -type d -printf "/%P%f $package\n" | sed "s|.*|$(realpath -s --relative-to="$dest" "$file") $package|; q"
				[ ! -d "$file" ] || [ -L "$file" ] || find "$file" ! -type d -printf "%P\n" |
					sed "s|^|$(realpath -s --relative-to="$dest" "$file")/|; s|\$| $package|"
			done
		done < "debian/$package.install"
	done | sort -u
}
owners > "$work/owners"
files_are_owned_once()
{
	diff <(cd "$dest" && find . ! -type d -printf '%P\n' | sort) <(sed '/^NONE/d; s/ .*//' "$work/owners" | while read -r file; do
		[ -d "$dest/$file" ] && [ ! -L "$dest/$file" ] || echo "$file"
	done | sort)
}
ok "each file is in one package" files_are_owned_once
ok "each line of debian/*.install has its files" not grep NONE "$work/owners"
ok "the program that the MTA runs is in mda" grep -qx 'usr/bin/mda mda' "$work/owners"
ok "the server is in mda-lmtpd" grep -qx 'usr/bin/mda-lmtpd mda-lmtpd' "$work/owners"
ok "and so is that of greylisting in mda-greyd" grep -qx 'usr/bin/mda-greyd mda-greyd' "$work/owners"
ok "manuals are where their programs are" eval '! awk "
	/^usr.bin/ { sub(/.*\//, \"\", \$1); of[\$1] = \$2 }
	/^usr.share.man/ { sub(/.*\//, \"\", \$1); sub(/\.[0-9]\$/, \"\", \$1); page[\$1] = \$2 }
	END { for (p in of) if (page[p] != of[p]) print p, of[p], page[p] }" "$work/owners" | grep .'

builds_with_what_the_makefile_needs()
{
	# What is looked for in a base system of its own name is called otherwise there.
	diff <(sed -n "s/^build='\(.*\)'/\1/p" tests/deps | tr ' ' '\n' | grep -vxE 'gcc|libc6-dev|make' | sort) \
		<(sed -n '/^Build-Depends:/,/^[A-Z]/s/^ \([a-z0-9.+-]*\).*/\1/p' debian/control | grep -vE '^(debhelper-compat|dh-apparmor)$' | sort)
}
ok "what is needed to build is the same as for make" builds_with_what_the_makefile_needs
loaded_are_recommended()
{
	local package
	for package in $(sed -n '/^LOADED/,/[^\\]$/p; s/^\(LINKED\|DATABASES\) = //p' debian/rules | tr -d '\\=' | tr -s ' \t' '\n' | grep -- -dev); do
		echo "$package"
	done | sort | diff - <(sed -n '/^Build-Depends:/,/^[A-Z]/s/^ \([a-z0-9.+-]*-dev\).*/\1/p' debian/control | grep -v seccomp | sort)
}
ok "each library is linked or recommended" loaded_are_recommended

# ---- units ----

programs_of_units_exist()
{
	local program
	for program in $(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$work"/installed/*.service); do
		[ -x "$dest$program" ] || { echo "there is no $program"; return 1; }
	done
}
ok "the programs of the units exist" programs_of_units_exist
words_of_units_are_right()
{
	local line
	sed -n 's/^ExecStart=.*\///p' examples/systemd/*.service | while read -r line; do
		# shellcheck disable=SC2086 # words of a command
		set -- $line
		"$bin/$1" --help > "$work/help"
		[[ ${2-} == -* ]] || grep -q "^  $2 " "$work/help" || { echo "$line: no such command"; return 1; }
		for word in "${@:2}"; do
			[[ $word != --* ]] || grep -qE -- " ${word%%=*}( |=|\$)" "$work/help" || { echo "$line: no option $word"; return 1; }
		done
	done
}
ok "their commands and options exist" words_of_units_are_right
if command -v systemd-analyze > /dev/null; then
	exposure()
	{
		systemd-analyze security --offline=true --threshold="$2" "$1" > "$work/security" 2>&1 || tail -n 1 "$work/security"
	}
	verified()
	{
		local unit
		mkdir "$work/units" && for unit in "$work"/installed/*; do
			sed "s|^\(Exec[A-Za-z]*=\)/usr/bin/|\1$bin/|" "$unit" > "$work/units/${unit##*/}"
		done
		SYSTEMD_UNIT_PATH="$work/units:" systemd-analyze verify --man=no "$work"/units/* > "$work/verified" 2>&1
		not grep -F "$work/units" "$work/verified" && not grep -E '^mda-' "$work/verified"
	}
	ok "systemd accepts the units" verified
	for unit in "$work"/installed/mda-*.service; do
		ok "${unit##*/} is confined" exposure "$unit" 30
	done
else
	skip "units" "there is no systemd-analyze"
fi
if command -v apparmor_parser > /dev/null; then
	ok "the AppArmor profiles can be parsed" apparmor_parser -Q -K -T debian/apparmor/usr.bin.mda debian/apparmor/usr.bin.mda-lmtpd
else
	skip "AppArmor" "there is no apparmor_parser"
fi

# ---- completion ----

completion=$dest/usr/share/bash-completion/completions/mda
# complete_line WORD...: what bash offers for the last word
complete_line()
{
	bash -c '. "$1" && shift && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _mda && printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$@" | sort -u
}
options_in_help()
{
	"$bin/$1" --help | grep -E '^  (-[A-Za-z]|   )[, ] *' | grep -oE -- '^ +(-[A-Za-z],?)?( *--[a-z-]+=?)?' | tr -s ' ,' '\n' | grep . | sort -u
}
commands_in_help()
{
	"$bin/$1" --help | awk '/^$/ { part++ } part == 1 && /^  [a-z]/ { print $1 }' | sort -u
}
for program in "$bin"/mda "$bin"/mda-*; do
	program=${program##*/}
	ok "$program: bash completes the options that --help has" is "$(complete_line "$program" -)" "$(options_in_help "$program")"
	[ -z "$(commands_in_help "$program")" ] || [ "$program" = mda ] ||
		ok "$program: and its commands" is "$(complete_line "$program" "")" "$(commands_in_help "$program")"
	[ "$program" = mda ] || ok "mda ${program#mda-}: likewise" is "$(complete_line mda "${program#mda-}" -)" "$(options_in_help "$program")"
	ok "$program: bash knows where to look" [ -e "$dest/usr/share/bash-completion/completions/$program" ]
done
ok "the names of tools" is "$(complete_line mda "")" "$(cd "$bin" && printf '%s\n' mda-* | sed 's/^mda-//' | sort)"
ok "the beginning of one" is "$(complete_line mda expl)" explain
ok "the beginning of an option" is "$(complete_line mda-lists add --rea)" "--reason="
touch "$work/some.conf"
ok "a file, as the value of an option" is "$(complete_line mda -c "$work/some.c")" "$work/some.conf"
ok "likewise after =" is "$(complete_line mda-lists --conf = "$work/some.c")" "$work/some.conf"
ok "likewise after the first letter's option" is "$(complete_line mda lists show -c "$work/some.c")" "$work/some.conf"
ok "a user" is "$(complete_line mda-lists -d roo)" root
ok "a value that is no file" is "$(cd "$work" && complete_line mda-lists add --reason = some)" ""
ok "after a command, files" is "$(complete_line mda lists compile "$work/some.c")" "$work/some.conf"
done_testing
