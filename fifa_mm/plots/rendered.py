"""Sheets of rendered faces: by attribute, and with landmarks and the triangles that carry them."""

from collections.abc import Callable
from itertools import count, islice

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from fifa_mm.datasets.synthetic import SyntheticFaces, attributes
from fifa_mm.rendering.look import Look
from fifa_mm.rendering.mesh import TRIANGLES, vertices

ATTRIBUTES: dict[str, Callable[[dict, Look], object]] = {
    'light skin': lambda known, look: known['skin'] > 200,
    'dark skin': lambda known, look: known['skin'] < 90,
    'turned': lambda known, look: abs(known['yaw']) > 30,
    'expression': lambda known, look: known['expression'],
    'beard': lambda known, look: look.beard > 0.3 or look.moustache,
    'spectacles': lambda known, look: known['glasses'],
    'hand, object, mask': lambda known, look: look.hand or look.thing or look.mask,
    'hat, hair': lambda known, look: look.hat is not None or look.long_hair,
    'light': lambda known, look: known['illumination'],
    'blur': lambda known, look: known['blur'],
}


def draw_attributes(faces: SyntheticFaces, columns: int = 6) -> Figure:
    """A row of faces for each attribute, other faces in each."""
    figure = Figure(figsize=(columns + 1.6, len(ATTRIBUTES)), layout='constrained')
    grid = figure.subplots(len(ATTRIBUTES), columns, squeeze=False)
    for number, (row, name) in enumerate(zip(grid, ATTRIBUTES, strict=True)):
        belongs = ATTRIBUTES[name]
        chosen = (i for i in count(1000 * number) if belongs(*_known(faces, i)))
        for axes, index in zip(row, islice(chosen, columns), strict=True):
            _show(axes, faces, index)
        row[0].text(-0.1, 0.5, name, transform=row[0].transAxes, ha='right', va='center')
    return figure


def draw_landmarks(faces: SyntheticFaces, columns: int = 3) -> Figure:
    """The first faces with their landmarks and connections, the first one with the triangles."""
    links = faces.metainfo['skeleton_links']
    figure = Figure(figsize=(3 * columns, 3), layout='constrained')
    for index, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
        _show(axes, faces, index)
        if index == 0:
            surface, _ = faces.face(index)
            corners = surface.face.project(surface.lift(vertices(surface)))
            axes.triplot(*corners.T, TRIANGLES, color='white', linewidth=0.4)
        points = faces.labels(index)['keypoints'][0]
        axes.add_collection(LineCollection(points[links], colors='orange', linewidths=1))
        axes.plot(*points.T, '.', color='lime', markersize=5)
    return figure


def _known(faces: SyntheticFaces, index: int) -> tuple[dict, Look]:
    surface, look = faces.face(index)
    return attributes(surface.face, look), look


def _show(axes: Axes, faces: SyntheticFaces, index: int) -> None:
    axes.imshow(faces.picture(index)[..., ::-1])
    axes.set_xlim(-0.5, faces.image_size - 0.5)
    axes.set_ylim(faces.image_size - 0.5, -0.5)
    axes.axis('off')
