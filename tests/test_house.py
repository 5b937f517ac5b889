"""What CI, documents and hooks name is there."""

import re
import tomllib
from pathlib import Path

import mmengine
import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / 'Makefile').read_text()
TARGETS = set(re.findall(r'^([a-z]+):', MAKEFILE, re.MULTILINE))
REQUIREMENTS = (ROOT / 'requirements/test.txt').read_text().split()
NAMING_TARGETS = [
    '.ci/run',
    '.github/workflows/ci.yml',
    '.github/pull_request_template.md',
    'CONTRIBUTING.md',
    'README.md',
    'docs/results.md',
]


def test_targets_that_make_no_file_are_declared():
    declared = re.search(r'^\.PHONY: (.*)$', MAKEFILE, re.MULTILINE)[1].split()
    assert set(declared) == TARGETS


@pytest.mark.parametrize('path', NAMING_TARGETS)
def test_make_is_asked_only_for_what_it_has(path):
    text = (ROOT / path).read_text()
    named = re.findall(r'(?:^|run: |`)make ([a-z]+)(?: |`|$)', text, re.MULTILINE)
    assert named
    assert set(named) <= TARGETS


def test_workflow_tries_every_stack_and_python_that_the_package_supports():
    workflow = mmengine.load(ROOT / '.github/workflows/ci.yml')
    matrix = workflow['jobs']['test']['strategy']['matrix']
    stacks = {*matrix['stack'], *(job['stack'] for job in matrix['include'])}
    files = {path.stem for path in (ROOT / 'requirements').glob('*.txt')}
    assert stacks == {name.removesuffix('-nodeps') for name in files if name.endswith('-nodeps')}
    assert stacks <= files
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    assert project['requires-python'] == f'>={matrix["python"][0]}'
    assert matrix['python'] == ['3.11', '3.12', '3.13']


def test_ci_names_test_files_that_are_there():
    for path in re.findall(r'tests/\S+\.py', (ROOT / '.ci/run').read_text()):
        assert (ROOT / path).is_file(), path


def test_hooks_have_the_versions_of_the_requirements():
    (repository,) = mmengine.load(ROOT / '.pre-commit-config.yaml', file_format='yaml')['repos']
    for hook in repository['hooks']:
        assert set(hook['additional_dependencies']) <= set(REQUIREMENTS)


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    citation = mmengine.load(ROOT / 'CITATION.cff', file_format='yaml')
    assert project['version'] == citation['version']
    assert f"__version__ = '{project['version']}'" in (ROOT / 'fifa_mm/__init__.py').read_text()
