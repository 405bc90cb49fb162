require ["vacation", "variables", "fileinto"];
vacation :mime text:
Content-Type: multipart/alternative; boundary=foo

--foo

I am at the beach.

--foo
Content-Type: text/html; charset=us-ascii

<b>beach</b>

--foo--
.
;
