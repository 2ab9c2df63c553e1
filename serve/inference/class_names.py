"""What a model calls its classes, and which of them are kept."""

import ast
from collections.abc import Mapping
from pathlib import Path

from serve.errors import UnknownModel

# The 80 classes of COCO, in the order every export without names uses.
_COCO_TEXT = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,"
    "backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,"
    "baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,"
    "fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,"
    "cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,"
    "cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,"
    "hair drier,toothbrush"
)
COCO = tuple(_COCO_TEXT.split(","))


def class_names(metadata: Mapping[str, str], class_count: int | None) -> tuple[str, ...]:
    """The names of a model's classes, in the order of their index.

    Args:
        metadata: The export's own; `names` is a Python mapping or list, as exporters write it.
        class_count: How many classes the output shows; None where it does not (finished rows).

    Raises:
        UnknownModel: If the names do not fit the output, or there are none and none can be assumed.
    """
    names = _metadata_names(metadata)
    if names is not None:
        if class_count is not None and len(names) != class_count:
            raise UnknownModel(
                f"the metadata name {len(names)} classes, the output has {class_count}; "
                "export a plain detection model (no segmentation, pose or rotated boxes)"
            )
        return names
    if class_count is None or class_count == len(COCO):
        return COCO
    if class_count == 1:
        return ("person",)
    raise UnknownModel(
        f"the output has {class_count} classes and the file does not name them; "
        'add metadata `names`, for example {0: "person", 1: "cart"}'
    )


def kept_classes(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, ...] | None:
    """The indexes of the wanted classes, rising; None where all are wanted.

    Raises:
        UnknownModel: If the model has no class of a wanted name.
    """
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UnknownModel(
            f"no class is called {', '.join(missing)}; set FOOTFALL_CLASSES to one or more of: "
            f"{', '.join(names[:20])}{', ...' if len(names) > 20 else ''}"
        )
    return tuple(index for index, name in enumerate(names) if name in wanted) if wanted else None


def _metadata_names(metadata: Mapping[str, str]) -> tuple[str, ...] | None:
    text = metadata.get("names")
    if text is None:
        return None
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise UnknownModel(f"metadata names: expected a mapping, got {text[:60]!r}") from error
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        return tuple(str(names[index]) for index in range(len(names)))
    if isinstance(names, list | tuple):
        return tuple(str(name) for name in names)
    raise UnknownModel(f"metadata names: expected a mapping from 0 up, got {text[:60]!r}")


def model_label(path: Path, sha256: str) -> str:
    """What a detection says about its model: the file's name and the start of its digest.

    Example:
        >>> model_label(Path("models/yolox_nano.onnx"), "d39bee73564e3380")
        'yolox_nano@d39bee73564e'
    """
    return f"{path.stem}@{sha256[:12]}"
