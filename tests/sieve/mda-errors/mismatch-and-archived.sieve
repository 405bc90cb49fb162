require "vnd.mda.filetype";
if filetype :mismatch :archived "x" {
	keep;
}
