"""Table 7's Siamese systems: what the view loss sees, and how much it weighs."""

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import set_random_seed
from mmpose.registry import DATASETS, MODELS

from fifa_mm.focus.epoch import EPOCH

# C x H x W at 128 x 128, where heatmaps are 32 x 32. FaRL's ViT sees 112 x 112 (at 512 x 512, 448):
# 7 x 7 tokens, four times as many in its pyramid's largest map. SLPT samples its patches from the
# concatenated branches, at a quarter of the input's resolution too.
SEEN = {
    'hrnet': (270, 32, 32),
    'adnet': (256, 32, 32),
    'shfan': (256, 32, 32),
    'farl': (768, 28, 28),
    'slpt': (270, 32, 32),
}


def batches(cfg, count, size=4):
    """Batches of faces from a config's own training pipeline, in its first epoch."""
    faces = {
        'type': 'SyntheticFaces',
        'num_landmarks': 29,
        'image_size': 64,
        'num_samples': count * size,
        'pipeline': cfg.train_dataloader.dataset.pipeline,
    }
    set_random_seed(0)
    EPOCH.set(0)
    data = DATASETS.build(faces)
    parts = [pseudo_collate([data[i * size + j] for j in range(size)]) for i in range(count)]
    EPOCH.clear()
    return parts


def seen_by_the_view_loss(model, data):
    """What the view loss is called with in a training step."""
    seen = []
    model.view_loss.register_forward_pre_hook(lambda module, args: seen.extend(args))
    model(**model.data_preprocessor(data, True), mode='loss')
    return seen


@pytest.mark.parametrize('name', SEEN)
def test_the_view_loss_sees_the_map_that_the_head_reads(wide_table7, name):
    cfg = wide_table7(f'{name}_fifa_siamese', 128)
    cfg.model.backbone.init_cfg = None
    [data] = batches(cfg, 1, size=2)
    with torch.no_grad():
        clean, patched = seen_by_the_view_loss(MODELS.build(cfg.model), data)
    print(f'{name}: {tuple(clean.shape)}')
    assert clean.shape == patched.shape == (2, *SEEN[name])
    assert not torch.equal(clean, patched)


def gradient_ratio(model, data):
    """Length of the view loss's gradient over that of the head's losses, at the compared feature.

    From the losses as they are added.
    """
    read = []
    loss = model.head.loss
    model.head.loss = lambda feats, *args, **kwargs: (
        read.append(feats) or loss(feats, *args, **kwargs)
    )
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    del model.head.loss
    feature = read[0][0 if model.head.__class__.__name__ == 'UPerHead' else -1]
    view = losses.pop('loss_view')
    total, _ = model.parse_losses(losses)
    lengths = [
        torch.autograd.grad(x, feature, retain_graph=True)[0].double().norm() for x in (view, total)
    ]
    return float(lengths[0] / lengths[1]), total + view


@pytest.mark.parametrize(
    ('name', 'autocast'), [*((name, False) for name in SEEN), ('hrnet', True), ('farl', True)]
)
def test_gradients_are_in_the_ratio_asked_for(narrow_table7, name, autocast):
    cfg = narrow_table7(f'{name}_fifa_siamese')
    cfg.model.view_ratio = 0.1
    cfg.model.train_cfg = {'compute_acc': False}  # of HeatmapHead knows no bfloat16
    parts = batches(cfg, 6)
    model = MODELS.build(cfg.model)
    model.init_weights()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    ratios = []
    for data in parts * 2:
        with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
            ratio, total = gradient_ratio(model, data)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        ratios.append(ratio)
    print(name, *(f'{ratio:.3f}' for ratio in ratios))
    assert sum(ratios[-5:]) / 5 == pytest.approx(0.1, rel=0.2)
