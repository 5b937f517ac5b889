"""From a dataset's download, or its published annotation files, to a checked folder for MMPose."""

from pathlib import Path

from fifa_mm.datasets.prepare.aflw import AFLW
from fifa_mm.datasets.prepare.checks import (
    Report,
    check_counts,
    check_faces,
    check_images,
    check_splits,
)
from fifa_mm.datasets.prepare.cofw import COFW
from fifa_mm.datasets.prepare.face_300w import FACE_300W
from fifa_mm.datasets.prepare.faces import annotation_file, read_annotation_file
from fifa_mm.datasets.prepare.files import ImageSizes, MissingDataError, provide
from fifa_mm.datasets.prepare.source import Source
from fifa_mm.datasets.prepare.wflw import WFLW
from fifa_mm.files import check_folder, write_all

SOURCES = {source.name: source for source in (WFLW, FACE_300W, COFW, AFLW)}
REPORT = 'report.json'
MEMORY = '.image_sizes.jsonl'


def prepare(
    source: Source, raw: Path, out: Path, partial: bool = False, copy: bool = False
) -> Report:
    """Convert a download to MMPose's annotation files and provide its images.

    Writes ``out/annotations/*.json``, ``out/images`` (links to the download) and
    ``out/report.json``. If anything is wrong, the report alone is written. An interrupted run goes
    on where it stopped.

    Args:
        source: The dataset.
        raw: Folder of the download.
        out: Folder to make, for instance ``data/wflw``.
        partial: Accept other numbers of faces and leave out faces without an image.
        copy: Copy the images instead of linking to them.

    Returns:
        With errors, nothing was written.

    Raises:
        MissingDataError: a file or folder of the download is missing.
        ValueError: a file is not what the dataset's authors published.
        OSError: ``out`` cannot be written; nothing was read yet.
    """
    raw, out = Path(raw), Path(out)
    if not raw.is_dir():
        raise MissingDataError(f'no folder {raw}.\n\n{source.download}')
    check_folder(out)
    report = Report(source.name)
    files = source.read(raw, out, source, partial)
    for name in source.files.keys() - files.keys():
        report.note('not in the download, so not written', name)
    files, sizes = _check(report, source, files, out, partial)
    if not report.errors:
        for folder, path in source.folders(raw).items():
            provide(path, out / 'images' / folder, copy)
        for name in {face.file_name for faces in files.values() for face in faces}:
            if not (out / 'images' / name).exists():
                report.error('image missing', f'{out / "images" / name}, but not in the download')
    if not report.errors:
        write_all(
            {
                out / 'annotations' / f'{name}.json': annotation_file(faces, sizes, source.info)
                for name, faces in files.items()
            }
        )
    write_all({out / REPORT: report.as_dict()})
    return report


def check(source: Source, out: Path, partial: bool = False) -> Report:
    """Check the annotation files and images of a folder, for instance those OpenMMLab publishes.

    Args:
        source: The dataset.
        out: Folder with ``annotations`` and ``images``; ``out/report.json`` is written.
        partial: Accept other numbers of faces and missing images.

    Returns:
        Report

    Raises:
        MissingDataError: there is no annotation file.
        ValueError: a file is no annotation file of MMPose.
    """
    out = Path(out)
    report = Report(source.name)
    files, stated = {}, []
    for name in source.files:
        path = out / 'annotations' / f'{name}.json'
        if not path.exists():
            found = report.note if partial or name in source.optional else report.error
            found('annotation file missing', str(path))
            continue
        files[name], sizes = read_annotation_file(path, out / 'images', source.box_fields)
        stated += [(name, path, size) for path, size in sizes.items()]
    if not files:
        raise MissingDataError(f'no annotation file of {source.name} in {out / "annotations"}')
    check_folder(out)
    files, sizes = _check(report, source, files, out, partial)
    for name, path, size in stated:
        if path in sizes and tuple(sizes[path]) != size:
            report.error('image size', f'{name}: {path} is {tuple(sizes[path])}, stated {size}')
    write_all({out / REPORT: report.as_dict()})
    return report


def _check(
    report: Report, source: Source, files: dict, out: Path, partial: bool
) -> tuple[dict, dict]:
    expected = {n: c for n, c in source.files.items() if n in files or n not in source.optional}
    check_counts(report, files, expected, partial)
    files = {name: faces for name, faces in files.items() if faces}
    images = ImageSizes(out / MEMORY).read(face.image for faces in files.values() for face in faces)
    files = check_images(report, files, images, partial)
    sizes = {path: result['size'] for path, result in images.items() if 'size' in result}
    for name, faces in files.items():
        check_faces(report, name, faces, sizes, source.landmarks)
    check_splits(report, files, source.parts)
    report.counts = {name: len(faces) for name, faces in files.items()}
    return files, sizes
