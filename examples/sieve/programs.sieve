# Programs sent by mail, whatever their names: by the bytes, the names, and names in zip archives.
require ["vnd.mda.filetype", "fileinto", "reject"];

if anyof (filetype :anychild "application/x-dosexec",
	filetype :anychild :archived :matches ["*.exe", "*.scr", "*.js", "*.vbs", "*.lnk"]) {
	reject "Programs are not accepted by mail here.";
} elsif filetype :anychild :mismatch {
	# Its name does not fit its bytes. That can be a mistake, so it is not refused.
	fileinto "Doubtful";
}
