require "vnd.mda.sender";
if sender_label "Outside" {
	keep;
}
