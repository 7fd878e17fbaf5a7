"""The official Python SDK: signs in, checks the token, and asks for the guests whose ids stand on stdin, one by one.

The figures of `cargo xtask bench client` are taken outside, over the whole process.
Usage: python gets.py typed|plain PORT < ids
`typed` reads each answer into a class, as every method of the SDK does; `plain` into dictionaries.
"""

import sys

import PureCloudPlatformClientV2 as sdk

sdk.configuration.host = f"http://127.0.0.1:{sys.argv[2]}"
client = sdk.api_client.ApiClient().get_client_credentials_token("demo", "demo")
headers = {"Accept": "application/json", "Content-Type": "application/json"}


class Guest:
    """A model as those of the SDK: what its reader asks of a class. The SDK has none for guests."""

    swagger_types = {
        "id": "str",
        "name": "str",
        "email": "str",
        "attributes": "object",
        "active": "bool",
        "session_token": "str",
        "created_time": "datetime",
        "modified_time": "datetime",
        "version": "int",
    }
    attribute_map = {
        "id": "id",
        "name": "name",
        "email": "email",
        "attributes": "attributes",
        "active": "active",
        "session_token": "sessionToken",
        "created_time": "createdTime",
        "modified_time": "modifiedTime",
        "version": "version",
    }


def get(path, params, kind="object"):
    return client.call_api(
        path, "GET", params, {}, headers, response_type=kind, auth_settings=["PureCloud OAuth"]
    )


get("/api/v2/tokens/me", {})
typed = sys.argv[1] == "typed"
ids = sys.stdin.read().split()
for guest_id in ids:
    guest = get("/api/v2/guests/{guestId}", {"guestId": guest_id}, Guest if typed else "object")
    got = guest.id if typed else guest["id"]
    if got != guest_id:
        raise SystemExit(f"asked for {guest_id}, got {got}")
print(len(ids))
