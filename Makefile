# make demo, make test: each sets up its own virtual environment first, once.
PYTHON ?= python3
STACK ?= default
VENV := $(if $(filter default,$(STACK)),.venv,.venv-$(STACK))
BIN := $(VENV)/bin
READY := $(VENV)/ready
TESTS ?= tests
PYTEST = $(BIN)/python -W ignore -m pytest -n 2 --dist loadfile
# One thread a process: the tests run in two, and dataloader workers need a core of their own.
export OMP_NUM_THREADS ?= 1

.PHONY: setup demo embedded test slow coverage check format clean
setup: $(READY)

$(READY): requirements/runtime.txt requirements/$(STACK).txt requirements/$(STACK)-nodeps.txt \
		requirements/test.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = "%d.%d" % sys.version_info[:2]; \
		sys.exit(sys.version_info < (3, 11) and "fifa_mm needs Python 3.11 or newer, got " + v \
		+ ": make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -r requirements/$(STACK).txt -r requirements/test.txt
	$(BIN)/pip install -q --no-deps -r requirements/$(STACK)-nodeps.txt
	$(BIN)/pip install -q --no-deps -e .
	$(BIN)/fifa_mm doctor
	touch $@

demo: $(READY)
	$(BIN)/python -W ignore tools/train.py configs/demo.py
	$(BIN)/fifa_mm predict $$($(BIN)/python -c 'import skimage; print(skimage.__path__[0])')/data/astronaut.png \
		--config demo --checkpoint work_dirs/demo/best_NME_epoch_*.pth --draw --out-dir work_dirs/demo/pictures

embedded: $(READY)
	$(BIN)/fifa_mm render-faces --out data/embedded --count 20000 --landmarks 68 98
	$(BIN)/fifa_mm train pretrain/embedded --work-dir work_dirs/embedded --resume \
		--cfg-options train_dataloader.dataset.folder=data/embedded
	$(BIN)/fifa_mm export pretrain/embedded $$(cat work_dirs/embedded/last_checkpoint) \
		--out fifa_mm/predict/embedded.onnx --decode --precision fp16
	$(BIN)/python benchmarks/embedded.py fifa_mm/predict/embedded.onnx --report work_dirs/embedded/report.json

test: $(READY)
	$(PYTEST) $(TESTS)

slow: $(READY)
	$(PYTEST) -m slow $(TESTS)

coverage: $(READY)
	$(PYTEST) $(TESTS) --cov

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-* work_dirs build *.egg-info .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage*
