"""The model card of an exported file, in Hugging Face's format."""

from pathlib import Path
from typing import Any

import yaml

from fifa_mm.definitions import DEFINITIONS
from fifa_mm.markdown import table
from fifa_mm.predict.metadata import Metadata

SPLITS = {'val': 'validation (the epoch was chosen on it)', 'test': 'test'}
TAKES = {  # what the inputs and outputs of a form are
    'decode': '`input`: (batch, {h}, {w}, 3) uint8, pixels of the crop in the order {order}. '
    '`landmarks`: (batch, {k}, 2), x and y in pixels of the crop. `scores`: (batch, {k}).',
    'plain': '`input`: (batch, 3, {h}, {w}) float32, channels in the order {order}, minus {mean}, '
    'divided by {std}. The outputs are what the head of the config decodes.',
    'rtmlib': '`input`: (batch, 3, {h}, {w}) float32 as `rtmlib.RTMPose` prepares it. `simcc_x`, '
    '`simcc_y`: places on a grid of half a pixel.',
}
LIMITS = """\
- The crop decides much: it must be drawn as described above, as `fifa_mm predict` and
  `fifa_mm.onnx.Landmarker` draw it.
- Errors are larger for turned, hidden, blurred or badly lit faces than the mean says, and for
  groups of people that the training data hold few of. Nothing was measured by group unless a table
  here says so.
- The scores are no probabilities.
- Landmarks are no identity and no emotion. Do not use them to judge people, and ask before you
  track them."""


def model_card(
    name: str, metadata: Metadata, report: dict | None, costs: dict | None = None
) -> str:
    """Markdown with YAML in front.

    Args:
        name: File name of the model.
        metadata: Of the file.
        report: What ``RunReportHook`` wrote when the weights were trained, if it is there.
        costs: NME in percent before and after a change of precision, on how many faces.
    """
    data = (report or {}).get('data') or {}
    rendered = data.get('train') == 'SyntheticFaces'
    front: dict[str, Any] = {
        'library_name': 'onnx',
        'license': 'apache-2.0' if rendered else 'other',
        'pipeline_tag': 'keypoint-detection',
        'tags': ['face-alignment', 'facial-landmarks', 'onnx', 'fifa_mm'],
    }
    if not rendered:
        front['license_name'] = 'terms-of-the-training-data'
    rows = error_rows(report)
    if rows:
        front['model-index'] = [model_index(name, metadata, rows)]
    parts = [
        f'---\n{yaml.safe_dump(front, sort_keys=False)}---',
        f'# {Path(name).stem}',
        f'{definitions(metadata)}, from crops of {metadata.input_size[0]} x '
        f'{metadata.input_size[1]} pixels. Exported by fifa_mm {metadata.version} from '
        f'`{metadata.config}`, {metadata.precision}.',
        '## Use',
        f'```\nfifa_mm predict photo.jpg --model {name} --draw\n```'
        if metadata.form == 'decode'
        else 'See the form of the file below.',
        file_form(metadata),
        '## Intended use',
        'Research and development: aligning, measuring or animating faces in pictures and videos '
        'of people who agreed.',
        '## Limits',
        LIMITS,
        '## Training data',
        training(report, data, rendered),
        '## Error',
        error_table(rows) if rows else 'Not measured: no report of the training was at hand.',
    ]
    if costs:
        parts.append(
            f'{metadata.precision} costs {costs["after"] - costs["before"]:+.3f} % NME '
            f'({costs["before"]:.3f} to {costs["after"]:.3f} on {costs["faces"]} validation faces, '
            f'{costs["protocol"]}).'
        )
    return '\n\n'.join(parts) + '\n'


def definitions(metadata: Metadata) -> str:
    """How many landmarks there are, and who defines them."""
    if not metadata.sets:
        text = f'{metadata.num_landmarks} facial landmarks'
        return text + (f' as {metadata.definition} defines them' if metadata.definition else '')
    sets = [f'{count} as {DEFINITIONS[count].name} defines them' for count in metadata.sets]
    return f'{metadata.num_landmarks} facial landmarks, {" and then ".join(sets)}'


def file_form(metadata: Metadata) -> str:
    """Inputs, outputs and crop in words."""
    w, h = metadata.input_size
    mean, std = ([round(v, 3) for v in values] for values in (metadata.mean, metadata.std))
    order = metadata.channels.upper()
    text = TAKES[metadata.form].format(
        h=h, w=w, k=metadata.num_landmarks, order=order, mean=mean, std=std
    )
    dx, dy, factor = metadata.box_from_landmarks
    box = 'The crop is the square around the tight box of the landmarks'
    if (dx, dy, factor) != (0, 0, 1):
        box += f', its side times {factor}, its centre moved by {dx}, {dy} sides'
    text += f' {box}, grown {metadata.padding} times.'
    if metadata.form == 'rtmlib' and metadata.padding != 1.25:
        text += f' rtmlib grows boxes 1.25 times: multiply them by {metadata.padding / 1.25:.3f}.'
    return text


def training(report: dict | None, data: dict, rendered: bool) -> str:
    if not report:
        return 'Unknown: no report of the training was at hand.'
    text = f'`{data.get("train")}`, {report.get("max_epochs")} epochs, seed {report.get("seed")}'
    text += f', started from {report.get("pretrained") or "random weights"}.'
    if rendered:
        return text + ' Rendered faces: no photograph, no licence to keep to.'
    return text + ' The terms of these data hold for the weights too.'


def error_rows(report: dict | None) -> list[dict]:
    """Errors of the best epoch: split, data, protocol and percentages."""
    report = report or {}
    best = report.get('best') or {}
    metric = (report.get('protocol') or [{}])[0]
    rows = []
    for split, words in SPLITS.items():
        scores = best.get(split) or {}
        if isinstance(scores.get('NME'), int | float):
            row = {'data': report['data'].get(split), 'split': words}
            rows.append(row | {'protocol': metric.get('protocol', 'unknown')} | scores)
    return rows


def error_table(rows: list[dict]) -> str:
    cells = []
    for row in rows:
        scores = [f'{row[key]:.2f}' if key in row else '' for key in ('NME', 'FR', 'AUC')]
        cells.append([row['data'], row['split'], row['protocol'], *scores])
    return table(['data', 'split', 'protocol', 'NME %', 'FR %', 'AUC %'], cells)


def model_index(name: str, metadata: Metadata, rows: list[dict]) -> dict:
    """The entry that Hugging Face's hub reads results from."""
    return {
        'name': Path(name).stem,
        'results': [
            {
                'task': {'type': 'keypoint-detection', 'name': 'Face alignment'},
                'dataset': {'type': 'images', 'name': str(row['data']), 'split': row['split']},
                'metrics': [
                    {'type': 'nme', 'name': f'NME, {row["protocol"]}', 'value': row['NME']}
                ],
            }
            for row in rows
        ],
    }
