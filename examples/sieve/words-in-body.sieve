# Words in the text, not in attachments and not in HTML's markup.
require ["body", "fileinto", "relational", "comparator-i;ascii-numeric"];

if body :text :contains ["unsubscribe", "abbestellen"] {
	fileinto "Newsletters";
} elsif body :content ["application/pdf", "image"] :contains "" {
	fileinto "Documents";
} elsif body :raw :contains "-----BEGIN PGP MESSAGE-----" {
	fileinto "Encrypted";
}
