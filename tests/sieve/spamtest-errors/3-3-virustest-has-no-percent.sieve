require ["virustest", "spamtestplus"];
if virustest :percent "1" {
	keep;
}
