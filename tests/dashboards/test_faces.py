"""What pages say is said once, and in the same words wherever it is said."""

from __future__ import annotations

import re
from importlib.resources import files

from coveragekit.dashboards.planner import parts

_FRAME = "voila/templates/coveragekit/page.js"


def test_the_frame_and_the_page_tell_of_a_new_build_in_the_same_words() -> None:
    source = files("coveragekit.dashboards").joinpath(_FRAME).read_text("utf-8")

    joined = re.sub(r'" \+\s+"', "", source)

    assert f'"{parts._STALE}"' in joined
