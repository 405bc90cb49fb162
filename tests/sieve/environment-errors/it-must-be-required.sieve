if environment "a" "b" {
	keep;
}
