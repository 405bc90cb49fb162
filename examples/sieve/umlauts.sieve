# Words beyond ASCII in subjects, encoded or not: i;unicode-casemap finds Übung in übung and ÜBUNG.
# Folders have such names too.
require ["comparator-i;unicode-casemap", "fileinto", "variables"];

if header :comparator "i;unicode-casemap" :contains "subject" [
	"prüfung",
	"übung"
] {
	fileinto "Schule/Prüfungen";
} elsif header :comparator "i;unicode-casemap" :matches "subject" "rechnung für *" {
	fileinto "Käufe/${1}";
} elsif address :comparator "i;unicode-casemap" :all :is "from" [
	"zoë@example.org",
	"info@müller.example"
] {
	fileinto "Freunde";
}
