require ["fileinto", "imap4flags"];
addflag "$two";
fileinto "Two";
keep;
