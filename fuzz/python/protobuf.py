"""Changes of a protobuf message, field by field: what comes out is a message again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

NUMBERS = (0, 1, -1, 2, 3, 7, 16, 127, 255, 2**16, 2**26, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, -(2**63))
REALS = (0.0, -0.0, 1.0, -1.0, 1e-45, 1e38, -1e38, float("inf"), float("-inf"), float("nan"))
TEXTS = ("", "x", "score", "Add", "MatMul", "Reshape", "Gather", "ai.onnx.ml", "\u00e9", "a" * 300)


def repeated(field: FieldDescriptor) -> bool:
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == FieldDescriptor.LABEL_REPEATED


def messages(message: Message, depth: int = 0) -> Iterator[Message]:
    """The message and all below it."""
    yield message
    if depth > 12:
        return
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for child in value if repeated(field) else (value,):
                yield from messages(child, depth + 1)


def scalar(field: FieldDescriptor, old: Any, rng: random.Random, bytes_of: Callable[[bytes], bytes]) -> Any:
    """Another value for a field."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return bytes_of(old or b"")
        case FieldDescriptor.CPPTYPE_STRING:
            return rng.choice((*TEXTS, (old or "")[:-1], (old or "") + "1"))
        case FieldDescriptor.CPPTYPE_FLOAT | FieldDescriptor.CPPTYPE_DOUBLE:
            return rng.choice((*REALS, rng.gauss(0, 10)))
        case FieldDescriptor.CPPTYPE_ENUM:
            return rng.choice([value.number for value in field.enum_type.values])
        case FieldDescriptor.CPPTYPE_BOOL:
            return not old
        case _:
            limit = 31 if field.cpp_type in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32) else 63
            value = rng.choice((*NUMBERS, (old or 0) + 1, (old or 0) - 1, rng.randrange(64)))
            return min(max(value, -(2**limit)), 2**limit - 1)


def mutate(root: Message, rng: random.Random, bytes_of: Callable[[bytes], bytes]) -> None:
    """Change one field of ``root`` or of a message in it."""
    found = list(messages(root))
    message = rng.choice(found)
    field = rng.choice(message.DESCRIPTOR.fields)
    is_message = field.type == FieldDescriptor.TYPE_MESSAGE
    if repeated(field):
        _mutate_list(getattr(message, field.name), field, is_message, found, rng, bytes_of)
    elif rng.randrange(6) == 0:
        message.ClearField(field.name)
    elif is_message:
        like = [other for other in found if other.DESCRIPTOR is field.message_type]
        if like:
            copy = type(like[0])()
            copy.CopyFrom(rng.choice(like))
            getattr(message, field.name).CopyFrom(copy)
        else:
            getattr(message, field.name).SetInParent()
    else:
        setattr(message, field.name, scalar(field, getattr(message, field.name), rng, bytes_of))


def _mutate_list(
    items: Any,
    field: FieldDescriptor,
    is_message: bool,
    found: list[Message],
    rng: random.Random,
    bytes_of: Callable[[bytes], bytes],
) -> None:
    at = rng.randrange(len(items)) if len(items) else 0
    action = rng.randrange(5)
    if action == 0 and len(items):
        del items[at]
    elif action == 1 and len(items):
        items.append(items[at]) if not is_message else items.add().CopyFrom(_copy(items[at]))
    elif action == 2 and len(items) > 1 and not is_message:
        other = rng.randrange(len(items))
        items[at], items[other] = items[other], items[at]
    elif is_message:
        like = [other for other in found if other.DESCRIPTOR is field.message_type]
        new = items.add()
        if like:
            new.CopyFrom(_copy(rng.choice(like)))
    elif len(items) and action != 4:
        items[at] = scalar(field, items[at], rng, bytes_of)
    else:
        items.append(scalar(field, None, rng, bytes_of))


def _copy(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
