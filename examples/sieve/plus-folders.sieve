# ann+shop@example.com goes to Plus/shop, without a rule for each. What somebody may have guessed goes through the list of
# details that are not to be used.
require ["envelope", "fileinto", "mailbox", "subaddress", "variables"];

if envelope :detail :is "to" ["spam", "test", "leaked"] {
	discard;
} elsif envelope :detail :matches "to" "?*" {
	set :lower "folder" "${1}${2}";
	fileinto :create "Plus/${folder}";
}
