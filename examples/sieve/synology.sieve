# Rules as a NAS's mail server writes them: each on one line, under the data of its form.
require ["fileinto","reject","vacation","imap4flags","copy","envelope"];
# {"name":"Camera","enabled":true}
if allof(header :contains ["from"] ["camera"],header :contains ["subject"] ["motion","person"]){addflag "\\Seen";fileinto "Camera";stop;}
# {"name":"Family","enabled":true}
if anyof(header :contains ["from"] ["@family.example"],header :contains ["to","cc"] ["family@"]){fileinto "Family";stop;}
# {"name":"Forward","enabled":true}
if header :is ["x-nas-alert"] ["disk"]{redirect :copy "admin@example.org";addflag "\\Flagged";}
