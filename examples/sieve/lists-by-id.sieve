# Each mailing list goes to a folder of its own without a rule for each: <dev.lists.example.org>
# goes to Lists/dev. Names become lower case, so a list has one folder whatever its software writes.
require ["fileinto", "mailbox", "variables"];

if header :matches "list-id" "*<*.*>*" {
	set :lower "list" "${2}";
	fileinto :create "Lists/${list}";
} elsif header :matches "list-id" "*.*" {
	# Some old software writes no angle brackets.
	set :lower "list" "${1}";
	fileinto :create "Lists/${list}";
} elsif header :matches "x-mailing-list" "<*@*>*" {
	set :lower "list" "${1}";
	fileinto :create "Lists/${list}";
}
