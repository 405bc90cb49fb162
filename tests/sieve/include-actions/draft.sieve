require ["include", "variables", "fileinto"];
export "shared_draft";
import ["other_draft"];
set "shared_draft" "from here";
include "draft";
if string "${other_draft}" "from here, and back" {
	fileinto "Shared";
}
