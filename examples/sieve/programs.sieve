# Programs that come by mail, whatever they are called: by the bytes of an attachment, its names, and those in zip archives.
require ["vnd.mda.filetype", "fileinto", "reject"];

if anyof (filetype :anychild "application/x-dosexec",
	filetype :anychild :archived :matches ["*.exe", "*.scr", "*.js", "*.vbs", "*.lnk"]) {
	reject "Programs are not accepted by mail here.";
} elsif filetype :anychild :mismatch {
	# It is not what it says: perhaps a mistake, so it is not refused.
	fileinto "Doubtful";
}
