require ["foreverypart", "mime", "replace", "fileinto"];
foreverypart {
	if header :mime :subtype "content-type" "mp3" {
		replace "no music here";
	}
}
fileinto "R1";
