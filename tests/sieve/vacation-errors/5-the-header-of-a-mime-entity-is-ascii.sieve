require ["vacation", "vacation-seconds"];
vacation :mime text:
Content-Type: text/plain
Subject: grün

x
.
;
