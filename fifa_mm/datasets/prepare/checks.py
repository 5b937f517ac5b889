"""What is wrong and what is odd about annotated faces."""

from collections import Counter
from typing import Any

import numpy as np

from fifa_mm.annotations import box_flaw
from fifa_mm.datasets.prepare.faces import Face

# In real faces no landmark is farther from the middle than 4 times the median of all landmarks.
FAR = 10


class Report:
    """Findings of one run: ``errors`` forbid writing, ``odd`` is worth knowing.

    Both are ``{kind: [where, ...]}``, with every case listed.
    """

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        self.counts: dict[str, int] = {}
        self.errors: dict[str, list[str]] = {}
        self.odd: dict[str, list[str]] = {}

    def error(self, kind: str, where: str) -> None:
        self.errors.setdefault(kind, []).append(where)

    def note(self, kind: str, where: str) -> None:
        self.odd.setdefault(kind, []).append(where)

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the report file."""
        return {
            'dataset': self.dataset,
            'faces': self.counts,
            'errors': self.errors,
            'odd': self.odd,
        }

    def summary(self, examples: int = 3) -> str:
        """Text for the terminal: counts, then each kind with its first cases."""
        lines = [f'{name}: {count} faces' for name, count in self.counts.items()]
        for title, findings in (('error', self.errors), ('odd', self.odd)):
            for kind, where in findings.items():
                lines.append(f'{title}: {kind} ({len(where)})')
                lines += [f'    {case}' for case in where[:examples]]
                if len(where) > examples:
                    lines.append(f'    and {len(where) - examples} more')
        return '\n'.join(lines)


def check_counts(
    report: Report,
    files: dict[str, list[Face]],
    expected: dict[str, int | None],
    partial: bool = False,
) -> None:
    """Compare the numbers of faces with the published ones.

    Args:
        report: Where findings go.
        files: ``{file: list[Face]}``.
        expected: ``{file: number of faces}``, None where it is not known.
        partial: Another number is odd, not an error.
    """
    found = report.note if partial else report.error
    for name, number in expected.items():
        count = len(files.get(name, ()))
        if number is not None and count != number:
            found('number of faces', f'{name}: {count} instead of {number}')


def check_images(
    report: Report,
    files: dict[str, list[Face]],
    images: dict[Any, dict[str, Any]],
    partial: bool = False,
) -> dict[str, list[Face]]:
    """Report images that are missing, broken, grey or rotated.

    Args:
        files: ``{file: list[Face]}``.
        images: Results of :class:`~fifa_mm.datasets.prepare.files.ImageSizes`.
        partial: A missing image is odd, not an error.

    Returns:
        ``files`` without the faces whose image cannot be used.
    """
    names = {face.image: face.file_name for faces in files.values() for face in faces}
    for path, name in names.items():
        result = images[path]
        if result.get('error') == 'missing':
            (report.note if partial else report.error)('image missing', f'{name}: {path}')
        elif 'error' in result:
            report.error('image broken', f'{name}: {result["error"]}')
        else:
            if result['gray']:
                report.note('grey image', name)
            if result['rotated']:
                report.note('image rotated by its EXIF flag, landmarks may not be', name)
    return {
        name: [face for face in faces if 'size' in images[face.image]]
        for name, faces in files.items()
    }


def check_faces(
    report: Report, name: str, faces: list[Face], sizes: dict[Any, tuple[int, int]], landmarks: int
) -> None:
    """Check the faces of one annotation file.

    Args:
        name: The file.
        faces: Its faces.
        sizes: ``{image path: (width, height)}``.
        landmarks: Number of landmarks of the dataset.
    """
    for face_id, count in Counter(face.id for face in faces).items():
        if count > 1:
            report.error('duplicate id', f'{name}: id {face_id} {count} times')
    seen: dict[Any, Any] = {}
    for face in faces:
        where = f'{name}: {face.name}'
        points = face.keypoints[:, :2]
        if len(points) != landmarks:
            report.error('number of landmarks', f'{where}: {len(points)} instead of {landmarks}')
            continue
        if not np.isfinite(face.keypoints).all():
            report.error('landmarks that are not finite', where)
            continue
        if not np.isin(face.keypoints[:, 2], (0, 1, 2)).all():
            report.error('visibility other than 0, 1, 2', where)
        first = seen.setdefault((face.file_name, points.tobytes()), face)
        if first is not face:
            report.note('same face twice', f'{where} and {first.name}')
        _check_range(report, where, points, sizes[face.image])
        _check_box(report, where, face.box)


def _check_range(report: Report, where: str, points: np.ndarray, size: tuple[int, int]) -> None:
    extent = np.ptp(points, axis=0).max()
    outside = np.maximum(-points, points - (np.array(size) - 1)).max(1)
    distance = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    far = np.flatnonzero(distance > FAR * np.median(distance))
    if extent <= 0:
        report.error('all landmarks in one point', where)
    elif len(far):
        x, y = points[far[0]]
        report.error('landmark far from the others', f'{where}: number {far[0]} at {x:g}, {y:g}')
    elif outside.max() > extent:
        report.error('landmarks far from the image', f'{where}: {outside.max():.1f} px')
    elif outside.max() > 0.5:
        count = int((outside > 0.5).sum())
        report.note(
            'landmarks outside the image', f'{where}: {count}, up to {outside.max():.1f} px'
        )


def _check_box(report: Report, where: str, box: Any) -> None:
    if flaw := box_flaw(box):
        report.error('box of another form', f'{where}: {flaw}')
        return
    if not np.isfinite(np.hstack(list(box.values()))).all():
        report.error('box that is not finite', where)
    elif min(box['bbox'][2:]) <= 0 or box.get('scale', 1) <= 0 or box.get('box_size', 1) <= 0:
        report.error('box without area', f'{where}: {box}')


def check_splits(report: Report, files: dict[str, list[Face]], parts: dict[str, str]) -> None:
    """Check that subset files lie in their full file and that training and test images differ.

    Args:
        files: ``{file: list[Face]}``.
        parts: ``{subset file: full file}``.
    """
    identities = {
        name: {(face.file_name, np.round(face.keypoints, 2).tobytes()): face for face in faces}
        for name, faces in files.items()
    }
    for part, full in parts.items():
        for identity, face in identities.get(part, {}).items():
            if identity not in identities.get(full, {}):
                report.error('subset face that is not in the full file', f'{part}: {face.name}')
    held_out = {name for name in files if name not in parts and not name.endswith('train')}
    train = {face.file_name for name in files if name.endswith('train') for face in files[name]}
    for name in sorted(held_out):
        for image in sorted(train & {face.file_name for face in files[name]}):
            report.note('image in training and test', image)
