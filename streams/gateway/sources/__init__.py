"""Where frames come from: one file per kind of source, all of them behind `source.Source`."""
