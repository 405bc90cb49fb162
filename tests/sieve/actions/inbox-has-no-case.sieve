require "fileinto";
fileinto "INBOX"; fileinto "inbox";
