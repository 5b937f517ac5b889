import numpy as np
import pytest

from fifa_mm.predict.tracking import Tracker, match, overlaps


def boxes(*centers, side=20.0):
    centers = np.array(centers, float).reshape(-1, 2)
    return np.concatenate([centers - side / 2, centers + side / 2], 1)


def numbers(tracker):
    return [track.number for track in tracker.active]


def step(tracker, *centers):
    tracker.next_frame()
    found = boxes(*centers)
    tracker.detected(found, np.full(len(found), 0.9))
    return numbers(tracker)


def test_overlaps():
    found = overlaps(boxes((10, 10)), boxes((10, 10), (20, 10), (50, 50)))
    np.testing.assert_allclose(found, [[1, 1 / 3, 0]])


def test_pairs_are_one_to_one_and_the_best_first():
    a, b = boxes((10, 10), (14, 10)), boxes((13, 10), (30, 10))
    assert match(a, b, 0.3) == [(1, 0)]
    assert match(a, boxes(), 0.3) == []


def test_faces_keep_their_numbers_in_any_order():
    tracker = Tracker()
    assert step(tracker, (10, 10), (60, 10)) == [0, 1]
    assert step(tracker, (62, 10), (12, 10), (100, 100)) == [0, 1, 2]


def test_a_face_that_is_not_found_is_lost_after_a_while_and_found_again():
    tracker = Tracker(patience=2, memory=5)
    step(tracker, (10, 10), (60, 10))
    assert step(tracker, (10, 10)) == [0, 1]  # missed once
    assert step(tracker, (10, 10)) == [0]
    assert step(tracker, (10, 10), (63, 10)) == [0, 1]


def test_a_lost_face_is_forgotten():
    tracker = Tracker(patience=1, memory=3)
    step(tracker, (10, 10))
    for _ in range(5):
        step(tracker)
    assert step(tracker, (10, 10)) == [1]


def test_landmarks_move_the_box_and_a_jump_loses_the_face():
    tracker = Tracker()
    step(tracker, (10, 10), (60, 10))
    assert not tracker.moved(boxes((14, 10), (60, 12)))
    np.testing.assert_allclose(tracker.active[0].box, boxes((14, 10))[0])
    assert tracker.moved(boxes((14, 10), (90, 12)))
    assert numbers(tracker) == [0]


def test_a_detection_ends_a_drift():
    tracker = Tracker()
    step(tracker, (10, 10))
    for x in (12, 14, 16, 18):  # boxes around landmarks leave the face, which rests
        tracker.moved(boxes((x, 10)))
    step(tracker, (10, 10))
    np.testing.assert_allclose(tracker.active[0].box, boxes((10, 10))[0])


def test_of_two_tracks_in_one_place_the_later_goes():
    tracker = Tracker()
    step(tracker, (10, 10), (28, 10))
    tracker.moved(boxes((14, 10), (24, 10)))
    assert tracker.moved(boxes((18, 10), (19, 10)))
    assert numbers(tracker) == [0]


def test_faces_that_cross_keep_their_numbers_when_they_move_a_little_at_a_time():
    """Two faces pass each other at a distance of more than half a face."""
    tracker = Tracker()
    for x in range(0, 101, 4):
        step(tracker, (x, 0), (100 - x, 14))
        tracker.moved(boxes((x, 0), (100 - x, 14)))
    lefts = {track.number: track.box[0] for track in tracker.active}
    assert lefts[0] > lefts[1]


@pytest.mark.parametrize('count', [0, 1])
def test_nothing_to_follow(count):
    tracker = Tracker()
    assert step(tracker) == []
    assert not tracker.moved(boxes())
