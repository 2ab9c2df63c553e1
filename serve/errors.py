"""Errors of everything that runs on Ray Serve.

ServeError
├── ModelError                a model that cannot serve: the operator acts, the start stops
│   ├── ModelFileError        missing, not readable, or not ONNX
│   ├── UnknownModel          ONNX, but inputs or outputs that no decoder here fits
│   └── DeviceError           the device that was asked for is not used
├── DetectorDown              the Detector's loop cannot go on: a peer is down or the device broke
└── StartFailed               Ray, a port or an application does not come up; the start stops
"""

from schemas.errors import FootfallError


class ServeError(FootfallError):
    """The base of every error of `serve`."""


class ModelError(ServeError):
    """A model that cannot serve; says what to do about it."""


class ModelFileError(ModelError):
    """A model file that is missing, not readable, or not ONNX."""


class UnknownModel(ModelError):  # noqa: N818 - says what it is
    """An ONNX graph whose inputs, outputs or class names no decoder here fits."""


class DeviceError(ModelError):
    """The device that was asked for is not there, or ONNX Runtime does not use it."""


class DetectorDown(ServeError):  # noqa: N818 - says what it is
    """The Detector's loop cannot go on; Ray Serve starts the replica again."""


class StartFailed(ServeError):  # noqa: N818 - says what happened
    """Ray, a port or an application does not come up; says what to do about it."""
