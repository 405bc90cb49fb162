# the message is kept
