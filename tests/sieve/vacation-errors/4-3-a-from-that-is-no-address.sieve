require ["vacation", "vacation-seconds"];
vacation :from "nobody at all" "a";
