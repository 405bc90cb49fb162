require "ihave";
if ihave ["fileinto", "vnd.example.nothing"] {
	frobnicate;
} elsif ihave ["fileinto", "copy"] {
	fileinto :copy "A";
}
