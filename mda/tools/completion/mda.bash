# Bash completion for mda and its tools. What follows the functions was made by the build from the
# option tables of the programs.
# shellcheck shell=bash disable=SC2034,SC2207
declare -gA _mda_commands=() _mda_options=()

# _mda_value KIND: what may follow an option whose value is called KIND in --help
_mda_value()
{
	case $1 in
	file | conf) COMPREPLY=($(compgen -f -- "$2")) ;;
	dir) COMPREPLY=($(compgen -d -- "$2")) ;;
	user) COMPREPLY=($(compgen -u -- "$2")) ;;
	*) COMPREPLY=() ;;
	esac
}

# _mda_kind PROGRAM OPTION: prints what its value is called; nothing for a switch
_mda_kind()
{
	local row
	for row in ${_mda_options[$1]-}; do
		[ "${row%%=*}" = "$2" ] && [ "$row" != "$2" ] && echo "${row#*=}"
	done
}

# _mda_tool PROGRAM FIRST: completes the word of a command line whose words for PROGRAM start at FIRST
_mda_tool()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i row kind option="" has_command=""
	COMPREPLY=()
	# Readline splits --conf=FILE into three words.
	if [ "$current" = = ]; then
		option=$previous current=
	elif [ "$previous" = = ] && [ "$COMP_CWORD" -ge 2 ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $previous == -* ]]; then
		option=$previous
	fi
	kind=$(_mda_kind "$1" "$option")
	if [ -n "$kind" ]; then
		_mda_value "$kind" "$current"
		return
	fi
	if [[ $current == -* ]]; then
		for row in ${_mda_options[$1]-}; do
			option=${row%%=*}
			[[ $option != --* ]] || [ "$option" = "$row" ] || option="$option="
			[[ $option != "$current"* ]] || COMPREPLY+=("$option")
		done
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace 2> /dev/null || true
		return
	fi
	for ((i = $2; i < COMP_CWORD; i++)); do
		case " ${_mda_commands[$1]-} " in *" ${COMP_WORDS[i]} "*) has_command=yes ;; esac
	done
	if [ -n "${_mda_commands[$1]-}" ] && [ -z "$has_command" ]; then
		COMPREPLY=($(compgen -W "${_mda_commands[$1]}" -- "$current"))
	else
		COMPREPLY=($(compgen -f -- "$current"))
	fi
}

_mda()
{
	local program=${COMP_WORDS[0]##*/} tools
	if [ "$program" != mda ]; then
		_mda_tool "$program" 1
	elif [ "$COMP_CWORD" -gt 1 ] && [[ ${COMP_WORDS[1]} != -* ]]; then
		_mda_tool "mda-${COMP_WORDS[1]}" 2
	elif [ "$COMP_CWORD" -eq 1 ] && [[ ${COMP_WORDS[1]} != -* ]]; then
		tools="${!_mda_options[*]}"
		COMPREPLY=($(compgen -W "${tools//mda-/}" -X mda -- "${COMP_WORDS[1]}"))
	else
		_mda_tool mda 1
	fi
}
