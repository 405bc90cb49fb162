require ["ihave", "variables"];
set "x" "fileinto";
if ihave "${x}" {
	keep;
}
