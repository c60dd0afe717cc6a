.PHONY: check test bench docs model

check: ## style, types, and the direction of imports
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	pytest

bench: ## side by side with peers, in one run; prints ratios
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; python $$file || exit 1; done

model: ## the bundled model, made again from the published file
	@test -n "$(FROM)" || { echo "usage: make model FROM=/path/to/all-MiniLM-L6-v2"; exit 2; }
	python scripts/make_bundled_model.py $(FROM)

docs: ## the site, into site/; needs the extra `docs`, and no network
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
