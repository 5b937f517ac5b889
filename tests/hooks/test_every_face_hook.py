"""Faces that a dataset leaves out are found before the first epoch."""

from types import SimpleNamespace

import pytest

from fifa_mm import EveryFaceHook, FaceLandmarkMetric
from fifa_mm.annotations import Annotations


class Faces(list):
    def get_data_info(self, index):
        return {'id': self[index]}


def runner(ids, **options):
    metric = FaceLandmarkMetric(**options)
    face = {'keypoints': [1, 1, 1], 'bbox': [1, 1, 0, 1]}
    metric.annotations = Annotations({1: face, 2: face}, {1: 'a.jpg', 2: 'b.jpg'}, 'test.json')
    loop = SimpleNamespace(dataloader=SimpleNamespace(dataset=Faces(ids)))
    evaluator = SimpleNamespace(metrics=[object(), metric])
    return SimpleNamespace(
        val_loop=loop, test_loop=loop, val_evaluator=evaluator, test_evaluator=evaluator
    )


@pytest.mark.parametrize('when', ['before_train', 'before_test'])
def test_dropped_faces(when):
    check = getattr(EveryFaceHook(), when)
    check(runner([2, 1]))
    check(runner([1], miscount='report'))
    message = r'1 evaluations of the 2 faces of test\.json: 1 dropped: face 2 \(b\.jpg: its box has'
    with pytest.raises(ValueError, match=message):
        check(runner([1]))


def test_nothing_to_compare_with():
    no_validation = SimpleNamespace(val_loop=None)
    EveryFaceHook().before_train(no_validation)
    without_file = runner([1])
    without_file.val_evaluator.metrics[1].annotations = None
    EveryFaceHook().before_train(without_file)
