require ["foreverypart", "mime", "replace", "fileinto"];
foreverypart {
	if header :mime :type "content-type" ["audio", "multipart"] {
		if not header :mime :subtype "content-type" "mixed" {
			replace "gone";
		}
	}
}
fileinto "R2";
