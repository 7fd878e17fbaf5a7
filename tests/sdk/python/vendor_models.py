"""Whether an answer is what the vendor's own models say: no member that they do not know, no type and no word that is not theirs."""

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
    try:
        datetime.fromisoformat(data.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return False
    return True
