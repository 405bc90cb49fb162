if header :is "subject" text: x
.
{ keep; }
