redirect "stephan @ example . org";
