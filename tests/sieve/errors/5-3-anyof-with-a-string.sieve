if anyof ("x") { keep; }
