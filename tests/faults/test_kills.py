"""No kill costs more than the epoch it falls into."""

import pytest
from faults.kills import Campaign
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.runner import runner as host
from mmengine.runner.checkpoint import find_latest_checkpoint
from mmpose.registry import HOOKS

pytestmark = pytest.mark.filterwarnings('ignore')


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


def said(campaign, kind):
    print(
        f'\nkills {kind}, keeping {campaign.keep}: {campaign.kills} in {campaign.trainings} '
        f'trainings, lost: {len(campaign.lost)}'
    )
    return campaign.lost


@pytest.mark.parametrize(
    ('kills', 'keep'),
    [
        (3, 2),
        pytest.param(50, 1, marks=pytest.mark.slow),
        pytest.param(50, 2, marks=pytest.mark.slow),
    ],
)
def test_at_random(tmp_path, kills, keep):
    campaign = Campaign(tmp_path, seed=12, keep=keep)
    campaign.at_random(kills)
    assert said(campaign, 'at random') == []


@pytest.mark.parametrize(
    ('kills', 'keep'),
    [
        (3, 1),
        pytest.param(30, 1, marks=pytest.mark.slow),
        pytest.param(30, 2, marks=pytest.mark.slow),
    ],
)
def test_while_a_checkpoint_is_written(tmp_path, kills, keep):
    campaign = Campaign(tmp_path, seed=13, keep=keep)
    campaign.at_writing(kills)
    assert said(campaign, 'while writing') == []


def as_mmengine_does():
    """Undo what is tested."""

    def put(self, obj, path):
        import mmengine.fileio.backends.local_backend as module

        opened = getattr(module, 'open', open)
        with opened(path, 'wb') as file:
            file.write(obj)

    LocalBackend.put = put
    HOOKS.module_dict['CheckpointHook'] = CheckpointHook
    host.find_latest_checkpoint = find_latest_checkpoint


@pytest.mark.slow
@pytest.mark.parametrize('keep', [1, 2])
def test_mmengine_alone_loses_trainings(tmp_path, keep):
    """The campaign finds what it looks for."""
    campaign = Campaign(tmp_path, seed=13, keep=keep, prepare=as_mmengine_does)
    campaign.at_writing(15)
    assert said(campaign, "of MMEngine's own while writing")
