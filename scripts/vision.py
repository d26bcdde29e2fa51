"""torchvision, whose compiled operators need not load: the networks of the peers use none of them.

Where PyTorch is a build for processors and torchvision comes from another index, its compiled part does
not load, and its Python part fails at the names of three operators. Named here, they do no harm.
"""

import sys

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qroi_align": "(Tensor input, Tensor rois, float spatial_scale, int pooled_height, "
                  "int pooled_width, int sampling_ratio, bool aligned) -> Tensor",
}


def load():
    """The module torchvision; to be called before anything else imports it."""
    try:
        import torchvision
    except RuntimeError:
        import torch
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name, signature in OPERATORS.items():
            torch.library.define(f"torchvision::{name}", signature)
        import torchvision
    return torchvision
