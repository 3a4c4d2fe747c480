"""The kernels of pages start without a debugger."""

from __future__ import annotations

from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from coveragekit import dashboards

HERE = Path(dashboards.__file__).parent


def test_a_page_has_a_kernel_without_a_debugger(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(HERE))
    found = KernelSpecManager().get_kernel_spec("python3")
    assert found.resource_dir == str(HERE / "kernels" / "python3")
    said = []

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        told = client.kernel_info(reply=True, timeout=60)["content"]
        client.execute_interactive(
            "import sys; print([one for one in ('debugpy', 'pydevd')"
            " if sys.modules.get(one)], 6 * 7)",
            output_hook=lambda message: said.append(message["content"].get("text")),
            timeout=60,
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

    assert told["status"] == "ok"
    assert "debugger" not in told.get("supported_features", [])
    assert "[] 42\n" in said
