"""The models of the prunability table: their names by family, and how one of them is built.

Nothing is downloaded: weights are drawn at random, then set so that every part of a network counts
in its outputs. The usual first weights hide whole branches: norms that end a residual branch start
at 0, layer scales at 1e-6, and the statistics of batch normalisation at 0 and 1.
"""

import zlib

import vision

SIZE = 224
# torchvision's models that are built for another extent than 224.
SIZES = {"inception_v3": 299, "swin_v2_b": 256, "swin_v2_s": 256, "swin_v2_t": 256}

# Name of the family, beginnings of the names of torchvision's classification models.
TORCHVISION = (
    ("AlexNet, VGG, SqueezeNet", ("alexnet", "vgg", "squeezenet")),
    ("ResNet, ResNeXt, Wide ResNet", ("resnet", "resnext", "wide_resnet")),
    ("DenseNet, GoogLeNet, Inception", ("densenet", "googlenet", "inception")),
    ("MobileNet, MNASNet, ShuffleNet", ("mobilenet", "mnasnet", "shufflenet")),
    ("EfficientNet", ("efficientnet",)),
    ("RegNet", ("regnet",)),
    ("ConvNeXt", ("convnext",)),
    ("ViT, Swin, MaxViT", ("vit", "swin", "maxvit")),
)

TIMM = (
    ("timm: ResNet and its kin", (
        "resnet26d", "resnetv2_50", "seresnext26d_32x4d", "ecaresnet26t", "skresnet18",
        "resnest14d", "res2net50_26w_4s", "gcresnet33ts", "legacy_seresnet18", "resnext26ts",
        "resnext50_32x4d", "dpn68", "cspresnet50", "cspdarknet53", "ese_vovnet19b_dw",
        "densenetblur121d", "hrnet_w18_small", "dla34", "dla46x_c", "dla60_res2net",
        "selecsls42b", "xception41", "inception_v4", "inception_resnet_v2", "rdnet_tiny",
        "hgnetv2_b0")),
    ("timm: RegNet, RepVGG, NFNet", (
        "regnetx_008", "regnety_008", "regnetz_b16", "regnetv_040", "repvgg_a0", "repvgg_b1g4",
        "mobileone_s1", "repvit_m1", "nfnet_l0", "eca_nfnet_l0", "dm_nfnet_f0", "nf_resnet50")),
    ("timm: EfficientNet and mobile networks", (
        "efficientnet_b0", "efficientnet_b0_gn", "tf_efficientnet_lite0", "tf_efficientnetv2_b0",
        "mixnet_s", "fbnetc_100", "tinynet_a", "hardcorenas_a", "lcnet_100", "rexnet_100",
        "mobilenetv1_100", "mobilenetv2_100", "mobilenetv3_large_100", "mobilenetv3_small_100",
        "mobilenetv4_conv_small", "mobilenetv4_conv_medium", "mobilenetv4_hybrid_medium",
        "ghostnet_100", "ghostnetv2_100", "ghostnetv3_100")),
    ("timm: ConvNeXt and its kin", (
        "convnext_atto", "convnext_nano_ols", "convnextv2_atto", "inception_next_tiny",
        "convmixer_768_32", "focalnet_tiny_srf", "mambaout_femto", "starnet_s1")),
    ("timm: ViT, DeiT and their kin", (
        "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_relpos_small_patch16_224",
        "vit_tiny_r_s16_p8_224", "deit_tiny_patch16_224", "deit_tiny_distilled_patch16_224",
        "deit3_small_patch16_224", "beit_base_patch16_224", "eva02_tiny_patch14_224",
        "cait_xxs24_224", "xcit_nano_12_p16_224", "volo_d1_224", "tnt_s_patch16_224",
        "crossvit_9_240", "convit_tiny", "pit_ti_224", "vitamin_small_224")),
    ("timm: Swin, MaxViT and other hierarchies", (
        "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "maxvit_nano_rw_256",
        "maxxvit_rmlp_nano_rw_256", "coatnet_nano_rw_224", "coatnet_bn_0_rw_224", "pvt_v2_b0",
        "pvt_v2_b2_li", "twins_pcpvt_small", "twins_svt_small", "mvitv2_tiny", "hiera_tiny_224",
        "davit_tiny", "nest_tiny", "coat_lite_tiny", "visformer_tiny", "nextvit_small")),
    ("timm: small attention networks", (
        "mobilevit_xxs", "mobilevit_s", "mobilevitv2_050", "efficientformer_l1",
        "efficientformerv2_s0", "efficientvit_b0", "efficientvit_m0", "edgenext_xx_small",
        "fastvit_t8", "swiftformer_xs", "shvit_s1", "tiny_vit_5m_224", "levit_128s",
        "poolformer_s12", "poolformerv2_s12")),
    ("timm: without convolution or attention", (
        "mixer_s32_224", "gmlp_ti16_224", "resmlp_12_224", "sequencer2d_s")),
)


