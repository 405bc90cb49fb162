# Makes the tables of mda.bash from what `PROGRAM --help` prints, which comes from the program's
# own tables. -v program=NAME.

/^$/ {
	part++
}

# A command: its name is the first word of a line in the part after the usage.
part == 1 && /^  [a-z]/ {
	commands = commands " " $1
}

# An option of a tool: "  -c, --conf=file  meaning" or "      --json  meaning".
/^  (-[A-Za-z],|   ) --[a-z]/ {
	letter = substr($0, 4, 1)
	split(substr($0, 7), words, " ")
	value = words[1]
	if (!sub(/^[^=]*=/, "=", value))
		value = ""
	if (letter != " ")
		options = options " -" letter value
	options = options " " words[1]
}

# An option of mda: "  -d user       meaning". The value has ten columns.
/^  -[A-Za-z] / {
	value = substr($0, 6, 10)
	gsub(/ /, "", value)
	options = options " " $1 (value == "" ? "" : "=" value)
}

END {
	if (options == "") {
		print "completion.awk: " program " --help has no options" > "/dev/stderr"
		exit 1
	}
	printf "_mda_commands[%s]='%s'\n", program, substr(commands, 2)
	printf "_mda_options[%s]='%s'\n", program, substr(options, 2)
	printf "complete -F _mda %s\n", program
}
