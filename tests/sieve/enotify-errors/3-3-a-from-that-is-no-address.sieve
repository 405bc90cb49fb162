require "enotify";
notify :from "x" "mailto:a@b.example";
