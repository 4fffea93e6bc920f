PYTHON ?= python3
BIN := .venv/bin
PABOT := $(BIN)/python -m pabot.pabot --command "$(CURDIR)/$(BIN)/python" -m robot --end-command --pabotlibport 0
IN_CONTAINERS := --variable "SHOP ENVIRONMENT:$(CURDIR)/resources/environments/shop_in_containers.yaml"

.PHONY: demo test lint types layers unit acceptance containers images docs oracle stress bench applications clean

demo: .venv/shop.stamp
	$(PABOT) --processes 2 $(if $(filter container,$(RUN)),$(IN_CONTAINERS)) --outputdir results robot_suites; code=$$?; \
	echo "log:    $(CURDIR)/results/log.html"; echo "report: $(CURDIR)/results/report.html"; exit $$code

test: lint types layers unit acceptance

lint: .venv/dev.stamp
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/robocop check robot_suites resources tests/applications tests/kill tests/robot

types: .venv/dev.stamp
	$(BIN)/mypy

layers: .venv/dev.stamp
	$(BIN)/lint-imports

unit: .venv/dev.stamp
	$(BIN)/python -m pytest -n 3 --dist worksteal

acceptance: .venv/dev.stamp
	$(BIN)/python -m robot --outputdir results/robot robot_suites
	$(PABOT) --processes 2 --outputdir results/pabot robot_suites
	$(PABOT) --processes 4 --testlevelsplit --outputdir results/split robot_suites

containers: export SHOP_POSTGRES_IMAGE = integrationlibrary/postgres
containers: export SHOP_PYTHON_IMAGE = integrationlibrary/python
containers: .venv/dev.stamp images
	$(PABOT) --processes 2 $(IN_CONTAINERS) --outputdir results/containers robot_suites

images: .venv/pip.stamp
	PYTHON=$(BIN)/python tests/images/build.sh

docs: .venv/dev.stamp
	mkdir -p results/docs
	$(BIN)/python -m robot.libdoc IntegrationLibrary results/docs/IntegrationLibrary.html
	$(BIN)/python -m robot.libdoc resources/shop.resource results/docs/shop.html
	$(BIN)/python -m markdown -x tables IntegrationLibrary/isolation/GUARANTEE.md > results/docs/guarantee.html

oracle: .venv/dev.stamp
	ORACLE_PROGRAMS=20000 $(BIN)/python -m pytest tests/isolation/test_oracle.py

stress: .venv/dev.stamp
	STRESS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal tests/kill tests/stress tests/robot/test_board.py

bench: .venv/dev.stamp
	$(BIN)/python tests/benchmarks/run.py

applications: .venv/dev.stamp
	$(BIN)/python tests/applications/run.py

.venv/pip.stamp:
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --upgrade pip && touch $@

.venv/%.stamp: pyproject.toml .venv/pip.stamp
	$(BIN)/python -m pip install --quiet --editable ".[$*]" && touch $@

clean:
	rm -rf .venv results/* .mypy_cache .ruff_cache .pytest_cache
