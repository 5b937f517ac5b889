import json

import yaml
from predict.test_metadata import CONTENT

from fifa_mm.export.card import model_card
from fifa_mm.predict.metadata import KEY, Metadata

REPORT = {
    'data': {'train': 'faces/train.json', 'val': 'faces/dev.json', 'test': 'faces/test.json'},
    'protocol': [{'type': 'FaceLandmarkMetric', 'protocol': 'inter-ocular'}],
    'max_epochs': 60,
    'seed': 0,
    'pretrained': None,
    'best': {'val': {'NME': 4.5, 'FR': 0.5, 'AUC': 55.0}, 'test': {'NME': 4.25}},
}


def card(report=REPORT, costs=None, **changes):
    metadata = Metadata.loads({KEY: json.dumps({**CONTENT, **changes})}, '')
    text = model_card('face.onnx', metadata, report, costs)
    _, front, body = text.split('---\n', 2)
    return yaml.safe_load(front), body


def test_what_hugging_face_reads():
    front, _ = card()
    assert front['pipeline_tag'] == 'keypoint-detection'
    assert front['license'] == 'other'
    (entry,) = front['model-index']
    assert entry['name'] == 'face'
    values = [result['metrics'][0]['value'] for result in entry['results']]
    assert values == [4.5, 4.25]
    assert entry['results'][1]['dataset']['name'] == 'faces/test.json'
    assert 'inter-ocular' in entry['results'][1]['metrics'][0]['name']


def test_what_a_person_reads():
    _, body = card()
    assert '| faces/test.json | test | inter-ocular | 4.25 |  |  |' in body
    assert 'grown 1.25 times' in body
    assert '`faces/train.json`, 60 epochs, seed 0, started from random weights' in body
    for heading in ('Use', 'Intended use', 'Limits', 'Training data', 'Error'):
        assert f'## {heading}\n' in body


def test_each_definition_is_named():
    _, body = card()
    assert '\n68 facial landmarks as 300W defines them, from crops of 96 x 96 pixels.' in body
    _, body = card(num_landmarks=166, definition=None, sets=[68, 98])
    line = '166 facial landmarks, 68 as 300W defines them and then 98 as WFLW defines them, from'
    assert line in body


def test_without_a_report():
    front, body = card(report=None)
    assert 'model-index' not in front
    assert 'Not measured' in body


def test_rendered_faces_need_no_licence():
    front, body = card(report={**REPORT, 'data': {'train': 'SyntheticFaces'}})
    assert front['license'] == 'apache-2.0'
    assert 'no photograph' in body


def test_costs_of_a_precision():
    costs = {'before': 4.0, 'after': 4.125, 'faces': 300, 'protocol': 'inter-ocular'}
    assert (
        'int8 costs +0.125 % NME (4.000 to 4.125 on 300' in card(costs=costs, precision='int8')[1]
    )


def test_boxes_that_rtmlib_must_change():
    _, body = card(form='rtmlib', padding=1.2, box_from_landmarks=[0, 0.1, 1.1])
    assert 'multiply them by 0.960' in body
    assert 'its side times 1.1, its centre moved by 0, 0.1 sides' in body
