"""Many returns at once: the Agent page, loading and judging many, exports of many, and the queues."""
