# Mail to ann+shop@ gets [shop] in front of its subject, instead of a folder.
require ["subaddress", "envelope", "variables", "editheader"];

if envelope :detail :matches "to" "?*" {
	set :lower "detail" "${1}${2}";
	if header :matches "subject" "*" {
		deleteheader "Subject";
		addheader "Subject" "[${detail}] ${1}";
	}
}
