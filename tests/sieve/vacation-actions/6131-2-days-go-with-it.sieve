require ["vacation-seconds"];
vacation :days 2 "I am away";
