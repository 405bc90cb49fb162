require ["include", "foreverypart", "variables", "fileinto"];
global "seen";
foreverypart {
	include "part";
}
fileinto "Q${seen}";
