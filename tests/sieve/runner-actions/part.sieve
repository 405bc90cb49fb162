require ["vnd.dovecot.testsuite", "fileinto"];
if not header "x-mark" "here" {
	test_fail "there is no mark";
}
fileinto "Seen";
