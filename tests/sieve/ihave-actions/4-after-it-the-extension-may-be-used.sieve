require "ihave";
if not ihave "fileinto" {
	error "no fileinto";
}
fileinto "A";
