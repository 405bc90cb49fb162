# Answers between two dates. Rules of past summers may stay, because they are false by now. The last
# rule is for an address that is given up.
require ["date", "envelope", "relational", "vacation"];

# Never answer a list or a machine.
if anyof (
	header :is "precedence" ["bulk", "junk", "list"],
	exists ["list-id"],
	envelope :localpart :matches "from" [
		"*-bounces",
		"no-reply*",
		"noreply*"
	]
) {
	stop;
}
if allof (
	currentdate :zone "+0200" :value "ge" "date" "2020-07-13",
	currentdate :zone "+0200" :value "le" "date" "2020-07-31"
) {
	vacation :days 19 :subject "Away until 31 July" :addresses [
		"ann@example.com",
		"a.archer@example.com"
	] "I am in the mountains. Bob <bob@example.com> can help.";
} elsif allof (
	currentdate :value "ge" "date" "2020-08-01",
	currentdate :value "lt" "date" "2100-01-01",
	address :is ["to", "cc"] "ann@old.example.com"
) {
	vacation :days 30 :subject "My address has changed" :addresses "ann@old.example.com" :from "Ann Archer <ann@example.com>" "Please write to ann@example.com from now on.";
}
