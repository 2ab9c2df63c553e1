"""The web page of the API: plain HTML, CSS and ES modules, served as they are."""
