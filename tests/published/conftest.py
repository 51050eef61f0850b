from __future__ import annotations

from pathlib import Path

import pytest

from audit_helpers import Cells, true_cells, write_clone
from emotionbench.published.audit import Audit, audit
from emotionbench.published.raw import Raw, read_raw


@pytest.fixture(scope="session")
def small_raw(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    """Raw answers of two models and two scales."""
    return read_raw(write_clone(tmp_path_factory.mktemp("clone")))


@pytest.fixture(scope="session")
def small_cells(small_raw: Raw) -> Cells:
    """Published cells that they bear out."""
    return true_cells(small_raw)


@pytest.fixture(scope="session")
def upstream_audit(upstream: Path) -> Audit:
    """The audit of the original's own files."""
    return audit(upstream)
