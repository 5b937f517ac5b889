"""How long and with what a cell is trained."""

from dataclasses import dataclass
from typing import Any

from fifa_mm.config_edits import SPLITS, set_arch, steps

WARM_UP = 100  # iterations
VITS = ('PlainViT', 'ViTHourglass')
LOGIT_HEADS = ('HeatmapCoordinateHead', 'UPerHead')


@dataclass(frozen=True)
class Recipe:
    """A recipe that is the same for every system, from random weights.

    The shorter a training, the fewer epochs may carry patches, so they shrink after every epoch.
    EMA is left out: its window would be longer than the training.

    Attributes:
        epochs: Number of epochs; the rate falls to a tenth after 70 % of them and again after 90 %.
        batch_size: Images an iteration.
        lr: Of Adam, after a linear warm-up.
        patches: Options of ``FiducialFocus`` in place of the cell's.
        arch: Preset of the ViTs.
        images: Of training, validation and test each, by default all.
        cpu_amp: Train in bfloat16 on a CPU that computes in it; the same in float32 elsewhere.
    """

    epochs: int
    batch_size: int = 16
    lr: float = 5e-4
    patches: tuple = (('interval', 1),)
    arch: str = 'base'
    images: int | None = None
    cpu_amp: bool = False

    def schedule(self) -> list[dict[str, Any]]:
        """Config of the parameter schedulers."""
        milestones = [int(share * self.epochs + 0.5) for share in (0.7, 0.9)]  # a half rounds up
        return [
            {'type': 'LinearLR', 'end': WARM_UP, 'start_factor': 0.001, 'by_epoch': False},
            {'type': 'MultiStepLR', 'end': self.epochs, 'milestones': milestones, 'gamma': 0.1},
        ]

    def apply(self, cfg: dict) -> None:
        """Put it in the place of a config's own."""
        model, hooks = cfg['model'], cfg.get('custom_hooks') or []
        cfg['train_dataloader'].update(batch_size=self.batch_size, drop_last=True)
        if self.images:
            for split in SPLITS:
                faces = cfg[f'{split}_dataloader']['dataset']
                faces['num_samples' if 'num_samples' in faces else 'indices'] = self.images
            for evaluator in (cfg['val_evaluator'], cfg['test_evaluator']):
                for metric in [evaluator] if isinstance(evaluator, dict) else evaluator:
                    metric['miscount'] = 'report'  # a part of the faces is what was asked for
        cfg['train_cfg']['max_epochs'] = self.epochs
        cfg['optim_wrapper'] = {'optimizer': {'type': 'Adam', 'lr': self.lr}}
        if self.cpu_amp:
            cfg['optim_wrapper']['type'] = 'CPUAmpOptimWrapper'
        cfg['param_scheduler'] = self.schedule()
        cfg.pop('auto_scale_lr', None)
        cfg['custom_hooks'] = [hook for hook in hooks if hook['type'] != 'EMAHook']
        cfg['default_hooks']['channels_last'] = {'type': 'ChannelsLastHook'}
        for focus in steps(cfg, 'FiducialFocus'):
            focus.update(self.patches)
        model['backbone']['init_cfg'] = None
        if model['backbone']['type'] in VITS:
            set_arch(model, self.arch)
        if model['head']['type'] in LOGIT_HEADS:  # so few epochs would not bring the maps down
            last = {'name': 'final_layer', 'type': 'Normal', 'std': 0.001, 'bias_prob': 0.01}
            model['head']['init_cfg'] = {'type': 'Normal', 'layer': [], 'override': last}


RECIPES = {
    'full': None,  # each system's own
    'short': Recipe(epochs=30, cpu_amp=True),  # minutes on a GPU
    'cpu': Recipe(
        epochs=10, arch='small', patches=(('patch_size', 2), ('interval', 1)), cpu_amp=True
    ),
    'tiny': Recipe(epochs=2, batch_size=4, arch='small', images=8),  # to see that everything runs
}
