"""Changes of a config by meaning: its size, faces, crop or network, wherever they are written.

For cells of the tables and for configs themselves, which may import it after their ``_base_``.
"""

from typing import Any

from fifa_mm.models.backbones.plain_vit import ARCHS
from fifa_mm.models.backbones.vit_hourglass import HOURGLASSES

SPLITS = ('train', 'val', 'test')


def steps(cfg: dict, *types: str, splits: tuple[str, ...] = SPLITS) -> list[dict]:
    """The transforms of some types in the pipelines."""
    pipelines = [cfg[f'{split}_dataloader']['dataset']['pipeline'] for split in splits]
    found = [step for pipeline in pipelines for step in pipeline if step['type'] in types]
    return list({id(step): step for step in found}.values())  # val and test may share theirs


def step(cfg: dict, name: str) -> Any:
    """The one transform of a type in the training pipeline.

    Raises:
        ValueError: there is none, or there are several.
    """
    found = steps(cfg, name, splits=('train',))
    if len(found) != 1:
        raise ValueError(f'name must be of one transform in the pipeline, got {name!r}: {found}')
    return found[0]


def codecs(cfg: dict) -> list[dict]:
    """The codec of the head and those of the targets."""
    return [cfg['model']['head']['decoder'], *(s['encoder'] for s in steps(cfg, 'GenerateTarget'))]


def input_size(cfg: dict) -> int:
    """Side of the input in pixels."""
    return cfg['model']['head']['decoder']['input_size'][0]


def set_size(cfg: dict, size: int) -> None:
    """Inputs of ``size`` x ``size`` pixels.

    Heatmaps keep their stride and a ViT its share of the input, in whole patches; Gaussians and
    FiFA's patches keep their size in pixels.

    Raises:
        ValueError: a size that the networks cannot take.
    """
    own = input_size(cfg)
    if size % 64:
        raise ValueError(f'size must be a multiple of 64, got {size}')
    for part in (*codecs(cfg), *steps(cfg, 'TopdownAffine', 'StandardAugment')):
        for key in {'input_size', 'heatmap_size'} & part.keys():
            part[key] = tuple(side * size // own for side in part[key])
    backbone = cfg['model']['backbone']
    if 'img_size' in backbone:
        side = backbone['img_size'] * size // own
        backbone['img_size'] = side - side % 16


def set_landmarks(cfg: dict, count: int) -> None:
    """Faces of ``count`` landmarks."""
    model = cfg['model']
    for part in (model['backbone'], model['head'], *codecs(cfg)):
        for key in {'num_landmarks', 'num_joints', 'out_channels'} & part.keys():
            part[key] = count


def set_faces(cfg: dict, **faces: dict) -> None:
    """Other faces for ``train``, ``val`` and ``test``; the pipelines stay."""
    for split, dataset in faces.items():
        loader = cfg[f'{split}_dataloader']
        own = {k: v for k, v in loader['dataset'].items() if k in ('pipeline', 'test_mode')}
        cfg[f'{split}_dataloader'] = {**loader, 'dataset': {**dataset, **own}}


def set_context(cfg: dict, context: float) -> None:
    """The crop of FaRL's recipes: the box times ``context``."""
    for box in steps(cfg, 'GetBBoxCenterScale'):
        box['padding'] = context
    for augment in steps(cfg, 'StandardAugment'):
        augment.update(scale_mu=1 / context, context=context)


def set_arch(model: dict, arch: str) -> None:
    """Another preset of the ViT, and the neck and head that fit it."""
    backbone, neck, head = model['backbone'], model.get('neck'), model['head']
    preset, channels = ARCHS[arch], HOURGLASSES[arch]['channels']
    if 'out_indices' in backbone:
        depth = ARCHS[backbone['arch']]['depth']
        taps = [(tap + 1) * preset['depth'] // depth - 1 for tap in backbone['out_indices']]
        backbone['out_indices'] = taps
    backbone['arch'] = arch
    if backbone['type'] == 'ViTHourglass':
        head['in_channels'] = channels
        return
    for part in (neck, head):
        if part:
            part['in_channels'] = preset['width']
    if head['type'] == 'UPerHead':
        head['channels'] = preset['width']
    if 'deconv_out_channels' in head:
        head['deconv_out_channels'] = (channels,) * len(head['deconv_out_channels'])
