require ["vacation", "vacation-seconds"];
vacation :until "x" "a";
