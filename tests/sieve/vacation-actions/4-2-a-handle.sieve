require ["vacation", "variables", "fileinto"];
if header :contains "subject" "lunch" {
	vacation :handle "ran-away" "no lunch";
} else {
	vacation :handle "ran-away" "I am out";
}
