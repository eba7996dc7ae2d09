"""The watcher: is anything overdue and not held for a stated reason? It repairs, and tells whoever runs the service."""
