if mailboxexists "A" {
	keep;
}
