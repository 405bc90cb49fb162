require ["enotify", "fileinto", "variables", "envelope"];
if header :contains "from" "a@b.example" {
	notify :importance "1"
		:message "This is probably very important"
		"mailto:alm@example.com";
	stop;
}
