require "vnd.mda.filetype";
if filetype :mismatch "a/b" {
	keep;
}
