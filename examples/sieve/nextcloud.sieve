# Filters and an absence as Nextcloud's Mail app writes them, between its marks.
### Nextcloud Mail: Vacation Responder ### DON'T EDIT ###
require "date";
require "relational";
require "vacation";
### Nextcloud Mail: Vacation Responder ### DON'T EDIT ###
### Nextcloud Mail: Filters ### DON'T EDIT ###
require ["fileinto", "imap4flags"];
### Nextcloud Mail: Filters ### DON'T EDIT ###
### Nextcloud Mail: Filters ### DON'T EDIT ###
# FILTER: [{"name":"Invoices","enable":true,"operator":"anyof","tests":[...],"actions":[...],"priority":10}]
# Invoices
if anyof (header :contains "Subject" ["invoice", "bill"], address :all :contains "From" ["billing@"]) {
fileinto "Invoices";
addflag "$invoice";
}
# From Bob
if allof (address :all :is "From" ["bob@example.net"]) {
addflag "$important";
keep;
stop;
}
### Nextcloud Mail: Filters ### DON'T EDIT ###
### Nextcloud Mail: Vacation Responder ### DON'T EDIT ###
# DATA: {"version":1,"enabled":true,"start":"2020-07-01T00:00:00+00:00","end":"2020-07-14T00:00:00+00:00"}
if allof(currentdate :value "ge" "iso8601" "2020-07-01T00:00:00Z", currentdate :value "le" "iso8601" "2020-07-14T00:00:00Z") {
vacation :days 4 :subject "Away" :addresses ["ann@example.com"] "I am away for two weeks.";
}
### Nextcloud Mail: Vacation Responder ### DON'T EDIT ###
