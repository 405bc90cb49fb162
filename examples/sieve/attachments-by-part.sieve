# The name and type of each attachment, part by part: any part can decide.
require ["mime", "foreverypart", "fileinto", "variables", "extracttext"];

foreverypart {
	if allof (header :mime :type "content-disposition" "attachment",
		header :mime :param "filename" :matches "content-disposition" ["*.ics", "*.vcf"]) {
		fileinto "Cards and dates";
		break;
	}
	if header :mime :contenttype "content-type" "text/plain" {
		extracttext :first 60 "start";
		if string :matches "${start}" "Order no. *" {
			fileinto "Orders";
			break;
		}
	}
}