def torchvision_names():
    """torchvision's models: pairs of a family and the names in it."""
    models = vision.load().models
    names = models.list_models(module=models)
    families = [(family, [name for name in names if name.startswith(beginnings)])
                for family, beginnings in TORCHVISION]
    known = {name for _, members in families for name in members}
    rest = [name for name in names if name not in known]
    segmentation = models.list_models(module=models.segmentation)
    return [*families, *([("other", rest)] if rest else []), ("segmentation", segmentation)]


def catalogue():
    """All models: pairs of a family and the keys in it, `library/name`."""
    families = [(f"torchvision: {family}", [f"torchvision/{name}" for name in names])
                for family, names in torchvision_names()]
    return families + [(family, [f"timm/{name}" for name in names]) for family, names in TIMM]


def build(key):
    """The network called `key` in evaluation mode and an example of its input."""
    import torch
    library, name = key.split("/")
    torch.manual_seed(zlib.crc32(key.encode()))
    if library == "timm":
        import timm
        network = timm.create_model(name, pretrained=False)
        shape = network.default_cfg["input_size"]
    else:
        network = torchvision_model(name)
        size = SIZES.get(name, SIZE)
        shape = (3, size, size)
    return network.eval(), torch.randn(1, *shape)


def torchvision_model(name):
    models = vision.load().models
    if name in models.list_models(module=models.segmentation):
        return Outputs(models.get_model(name, weights=None, weights_backbone=None))
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if extra:
        extra["aux_logits"] = False  # the extra heads are for training
    return models.get_model(name, weights=None, **extra)


def Outputs(network):
    """The network with its named outputs as a tuple, which every exporter takes."""
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, image):
            return tuple(self.network(image).values())

    return Wrapped()


def enliven(network, example):
    """Sets weights that would hide a part of the network, and makes the statistics of batch
    normalisation those of the activations, disturbed a little."""
    import torch
    norms = [module for module in network.modules()
             if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        scales = {id(module.weight) for module in network.modules()
                  if "norm" in type(module).__name__.lower()
                  and isinstance(getattr(module, "weight", None), torch.nn.Parameter)}
        for parameter in network.parameters():
            if parameter.numel() < 2 or parameter.min() != parameter.max():
                continue
            value = parameter.flatten()[0].item()
            if id(parameter) in scales:
                parameter.uniform_(0.5, 1.5)
            elif value == 0:
                parameter.normal_(0, 0.05)
            elif abs(value) <= 0.1:  # a layer scale
                parameter.uniform_(0.1, 0.5)
            else:
                parameter.mul_(torch.empty_like(parameter).uniform_(0.5, 1.5))
        if not norms:
            return
        for norm in norms:
            norm.momentum, _ = None, norm.train()
        network(torch.randn(2, *example.shape[1:]))
        for norm in norms:
            norm.momentum, _ = 0.1, norm.eval()
            if norm.running_var is not None:
                deviation = norm.running_var.sqrt()
                norm.running_mean.add_(0.1 * deviation * torch.randn_like(deviation))
                norm.running_var.mul_(torch.empty_like(deviation).uniform_(0.8, 1.25))
                norm.running_var.clamp_(min=1e-3)
