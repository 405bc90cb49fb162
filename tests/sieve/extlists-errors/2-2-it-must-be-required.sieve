if header :list "a" "b" {
	keep;
}
