# Bounces and receipts have no sender in the envelope. They go to one folder, out of the way but not lost.
require ["fileinto", "envelope"];

if envelope :is "from" "" {
	fileinto "Bounces";
}
