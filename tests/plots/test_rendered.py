import numpy as np
import pytest

from fifa_mm import SyntheticFaces
from fifa_mm.plots.rendered import ATTRIBUTES, draw_attributes, draw_landmarks
from fifa_mm.rendering.mesh import vertices
from fifa_mm_cli import main

POINTS = 'configs/pretrain/motion_capture.json'


def shown(axes):
    (picture,) = axes.images
    return picture.get_array()[..., ::-1]


def test_rows_hold_faces_of_their_attribute():
    faces = SyntheticFaces(image_size=32, lazy_init=True)
    figure = draw_attributes(faces, columns=2)
    assert len(figure.axes) == 2 * len(ATTRIBUTES)
    names = [axes.texts[0].get_text() for axes in figure.axes[::2]]
    assert names == list(ATTRIBUTES)
    row = list(ATTRIBUTES).index('spectacles')
    first = next(i for i in range(1000 * row, 1000 * row + 100) if faces.face(i)[1].glasses)
    np.testing.assert_array_equal(shown(figure.axes[2 * row]), faces.picture(first))


def test_landmarks_with_connections_and_triangles():
    faces = SyntheticFaces(image_size=48, points=POINTS, lazy_init=True)
    figure = draw_landmarks(faces, columns=2)
    for index, axes in enumerate(figure.axes):
        np.testing.assert_array_equal(shown(axes), faces.picture(index))
        points = faces.labels(index)['keypoints'][0]
        np.testing.assert_allclose(axes.lines[-1].get_xydata(), points)
        segments = axes.collections[0].get_segments()
        links = faces.metainfo['skeleton_links']
        np.testing.assert_allclose(segments, points[links])
    with_triangles, without = figure.axes
    assert len(with_triangles.lines) > len(without.lines) == 1
    surface, _ = faces.face(0)
    corners = surface.face.project(surface.lift(vertices(surface)))
    drawn = with_triangles.lines[0].get_xydata()
    drawn = drawn[np.isfinite(drawn).all(1)]
    assert {tuple(xy) for xy in drawn.round(3)} <= {tuple(xy) for xy in corners.round(3)}


def test_command(tmp_path):
    out = tmp_path / 'own.png'
    main(['plot', 'rendered', '--points', POINTS, '--out', str(out)])
    assert out.read_bytes().startswith(b'\x89PNG')
    with pytest.raises(SystemExit, match='num_landmarks must be one of 19, 29, 68, 98, got 67'):
        main(['plot', 'rendered', '--landmarks', '67', '--out', str(out)])
