"""`fifa_mm convert` on files made in other libraries' layouts."""

import pytest
import torch
from torch import nn

from fifa_mm import PlainViT, ViTHourglass
from fifa_mm_cli import main

ARCH = {'width': 128, 'depth': 2, 'heads': 2}


def convert(*arguments):
    main(['convert', *map(str, arguments)])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(128), nn.LayerNorm(128)
        self.attn = nn.MultiheadAttention(128, 2)
        self.mlp = nn.ModuleDict({'c_fc': nn.Linear(128, 512), 'c_proj': nn.Linear(512, 128)})


class Visual(nn.Module):
    """Names of CLIP's image tower."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 128, 16, 16, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(128))
        self.positional_embedding = nn.Parameter(torch.randn(10, 128))
        self.ln_pre, self.ln_post = nn.LayerNorm(128), nn.LayerNorm(128)
        self.transformer = nn.ModuleDict({'resblocks': nn.ModuleList([Block(), Block()])})
        self.proj = nn.Parameter(torch.randn(128, 8))

    def forward(self, x):
        return self.conv1(x)


class CLIP(nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Visual()
        self.logit_scale = nn.Parameter(torch.ones([]))

    def forward(self, x):
        return self.visual(x)


@pytest.mark.parametrize('torchscript', [True, False])
def test_clip(tmp_path, capsys, torchscript):
    torch.manual_seed(0)
    clip, source, target = CLIP().half(), tmp_path / 'clip.pt', tmp_path / 'ours.pth'
    if torchscript:
        torch.jit.script(clip).save(str(source))
        model = PlainViT(ARCH, 48, init_cfg={'type': 'Pretrained', 'checkpoint': str(source)})
        with pytest.raises(ValueError, match=r'fifa_mm convert'):
            model.init_weights()
    else:
        torch.save(clip.state_dict(), source)
    convert(source, target, '--img-size', 64)
    printed = capsys.readouterr().out
    assert f"arch={ARCH}, img_size=64, patch_size=16, style='clip'" in printed
    assert "act='quick_gelu', norm_eps=1e-05" in printed
    state = torch.load(target)['state_dict']
    assert state['pos_embed'].shape == (1, 17, 128)
    assert not any(key == 'proj' or 'logit' in key for key in state)
    model = ViTHourglass(
        ARCH,
        64,
        hourglass_after=(1, 2),
        levels=2,
        init_cfg={'type': 'Pretrained', 'checkpoint': str(target)},
    )
    model.init_weights()
    block = clip.visual.transformer['resblocks'][1]
    assert torch.equal(model.layers[1].qkv.weight, block.attn.in_proj_weight.float())
    assert torch.equal(model.layers[1].fc2.bias, block.mlp['c_proj'].bias.float())


def test_prefix(tmp_path, capsys):
    models = [PlainViT(ARCH, 32, style='vit') for _ in range(2)]
    names = ('student.', 'teacher.')
    both = {n + k: v for n, m in zip(names, models, strict=True) for k, v in m.state_dict().items()}
    torch.save({'model': both}, tmp_path / 'both.pth')
    with pytest.raises(SystemExit, match='several'):
        convert(tmp_path / 'both.pth', tmp_path / 'one.pth')
    assert not (tmp_path / 'one.pth').exists()
    convert(tmp_path / 'both.pth', tmp_path / 'one.pth', '--prefix', 'teacher.')
    assert "style='vit'" in capsys.readouterr().out
    state = torch.load(tmp_path / 'one.pth')['state_dict']
    assert torch.equal(state['pos_embed'], models[1].pos_embed)


def test_incomplete_file_writes_nothing(tmp_path):
    state = PlainViT(ARCH, 32).state_dict()
    del state['layers.1.fc1.weight']
    torch.save(state, tmp_path / 'part.pth')
    with pytest.raises(SystemExit, match=r'missing: layers\.1\.fc1\.weight'):
        convert(tmp_path / 'part.pth', tmp_path / 'out.pth')
    assert not (tmp_path / 'out.pth').exists()
