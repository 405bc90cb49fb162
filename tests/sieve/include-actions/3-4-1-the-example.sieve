require ["fileinto", "include", "variables", "relational", "comparator-i;ascii-numeric"];
global "test";
global "test_mailbox";
set "test" "$$";
include "subject_tests";
set "test" "Make money";
include "subject_tests";
if string :count "eq" :comparator "i;ascii-numeric" "${test_mailbox}" "1" {
	fileinto "${test_mailbox}";
	stop;
}
