"""Whether what is sent or answered is what the vendor's own models say: no member that they do not know, no type and no word that is
not theirs, and nothing lost when the SDK reads it and writes it again."""

import json
import re
from datetime import datetime

import PureCloudPlatformClientV2 as platform

PRIMITIVES = {"str": str, "int": int, "bool": bool, "float": (int, float)}


def faults(data, kind, path="$"):
    """Each place of `data` that is not as `kind` has it, in words. `kind` is written as the SDK writes its types."""
    if data is None or kind == "object":
        return []
    if inner := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(data, list):
            return [f"{path} is no list"]
        return [fault for n, item in enumerate(data) for fault in faults(item, inner.group(1), f"{path}[{n}]")]
    if inner := re.fullmatch(r"dict\(([^,]*), (.*)\)", kind):
        if not isinstance(data, dict):
            return [f"{path} is no object"]
        return [fault for key, item in data.items() for fault in faults(item, inner.group(2), f"{path}.{key}")]
    if kind in PRIMITIVES:
        is_it = isinstance(data, PRIMITIVES[kind]) and (kind == "bool" or not isinstance(data, bool))
        return [] if is_it else [f"{path} is {data!r}, and {kind} was expected"]
    if kind == "datetime":
        return [] if is_time(data) else [f"{path} is {data!r}, and a time was expected"]
    return faults_of_model(data, getattr(platform.models, kind), path)


def faults_of_model(data, model, path):
    if not isinstance(data, dict):
        return [f"{path} is no object"]
    one = model()
    names = {json_name: name for name, json_name in one.attribute_map.items()}
    found = [f"{path}.{key} is unknown to {model.__name__}" for key in data if key not in names]
    for key, value in data.items():
        if key not in names:
            continue
        kind = one.swagger_types[names[key]]
        found += faults(value, kind, f"{path}.{key}")
        if kind == "str" and isinstance(value, str):
            # A word that the SDK does not know is replaced by it when it is set.
            setattr(one, names[key], value)
            if getattr(one, names[key]) != value:
                found.append(f"{path}.{key} is {value!r}, which is no word of {model.__name__}")
    return found


def is_time(data):
    return time_in(data) is not None


def time_in(data):
    try:
        return datetime.fromisoformat(data.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None


def lost(data, kind):
    """What the SDK does not write again as it was, when it reads `data` as this kind."""

    class Answer:
        getheader = staticmethod({"Content-Type": "application/json"}.get)

    Answer.data = json.dumps(data)
    client = platform.api_client.ApiClient()
    again = client.sanitize_for_serialization(client.deserialize(Answer, kind))
    return differences(data, again)


def differences(one, other, path="$"):
    """Each place where `other` is not as `one`, in words. The same time in another spelling is the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        missing = [f"{path}.{key} is not written again" for key in one if key not in other]
        added = [f"{path}.{key} is written and was not there" for key in other if key not in one]
        both = [fault for key in one if key in other for fault in differences(one[key], other[key], f"{path}.{key}")]
        return missing + added + both
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [fault for n, (a, b) in enumerate(zip(one, other)) for fault in differences(a, b, f"{path}[{n}]")]
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return []
    if isinstance(one, str) and isinstance(other, str) and is_time(one) and time_in(one) == time_in(other):
        return []
    return [f"{path} is {one!r} and is written again as {other!r}"]
