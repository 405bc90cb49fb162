require ["special-use", "fileinto"];
fileinto :specialuse "\\Archive" "Named";
