"""How the demo is watched from outside, for `perf.demo`.

`page` sees what a browser shows and when, `log` what the topics' own times say afterwards, `usage`
what the processes cost meanwhile. Nothing of the stack is changed for being watched.
"""
