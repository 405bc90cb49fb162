require ["vacation", "vacation-seconds"];
vacation :from "" "a";
