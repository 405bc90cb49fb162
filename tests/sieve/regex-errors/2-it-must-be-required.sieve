if header :regex "a" "b" {
	keep;
}
