keep "a";
discard "b";
