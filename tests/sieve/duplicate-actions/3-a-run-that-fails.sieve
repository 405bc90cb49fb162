require ["duplicate", "ihave"];
if not duplicate :handle "h19" {
	error "no";
}
