require ["vacation", "variables", "fileinto"];
if header :matches "subject" "*" {
	vacation :subject "Re: ${1}" "I am away ${1}";
}
