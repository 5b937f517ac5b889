import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmpose.apis import inference_topdown, init_model

from fifa_mm import Landmarker
from fifa_mm.predict.torch_network import TorchNetwork, check_device, crop_settings, dataset_type

BOXES = np.array([[100, 60, 220, 200], [-30, -40, 60, 70], [300, 200, 420, 310]], np.float32)


@pytest.mark.parametrize('flip_test', [False, True])
def test_landmarks_are_those_of_mmpose(demo_config, demo_checkpoint, photo, flip_test):
    landmarker = Landmarker(demo_config, demo_checkpoint, detector=None, flip_test=flip_test)
    model = init_model(str(demo_config), str(demo_checkpoint), 'cpu')
    model.test_cfg = {'flip_test': flip_test, 'flip_mode': 'heatmap', 'shift_heatmap': False}
    landmarker.network.model.test_cfg = model.test_cfg
    faces = landmarker(photo, BOXES)
    for face, expected in zip(faces, inference_topdown(model, photo, BOXES), strict=True):
        expected = expected.pred_instances
        np.testing.assert_allclose(face.keypoints, expected.keypoints[0], atol=1e-3)
        np.testing.assert_allclose(face.scores, expected.keypoint_scores[0], rtol=1e-5)
        np.testing.assert_array_equal(face.box, expected.bboxes[0])


def test_it_knows_its_crop(demo_config, demo_checkpoint):
    network = TorchNetwork(demo_config, demo_checkpoint)
    assert (network.size, network.padding, network.num_landmarks) == ((96, 96), 1.25, 68)


def test_the_box_of_a_dataset_and_of_systems_that_crop_by_landmarks():
    steps = [{'type': 'GetBBoxCenterScale', 'padding': 1.2}]
    steps += [{'type': 'TopdownAffine', 'input_size': (8, 16)}]
    assert crop_settings(steps) == ((8, 16), 1.2, False)
    assert crop_settings([{'type': 'LandmarkBox'}, *steps]) == ((8, 16), 1.2, True)


@pytest.mark.parametrize(
    ('steps', 'message'),
    [
        ([{'type': 'TopdownAffine', 'input_size': (8, 8)}], 'must have GetBBoxCenterScale'),
        ([{'type': 'fifa_mm.JitterBox'}], r"also has \['JitterBox'\]"),
        (
            [
                {'type': 'GetBBoxCenterScale'},
                {'type': 'TopdownAffine', 'input_size': (8, 8), 'use_udp': True},
            ],
            'use_udp',
        ),
    ],
)
def test_pipelines_that_crop_otherwise(steps, message):
    with pytest.raises(ValueError, match=message):
        crop_settings([{'type': 'LoadImage'}, *steps, {'type': 'PackPoseInputs'}])


def test_dataset_of_wrappers():
    faces = {'type': 'mmpose.WFLWDataset'}
    wrapped = {'type': 'RepeatDataset', 'dataset': {'type': 'CombinedDataset', 'datasets': [faces]}}
    assert dataset_type(ConfigDict(wrapped)) == 'WFLWDataset'


def test_a_checkpoint_of_another_config(demo_config, demo_checkpoint, tmp_path):
    other = Config.fromfile(demo_config)
    other.model.head.out_channels = 29
    with pytest.raises(ValueError, match=r'demo.pth does not fit .* another shape'):
        TorchNetwork(other, demo_checkpoint)
    weights = torch.load(demo_checkpoint, weights_only=False)
    del weights['state_dict']['head.final_layer.bias']
    torch.save(weights, tmp_path / 'part.pth')
    with pytest.raises(ValueError, match=r'1 of \d+ tensors .*head.final_layer.bias'):
        TorchNetwork(demo_config, tmp_path / 'part.pth')


def test_files_that_are_not_there(demo_config, demo_checkpoint):
    with pytest.raises(FileNotFoundError, match=r'no checkpoint at none.pth'):
        TorchNetwork(demo_config, 'none.pth')
    with pytest.raises(FileNotFoundError, match=r'no config at none.py'):
        TorchNetwork('none.py', demo_checkpoint)


def test_devices(monkeypatch):
    assert check_device('cpu').type == 'cpu'
    with pytest.raises(ValueError, match='a device of PyTorch'):
        check_device('gpu7')
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    with pytest.raises(ValueError, match=r"device 'cuda' is not there.* sees 0 CUDA devices"):
        check_device('cuda')
