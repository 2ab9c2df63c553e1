"""ONNX Runtime's sessions: which device computes, and with how many threads."""

import logging
from pathlib import Path

import onnxruntime

from serve.errors import DeviceError, ModelFileError
from serve.inference.settings import DetectorSettings, Device

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
# HEURISTIC: an exhaustive search would be repeated for each new shape.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}

_log = logging.getLogger(__name__)


def has_gpu_provider() -> bool:
    """Whether this ONNX Runtime can use a GPU at all."""
    return _CUDA in onnxruntime.get_available_providers()


def first_line(error: Exception) -> str:
    """The start of what an error says; those of ONNX Runtime go on for pages."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def open_session(path: Path, settings: DetectorSettings) -> onnxruntime.InferenceSession:
    """A session on the best device there is, or on the one that was asked for.

    A few nodes that compute shapes may stay on the CPU beside a GPU, as ONNX Runtime places them;
    what counts is that the GPU provider is in the session, and stays: it never falls back.

    Raises:
        ModelFileError: If the file is not ONNX, or needs more than ONNX Runtime has.
        DeviceError: If a GPU was asked for and is not used.
    """
    if settings.device is Device.GPU and not has_gpu_provider():
        raise DeviceError(
            "device gpu: this ONNX Runtime has no CUDA provider; install onnxruntime-gpu instead "
            "of onnxruntime, or set FOOTFALL_DEVICE=cpu"
        )
    wants_gpu = settings.device is not Device.CPU and has_gpu_provider()
    if wants_gpu:
        onnxruntime.preload_dlls()
    providers = [(_CUDA, _CUDA_OPTIONS), _CPU] if wants_gpu else [_CPU]
    try:
        session = onnxruntime.InferenceSession(
            path, _options(settings.model_threads), providers=providers
        )
    except Exception as error:  # ONNX Runtime's own classes derive from Exception directly
        raise ModelFileError(
            f"model {path}: expected an ONNX graph, ONNX Runtime says: {first_line(error)}; "
            "export the model to ONNX and give that file"
        ) from error
    session.disable_fallback()
    _check_device(session, settings.device, wants_gpu=wants_gpu)
    return session


def _options(thread_count: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count
    options.inter_op_num_threads = 1
    # Spinning threads take the core that decodes the next frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options


def _check_device(
    session: onnxruntime.InferenceSession, device: Device, *, wants_gpu: bool
) -> None:
    used = session.get_providers()[0]
    if not wants_gpu or used == _CUDA:
        return
    if device is Device.GPU:
        raise DeviceError(
            f"device gpu: expected {_CUDA}, ONNX Runtime uses {used}; check the driver and CUDA "
            "with nvidia-smi, or set FOOTFALL_DEVICE=cpu"
        )
    _log.warning("no GPU answers, the model runs on the CPU")
