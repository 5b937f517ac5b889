"""Every system of Table 7 and the paper's own, in every form, at a size for tests."""

import onnx
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

from fifa_mm import SyntheticFaces
from fifa_mm.export import self_check
from fifa_mm.export.onnx_file import to_onnx
from fifa_mm.export.self_check import TOLERANCE, difference
from fifa_mm.predict.metadata import FORMS
from fifa_mm.predict.torch_network import TorchNetwork
from fifa_mm.reproduce.cell_config import cell_config
from fifa_mm.reproduce.profiles import PROFILES

pytestmark = pytest.mark.slow
HOSTS = [
    'table7/hrnet.py',
    'table7/adnet.py',
    'table7/shfan.py',
    'table7/slpt.py',
    'table7/farl.py',
    'fifa_vit_300w.py',
]


@pytest.fixture(scope='module', params=HOSTS)
def host(request, tmp_path_factory):
    cfg = cell_config(request.param, PROFILES['synthetic'], size=128, recipe='short')
    init_default_scope('mmpose')
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = build_pose_estimator(cfg.model)
    settle(model)
    path = tmp_path_factory.mktemp('host') / 'host.pth'
    torch.save({'state_dict': model.state_dict()}, path)
    return TorchNetwork(cfg, path)


def settle(model):
    """Norms that have seen faces, and last layers whose maps are not flat but for rounding."""
    for name, module in model.named_modules():
        if 'final_layer' in name and isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    faces = SyntheticFaces(num_samples=8, image_size=128, seed=3)
    images = torch.stack([torch.from_numpy(faces.picture(i)) for i in range(8)])
    images = images.permute(0, 3, 1, 2).float() / 64 - 2
    model.train()
    with torch.no_grad():
        for _ in range(30):
            model.head(model.extract_feat(images))


@pytest.fixture(autouse=True)
def untrained(monkeypatch):
    """Maps of random weights have many places that are nearly alike."""
    monkeypatch.setattr(self_check, 'STEADY', 0.9)


@pytest.mark.parametrize('form', FORMS)
def test_landmarks_are_those_of_pytorch(host, form):
    model = to_onnx(host, form)
    onnx.checker.check_model(model)
    assert difference(model, host) < TOLERANCE
    assert not [node for node in model.graph.node if node.op_type == 'DFT']


def test_ffts_by_option(host):
    name = host.model.cfg.model.backbone.type
    if name != 'ViTHourglass':
        pytest.skip(f'{name} has no FFT')
    model = to_onnx(host, 'decode', fft=True)
    assert [node for node in model.graph.node if node.op_type == 'DFT']
    assert difference(model, host) < TOLERANCE
