"""Help: what people ask the collector, and the answers."""
