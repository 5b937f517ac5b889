"""Write the tables of docs/model_zoo.md: costs from results/benchmarks/model_zoo.json, NMEs beside.

MMPose's NMEs are read from the metafiles of the installed MMPose, the paper's from
fifa_mm.reproduce.tables, ours from the reports of runs under results/.

Example: python benchmarks/model_zoo_page.py
"""

import re
from pathlib import Path

import mmengine
import mmpose

from fifa_mm.files import read_json
from fifa_mm.markdown import table
from fifa_mm.reproduce.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'model_zoo.md'
COSTS = ROOT / 'results' / 'benchmarks' / 'model_zoo.json'
RUNS = ['faces300w']  # folders of results/ with reports of runs
MMPOSE = 'https://github.com/open-mmlab/mmpose/blob/main/'
MIM = Path(mmpose.__file__).parent / '.mim'

# {dataset: {config: (number of the paper's table, its cell)}}
PAPER = {
    'WFLW': {'configs/fifa_vit_wflw.py': (2, 'fifa')},
    '300W': {'configs/fifa_vit_300w.py': (1, 'fifa')},
    'COFW': {
        **{f'configs/table7/{n}.py': (7, n) for n in ('hrnet', 'adnet', 'shfan', 'farl', 'slpt')},
        'configs/fifa_vit_cofw.py': (1, 'fifa'),
    },
    'AFLW': {'configs/fifa_vit_aflw.py': (1, 'fifa')},
}
# What these of the paper's numbers are divided by; the others by the distance of the eye corners.
PAPERS_PROTOCOLS = {
    'configs/table7/adnet.py': 'inter-pupil',
    'configs/fifa_vit_aflw.py': 'diagonal',
}
# What MMPose's metric divides by, where it is not the distance of the outer eye corners.
PROTOCOLS = {
    'AFLW': 'box',
    'LaPa': 'eye corners 66, 79',
    'Face6': 'eye corners 66, 79',
    '300W-LP': 'not stated',
}
HEADER = [
    'model',
    'input',
    'parameters, M',
    'GFLOPs',
    'images/s',
    'speed beside HRNetV2-W18',
    'passes',
]


def mmpose_models():
    """``{dataset: {name in the record: NME as a cell}}`` of the installed MMPose's metafiles."""
    found = {}
    for file in mmengine.load(MIM / 'model-index.yml')['Import']:
        for model in mmengine.load(MIM / file)['Models'] if '/face_2d' in file else []:
            (result,) = model['Results']
            data = model['Metadata']['Training Data']
            data = data if isinstance(data, str) else result['Dataset']
            name = 'mmpose::' + model['Config'].removeprefix('configs/')
            found.setdefault(data, {})[name] = nme_cell(result['Metrics'])
    return found


def nme_cell(metrics):
    """The full set's NME, then the subsets', whose keys are like ``NME pose`` or ``pose/NME``.

    MMPose writes some of its values as fractions.
    """
    values = {
        re.sub(r'/?NME ?', '', name): value for name, value in metrics.items() if 'NME' in name
    }
    full = next(name for name in ('', 'full', 'test') if name in values)
    scale = 100 if values[full] < 0.5 else 1
    subsets = ', '.join(f'{n} {scale * v:.2f}' for n, v in sorted(values.items()) if n != full)
    return f'{scale * values[full]:.2f}' + (f' ({subsets})' if subsets else '')


def link(name):
    """A model's short name, linked to its config."""
    if name.startswith('mmpose::'):
        path = 'configs/' + name.removeprefix('mmpose::')
        return f'[{re.split("[_-][0-9]+xb", Path(path).stem)[0]}]({MMPOSE}{path})'
    return f'[{name.removeprefix("configs/").removesuffix(".py")}](../{name})'


def cost_cells(name, costs):
    row = costs['models'][name]
    return [
        link(name),
        ' x '.join(map(str, row['input'])),
        f'{row["parameters"] / 1e6:.2f}',
        f'{row["GMACs"]:.2f}',
        f'{row["images a second"]:.3g}',
        f'{row["speed beside HRNetV2-W18"]:.2g}',
        f'{row["passes in its test"]}',
    ]


def dataset_table(data, published, costs):
    """One dataset's models: MMPose's, then those of the paper."""
    header = [*HEADER, 'protocol', "NME, MMPose's", "NME, the paper's", 'NME, ours']
    rows = [
        [*cost_cells(name, costs), PROTOCOLS.get(data, 'inter-ocular'), nme, '', 'not measured']
        for name, nme in published.items()
    ]
    for name, (number, cell) in PAPER.get(data, {}).items():
        protocol = PAPERS_PROTOCOLS.get(name, 'inter-ocular')
        (found,) = TABLES[number].select(cell)
        nme = nme_cell(found.paper[data.lower()])
        rows.append([*cost_cells(name, costs), protocol, '', nme, 'not measured'])
        half = name.replace('.py', '_256.py')
        if half in costs['models']:
            rows.append([*cost_cells(half, costs), protocol, '', '', 'not measured'])
    return table(header, rows)


def runs_table(reports, costs):
    """What was trained and measured here."""
    header = [*HEADER, 'test faces', 'protocol', 'NME, best epoch', 'NME, last epoch']
    rows = []
    for report in reports:
        name = re.search(r'configs/\S+', report['command'])[0]
        data = Path(report['data']['test']).stem
        scores = [f'{report[which]["test"]["NME"]:.2f}' for which in ('best', 'last')]
        protocol = report['protocol'][0]['protocol']
        rows.append([*cost_cells(name, costs), data, protocol, *scores])
    return table(header, rows)


def tables():
    """``{marker: Markdown table}``"""
    costs, published = read_json(COSTS), mmpose_models()
    result = {data: dataset_table(data, published[data], costs) for data in published}
    paths = sorted(path for folder in RUNS for path in (ROOT / 'results' / folder).glob('*.json'))
    return result | {'runs': runs_table(map(read_json, paths), costs)}


def filled(text):
    """The page with each table between ``<!-- table NAME -->`` and ``<!-- end -->`` renewed.

    Raises:
        ValueError: a table has no place, or a place no table.
    """
    made = tables()
    places = re.findall(r'<!-- table (.*?) -->', text)
    if sorted(places) != sorted(made):
        raise ValueError(f'the page must have a place for each of {sorted(made)}, has {places}')
    place = re.compile(r'(<!-- table (.*?) -->\n).*?(<!-- end -->)', re.DOTALL)
    return place.sub(lambda match: f'{match[1]}{made[match[2]]}\n{match[3]}', text)


if __name__ == '__main__':
    PAGE.write_text(filled(PAGE.read_text()))
