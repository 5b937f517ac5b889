"""Time and memory of a training step: ViTHourglass, Siamese views, DCCALoss, bfloat16 on a CPU.

A step is forward, backward and AdamW. Backbones: ViTHourglass, the same ViT without hourglasses,
and MMPose's HRNetV2-W18, on the same images, with the mean square of their maps as loss. Models:
SiamesePoseEstimator on two views beside two steps of TopdownPoseEstimator, with the same backbone
and HeatmapCoordinateHead; DCCALoss alone, on features of that size, with both views' gradients. On
a CPU also MMPose's HRNetV2-W18 with its head and loss: in float32, laid out channels-last, and so
in bfloat16 by CPUAmpOptimWrapper. Rounds alternate between all of them, so that another load on the
machine meets all; ratios are medians over the rounds. On a CPU the time is the processor's, of one
thread, which other processes' turns do not add to.

Memory on a GPU is what a step allocates at its peak beyond weights and optimiser; on a CPU, where
no allocator tells, the tensors kept for the backward pass, weights included.
FLOPs are PyTorch's count of matrix products and convolutions (FFTs are not in it); utilisation is
against the rate of a large matrix product of the same type, measured in the same run.

On Linux CPUs glibc returns every large tensor to the system, which then clears its pages again: let
it keep them, as a GPU's allocator does, by MALLOC_MMAP_THRESHOLD_=4294967296
MALLOC_TRIM_THRESHOLD_=17179869184 in the environment. The record says what was set.

Example: python benchmarks/model.py --arch small --size 256 --no-compile
"""

import argparse
import copy
import os
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.hub import get_config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from fifa_mm import DCCALoss, GaussianHeatmap
from fifa_mm.files import write_json
from fifa_mm.records import hardware, versions

OUT = Path(__file__).resolve().parents[1] / 'results' / 'benchmarks' / 'model.json'
HRNET = 'mmpose::face_2d_keypoint/topdown_heatmap/cofw/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py'
LANDMARKS = 98
MIB = 2**20


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cuda = torch.cuda.is_available()
    parser.add_argument('--arch', default='base', help='of ViTHourglass')
    parser.add_argument('--size', type=int, default=512, help='side of the images')
    parser.add_argument('--batch', type=int, default=5 if cuda else 1)
    parser.add_argument('--device', default='cuda' if cuda else 'cpu')
    parser.add_argument('--dtype', default='bfloat16' if cuda else 'float32', help='of autocast')
    parser.add_argument('--channels-last', action='store_true')
    parser.add_argument('--rounds', type=int, default=20 if cuda else 3)
    parser.add_argument('--no-compile', action='store_true', help='eager alone')
    parser.add_argument('--only', nargs='+', default=['backbone', 'siamese', 'dcca', 'amp'])
    parser.add_argument('--out', type=Path, default=OUT)
    return parser.parse_args()


def backbones(args):
    """{name: config}"""
    vit = {'arch': args.arch, 'img_size': args.size}
    hrnet = get_config(HRNET).model.backbone
    del hrnet['init_cfg']
    return {
        'ViTHourglass': {'type': 'ViTHourglass', **vit},
        'PlainViT': {'type': 'PlainViT', **vit},
        'HRNetV2-W18': hrnet,
    }


def estimator(args, siamese):
    side = args.size // 4
    codec = {
        'type': 'GaussianHeatmap',
        'input_size': (args.size, args.size),
        'heatmap_size': (side, side),
    }
    backbone = MODELS.build(backbones(args)['ViTHourglass'])
    channels = backbone.hourglasses[str(len(backbone.layers))].hourglass.bottom.out_channels
    cfg = {
        'type': 'SiamesePoseEstimator' if siamese else 'TopdownPoseEstimator',
        'data_preprocessor': {'type': 'PoseDataPreprocessor'},
        'backbone': backbones(args)['ViTHourglass'],
        'head': {
            'type': 'HeatmapCoordinateHead',
            'in_channels': channels,
            'out_channels': LANDMARKS,
            'decoder': codec,
        },
    }
    return MODELS.build(cfg)


