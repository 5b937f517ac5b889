"""From a config and a checkpoint to a checked ONNX file with its model card."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx

from fifa_mm import checks
from fifa_mm.export.card import model_card
from fifa_mm.export.onnx_file import to_onnx
from fifa_mm.export.precision import to_half, to_int8, without_notes
from fifa_mm.export.self_check import TOLERANCE, NumpyRunner, difference, feed
from fifa_mm.files import check_writable, read_json, write_text, written_whole
from fifa_mm.predict.labelled import load_faces
from fifa_mm.predict.metadata import KEY, Metadata
from fifa_mm.predict.torch_network import TorchNetwork

PRECISIONS = ('fp32', 'fp16', 'int8')
CALIBRATION_FACES, VALIDATION_FACES = 64, 300


def export(
    network: TorchNetwork,
    path: str | Path,
    form: str = 'plain',
    channels: str = 'bgr',
    fft: bool = False,
    precision: str = 'fp32',
    report: str | Path | None = None,
) -> dict:
    """Write a network as an ONNX file, ``PATH``, and its model card, ``PATH`` with ``.md``.

    The file is compared with PyTorch on 32 rendered faces before it is written. In another
    precision its error is measured on the validation faces of the config too.

    Args:
        network: Config and weights.
        path: File to write, ending in ``.onnx``.
        form, channels, fft: See :func:`fifa_mm.export.onnx_file.to_onnx`.
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``, which is calibrated on training faces.
        report: What ``RunReportHook`` wrote when the weights were trained, for the card.

    Returns:
        ``difference`` of the file in input pixels, ``bytes``, and for another precision ``costs``:
        NME ``before`` and ``after`` in percent, ``faces`` and ``protocol``.

    Raises:
        ValueError: an argument outside its range, or a file that differs from PyTorch by 0.01 input
            pixels or more: nothing is written.
        OSError: the file cannot be written.
    """
    checks.choice('precision', precision, PRECISIONS)
    path = Path(path)
    if path.suffix != '.onnx':
        raise ValueError(f'path must end in .onnx, got {path}')
    check_writable(path)
    training = None if report is None else read_json(report)
    faces = None
    if precision != 'fp32':
        faces = load_faces(network.model.cfg, 'val', VALIDATION_FACES)
    model = to_onnx(network, form, channels, fft)
    apart = difference(model, network)
    if not apart < TOLERANCE:
        raise ValueError(
            f'the exported model differs from PyTorch by {apart:.3g} input pixels, which must be '
            f'below {TOLERANCE}: {path} was not written'
        )
    result: dict[str, Any] = {'difference': apart}
    if faces is not None:
        if precision == 'fp16':
            changed = to_half(model, network)
        else:
            crops = load_faces(network.model.cfg, 'train', CALIBRATION_FACES).crops
            inputs = [feed(form, network, crops[i : i + 1]) for i in range(len(crops))]
            changed = to_int8(model, network, inputs)
        set_precision(changed, precision)
        result['difference'] = difference(changed, network)
        result['costs'] = {
            'before': faces.error(network),
            'after': faces.error(NumpyRunner(changed, network)),
            'faces': len(faces.crops),
            'protocol': faces.protocol,
        }
        model = changed
    content = without_notes(model).SerializeToString()
    with written_whole(path) as file:
        file.write(content)
    card = model_card(path.name, read_metadata(model), training, result.get('costs'))
    write_text(path.with_suffix('.md'), card)
    return {**result, 'bytes': len(content)}


def read_metadata(model: onnx.ModelProto) -> Metadata:
    properties = {item.key: item.value for item in model.metadata_props}
    return Metadata.loads(properties, 'the model')


def set_precision(model: onnx.ModelProto, precision: str) -> None:
    """Say the precision in a model's metadata, in place."""
    for item in model.metadata_props:
        if item.key == KEY:
            item.value = replace(read_metadata(model), precision=precision).dumps()
