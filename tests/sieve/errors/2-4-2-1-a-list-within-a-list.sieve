if header :is ["b", ["c"]] "x" { keep; }
