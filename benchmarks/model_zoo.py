"""Parameters, FLOPs and speed of MMPose's face networks and of this project's, on one CPU thread.

What counts is one forward pass of backbone, neck and head: no loading, flip test or decoding. Every
network is timed in turns with HRNetV2-W18, so that another load on the machine meets both: the
ratio is the median over the rounds. Seconds are the processor's, which other processes' turns do
not add to. MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ are explained in benchmarks/model.py.

GMACs are PyTorch's count of convolutions and matrix products, attention among them, halved: it
counts a multiplication and its addition as two FLOPs. FFTs and elementwise work are not in it.

Example: python benchmarks/model_zoo.py && python benchmarks/model_zoo_page.py
"""

import argparse
import os
import time
from pathlib import Path

import mmengine
import mmpose
import numpy as np
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from fifa_mm.files import write_json
from fifa_mm.records import hardware, versions

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / 'results' / 'benchmarks' / 'model_zoo.json'
REFERENCE = (
    'mmpose::face_2d_keypoint/topdown_heatmap/wflw/td-hm_hrnetv2-w18_8xb64-60e_wflw-256x256.py'
)
OURS = [
    *(f'configs/table7/{name}.py' for name in ('hrnet', 'adnet', 'shfan', 'farl', 'slpt')),
    *(f'configs/fifa_vit_{data}.py' for data in ('wflw', '300w', 'cofw', 'aflw')),
    *(f'configs/fifa_vit_{data}_256.py' for data in ('wflw', '300w', 'cofw', 'aflw')),
    *(f'configs/faces300w_hrnet{name}_128.py' for name in ('', '_fifa')),
    *(f'configs/faces300w_vit_{name}.py' for name in ('vit', 'hourglass', 'fifa', 'siamese')),
]


def stock():
    """Names of all face configs in the index of the installed MMPose."""
    folder = Path(mmpose.__file__).parent / '.mim'
    files = mmengine.load(folder / 'model-index.yml')['Import']
    models = [m for f in files if '/face_2d' in f for m in mmengine.load(folder / f)['Models']]
    return ['mmpose::' + model['Config'].removeprefix('configs/') for model in models]


def load(name):
    """Config of ``mmpose::PATH``, or of a path of this project."""
    return get_config(name) if name.startswith('mmpose::') else Config.fromfile(ROOT / name)


def macs(cfg, shape):
    """Multiply-adds of a forward pass (attention written out to be counted)."""
    attention = sdpa_kernel(SDPBackend.MATH)
    with attention, FakeTensorMode(), FlopCounterMode(display=False) as counter:
        MODELS.build(cfg).eval()(torch.empty(shape), None, mode='tensor')
    return counter.get_total_flops() / 2


def seconds(model, images):
    start = time.process_time()
    with torch.inference_mode():
        model(images, None, mode='tensor')
    return time.process_time() - start


def network(name, batch):
    """Config of the model, the model, its images."""
    cfg = load(name).model
    width, height = cfg.head.decoder.input_size
    return cfg, MODELS.build(cfg).eval(), torch.randn(batch, 3, height, width)


def measure(name, reference, batch, rounds):
    """A row of the record; ``reference`` is HRNetV2-W18 and its images."""
    cfg, model, images = network(name, batch)
    seconds(model, images)
    times = np.array([(seconds(*reference), seconds(model, images)) for _ in range(rounds)])
    return {
        'input': list(cfg.head.decoder.input_size),
        'parameters': sum(parameter.numel() for parameter in model.parameters()),
        'GMACs': macs(cfg, (1, *images.shape[1:])) / 1e9,
        'passes in its test': 2 if cfg.get('test_cfg', {}).get('flip_test') else 1,
        'images a second': batch / np.median(times[:, 1]),
        'speed beside HRNetV2-W18': np.median(times[:, 0] / times[:, 1]),
    }


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('configs', nargs='*', default=stock() + OURS)
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--out', type=Path, default=OUT)
    return parser.parse_args()


def main():
    args = parse_args()
    init_default_scope('mmpose')
    torch.manual_seed(0)
    torch.set_num_threads(1)
    reference = network(REFERENCE, args.batch)[1:]
    seconds(*reference)
    models = {}
    for name in args.configs:
        row = models[name] = measure(name, reference, args.batch, args.rounds)
        print(f'{row["parameters"] / 1e6:8.2f} M {row["GMACs"]:8.2f} GMACs', end=' ')
        print(f'{row["images a second"]:7.2f} images/s  {name}', flush=True)
    malloc = {key: value for key, value in os.environ.items() if key.startswith('MALLOC_')}
    content = {'batch': args.batch, 'rounds': args.rounds, 'reference': REFERENCE}
    content |= {'models': models, 'environment': malloc}
    write_json(args.out, content | {'hardware': hardware(), 'versions': versions()})


if __name__ == '__main__':
    main()
