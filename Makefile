# Every command of the project. Each sets up what it needs first; nothing is done twice. `make` alone lists them.
SETUP := sh deploy/setup.sh
PY := .venv/bin/python
BIN := .venv/bin
# One worker more than cores: each waits a quarter of its time. tests/conftest.py says which tests stay together.
# For one test: make test ARGS="-k RSK_02 -n 0"
ARGS ?=
WORKERS = $$(($$(nproc) + 1))
# What is imported once is compiled once: each process that a test starts would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run setup setup-test test lint check format lock bench bench-decisions bench-engine bench-orders bench-ocr bench-backtest bench-doors prove-kills prove-rules fresh clean

help: ## 列出命令 · list the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-24s %s\n", $$1, $$2}'

run: setup ## 装好一切，送三张订单走一遍，然后服务 http://127.0.0.1:8000 · set up, send three orders through, serve
	@exec $(PY) -m server run $(ARGS)

setup: ## 只装运行所需 · only set up what running needs
	@$(SETUP) run

setup-test: ## 再装测试所需 · also what tests and benchmarks need
	@$(SETUP) test

test: setup-test ## 装好并跑全部测试 · set up and pass all tests
	@$(PY) -m pytest -n $(WORKERS) --no-loadscope-reorder $(ARGS)

lint: setup-test ## 检查写法、类型与依赖方向 · style, types and import directions
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

check: lint test ## CI 所跑的一切 · everything that CI runs

format: setup-test ## 整理写法 · put the code in shape
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock: setup-test ## 按 requirements*.txt 与 package.json 重算锁文件 · renew the lock files
	@sh deploy/setup/lock.sh

bench: setup-test ## 三项测速，一次跑完 · the three benchmarks in one run
	@$(PY) -m bench

bench-decisions: setup-test ## 每核每秒决策数 · decisions per second and core
	@$(PY) -m bench.decisions

bench-engine: setup-test ## 判定延迟、规则数增长、内存、热更新 · latency, growth, memory, hot reloads
	@$(PY) -m bench.engine $(ARGS)

bench-orders: setup-test ## 每秒入库订单数，两种数据库 · orders per second on both databases
	@$(PY) -m bench.orders

bench-ocr: setup-test ## 每页识别秒数 · seconds per page of OCR
	@$(PY) -m bench.ocr

bench-backtest: setup-test ## 十万张订单回测用时 · a backtest of 100,000 orders
	@$(PY) -m bench.backtest

bench-doors: setup-test ## 对照、取单延迟、回调每秒、机器人延迟、失败去向 · mapping, pulling, deliveries, robots, failing outlets
	@$(PY) -m bench.doors $(ARGS)

prove-kills: setup-test ## 负载下杀进程 200 次，查无丢单、无重单 · kill it 200 times under load; count what was lost or doubled
	@$(PY) -m bench.kills $(ARGS)

prove-rules: setup-test ## 一百万组（规则集，订单），引擎与对照判定须一致 · a million (rule set, order) pairs, engine against oracle
	@$(PY) -m bench.prove_rules $(ARGS)

fresh: ## 在全新的 Debian 里试 make test 与 make run（要 root 与 debootstrap）· try both in a fresh Debian
	@sh deploy/try-fresh.sh bookworm
	@sh deploy/try-fresh.sh trixie

clean: ## 删掉装的环境与缓存，不动数据 · remove what set-up and tests made; data stays
	rm -rf .venv node_modules web/static/vendor var/tools var/setup .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
