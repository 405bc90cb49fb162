require ["vacation", "variables", "fileinto"];
vacation :days 23 :addresses ["tjs@example.edu", "ts4z@landru.example.edu"] "I am away until October 19.";
