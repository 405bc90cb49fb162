require "include";
include :once "files";
