# Rules as Roundcube's managesieve plugin writes them: a name above each; "if false #" disables one.
require ["copy","fileinto","imap4flags","regex","reject"];
# rule:[Newsletters]
if anyof (header :contains "list-unsubscribe" "http", header :is "precedence" "bulk")
{
	fileinto "Newsletters";
	stop;
}
# rule:[Old boss]
if false # allof (header :contains "from" "boss@example.net")
{
	discard;
}
# rule:[Project]
if allof (header :contains ["to","cc"] "project@example.com", not header :contains "subject" "minutes")
{
	addflag ["\\Flagged","$label1"];
	fileinto "Projects/Bridge";
}
# rule:[Copy to Cora]
if header :matches "subject" "*invoice*"
{
	redirect :copy "cora@example.com";
	keep;
}
# rule:[No chain letters]
if header :regex "subject" "^(fw|fwd):.*(fw|fwd):.*(fw|fwd):"
{
	reject text:
Please do not forward me such letters.
.
;
}
