"""Description of a face dataset: what its download holds and what MMPose's files of it are."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """A dataset that can be prepared.

    Attributes:
        name: Name on the command line.
        landmarks: Landmarks of a face.
        files: ``{annotation file: number of faces}``, None where no number is agreed on.
        read: ``read(raw, out, source, partial)`` returns ``{annotation file: list[Face]}`` of a
            download; with ``partial`` without what is not there.
        folders: ``folders(raw)`` returns ``{folder below out/images: folder of the download}`` of
            the image folders that are there.
        box_fields: Fields of the box that MMPose's dataset class reads.
        parts: ``{subset file: full file}``.
        optional: Files that a download need not have.
        download: What to download, and what the folder must look like.
        info: COCO field ``info`` of the files.
    """

    name: str
    landmarks: int
    files: dict
    read: Callable
    folders: Callable
    download: str
    box_fields: tuple = ('bbox', 'center', 'scale')
    parts: dict = field(default_factory=dict)
    optional: tuple = ()
    info: dict | None = None