def samples(args):
    """Targets of as many faces as the batch has."""
    codec = GaussianHeatmap((args.size, args.size), (args.size // 4, args.size // 4))
    rng, result = np.random.default_rng(0), []
    for _ in range(args.batch):
        points = rng.uniform(0.2 * args.size, 0.8 * args.size, (1, LANDMARKS, 2))
        encoded = codec.encode(points.astype(np.float32), None)
        labels = {k: encoded[k] for k in ('keypoint_labels', 'keypoint_weights')}
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(**labels).to_tensor()
        sample.gt_fields = PixelData(heatmaps=encoded['heatmaps']).to_tensor()
        result.append(sample.to(args.device))
    return result


class Step:
    """A training step that can be called; ``forward(model)`` returns the loss."""

    def __init__(self, args, model, forward, compiled=False):
        self.device, self.dtype = args.device, getattr(torch, args.dtype)
        model.to(args.device).train()  # MMPose's backbones return None from train()
        if args.channels_last:
            model = model.to(memory_format=torch.channels_last)
        self.model = torch.compile(model) if compiled else model
        self.forward = forward
        self.optimizer = torch.optim.AdamW(model.parameters(), 1e-4)

    def __call__(self):
        with torch.autocast(self.device, self.dtype, enabled=self.dtype != torch.float32):
            loss = self.forward(self.model)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def amp_step(args, images, wrapper, channels_last):
    """A training step of MMPose's HRNetV2-W18 as its config has it, but for the landmarks."""
    cfg = get_config(HRNET).model
    cfg.backbone.init_cfg, cfg.head.out_channels = None, LANDMARKS
    model, targets = MODELS.build(cfg).train(), samples(args)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    optimizer = {'type': wrapper, 'optimizer': {'type': 'Adam', 'lr': 1e-4}}
    optimizer = build_optim_wrapper(model, optimizer)

    def step():
        with optimizer.optim_context(model):
            losses = model.loss(images, targets)
        optimizer.update_params(model.parse_losses(losses)[0])

    return step


def contenders(args):
    """{group: {name: call}}"""
    images = torch.randn(args.batch, 3, args.size, args.size, device=args.device)
    if args.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    groups = {}
    if 'backbone' in args.only:
        square = lambda model: sum(m.float().square().mean() for m in model(images))  # noqa: E731
        groups['backbone'] = steps = {}
        for name, cfg in backbones(args).items():
            model = MODELS.build(cfg)
            steps[name] = Step(args, model, square)
            if not args.no_compile and 'ViT' in name:
                steps[f'{name} compiled'] = Step(args, copy.deepcopy(model), square, compiled=True)
    if 'siamese' in args.only:
        targets, views = samples(args), torch.cat([images, images * 0.9])
        loss = lambda x: lambda model: model.parse_losses(model.loss(x, targets))[0]  # noqa: E731
        one = Step(args, estimator(args, False), loss(images))
        groups['siamese'] = {
            'two plain steps': lambda: (one(), one()),
            'one Siamese step': Step(args, estimator(args, True), loss(views)),
        }
    if 'dcca' in args.only:
        feature = MODELS.build(backbones(args)['ViTHourglass']).to(args.device)(images)[-1].detach()
        noisy = feature + 0.1 * torch.randn_like(feature)
        pair = [feature.requires_grad_(), noisy.requires_grad_()]
        groups['dcca'] = {
            mode: lambda mode=mode: torch.autograd.grad(DCCALoss(mode=mode)(*pair), pair)
            for mode in ('correlation', 'cca')
        }
    if 'amp' in args.only and args.device == 'cpu':
        groups['amp'] = {
            'float32': amp_step(args, images, 'OptimWrapper', False),
            'float32 channels-last': amp_step(args, images, 'OptimWrapper', True),
            'bfloat16 channels-last': amp_step(args, images, 'CPUAmpOptimWrapper', True),
        }
    return groups


def flops(args, cfg):
    """Of a training step: three times the forward pass's (attention written out to be counted)."""
    attention = sdpa_kernel(SDPBackend.MATH)
    with attention, FakeTensorMode(), FlopCounterMode(display=False) as counter:
        MODELS.build(cfg)(torch.empty(args.batch, 3, args.size, args.size))
    return 3 * counter.get_total_flops()


def synchronize(device):
    if device != 'cpu':
        torch.cuda.synchronize()


def seconds(call, device):
    clock = time.process_time if device == 'cpu' else time.perf_counter
    synchronize(device)
    start = clock()
    call()
    synchronize(device)
    return clock() - start


def matmul_rate(args):
    """FLOP/s of a large matrix product, best of three."""
    side = 2048 if args.device == 'cpu' else 8192
    a = torch.randn(side, side, device=args.device, dtype=getattr(torch, args.dtype))
    return 2 * side**3 / min(seconds(lambda: a @ a, args.device) for _ in range(3))


def memory(call, device):
    """GPU: MiB a call adds at its peak. CPU: MiB of all tensors its forward keeps for backward."""
    if device != 'cpu':
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        return (torch.cuda.max_memory_allocated() - before) / MIB
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        call()
    return sum(kept.values()) / MIB


def operators(call, device, count=8):
    """Share of the operators' own time in one call, largest first."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device != 'cpu':
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities) as profile:
        call()
    kind = 'self_cpu_time_total' if device == 'cpu' else 'self_device_time_total'
    own = sorted(((getattr(e, kind), e.key) for e in profile.key_averages()), reverse=True)
    total = sum(t for t, _ in own)
    return {name: round(t / total, 3) for t, name in own[:count]}


def main():
    args = parse_args()
    init_default_scope('mmpose')
    torch.manual_seed(0)
    if args.device == 'cpu':
        torch.set_num_threads(1)
    groups = contenders(args)
    calls = {f'{group}: {name}': c for group, g in groups.items() for name, c in g.items()}
    for call in calls.values():  # compiles, allocates the optimiser's state
        call()
    rounds = [{n: seconds(c, args.device) for n, c in calls.items()} for _ in range(args.rounds)]
    rate, table = matmul_rate(args), {}
    for name, call in calls.items():
        row = table[name] = {'seconds': float(np.median([r[name] for r in rounds]))}
        row['images a second'] = args.batch / row['seconds']
        if 'compiled' not in name or args.device != 'cpu':
            row['MiB'] = memory(call, args.device)
        kind = name.removeprefix('backbone: ').removesuffix(' compiled')
        if name.startswith('backbone'):
            row['GFLOP'] = flops(args, backbones(args)[kind]) / 1e9
            row['utilisation'] = row['GFLOP'] * 1e9 / row['seconds'] / rate

    def ratio(a, b):
        return (
            float(np.median([r[a] / r[b] for r in rounds])) if a in calls and b in calls else None
        )

    hourglass, siamese = 'backbone: ViTHourglass', 'siamese: one Siamese step'
    ratios = {
        'ViTHourglass / PlainViT': ratio(hourglass, 'backbone: PlainViT'),
        'ViTHourglass / PlainViT, compiled': ratio(
            f'{hourglass} compiled', 'backbone: PlainViT compiled'
        ),
        'ViTHourglass / HRNetV2-W18': ratio(hourglass, 'backbone: HRNetV2-W18'),
        'ViTHourglass compiled / eager': ratio(f'{hourglass} compiled', hourglass),
        'Siamese step / two plain steps': ratio(siamese, 'siamese: two plain steps'),
        'DCCALoss correlation / Siamese step': ratio('dcca: correlation', siamese),
        'DCCALoss cca / Siamese step': ratio('dcca: cca', siamese),
        'HRNet float32 / channels-last': ratio('amp: float32', 'amp: float32 channels-last'),
        'HRNet float32 / bfloat16 channels-last': ratio(
            'amp: float32', 'amp: bfloat16 channels-last'
        ),
    }
    for name, row in table.items():
        print(f'{name:34}', *(f'{k} {v:.4g}  ' for k, v in row.items() if v is not None))
    for name, value in ratios.items():
        print(f'{name:34} {value:.3f}' if value is not None else f'{name:34} not measured')
    ours = [n for n in calls if n in (hourglass, siamese) or n.startswith('dcca')]
    shares = {name: operators(calls[name], args.device) for name in ours}
    if hourglass in shares:
        print('ViTHourglass spends', shares[hourglass])
    content = {'arguments': vars(args) | {'out': None}, 'table': table, 'ratios': ratios}
    malloc = {key: value for key, value in os.environ.items() if key.startswith('MALLOC_')}
    content |= {'operators': shares, 'matmul FLOP/s': rate, 'environment': malloc}
    write_json(args.out, content | {'hardware': hardware(), 'versions': versions()})


if __name__ == '__main__':
    main()
