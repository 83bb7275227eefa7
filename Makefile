# Hài lòng. Two commands are enough on a new machine: `make run` and `make test`.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST ?= 127.0.0.1
PORT ?= 8000
# The first Python that is new enough.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
UV := $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi

# What is installed is named after the lock's checksum: the same lock installs nothing again.
checksum = $(shell cksum < $(1) | tr -d ' ')
RUNTIME := $(VENV)/.runtime-$(call checksum,requirements.txt)
DEVELOPMENT := $(VENV)/.development-$(call checksum,requirements-dev.txt)

.PHONY: help
help: ## Danh sách này (this list)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUNTIME) ## Chạy với dữ liệu mẫu (run with demo data); PORT=8080 đổi cổng; DEMO=no không nạp mẫu
	@echo "→ Chuẩn bị cơ sở dữ liệu"
	@$(FLASK) database upgrade
ifneq ($(DEMO),no)
	@echo "→ Dữ liệu mẫu"
	@$(FLASK) demo load
endif
	@echo "→ Khởi động máy chủ"
	@$(FLASK) serve --host $(HOST) --port $(PORT)

.PHONY: test
test: postgresql redis chromium survey check ## Kiểm tra tất cả (everything that CI runs)
	@echo "→ Kiểm thử trên SQLite, PostgreSQL và Chromium"
	@$(BIN)/pytest -n 2 --cov

.PHONY: check
check: $(DEVELOPMENT) ## Kiểm tra nhanh: ruff, mypy, import-linter (style, types, layers)
	@echo "→ Kiểm tra cách viết, kiểu dữ liệu và các tầng"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: lock
lock: ## Khóa lại phiên bản thư viện (re-lock; LOCK=--upgrade for newer versions)
	@test -n "$(UV)" || { echo "Cần uv: pipx install uv"; exit 1; }
	@$(compile) --group dev -o requirements-dev.txt
	@$(compile) -c requirements-dev.txt -o requirements.txt

.PHONY: clean
clean: ## Xóa môi trường và bộ nhớ đệm, giữ dữ liệu (remove all that is made, keep data)
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# No address and no path of the machine that made them may stand in the locks.
compile = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--extra postgresql --extra redis --extra oidc --generate-hashes --no-emit-index-url --no-annotate --no-header $(LOCK)

$(RUNTIME): | $(BIN)/python
	@echo "→ Cài thư viện theo requirements.txt (lần đầu mất khoảng một phút)"
	@$(call install,requirements.txt)
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEVELOPMENT): | $(BIN)/python
	@echo "→ Cài thư viện và công cụ theo requirements-dev.txt (lần đầu mất vài phút)"
	@$(call install,requirements-dev.txt)
	@rm -f $(VENV)/.development-* && touch $@

# The lock names everything. Without --no-deps the pip of Debian 12 looks for `coverage[toml]` anew,
# takes the newest instead of ours, and refuses it for having no checksum.
install = $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip \
	--disable-pip-version-check install) --no-deps --require-hashes -r $(1)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Cần Python 3.11 trở lên: sudo apt-get install -y python3"; exit 1; }
	@echo "→ Tạo môi trường $(VENV) ($$($(PYTHON) --version))"
	@rm -rf $(VENV)
ifdef UV
	@$(UV) venv --quiet --seed --python $(PYTHON) $(VENV)
else
	@# Debian keeps ensurepip in a package of its own.
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { package=$$($(PYTHON) -c \
		'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); $(install_package) }
	@$(PYTHON) -m venv $(VENV)
endif

.PHONY: postgresql
postgresql:
	@test -n "$(TEST_DATABASE_URL)" || command -v initdb >/dev/null \
		|| ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { package=postgresql; $(install_package) }

.PHONY: redis
redis:
	@command -v redis-server >/dev/null || { package=redis-server; $(install_package) }

# R and its package survey compute what was published a second time.
.PHONY: survey
survey:
	@Rscript -e 'library(survey)' >/dev/null 2>&1 || { package=r-cran-survey; $(install_package) }

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { package=chromium; $(install_package) }

# Installs a Debian package where we may; elsewhere says the one command to type, and fails.
install_package = \
	if [ "$$(id -u)" = 0 ]; then as=; \
	elif sudo -n true 2>/dev/null; then as="sudo -n"; \
	else echo "Thiếu gói $$package. Hãy gõ lệnh này rồi chạy lại:" >&2; \
		echo "    sudo apt-get install -y $$package" >&2; exit 1; fi; \
	echo "→ Cài gói $$package bằng apt-get"; \
	$$as apt-get -q update && \
	$$as env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $$package;
