require "ihave";
if anyof (ihave "fileinto", frobnicate "x") {
	fileinto "A";
}
