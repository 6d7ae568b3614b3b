"""A slow and simple reader of the same documents, to compare the engine's with."""

from __future__ import annotations

from lxml import etree

from collectory.blade import Edition, Entity


def read(data: bytes, edition: Edition) -> dict[str, list[dict[str, str | int | None]]] | None:
    """Rows of each entity, or None where lxml does not take the document."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, strip_cdata=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag != edition.blade.root or root.getroottree().docinfo.doctype:
        return None
    tables: dict[str, list[dict[str, str | int | None]]] = {entity.name: [] for entity in edition.entities}
    for entity in edition.entities:
        if entity.parent is None:
            _read(edition, entity, root, None, tables)
    return tables


def _read(
    edition: Edition,
    entity: Entity,
    above: etree._Element,
    parent: int | None,
    tables: dict[str, list[dict[str, str | int | None]]],
) -> None:
    for element in above.findall(entity.path):
        row: dict[str, str | int | None] = {"_parent": parent}
        seen: dict[str, int] = {}
        for field in entity.fields:
            if field.path == ".":
                row[field.name] = element.text or None
                continue
            found = element.findall(field.path)
            turn = seen.get(field.path, 0)
            seen[field.path] = turn + 1
            row[field.name] = (found[turn].text or None) if len(found) > turn else None
        tables[entity.name].append(row)
        number = len(tables[entity.name]) - 1
        for child in edition.children(entity):
            _read(edition, child, element, number, tables)
