require ["vacation", "vacation-seconds"];
vacation :days 7 :days 8 "a";
