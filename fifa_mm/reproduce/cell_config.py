"""The config of a cell on other data, at another size and with another recipe."""

import copy
import hashlib
import json

from mmengine.config import Config

from fifa_mm import checks
from fifa_mm.annotations import Annotations
from fifa_mm.config_check import check_views
from fifa_mm.config_edits import set_context, set_faces, set_landmarks, set_size
from fifa_mm.models.heads.mean_shape import annotated_mean_shape
from fifa_mm.reproduce.pretraining import initial_checkpoint, start_from
from fifa_mm.reproduce.profiles import CONFIGS, Profile
from fifa_mm.reproduce.recipes import RECIPES, VITS

DIGESTED = (
    'model',
    'train_dataloader',
    'val_dataloader',
    'test_dataloader',
    'val_evaluator',
    'test_evaluator',
    'train_cfg',
    'optim_wrapper',
    'param_scheduler',
    'auto_scale_lr',
    'custom_hooks',
    'init',
)
CONTEXT = 1.25  # of the cells' own crops


def cell_config(
    path: str,
    profile: Profile,
    size: int | None = None,
    recipe: str = 'full',
    vit_weights: str | None = None,
    init: str | None = None,
) -> Config:
    """The config of a cell's training, without its seed.

    Args:
        path: The cell's config, under ``configs/``.
        profile: Data and protocol.
        size: Side of the input in pixels, by default the config's own, see
            :func:`fifa_mm.config_edits.set_size`.
        recipe: Key of ``RECIPES``; ``'full'`` is the cell's own, its learning rate scaled to the
            batch that is trained with.
        vit_weights: Checkpoint that a ViT starts from, see ``vit_checkpoint.py``; other backbones
            do without. It must be one for ``'base'``.
        init: Checkpoint that the cell starts from, or ``'rendered'``, see
            :func:`fifa_mm.reproduce.pretraining.initial_checkpoint`.

    Returns:
        One that MMPose's ``tools/train.py`` takes. It reports the error of every test face at the
        best and the last epoch, and stops at a loss that is not finite.

    Raises:
        FileNotFoundError: no file to start from.
        ValueError: a size that the models cannot take; weights for a smaller ViT; a model that
            does not take as many views as its data have.
    """
    cfg = Config.fromfile(CONFIGS / path).to_dict()
    check_views(cfg)
    data = profile.load()
    cfg['test_dataloader'] = copy.deepcopy(cfg['test_dataloader'])  # often the one of validation
    set_faces(cfg, **{s: data[f'{s}_faces'].to_dict() for s in ('train', 'val', 'test')})
    set_landmarks(cfg, data['num_landmarks'])
    for split in ('val', 'test'):
        cfg[f'{split}_evaluator'] = copy.deepcopy(data['evaluator'])
    if side := checks.integer('size', size, 128, divisor=128, optional=True):
        set_size(cfg, side)
    if cfg['model']['head']['type'] == 'SLPTHead':
        _set_mean_shape(cfg, profile)
    is_vit = cfg['model']['backbone']['type'] in VITS
    if is_vit and profile.context != CONTEXT:
        set_context(cfg, profile.context)
    cfg['default_hooks'] = cfg.get('default_hooks') or {}
    if shared := RECIPES[recipe]:
        shared.apply(cfg)
    else:
        cfg['auto_scale_lr']['enable'] = True
    backbone = cfg['model']['backbone']
    if vit_weights and is_vit:
        if backbone['arch'] != 'base':
            raise ValueError(
                f"vit_weights are for arch 'base', {recipe!r} has {backbone['arch']!r}"
            )
        backbone['init_cfg'] = {'type': 'Pretrained', 'checkpoint': str(vit_weights)}
    if init:
        start_from(cfg, initial_checkpoint(init, cfg['model']))
    hooks = cfg['default_hooks']
    hooks['report'] = {'type': 'RunReportHook', 'per_face': True}
    hooks['finite_loss'] = {'type': 'mmdet.CheckInvalidLossHook', 'interval': 10}
    # Two, so that a kill in the middle of writing one leaves the other.
    kept = {'interval': 1, 'max_keep_ckpts': 2, 'save_best': 'NME', 'rule': 'less'}
    hooks['checkpoint'] = {**hooks.get('checkpoint', {}), **kept}
    return Config(cfg)


def digest(cfg: Config) -> str:
    """Twelve letters that differ for configs that train or measure differently."""
    plain = {key: value for key, value in cfg.to_dict().items() if key in DIGESTED}
    for split in ('train', 'val', 'test'):
        if loader := plain.get(f'{split}_dataloader'):
            plain[f'{split}_dataloader'] = {**loader, 'num_workers': None}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:12]


def needs_vit_weights(cfg: Config) -> bool:
    """Whether a ViT would start from random weights where the paper's starts from FaRL's."""
    return cfg.model.backbone.type in VITS and not checkpoint_source(cfg)


def checkpoint_source(cfg: Config) -> str | None:
    """The file or address of the weights that a training starts from, or None."""
    if 'init' in cfg:
        return cfg.default_hooks.init.checkpoint
    init = cfg.model.backbone.get('init_cfg') or {}
    return init.get('checkpoint')


def _set_mean_shape(cfg: dict, profile: Profile) -> None:
    """SLPT starts from the mean shape of the training faces."""
    faces = cfg['train_dataloader']['dataset']
    if faces.get('ann_file') and not profile.missing():
        annotations = Annotations.load(faces['data_root'] + faces['ann_file'])
        cfg['model']['head']['mean_shape'] = annotated_mean_shape(annotations)[0].round(3).tolist()
