# ann+shop@example.com goes to Plus/shop, without a rule for each. Mail to a detail that leaked, or
# that anybody could guess, is discarded.
require ["envelope", "fileinto", "mailbox", "subaddress", "variables"];

if envelope :detail :is "to" ["spam", "test", "leaked"] {
	discard;
} elsif envelope :detail :matches "to" "?*" {
	set :lower "folder" "${1}${2}";
	fileinto :create "Plus/${folder}";
}
