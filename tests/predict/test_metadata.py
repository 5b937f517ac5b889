import json

import pytest

from fifa_mm.predict.metadata import KEY, Metadata

CONTENT = {
    'version': '0.1.0',
    'form': 'decode',
    'config': 'demo.py',
    'num_landmarks': 68,
    'definition': '300W',
    'input_size': [96, 96],
    'padding': 1.25,
    'box_from_face': [0, 0, 1],
    'box_from_landmarks': [0, 0, 1],
    'channels': 'bgr',
    'mean': [0.0],
    'std': [255.0],
}


def test_round_trip():
    metadata = Metadata.loads({KEY: json.dumps(CONTENT)}, 'a.onnx')
    assert metadata.precision == 'fp32'
    assert Metadata.loads({KEY: metadata.dumps()}, 'a.onnx') == metadata


def test_what_a_later_version_adds_is_left_alone():
    assert Metadata.loads({KEY: json.dumps({**CONTENT, 'new': 1})}, 'a.onnx').num_landmarks == 68


@pytest.mark.parametrize('missing', CONTENT)
def test_missing_fields_are_named(missing):
    content = {key: value for key, value in CONTENT.items() if key != missing}
    with pytest.raises(ValueError, match=f"a.onnx: the metadata 'fifa_mm' lack {missing}$"):
        Metadata.loads({KEY: json.dumps(content)}, 'a.onnx')


def test_another_program():
    with pytest.raises(ValueError, match=r'a.onnx was not written by `fifa_mm export`'):
        Metadata.loads({'names': '{}'}, 'a.onnx')
    with pytest.raises(ValueError, match='are no JSON'):
        Metadata.loads({KEY: '{'}, 'a.onnx')
