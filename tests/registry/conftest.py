"""Each test of the registry runs on both databases."""

from tests.databases import (  # noqa: F401 - fixtures
    bare_url,
    clock,
    postgres,
    registry,
    registry_url,
    reopen,
)
