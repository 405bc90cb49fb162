require ["ihave", "fileinto"];
if ihave ["copy", "vacation-seconds"] {
	keep;
}
vacation :seconds 60 "away";
fileinto :copy "Right";
