require "vnd.mda.sender";
if sender_list {
	keep;
}
