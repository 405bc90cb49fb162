# Mail from outside that pretends to be from the management goes to a folder for a closer look.
require ["vnd.mda.sender", "fileinto", "imap4flags"];

if allof (sender_label ["External", "Unknown"],
	not sender_list :allowed,
	header :contains "from" ["chief executive", "managing director", "human resources"]) {
	fileinto :flags "$External" "Look twice";
}
