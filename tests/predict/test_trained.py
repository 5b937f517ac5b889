import shutil

import pytest
from mmengine.config import Config

from fifa_mm.predict.trained import config_beside, open_networks, shared_faces


@pytest.fixture
def work_dir(demo_config, demo_checkpoint, tmp_path):
    (tmp_path / 'demo.py').write_text(
        f"_base_ = '{demo_config}'\ntest_dataloader = dict(dataset=dict(num_samples=4))\n"
    )
    shutil.copy(demo_checkpoint, tmp_path / 'best.pth')
    return tmp_path


def test_the_config_beside_a_checkpoint(work_dir):
    assert config_beside(work_dir / 'best.pth') == work_dir / 'demo.py'
    (work_dir / 'other.py').touch()
    with pytest.raises(FileNotFoundError, match=r'beside .*best\.pth, found demo\.py, other\.py'):
        config_beside(work_dir / 'best.pth')
    with pytest.raises(FileNotFoundError, match=r'beside .*best\.pth, found none'):
        config_beside(work_dir / 'none' / 'best.pth')


def test_networks_that_take_the_same_crops(work_dir, demo_config):
    checkpoint = work_dir / 'best.pth'
    networks = open_networks([checkpoint, checkpoint], [demo_config, work_dir / 'demo.py'])
    assert [network.size for network in networks] == [(96, 96)] * 2
    other = Config.fromfile(work_dir / 'demo.py')
    for step in other.test_dataloader.dataset.pipeline:
        if step.type == 'GetBBoxCenterScale':
            step.padding = 1.5
    other.dump(work_dir / 'wide.py')
    with pytest.raises(ValueError, match=r'the same padding, got \[1\.25, 1\.5\]'):
        open_networks([checkpoint, checkpoint], [demo_config, work_dir / 'wide.py'])


def test_faces_of_another_config(work_dir):
    (network,) = open_networks([work_dir / 'best.pth'])
    assert shared_faces(network, None, 3).crops.shape == (3, 96, 96, 3)
    source = Config.fromfile(work_dir / 'demo.py')
    source.test_dataloader.dataset.num_landmarks = 98
    with pytest.raises(ValueError, match='the faces have 98 landmarks, the networks 68'):
        shared_faces(network, source, 3)
