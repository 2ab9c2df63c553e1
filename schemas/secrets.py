"""Text without the secrets that camera addresses carry: for every line that a person may read.

In: any text. Out: the same, with passwords as `***`. It hides rather too much than too little:
what stands between a user's name and the last `@` may be password, whatever it holds.
"""

import re

_SHOWN = "***"
_PASSWORD = re.compile(r"(?P<before>:/+[^\s:/@]*:)(?:(?!:/).)*@")
"""After `scheme://user:`; one slash is what is left of an address that was taken for a path."""
_PARAMETER = re.compile(
    r"(?P<before>[?&;_][^?&;=\s]*(?:pas|pw|token|key|secret|auth|sig|cred)[^?&;=\s]*=)"
    r"[^&\s]*?(?=[:;,.'\")\]]*(?:[&\s]|$))",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """The text with each address's password, and parameters named like one, as `***`.

    Example:
        >>> without_secrets("rtsp://guard:pa@ss/1@10.0.0.7/live?channel=2&token=a1b2: no answer")
        'rtsp://guard:***@10.0.0.7/live?channel=2&token=***: no answer'
    """
    text = _PASSWORD.sub(rf"\g<before>{_SHOWN}@", text)
    return _PARAMETER.sub(rf"\g<before>{_SHOWN}", text)
