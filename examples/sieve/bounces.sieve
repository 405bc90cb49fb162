# Bounces and receipts have an empty envelope sender. They go to a folder of their own.
require ["fileinto", "envelope"];

if envelope :is "from" "" {
	fileinto "Bounces";
}
