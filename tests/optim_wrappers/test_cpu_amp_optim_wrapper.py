"""Training in bfloat16 on a CPU; where the processor cannot, PyTorch emulates it for the tests."""

import copy

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpose.models.heads.base_head import BaseHead
from torch import nn

from fifa_mm import CPUAmpOptimWrapper
from fifa_mm.optim_wrappers import cpu_amp_optim_wrapper as module

SGD = {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}


class Head(BaseHead):
    """A head that calls its ``forward`` in ``loss``, as MMPose's do."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(4, 2, 1)

    def forward(self, feats):
        return self.layer(feats)

    def predict(self, feats, batch_data_samples, test_cfg={}):  # noqa: B006  (as in MMPose)
        return self.forward(feats)

    def loss(self, feats, batch_data_samples, train_cfg={}):  # noqa: B006  (as in MMPose)
        self.seen = feats.dtype, self.forward(feats).dtype
        return {'loss': self.forward(feats).square().mean()}


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = Head()

    def forward(self, inputs, mode):
        feats = self.backbone(inputs)
        return self.head.loss(feats, None) if mode == 'loss' else self.head.predict(feats, None)

    def val_step(self, data):
        return self(**self.data_preprocessor(data), mode='predict')


@pytest.fixture(autouse=True)
def mmpose_scope():
    init_default_scope('mmpose')


@pytest.fixture
def log(monkeypatch):
    """Lines that were written to the log."""
    lines = []
    monkeypatch.setattr(module, 'print_log', lambda message, logger: lines.append(message))
    return lines


@pytest.fixture
def able(monkeypatch):
    """Function that sets whether the processor has instructions for bfloat16; here it has."""

    def configure(yes):
        monkeypatch.setattr(module, 'has_bfloat16_instructions', lambda: yes)

    configure(True)
    return configure


def model():
    torch.manual_seed(0)
    return Model()


def batch(seed=0):
    return {'inputs': torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(seed))}


def wrapper(network, kind='CPUAmpOptimWrapper', **options):
    return build_optim_wrapper(network, {'type': kind, 'optimizer': SGD, **options})


def trained(kind, steps=2, **options):
    """Model and wrapper after a few steps."""
    network = model()
    optimizer = wrapper(network, kind, **options)
    for seed in range(steps):
        network.train_step(batch(seed), optimizer)
    return network, optimizer


def state_tensors(optimizer):
    return [
        value
        for entry in optimizer.state_dict()['state'].values()
        for value in entry.values()
        if isinstance(value, torch.Tensor)
    ]


def equal(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


def close(a, b):
    """To bfloat16's rounding, which is 2^-8 of a gradient's size at most, times the rate."""
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.allclose(x, y, rtol=0, atol=0.01) for x, y in pairs)


@pytest.mark.usefixtures('able')
def test_layers_in_bfloat16_all_that_stays_in_float32(log):
    network, optimizer = trained('CPUAmpOptimWrapper')
    assert network.head.seen == (torch.bfloat16, torch.float32)
    floats = [*network.parameters(), *filter(torch.is_floating_point, network.buffers())]
    assert {tensor.dtype for tensor in floats} == {torch.float32}
    assert {state.dtype for state in state_tensors(optimizer)} == {torch.float32}
    float32, _ = trained('OptimWrapper')
    assert close(network, float32)
    assert not equal(network, float32)
    assert log == ['CPUAmpOptimWrapper: training in bfloat16 on the CPU']


@pytest.mark.usefixtures('able')
def test_validation_is_in_float32():
    network, _ = trained('CPUAmpOptimWrapper')
    network.eval()
    predicted = network.val_step(batch())
    assert predicted.dtype == torch.float32
    assert torch.equal(predicted, network.head.layer(network.backbone(batch()['inputs'])))


def test_without_instructions_the_step_of_optim_wrapper_and_one_line_in_the_log(able, log):
    able(False)
    network, _ = trained('CPUAmpOptimWrapper')
    assert equal(network, trained('OptimWrapper')[0])
    assert network.head.seen == (torch.float32, torch.float32)
    (line,) = log
    assert 'training in float32: this CPU' in line
    assert 'avx512_bf16' in line


@pytest.mark.usefixtures('able')
def test_does_nothing_on_another_device(log):
    parameter = nn.Parameter(torch.empty(1, device='meta'))
    assert not CPUAmpOptimWrapper(torch.optim.SGD([parameter], 0.1)).autocasts
    assert log == [
        "CPUAmpOptimWrapper: training in float32: CPUAmpOptimWrapper does nothing on 'meta'"
    ]


@pytest.mark.parametrize(
    ('capabilities', 'expected'),
    [
        ({'architecture': 'x86_64', 'avx512_f': True, 'avx512_bf16': False}, False),
        ({'architecture': 'x86_64', 'avx512_f': True, 'avx512_bf16': True}, True),
        ({'architecture': 'x86_64', 'amx_bf16': True}, True),
        ({'architecture': 'arm64', 'neon': True, 'bf16': True}, True),
        ({'architecture': 'arm64', 'neon': True, 'bf16': False}, False),
    ],
)
def test_instructions_by_the_processor_s_capabilities(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, 'get_capabilities', lambda: capabilities)
    assert module.has_bfloat16_instructions() is expected


def test_no_instructions_where_pytorch_cannot_tell(monkeypatch):
    monkeypatch.delattr(torch.cpu, 'get_capabilities')
    assert not module.has_bfloat16_instructions()


@pytest.mark.usefixtures('able')
def test_accumulates_and_clips():
    network = model()
    optimizer = wrapper(network, accumulative_counts=2, clip_grad={'max_norm': 1e-4})
    optimizer.initialize_count_status(network, 0, 4)
    start = copy.deepcopy(network)
    network.train_step(batch(0), optimizer)
    assert equal(network, start)
    network.train_step(batch(1), optimizer)
    moved = [b - a for a, b in zip(start.parameters(), network.parameters(), strict=True)]
    norm = torch.stack([m.norm() for m in moved]).norm()
    assert float(norm) == pytest.approx(0.1 * 1e-4, rel=0.01)  # SGD's first step: lr times clip
    float32 = model()
    reference = wrapper(
        float32, 'OptimWrapper', accumulative_counts=2, clip_grad={'max_norm': 1e-4}
    )
    reference.initialize_count_status(float32, 0, 4)
    for seed in range(2):
        float32.train_step(batch(seed), reference)
    steps = [b - a for a, b in zip(start.parameters(), float32.parameters(), strict=True)]
    a, b = (torch.cat([part.flatten() for part in parts]) for parts in (moved, steps))
    assert torch.cosine_similarity(a, b, 0) > 0.999


@pytest.mark.usefixtures('able')
@pytest.mark.parametrize(
    ('first', 'second'),
    [('OptimWrapper', 'CPUAmpOptimWrapper'), ('CPUAmpOptimWrapper', 'OptimWrapper')],
)
def test_goes_on_from_either_s_checkpoint(first, second):
    network, optimizer = trained(first)
    other = model()
    resumed = wrapper(other, second)
    other.load_state_dict(network.state_dict())
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for a, b in zip(state_tensors(optimizer), state_tensors(resumed), strict=True):
        assert torch.equal(a, b)
    network.train_step(batch(5), optimizer)
    other.train_step(batch(5), resumed)
    assert close(network, other)


def test_goes_on_from_a_checkpoint_of_amp_on_a_gpu():
    network, optimizer = trained('OptimWrapper')
    state = {**optimizer.state_dict(), 'loss_scaler': {'scale': 65536.0}}
    resumed = wrapper(network)
    resumed.load_state_dict(state)
    assert torch.equal(state_tensors(resumed)[0], state_tensors(optimizer)[0])


@pytest.mark.usefixtures('able')
def test_the_head_is_as_before_after_a_step_that_fails():
    network, optimizer = trained('CPUAmpOptimWrapper')
    assert 'forward' not in vars(network.head)
    with pytest.raises(RuntimeError):
        network.train_step({'inputs': torch.randn(4, 7, 8, 8)}, optimizer)
    assert 'forward' not in vars(network.head)
    assert not torch.is_autocast_enabled('cpu')


@pytest.mark.usefixtures('able')
def test_a_wrapped_model_s_head():
    network = model()
    optimizer = wrapper(network)
    feats = torch.ones(1, 4, 2, 2)
    with optimizer.optim_context(nn.DataParallel(network)):
        assert network.head.layer(feats).dtype == torch.bfloat16
        assert network.head.forward(feats).dtype == torch.float32


@pytest.mark.usefixtures('able')
def test_a_model_without_a_head():
    network = nn.Linear(3, 2)
    optimizer = CPUAmpOptimWrapper(torch.optim.SGD(network.parameters(), 0.1))
    with optimizer.optim_context(network):
        assert network(torch.ones(1, 3)).dtype == torch.bfloat16


def test_casts_what_is_bfloat16_and_nothing_else():
    half = torch.ones(2, dtype=torch.bfloat16)
    index, single = torch.arange(2), torch.ones(2, dtype=torch.float64)
    a, (b, [c]), d = module.to_float32((half, (index, [half]), single))
    assert a.dtype == c.dtype == torch.float32
    assert b is index
    assert d is single
    assert module.to_float32(None) is None
    assert issubclass(CPUAmpOptimWrapper, OptimWrapper)
