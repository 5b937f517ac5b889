"""What importing this package changes in MMPose: what it says, and nothing else."""

import importlib
import re
from pathlib import Path

import mmpose.registry
import pytest
from mmengine.registry import Registry

import fifa_mm
from fifa_mm import registered

ROOT = Path(__file__).resolve().parents[1]
REGISTRIES = [v for v in vars(mmpose.registry).values() if isinstance(v, Registry)]
PARTS = ('codecs', 'datasets', 'datasets.transforms', 'engine', 'evaluation', 'models')
STOCK = {
    name
    for part in PARTS
    for name, value in vars(importlib.import_module(f'mmpose.{part}')).items()
    if isinstance(value, type)
}
# Wrapped by compat, so that an error names the face.
WRAPPED = {'BaseCocoStyleDataset._load_annotations', 'BaseCocoStyleDataset.prepare_data'}


def is_ours(thing):
    return getattr(thing, '__module__', '').startswith('fifa_mm')


def test_stock_names_that_are_replaced_are_the_list_and_in_the_readme():
    listed = {name: cls.__name__ for _, name, cls in registered.REPLACED}
    for registry in REGISTRIES:
        stock = STOCK | set(registry.parent.module_dict if registry.parent else ())
        for name, cls in registry.module_dict.items():
            if is_ours(cls) and name in stock:
                assert listed[name] == cls.__name__
    rows = re.findall(r'^\| `(\w+)` \| `(\w+)` \|', (ROOT / 'README.md').read_text(), re.M)
    assert dict(rows) == listed


def test_stock_classes_keep_their_methods():
    classes = [cls for registry in REGISTRIES for cls in registry.module_dict.values()]
    owners = {owner for cls in classes for owner in getattr(cls, '__mro__', ())}
    changed = {
        f'{owner.__name__}.{name}'
        for owner in owners
        for name, value in vars(owner).items()
        if not is_ours(owner) and '/fifa_mm/' in source(value)
    }
    assert changed == WRAPPED


def source(thing):
    """File of a function."""
    return getattr(getattr(thing, '__code__', None), 'co_filename', '')


@pytest.mark.parametrize('name', registered.__all__)
def test_every_public_class_is_found_by_its_bare_name(name):
    owners = [r for r in REGISTRIES if r.module_dict.get(name) is getattr(fifa_mm, name)]
    assert len(owners) == 1
