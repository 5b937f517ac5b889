"""What an exported file says about itself; read without PyTorch and ONNX."""

import json
from dataclasses import MISSING, asdict, dataclass

KEY = 'fifa_mm'
FORMS = ('plain', 'decode', 'rtmlib')


@dataclass(frozen=True)
class Metadata:
    """Stored as JSON under the key ``fifa_mm`` of an ONNX file's metadata.

    Attributes:
        version: Of this package.
        form: ``'plain'``: normalised input to what the head decodes; ``'decode'``: pixels to
            landmarks and scores; ``'rtmlib'``: what rtmlib's RTMPose reads.
        config: File name of the config.
        num_landmarks: K.
        definition: Name of the landmarks' definition, None where it is not one of ours.
        input_size: Width and height in pixels.
        padding: Factor from the training box to the crop.
        box_from_face: dx, dy and factor from a face box to the training box.
        box_from_landmarks: The same from the square around the landmarks.
        channels: Order of the channels that the file takes, ``'bgr'`` or ``'rgb'``.
        mean: Of each channel, in the network's order; in ``'plain'`` the input is normalised.
        std: Likewise.
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.
        sets: Numbers of landmarks of the definitions that follow one another, if there are several.
    """

    version: str
    form: str
    config: str
    num_landmarks: int
    definition: str | None
    input_size: tuple
    padding: float
    box_from_face: tuple
    box_from_landmarks: tuple
    channels: str
    mean: tuple
    std: tuple
    precision: str = 'fp32'
    sets: tuple = ()

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, properties: dict, source: str) -> 'Metadata':
        """Read the metadata of a file.

        Raises:
            ValueError: another program wrote the file, or something is missing.
        """
        if KEY not in properties:
            raise ValueError(
                f'{source} was not written by `fifa_mm export`: its metadata lack {KEY!r}'
            )
        try:
            content = json.loads(properties[KEY])
        except ValueError as error:
            raise ValueError(f'{source}: the metadata {KEY!r} are no JSON: {error}') from error
        fields = cls.__dataclass_fields__.values()
        needed = {field.name for field in fields if field.default is MISSING}
        if missing := sorted(needed - set(content)):
            raise ValueError(f'{source}: the metadata {KEY!r} lack {", ".join(missing)}')
        known = {name: content[name] for name in cls.__dataclass_fields__ if name in content}
        lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**known | lists)
