require ["foreverypart", "mime", "replace", "fileinto"];
foreverypart {
	if header :mime :subtype "content-type" "mp3" {
		replace :mime text:
Content-Type: image/x-note; name="note"

la la
.
;
	}
}
fileinto "R3";
