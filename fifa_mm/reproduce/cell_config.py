"""The config of a cell on other data, at another size and with another recipe."""

import copy
import hashlib
import json

from mmengine.config import Config

from fifa_mm.annotations import Annotations
from fifa_mm.config_check import check_views
from fifa_mm.models.backbones.plain_vit import ARCHS
from fifa_mm.models.backbones.vit_hourglass import HOURGLASSES
from fifa_mm.models.heads.mean_shape import annotated_mean_shape
from fifa_mm.reproduce.profiles import CONFIGS
from fifa_mm.reproduce.recipes import RECIPES

SPLITS = ('train', 'val', 'test')
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
)
SIZE_KEYS = ('input_size', 'heatmap_size', 'img_size')
WIDTH_KEYS = ('channels', 'in_channels', 'deconv_out_channels')
CONTEXT = 1.25  # of the cells' own crops
COUNT_KEYS = ('num_landmarks', 'num_joints')
VITS = ('PlainViT', 'ViTHourglass')
LOGIT_HEADS = ('HeatmapCoordinateHead', 'UPerHead')


def cell_config(path, profile, size=None, recipe='full', vit_weights=None):
    """The config of a cell's training, without its seed.

    Args:
        path (str): The cell's config, under ``configs/``.
        profile (fifa_mm.reproduce.profiles.Profile): Data and protocol.
        size (int, optional): Side of the input in pixels, by default the config's own. Heatmaps
            keep their stride, Gaussians and patches their size in pixels.
        recipe (str): Key of ``RECIPES``; ``'full'`` is the cell's own, its learning rate scaled to
            the batch that is trained with.
        vit_weights (str, optional): Checkpoint that a ViT starts from, see ``vit_checkpoint.py``;
            other backbones do without. It must be one for ``'base'``.

    Returns:
        mmengine.config.Config: One that MMPose's ``tools/train.py`` takes. It reports the error of
        every test face at the best and the last epoch, and stops at a loss that is not finite.

    Raises:
        ValueError: a size that the models cannot take; weights for a smaller ViT; a model that
            does not take as many views as its data have.
    """
    cfg = Config.fromfile(CONFIGS / path).to_dict()
    check_views(cfg)
    data = profile.load()
    cfg = _replaced(cfg, COUNT_KEYS, lambda _: data['num_landmarks'])
    if 'out_channels' in cfg['model']['head']:
        cfg['model']['head']['out_channels'] = data['num_landmarks']
    if size:
        if size % 128:
            raise ValueError(f'size must be a multiple of 128, got {size}')
        own = input_size(cfg)
        cfg = _replaced(cfg, SIZE_KEYS, lambda value: _scaled(value, size, own))
    for split in SPLITS:
        loader = copy.deepcopy(cfg[f'{split}_dataloader'])
        kept = {k: v for k, v in loader['dataset'].items() if k in ('pipeline', 'test_mode')}
        loader['dataset'] = {**data[f'{split}_faces'].to_dict(), **kept}
        cfg[f'{split}_dataloader'] = loader
    evaluator = profile.load_evaluator()
    cfg['val_evaluator'], cfg['test_evaluator'] = copy.deepcopy(evaluator), evaluator
    if cfg['model']['head']['type'] == 'SLPTHead':
        _set_mean_shape(cfg, profile)
    if cfg['model']['backbone']['type'] in VITS and profile.context != CONTEXT:
        _set_context(cfg, profile.context)
    if RECIPES[recipe]:
        _apply(cfg, RECIPES[recipe])
    else:
        cfg['auto_scale_lr']['enable'] = True
    backbone = cfg['model']['backbone']
    if vit_weights and backbone['type'] in VITS:
        if backbone['arch'] != 'base':
            raise ValueError(
                f"vit_weights are for arch 'base', {recipe!r} has {backbone['arch']!r}"
            )
        backbone['init_cfg'] = {'type': 'Pretrained', 'checkpoint': str(vit_weights)}
    hooks = cfg['default_hooks'] = dict(cfg.get('default_hooks') or {})
    hooks['report'] = {'type': 'RunReportHook', 'per_face': True}
    hooks['lock'] = {'type': 'fifa_mm.reproduce.lock.WorkDirLockHook'}
    hooks['finite_loss'] = {'type': 'mmdet.CheckInvalidLossHook', 'interval': 10}
    # Two, so that a kill in the middle of writing one leaves the other.
    kept = {'interval': 1, 'max_keep_ckpts': 2, 'save_best': 'NME', 'rule': 'less'}
    hooks['checkpoint'] = {**hooks.get('checkpoint', {}), **kept}
    return Config(cfg)


def digest(cfg):
    """Twelve letters that differ for configs that train or measure differently."""
    plain = {key: value for key, value in cfg.to_dict().items() if key in DIGESTED}
    plain = _replaced(plain, ('num_workers',), lambda _: None)
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:12]


