#!/bin/bash
# The hardening that the compiler and the linker should give to the programs, and to the libraries
# that they load.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

is_pie()
{
	readelf -hW "$1" | grep -qE 'Type: +DYN' && readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'
}

relocations_are_read_only()
{
	readelf -lW "$1" | grep -q GNU_RELRO && readelf -dW "$1" | grep -qE 'BIND_NOW|FLAGS.*NOW'
}

stack_is_not_executable()
{
	readelf -lW "$1" | grep -E GNU_STACK | grep -qv E
}

uses()
{
	readelf -sW --dyn-syms "$1" | grep -qE " UND .*$2"
}

# Any other library that cannot be mapped would end a delivery with 127, which MTAs take for a
# reason to bounce.
needs_libc_alone()
{
	! readelf -dW "$1" | grep NEEDED | grep -qvE '\[(libc|ld-linux.*|libpthread|libdl)\.so\.[0-9]+\]'
}

for file in "$build"/mda "$build"/mda-*; do
	program=${file##*/}
	ok "$program: position independent" is_pie "$file"
	ok "$program: read-only relocations, bound at the start" relocations_are_read_only "$file"
	ok "$program: no executable stack" stack_is_not_executable "$file"
	ok "$program: protected stack" uses "$file" __stack_chk_fail
	# A sanitizer needs the functions without these wrappers.
	[ -n "${SAN:-}" ] || ok "$program: fortified functions" uses "$file" '_chk@'
	[ -n "${SAN:-}" ] || ok "$program: no library is needed to start but libc" needs_libc_alone "$file"
done
for file in "$build"/modules/*.so; do
	ok "${file##*/}: read-only relocations, bound at the start" relocations_are_read_only "$file"
	ok "${file##*/}: no executable stack" stack_is_not_executable "$file"
done
done_testing
