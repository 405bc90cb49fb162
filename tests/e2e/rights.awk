# What a program did as uid 0: reads the files of `strace -ff -y`, one a process, and prints each call of a process of root's that
# touched something in HOME other than to find its owner, or read standard input. The last line counts: the processes that gave up
# root's rights, and the files in HOME that they opened then.
function pid_of(file)
{
	sub(/.*\./, "", file)
	return file
}

{
	pid = pid_of(FILENAME)
	line[pid, ++lines[pid]] = $0
	if ($0 ~ /^(clone|clone3|fork|vfork)\(/ && match($0, /= [0-9]+$/))
		born[substr($0, RSTART + 2)] = 1
}

# A descriptor that only names a place (O_PATH), and what looks at it.
function is_harmless(call)
{
	return call ~ /^openat\(.*O_PATH/ || call ~ /^(clone|clone3|fork|vfork|execve|exit)/
}

function walk(pid, uid,    i, call)
{
	for (i = 1; i <= lines[pid]; i++) {
		call = line[pid, i]
		if (call ~ /^read\(/)
			sub(/,.*/, "", call) # what was read may name a file, too
		if (call ~ /^(setresuid|setuid|setreuid)\(/ && call ~ / = 0$/) {
			split(call, word, /[(, )]+/)
			uid = word[call ~ /^setuid/ ? 2 : 3] # the effective one
			dropped += word[2] > 0
		} else if (call ~ /^(clone|clone3|fork|vfork)\(/ && match(call, /= [0-9]+$/)) {
			walk(substr(call, RSTART + 2), uid)
		} else if (uid == 0 && !is_harmless(call) && (index(call, HOME "/") || index(call, HOME ">") || index(call, HOME "\"") || call ~ /^read\(0(<|$)/)) {
			print "uid 0: " call
		} else if (uid != 0 && call ~ /^open/ && call ~ /= [0-9]+</ && index(call, HOME)) {
			opened++
		}
	}
}

END {
	for (pid in lines)
		if (!(pid in born))
			walk(pid, 0)
	print dropped + 0, opened + 0
}
