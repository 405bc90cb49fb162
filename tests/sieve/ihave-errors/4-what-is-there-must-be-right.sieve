require "ihave";
if ihave "fileinto" {
	fileinto 5;
}
