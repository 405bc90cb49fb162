require ["vacation", "vacation-seconds"];
vacation;
