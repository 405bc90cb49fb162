require ["include", "variables"];
global ["shared_draft", "other_draft"];
set "other_draft" "${shared_draft}, and back";
