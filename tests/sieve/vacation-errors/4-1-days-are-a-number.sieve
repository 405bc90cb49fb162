require ["vacation", "vacation-seconds"];
vacation :days "7" "a";
