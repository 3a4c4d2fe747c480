"""Our own web process: plain pages without a kernel."""