def needs_vit_weights(cfg):
    """Whether a ViT would start from random weights where the paper's starts from FaRL's."""
    return cfg.model.backbone.type in VITS and not checkpoint_source(cfg)


def checkpoint_source(cfg):
    """The file or address of the weights that a training starts from, or None."""
    init = cfg.model.backbone.get('init_cfg') or {}
    return init.get('checkpoint')


def input_size(cfg):
    """Side in pixels of the input of a config."""
    pipeline = cfg['test_dataloader']['dataset']['pipeline']
    return next(step['input_size'][0] for step in pipeline if 'input_size' in step)


def _replaced(node, keys, new):
    """A nested config with ``new(value)`` for the values of all ``keys``."""
    if isinstance(node, dict):
        return {k: new(v) if k in keys else _replaced(v, keys, new) for k, v in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_replaced(item, keys, new) for item in node)
    return node


def _scaled(value, size, own):
    if isinstance(value, (list, tuple)):
        return type(value)(_scaled(item, size, own) for item in value)
    return value * size // own


def _set_context(cfg, context):
    """The crop of FaRL's recipe: the box times ``context``."""
    for step in _steps(cfg, 'GetBBoxCenterScale'):
        step['padding'] = context
    for step in _steps(cfg, 'StandardAugment'):
        step.update(scale_mu=1 / context, context=context)


def _set_mean_shape(cfg, profile):
    """SLPT starts from the mean shape of the training faces."""
    faces = cfg['train_dataloader']['dataset']
    if faces.get('ann_file') and not profile.missing():
        annotations = Annotations.load(faces['data_root'] + faces['ann_file'])
        cfg['model']['head']['mean_shape'] = annotated_mean_shape(annotations)[0].round(3).tolist()


def _steps(cfg, name):
    """The transforms of a type in all pipelines."""
    pipelines = [cfg[f'{split}_dataloader']['dataset']['pipeline'] for split in SPLITS]
    return [step for pipeline in pipelines for step in pipeline if step['type'] == name]


def _apply(cfg, recipe):
    """A recipe in place of the cell's own."""
    cfg['train_dataloader'].update(batch_size=recipe.batch_size, drop_last=True)
    cfg['train_cfg']['max_epochs'] = recipe.epochs
    if recipe.images:
        for split in SPLITS:
            faces = cfg[f'{split}_dataloader']['dataset']
            faces['num_samples' if 'num_samples' in faces else 'indices'] = recipe.images
        for evaluator in (cfg['val_evaluator'], cfg['test_evaluator']):
            for metric in [evaluator] if isinstance(evaluator, dict) else evaluator:
                metric['miscount'] = 'report'  # a part of the faces is what was asked for
    cfg['optim_wrapper'] = {'optimizer': {'type': 'Adam', 'lr': recipe.lr}}
    if recipe.cpu_amp:
        cfg['optim_wrapper']['type'] = 'CPUAmpOptimWrapper'
    cfg['param_scheduler'] = recipe.schedule()
    cfg.pop('auto_scale_lr', None)
    hooks = cfg.get('custom_hooks') or []
    cfg['custom_hooks'] = [hook for hook in hooks if hook['type'] != 'EMAHook']
    cfg['default_hooks']['channels_last'] = {'type': 'ChannelsLastHook'}
    for step in _steps(cfg, 'FiducialFocus'):
        step.update(recipe.patches)
    model = cfg['model']
    model['backbone']['init_cfg'] = None
    if model['backbone']['type'] in VITS:
        _set_arch(model, recipe.arch)
    if model['head']['type'] in LOGIT_HEADS:  # so few epochs would not bring the maps down
        last = {'name': 'final_layer', 'type': 'Normal', 'std': 0.001, 'bias_prob': 0.01}
        model['head']['init_cfg'] = {'type': 'Normal', 'layer': [], 'override': last}


def _set_arch(model, arch):
    """Another preset of the ViT, and the neck and head that fit it."""
    old, new = ARCHS['base'], ARCHS[arch]
    widths = {
        old['width']: new['width'],
        HOURGLASSES['base']['channels']: HOURGLASSES[arch]['channels'],
    }
    model['backbone']['arch'] = arch
    if 'out_indices' in model['backbone']:
        taps = model['backbone']['out_indices']
        taps = [(tap + 1) * new['depth'] // old['depth'] - 1 for tap in taps]
        model['backbone']['out_indices'] = taps
    if model['head']['type'] == 'UPerHead':
        model['head'].setdefault('channels', old['width'])
    for part in ('neck', 'head'):
        if model.get(part):
            model[part] = _replaced(model[part], WIDTH_KEYS, lambda value: _widths(value, widths))


def _widths(value, widths):
    if isinstance(value, (list, tuple)):
        return type(value)(_widths(item, widths) for item in value)
    return widths.get(value, value)
