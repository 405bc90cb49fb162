require ["vnd.dovecot.duplicate"];
if duplicate :handle "h20" {
	discard;
}
