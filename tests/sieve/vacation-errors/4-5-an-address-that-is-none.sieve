require ["vacation", "vacation-seconds"];
vacation :addresses ["ok@b.example", "bad@@b.example"] "a";
