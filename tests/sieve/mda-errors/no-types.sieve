require "vnd.mda.filetype";
if filetype :anychild {
	keep;
}
