# Every mailing list into a folder of its own, without a rule for each: <dev.lists.example.org> goes to Lists/dev. The
# names become lower case, so that a list has one folder however its software writes it.
require ["fileinto", "mailbox", "variables"];

if header :matches "list-id" "*<*.*>*" {
	set :lower "list" "${2}";
	fileinto :create "Lists/${list}";
} elsif header :matches "list-id" "*.*" {
	# Without angle brackets, as some old software has it.
	set :lower "list" "${1}";
	fileinto :create "Lists/${list}";
} elsif header :matches "x-mailing-list" "<*@*>*" {
	set :lower "list" "${1}";
	fileinto :create "Lists/${list}";
}
