"""Settings: `base` is what always holds; `production`, `local` (the demo, a developer) and `test` stand on it."""
