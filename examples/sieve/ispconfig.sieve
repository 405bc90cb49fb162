# Rules as the ISPConfig panel writes them from its forms: spam, a copy, an autoreply.
require ["fileinto", "regex", "date", "relational", "vacation", "imap4flags", "envelope", "subaddress", "copy", "reject"];

# Move spam to spam folder
if anyof (header :contains "X-Spam-Flag" "YES", header :contains "X-Spam" "Yes", header :contains "subject" "*** SPAM ***") {
  fileinto "Junk";
  # Stop here so that we do not reply on spams
  stop;
}

# Send a copy of the email to
redirect :copy "archive@example.com";

# Read-only flag for the counter
if header :contains "X-Counter" "daily" {
  addflag "\\Seen";
}

#################################################################
# Autoreply
#################################################################
if allof (currentdate :value "ge" "iso8601" "1970-01-01T00:00:00Z", currentdate :value "le" "iso8601" "2099-12-31T23:59:59Z") {
  vacation :days 1 :subject "Out of office" :addresses ["info@example.com"] "Thank you for your message. The shop opens on Monday.";
}
