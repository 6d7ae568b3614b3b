"""The rules of data collections: their catalogue, switching them, and checking stored returns again."""
