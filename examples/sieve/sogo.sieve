# Rules as SOGo writes them: filters, then the forward, then the vacation.
require ["fileinto","imap4flags","copy","vacation"];

if allof (header :contains ["subject"] "[board]", address :is ["from"] "chair@example.com") {
    addflag "\\Flagged";
    fileinto "INBOX/Board";
    stop;
}

if anyof (header :contains ["to", "cc"] "sales@example.com", header :is ["X-Department"] "sales") {
    fileinto "INBOX/Sales";
}

if allof (not exists ["list-id", "list-post"], size :under 100K) {
    redirect :copy "ann.archer@phone.example.net";
}

if not header :is ["precedence"] ["bulk", "list", "junk"] {
    vacation :days 7 :addresses ["ann@example.com", "a.archer@example.com"] text:
I am away until Monday.
.
;
}
