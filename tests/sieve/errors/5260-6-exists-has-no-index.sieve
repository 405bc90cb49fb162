require "index";
if exists :index 1 "a" {
	keep;
}
