require "vnd.mda.sender";
if sender_list :allowed :blocked {
	keep;
}
