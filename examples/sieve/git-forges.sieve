# Notices of git forges. GitHub says why you get a message, GitLab which project it is about. Both
# are header fields, so no subject has to be guessed.
require ["fileinto", "imap4flags", "variables"];

if header :is "x-github-reason" [
	"mention",
	"assign",
	"review_requested",
	"security_alert"
] {
	addflag "\\Flagged";
	fileinto "Code/For me";
	stop;
}
if header :is "x-github-reason" "ci_activity" {
	if header :contains "subject" "succeeded" {
		discard;
	} else {
		fileinto "Code/CI";
	}
	stop;
}
# List-Id: owner/repository <repository.owner.forge.example>
if allof (exists "x-github-reason", header :matches "list-id" "*/* <*") {
	fileinto "Code/${1}/${2}";
} elsif header :matches "x-gitlab-project-path" "*/*" {
	if header :is "x-gitlab-notificationreason" [
		"mentioned",
		"assigned",
		"review_requested"
	] {
		addflag "\\Flagged";
	}
	if exists "x-gitlab-pipeline-id" {
		fileinto "Code/CI";
	} else {
		fileinto "Code/${1}/${2}";
	}
}
