require ["enotify", "fileinto", "variables", "envelope"];
if header :matches "from" "*@*.example" {
	if envelope :all :matches "from" "*" {
		set "env_from" " [really: ${1}]";
	}
	if address :matches :all "from" "*" {
		set "from_addr" "${1}";
	}
	notify :message "${from_addr}${env_from}" "mailto:alm@example.com";
}
