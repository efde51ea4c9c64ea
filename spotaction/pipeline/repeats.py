"""Reads `repeat`: a number of times, or items, of which a range or parts of the same size run."""

from math import floor

from spotaction.documents.accessors import as_mapping, as_plain_text
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue
from spotaction.pipeline.reader import DocumentReader

_WITHOUT_END = "without it Harness leaves out the last item; write end: {} to run all"


def read_repeat(path: Path, reader: DocumentReader, context: Context, maximum: int) -> list[JsonObject]:
    """Return what each iteration of the `repeat` at `path` adds to the context of expressions.

    No more than `maximum` + 1 iterations are returned of `times`; problems go to `reader`.
    """
    repeat = as_mapping(reader.raw_value(path))
    if "times" in repeat:
        unused = [key for key in ("start", "end", "partitionSize", "unit") if key in repeat]
        if unused:
            reader.add_note(f"{', '.join(unused)} of a loop without items: ignored, as in Harness.")
        return read_times((*path, "times"), reader, context, maximum)
    items = reader.read_list((*path, "items"), context)
    percentage = repeat.get("unit") == "Percentage"
    if "partitionSize" in repeat:
        return _read_partitions(path, items, reader, context, percentage=percentage)
    return [{"repeat": {"item": each}} for each in _read_range(path, items, reader, context, percentage=percentage)]


def read_times(path: Path, reader: DocumentReader, context: Context, maximum: int) -> list[JsonObject]:
    """Return an empty mapping for each of the iterations whose number is at `path`: one where it is not known."""
    count = reader.read_count(path, context)
    return [{}] * min(int(path in reader.unchecked) if count is None else count, maximum + 1)


def _read_partitions(
    path: Path, items: list[JsonValue], reader: DocumentReader, context: Context, *, percentage: bool
) -> list[JsonObject]:
    if reader.raw_value((*path, "start")) is not None or reader.raw_value((*path, "end")) is not None:
        reader.add_note("start and end of a loop with partitionSize: ignored, as in Harness.")
    size = reader.read_count((*path, "partitionSize"), context)
    if size is None:
        return [{"repeat": {"partition": ",".join(map(as_plain_text, items))}}] if _is_open(path, reader) else []
    if size == 0:
        reader.add_problem((*path, "partitionSize"), "0 is not a valid partition size", "write 1 or more")
        return []
    if percentage:
        size = max(1, _share(size, len(items)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    return [{"repeat": {"partition": ",".join(map(as_plain_text, part))}} for part in parts]


def _read_range(
    path: Path, items: list[JsonValue], reader: DocumentReader, context: Context, *, percentage: bool
) -> list[JsonValue]:
    """Return the items from `start` up to `end`, which does not run any more."""
    first, last = (
        reader.read_count((*path, key), context) if reader.raw_value((*path, key)) is not None else None
        for key in ("start", "end")
    )
    if _is_open(path, reader):
        return items
    if last is None:
        for key in ("start", "unit"):
            if reader.raw_value((*path, key)) is not None and (key == "start" or percentage):
                hint = _WITHOUT_END.format(100 if percentage else len(items))
                reader.add_problem((*path, key), "'end' is missing", hint)
                return []
        return items
    if percentage:
        first, last = _share(first or 0, len(items)), max(1, _share(last, len(items)))
    return items[first or 0 : last]


def _is_open(path: Path, reader: DocumentReader) -> bool:
    """Whether a value that limits the items is not known."""
    return not reader.unchecked.isdisjoint((*path, key) for key in ("start", "end", "partitionSize"))


def _share(percentage: int, size: int) -> int:
    """Return the number of items that a percentage is; halves are rounded up, as in Harness."""
    return floor(percentage * size / 100 + 0.5)
