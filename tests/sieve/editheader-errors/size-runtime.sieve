require ["editheader", "variables"];
set "a" "123456789";
addheader "X-A" "${a}01";
