# Thin: all of it is Python code in scripts/dev.py, which runs without make as well
# (on Windows: py scripts/dev.py demo).
PYTHON ?= python3

.PHONY: setup demo test check bench soak
setup demo test check bench soak:
	@$(PYTHON) scripts/dev.py $@ $(ARGS)
