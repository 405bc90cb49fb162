# For Thunderbird, by its Sieve add-on.
#
# Thunderbird's tags are keywords: $label1 Important, $label2 Work, $label3 Personal, $label4 To Do, $label5 Later.
#
require ["fileinto", "imap4flags"];

if address :domain :is ["from", "sender"] "example.com"
{
  addflag "$label2";
  if anyof ( header :contains "importance" "high",
             header :matches "x-priority" ["1*", "2*"] )
  {
    addflag "$label1";
  }
}
elsif address :is "from" ["bob@example.net", "cora@example.net"]
{
  addflag "$label3";
}

if header :contains "subject" ["to do", "todo", "please do"]
{
  addflag "$label4";
  removeflag "$label3";
}

if hasflag "$label2"
{
  fileinto "Work";
}
